import { announce } from "./announce.js";
import { requestJson } from "./api.js";
import { button, el, icon, japaneseDate } from "./dom.js";

const OUTCOMES = [
  ["as_is", "そのまま使えた"],
  ["edited", "修正して使えた"],
  ["unused", "使えなかった"],
];
const MAX_NOTE_CHARS = 1000;
const JUDGED = new Set(["answered", "partial"]); // a refusal saves nobody's time
let asked;

/** What can be said and the standard minutes, asked once for each page. */
const terms = () => (asked ??= requestJson("/api/feedback"));

const send = (body) =>
  requestJson("/api/feedback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/**
 * What the person says of an answer: useful or not, what became of it, a report to the office.
 * @param {{answer: object, documents: Map, template?: string, said?: object}} turn `said` is what
 *   was said before, as from the server
 */
export function feedbackBox(turn) {
  const place = el("section", { class: "feedback", "aria-label": "この回答の評価" });
  terms().then(
    (known) => place.append(...build(turn, known)),
    () => place.remove(), // the answer is worth more than its judgement
  );
  return place;
}

function build({ answer, documents, template, said }, known) {
  const state = { said: said ?? {} };
  const note = el("p", { class: "feedback-note", hidden: true });
  const useful = choice("役に立った", () => give({ verdict: pressed(useful) ? "" : "useful" }));
  const wrong = choice("違う", () => (pressed(wrong) ? give({ verdict: "" }) : object()));
  const standard = known.minutes[template] ?? known.minutes.question;
  const outcomes = OUTCOMES.map(([value, label]) => {
    const minutes = standard[value];
    const chosen = choice(minutes > 0 ? `${label}（約${minutes}分）` : label, () =>
      give({ outcome: pressed(chosen) ? "" : value }),
    );
    chosen.dataset.outcome = value;
    return chosen;
  });
  const form = objectionForm({
    answer,
    documents,
    known,
    give: async (body) => {
      await give(body);
      form.hidden = true;
      wrong.focus();
    },
    close: () => {
      form.hidden = true;
      wrong.focus();
    },
  });

  function show() {
    const { verdict, outcome, report } = state.said;
    useful.setAttribute("aria-pressed", String(verdict === "useful"));
    wrong.setAttribute("aria-pressed", String(verdict === "wrong"));
    for (const each of outcomes) {
      each.setAttribute("aria-pressed", String(each.dataset.outcome === outcome));
    }
    if (verdict !== "wrong") {
      form.hidden = true;
    }
    note.replaceChildren(...reportNote(report));
    note.hidden = !report;
  }

  async function give(body) {
    try {
      state.said = await send({ turn_id: answer.id, ...body });
      show();
      announce(sentence(state.said));
    } catch (error) {
      note.textContent = error.message;
      note.hidden = false;
      announce(error.message);
    }
  }

  async function object() {
    await give({ verdict: "wrong" });
    if (state.said.verdict === "wrong") {
      form.hidden = false;
      form.querySelector("input").focus();
    }
  }

  show();
  return [
    row("この回答は", useful, wrong),
    form,
    JUDGED.has(answer.status) && row("この回答で何分省けましたか", ...outcomes),
    note,
  ].filter(Boolean);
}

const pressed = (toggle) => toggle.getAttribute("aria-pressed") === "true";

function choice(label, onClick) {
  return button(label, { kind: "small", onClick, "aria-pressed": "false" });
}

function row(question, ...choices) {
  return el(
    "div",
    { class: "feedback-row", role: "group", "aria-label": question },
    el("span", { class: "feedback-question" }, question),
    ...choices,
  );
}

/** Asks what is wrong, and whether the office of a cited document is to hear of it. */
function objectionForm({ answer, documents, known, give, close }) {
  const id = `objection-${answer.id}`;
  const cited = [...new Set([...(answer.citations ?? []), ...(answer.passages ?? [])]
    .map((found) => found.document_id))].filter((key) => documents.has(key));
  const about = el(
    "select",
    { id: `${id}-document` },
    ...cited.map((key) => {
      const { title, department } = documents.get(key);
      return el("option", { value: key }, department ? `${title}（${department}）` : title);
    }),
  );
  const report = el("input", { type: "checkbox" });
  const text = el("textarea", { id: `${id}-note`, rows: "2", maxlength: String(MAX_NOTE_CHARS) });
  const kinds = Object.entries(known.categories).map(([value, label]) =>
    el(
      "label",
      { class: "form-check" },
      el("input", { type: "radio", name: id, value }),
      el("span", {}, label),
    ),
  );
  const form = el(
    "form",
    {
      id: `${id}-form`,
      class: "feedback-form",
      "aria-label": "違うところを伝える",
      hidden: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          give({
            verdict: "wrong",
            category: form.querySelector("input[type=radio]:checked")?.value ?? "",
            note: text.value,
            report: report.checked,
            ...(report.checked && cited.length > 0 && { document_id: about.value }),
          });
        },
        keydown: (event) => {
          if (event.key === "Escape" && !event.isComposing) {
            event.stopPropagation();
            close();
          }
        },
      },
    },
    el("fieldset", {}, el("legend", {}, "どこが違いますか"), ...kinds),
    el("label", { for: `${id}-note` }, "くわしく（任意）"),
    text,
    el("p", { class: "form-hint" }, "個人情報は書かないでください。"),
    el(
      "label",
      { class: "form-check" },
      report,
      el("span", {}, cited.length > 0 ? "文書の所管課に報告する" : "管理者に報告する"),
    ),
    cited.length > 0 &&
      el(
        "div",
        { class: "feedback-about" },
        el("label", { for: `${id}-document` }, "報告する文書"),
        about,
      ),
    el(
      "p",
      { class: "form-hint" },
      "報告すると、質問、回答、あなたの部署が、所管課の文書担当と管理者に見えます。名前は見えません。",
    ),
    el(
      "div",
      { class: "form-actions" },
      el("button", { type: "submit", class: "button button-secondary" }, "送る"),
      button("閉じる", { onClick: close }),
    ),
  );
  return form;
}

function reportNote(report) {
  if (!report) {
    return [];
  }
  const to = report.office || "管理者";
  const words = report.settled_at
    ? `${to}が対応しました（${japaneseDate(report.settled_at)}）。${report.reply}`
    : `${to}に報告しました。対応があると、この会話に表示します。`;
  return [icon(report.settled_at ? "check" : "retry"), words];
}

/** For a screen reader. */
function sentence(said) {
  if (said.report) {
    return "報告しました。";
  }
  return said.verdict || said.outcome ? "評価を記録しました。" : "評価を取り消しました。";
}
