import { requestJson } from "./api.js";
import { el } from "./dom.js";

const PAGE = 100;
const PHASES = { begin: "始めた", end: "終えた", answer: "答えた" };
const STATUS = {
  answered: "回答した",
  partial: "一部を回答した",
  no_evidence: "根拠なし",
  out_of_scope: "対象外",
  blocked: "個人情報のため止めた",
};

const rows = document.getElementById("records");
const more = document.getElementById("more");
const message = document.getElementById("message");
const filter = document.getElementById("filter");
const verdict = document.getElementById("verdict");
const faults = document.getElementById("faults");
let oldest = null;
let asked = 0;

const localTime = (iso) =>
  new Date(iso).toLocaleString("ja-JP", { dateStyle: "short", timeStyle: "medium" });

function contents(record) {
  const parts = [];
  if (record.input) {
    parts.push(el("div", {}, record.input));
  }
  const named = (id) => (record.titles[id] ? `「${record.titles[id]}」` : id);
  if (record.documents?.length) {
    const documents = record.documents.map(named).join("、");
    parts.push(el("div", {}, `文書 ${record.documents.length}件：${documents}`));
  }
  if (record.target) {
    parts.push(el("div", {}, Object.entries(record.target).map(targetWords(named)).join("、")));
  }
  if (record.clock_back_s) {
    parts.push(el("div", {}, `時計が${record.clock_back_s}秒戻されています`));
  }
  return parts;
}

const targetWords = (named) => ([name, value]) =>
  name === "document_id" ? named(value) : name === "page" ? `${value}ページ` : value;

/** What became of it, in words; the number of HTTP only where something was refused or failed. */
function outcome(record) {
  const { http } = record;
  const end = http >= 500 ? `失敗（${http}）` : http >= 400 ? `断った（${http}）` : "";
  return end || STATUS[record.status] || PHASES[record.phase] || (http ? "済み" : "");
}

function row(record) {
  const who = record.name || record.login || record.who || "（サインイン前）";
  return el(
    "tr",
    {},
    el("td", {}, String(record.sequence)),
    el("td", {}, localTime(record.at)),
    el("td", {}, [record.department, who].filter(Boolean).join("　")),
    el(
      "td",
      {},
      record.operation && el("div", {}, record.operation),
      el("div", { class: record.operation ? "audit-action" : "" }, record.action),
    ),
    el("td", {}, outcome(record)),
    el("td", {}, ...contents(record)),
  );
}

async function show({ older }) {
  const query = new URLSearchParams({ limit: String(PAGE) });
  query.set("routine", "false"); // unless the box is ticked
  for (const [name, value] of new FormData(filter)) {
    if (value !== "") {
      query.set(name, value);
    }
  }
  if (older && oldest !== null) {
    query.set("before", String(oldest));
  }
  const turn = ++asked;
  try {
    const { records } = await requestJson(`/api/audit?${query}`);
    if (turn !== asked) {
      return; // the filter was changed meanwhile
    }
    if (!older) {
      rows.replaceChildren();
    }
    rows.append(...records.map(row));
    oldest = records.at(-1)?.sequence ?? oldest;
    more.hidden = records.length < PAGE;
    message.textContent = `${rows.childElementCount.toLocaleString()}件を表示しています。`;
  } catch (error) {
    message.textContent = error.message;
  }
}

async function verify() {
  verdict.textContent = "確かめています。記録が多いと1分ほどかかります。";
  faults.replaceChildren();
  try {
    const check = await requestJson("/api/audit/verification", {
      signal: AbortSignal.timeout(10 * 60_000),
    });
    verdict.textContent = check.sound
      ? `${check.records.toLocaleString()}件に問題は見つかりません。${check.cannot_tell}`
      : "記録が損なわれています。管理者に知らせ、ファイルを保全してください。";
    verdict.classList.toggle("audit-broken", !check.sound);
    faults.replaceChildren(...check.faults.map((fault) => el("li", {}, fault)));
  } catch (error) {
    verdict.textContent = error.message;
  }
}

filter.addEventListener("submit", (event) => {
  event.preventDefault();
  show({ older: false });
});
document.getElementById("routine").addEventListener("change", () => show({ older: false }));
more.addEventListener("click", () => show({ older: true }));
document.getElementById("verify").addEventListener("click", verify);
show({ older: false });
