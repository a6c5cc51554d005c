// The page 統計: how much the service is used, what it saves, and what it could not answer.

import { announce } from "./announce.js";
import { requestJson } from "./api.js";
import { barChart } from "./bar-chart.js";
import { button, el } from "./dom.js";
import { whoAmI } from "./session.js";

const place = document.getElementById("statistics");
const number = (value) => value.toLocaleString("ja-JP");
const hours = (minutes) => (minutes / 60).toLocaleString("ja-JP", { maximumFractionDigits: 1 });
const declined = (row) => row.no_evidence + row.out_of_scope + row.blocked;
const COLUMNS = [
  ["延べ利用者数", (row) => number(row.uses)],
  ["実人数", (row) => number(row.users)],
  ["件数", (row) => number(row.questions)],
  ["答えた", (row) => number(row.answered)],
  ["一部", (row) => number(row.partial)],
  ["断った", (row) => number(declined(row))],
  ["役に立った", (row) => number(row.useful)],
  ["違う", (row) => number(row.wrong)],
  ["省けた時間", (row) => `${hours(row.minutes)}時間`],
];
const STATUS = { no_evidence: "根拠なし", partial: "一部" };

const since = el("input", { type: "month", id: "since", class: "statistics-month" });
const until = el("input", { type: "month", id: "until", class: "statistics-month" });
const result = el("div", { class: "statistics-result" });
const missing = el("section", { class: "statistics-part", "aria-labelledby": "missing-title" });

const query = () => new URLSearchParams({ since: since.value, until: until.value });

function table(caption, head, rows) {
  return el(
    "div",
    { class: "statistics-scroll", tabindex: "0", role: "group", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "visually-hidden" }, caption),
      el(
        "thead",
        {},
        el("tr", {}, ...[head, ...COLUMNS.map(([name]) => name)].map((name) => el("th", { scope: "col" }, name))),
      ),
      el(
        "tbody",
        {},
        ...rows.map(([name, row]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, name),
            ...COLUMNS.map(([, shown]) => el("td", {}, shown(row))),
          ),
        ),
      ),
    ),
  );
}

function part(title, ...children) {
  return el("section", { class: "statistics-part" }, el("h2", {}, title), ...children);
}

function tiles({ total, second_evaluations: sheets }) {
  const asked = total.questions - total.unfinished;
  const share = asked > 0 ? Math.round((100 * (total.answered + total.partial)) / asked) : null;
  const shown = [
    ["延べ利用者数", `${number(total.uses)}人`, `実人数 ${number(total.users)}人`],
    ["件数", `${number(total.questions)}件`, share === null ? "" : `答えた割合 ${share}％`],
    ["省けた時間", `${hours(total.minutes)}時間`, "標準時間による"],
    ["二次評価", `${number(sheets.fixed)}件`, `うち直したもの ${number(sheets.edited)}件`],
  ];
  return el(
    "dl",
    { class: "statistics-tiles" },
    ...shown.map(([name, value, note]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value), note && el("dd", { class: "draft-note" }, note)),
    ),
  );
}

function targets(years) {
  const rows = years.flatMap((year) => year.targets.map((target) => [year, target]));
  if (rows.length === 0) {
    return null;
  }
  return part(
    "目標",
    el(
      "ul",
      { class: "statistics-targets" },
      ...rows.map(([year, target]) =>
        el(
          "li",
          {},
          el("span", {}, `${year.fiscal_year}年度　${target.name}`),
          el("progress", {
            max: target.value,
            value: Math.min(target.reached, target.value),
            "aria-label": `${target.name}の達成率`,
          }),
          el(
            "span",
            {},
            `${number(target.reached)} / ${number(target.value)}${target.measure === "hours" ? "時間" : "人"}（${target.share}％、${year.months}か月分）`,
          ),
        ),
      ),
    ),
  );
}

