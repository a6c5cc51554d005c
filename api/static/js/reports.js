import { announce } from "./announce.js";
import { requestJson } from "./api.js";
import { pageLabel } from "./clipboard.js";
import { button, el, icon, japaneseDate } from "./dom.js";

const MAX_REPLY_CHARS = 500;
const list = document.getElementById("reports");
const message = document.getElementById("message");
const withSettled = document.getElementById("settled");

function answerOf({ answer }) {
  if (typeof answer === "string") {
    return [el("p", { class: "report-hidden" }, answer)];
  }
  const sources = (answer.citations ?? []).map((citation) =>
    el(
      "li",
      {},
      `[${citation.marker}] ${citation.document_title}　${pageLabel(citation.page)}`,
      el("blockquote", { class: "source-quote" }, citation.quote.replace(/\s*\n\s*/g, "")),
    ),
  );
  return [
    el("p", { class: "report-answer" }, answer.answer.trim()),
    sources.length > 0 && el("ul", { class: "report-sources" }, ...sources),
  ].filter(Boolean);
}

async function settle(report, settled, reply) {
  await requestJson(`/api/reports/${encodeURIComponent(report.turn_id)}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ settled, reply }),
  });
  await show();
  announce(settled ? "対応済みにしました" : "未対応に戻しました");
}

function settling(report) {
  const id = `reply-${report.turn_id}`;
  const error = el("p", { class: "field-error", role: "alert", hidden: true });
  const act = (settled, reply) => async () => {
    try {
      await settle(report, settled, reply());
    } catch (problem) {
      error.textContent = problem.message;
      error.hidden = false;
    }
  };
  if (report.settled_at) {
    return [
      el(
        "p",
        { class: "report-settled" },
        icon("check"),
        el(
          "span",
          {},
          `${report.settled_by}が対応しました（${japaneseDate(report.settled_at)}）。${report.reply}`,
        ),
      ),
      error,
      button("未対応に戻す", { kind: "small", onClick: act(false, () => "") }),
    ];
  }
  const reply = el("input", { type: "text", id, maxlength: String(MAX_REPLY_CHARS), autocomplete: "off" });
  return [
    el("label", { for: id }, "報告した人への返事（任意）"),
    reply,
    error,
    button("対応済みにする", { kind: "secondary", onClick: act(true, () => reply.value) }),
  ];
}

function row(report) {
  const title = el("h2", { class: "report-question" }, report.question);
  return el(
    "li",
    { class: report.settled_at ? "report report-done" : "report" },
    el(
      "p",
      { class: "report-facts" },
      [
        japaneseDate(report.reported_at),
        report.department && `${report.department}の職員から`,
        report.office ? `${report.office}へ` : "所管課の分からない文書について",
      ]
        .filter(Boolean)
        .join("　"),
      report.category && el("span", { class: "tag tag-old" }, report.category),
    ),
    title,
    report.note && el("p", { class: "report-note" }, `「${report.note}」`),
    report.document && el("p", { class: "report-facts" }, `報告された文書：${report.document.title}`),
    el("details", { class: "report-details" }, el("summary", {}, "回答と出典"), ...answerOf(report)),
    ...settling(report),
  );
}

async function show() {
  const query = withSettled.checked ? "" : "?settled=false";
  try {
    const { reports, open } = await requestJson(`/api/reports${query}`);
    list.replaceChildren(...reports.map(row));
    message.textContent =
      open > 0 ? `対応を待っている報告：${open}件` : "対応を待っている報告はありません。";
  } catch (error) {
    list.replaceChildren();
    message.textContent = error.message;
  }
}

withSettled.addEventListener("change", show);
show();
