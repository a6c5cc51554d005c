import { requestJson } from "./api.js";
import { el } from "./dom.js";

const PAGE = 100;
const PHASES = { begin: "開始", end: "終了", answer: "回答" };

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
  if (record.documents?.length) {
    parts.push(el("div", {}, `文書 ${record.documents.length}件：${record.documents.join("、")}`));
  }
  if (record.target) {
    parts.push(el("div", {}, Object.values(record.target).join("、")));
  }
  if (record.clock_back_s) {
    parts.push(el("div", {}, `時計が${record.clock_back_s}秒戻されています`));
  }
  return parts;
}

function row(record) {
  const who = record.name || record.login || record.who || "（サインイン前）";
  const result = [PHASES[record.phase], record.http, record.status].filter(Boolean).join("　");
  return el(
    "tr",
    {},
    el("td", {}, String(record.sequence)),
    el("td", {}, localTime(record.at)),
    el("td", {}, [record.department, who].filter(Boolean).join("　")),
    el("td", {}, record.action),
    el("td", {}, result),
    el("td", {}, ...contents(record)),
  );
}

async function show({ older }) {
  const query = new URLSearchParams({ limit: String(PAGE) });
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
more.addEventListener("click", () => show({ older: true }));
document.getElementById("verify").addEventListener("click", verify);
show({ older: false });