function show(found) {
  const bars = (field) =>
    found.months.map((row) => ({
      label: `${Number(row.month.slice(5))}月`,
      value: field === "minutes" ? Math.round(row.minutes / 6) / 10 : row[field],
    }));
  const chart = (title, field, unit) =>
    el(
      "div",
      { class: "statistics-chart" },
      el("h3", {}, `${title}（${unit}）`),
      el(
        "div",
        { class: "statistics-scroll", tabindex: "0", role: "group", "aria-label": title },
        barChart(bars(field), title, unit),
      ),
    );
  result.replaceChildren(
    ...[
      tiles(found),
      targets(found.fiscal_years),
      part(
        "月別",
        el(
          "div",
          { class: "statistics-charts" },
          chart("利用者数", "users", "人"),
          chart("件数", "questions", "件"),
          chart("省けた時間", "minutes", "時間"),
        ),
        table("月別の利用", "月", found.months.map((row) => [row.month, row])),
      ),
      part("課別", table("課別の利用", "課", found.departments.map((row) => [row.name, row]))),
      part(
        "テンプレート別",
        table("テンプレート別の利用", "テンプレート", found.templates.map((row) => [row.name, row])),
      ),
      part("数え方", el("ul", { class: "statistics-method" }, ...found.method.map((line) => el("li", {}, line)))),
    ].filter(Boolean),
  );
  showNewest();
}

/** The newest months are looked at first, where not all have room. */
function showNewest() {
  for (const place of result.querySelectorAll(".statistics-chart .statistics-scroll")) {
    place.scrollLeft = place.scrollWidth;
  }
}

function showMissing({ questions }) {
  missing.replaceChildren(
    el("h2", { id: "missing-title" }, `答えられなかった質問（${questions.length}件）`),
    el("p", {}, "文書にないか、見つけられなかったものです。足りない文書を登録する手がかりにしてください。個人情報は伏せてあります。"),
    el(
      "div",
      { class: "statistics-scroll", tabindex: "0", role: "group", "aria-label": "答えられなかった質問" },
      el(
        "table",
        { class: "statistics-missing" },
        el(
          "thead",
          {},
          el("tr", {}, ...["質問", "回数", "最後", "結果", "課"].map((name) => el("th", { scope: "col" }, name))),
        ),
        el(
          "tbody",
          {},
          ...questions.map((row) =>
            el(
              "tr",
              {},
              el("th", { scope: "row" }, row.question),
              el("td", {}, number(row.count)),
              el("td", {}, row.last_month),
              el("td", {}, STATUS[row.status] ?? row.status),
              el("td", {}, row.departments.join("、")),
            ),
          ),
        ),
      ),
    ),
  );
}

async function load(me) {
  const reports = me.can.admin || me.can.evaluation || me.can.audit;
  const officer = me.can.documents || me.can.admin;
  try {
    if (reports) {
      const found = await requestJson(`/api/statistics?${query()}`);
      since.value = found.since;
      until.value = found.until;
      show(found);
      announce(`${found.since}から${found.until}までの統計を表示しました`);
    }
    if (officer) {
      showMissing(await requestJson(`/api/statistics/unanswered?${query()}`));
    }
    if (!reports && !officer) {
      result.replaceChildren(el("p", { class: "warning" }, "統計を見る権限がありません。必要なときは管理者に相談してください。"));
    }
  } catch (error) {
    result.replaceChildren(el("p", { class: "warning", role: "alert" }, error.message));
  }
}

async function start() {
  const me = await whoAmI();
  const reports = me.can.admin || me.can.evaluation || me.can.audit;
  const save = (form, name) =>
    button(`${name}で書き出す`, {
      kind: "small",
      onClick: () => location.assign(`/api/statistics/export?${query()}&form=${form}`),
    });
  place.append(
    el("h1", {}, "利用の統計"),
    el(
      "form",
      {
        class: "statistics-filter",
        on: {
          submit: (event) => {
            event.preventDefault();
            load(me);
          },
        },
      },
      el("label", { for: "since" }, "この月から", since),
      el("label", { for: "until" }, "この月まで", until),
      el("button", { type: "submit", class: "button button-secondary" }, "表示する"),
      reports && save("xlsx", "Excel"),
      reports && save("csv", "CSV"),
    ),
    result,
    missing,
  );
  await load(me);
}

start().catch((error) => {
  place.replaceChildren(el("p", { class: "warning", role: "alert" }, error.message));
});
