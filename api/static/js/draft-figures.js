import { el } from "./dom.js";

const KINDS = { activity: "活動指標", outcome: "成果指標" };
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [120, 32, 4];

const percent = (value) => (value === null ? "－" : `${value.toFixed(1)}％`);
const signed = (value) =>
  value === null ? "－" : `${value > 0 ? "+" : ""}${value.toFixed(1)}％`;

/** 2025 -> "令和7年度（2025）"; years before 2019 stay Western. */
export function fiscalYear(year) {
  return year >= 2019 ? `令和${year === 2019 ? "元" : year - 2018}年度` : `${year}年度`;
}

/** The figures of a sheet: a small table and a line for each indicator, then the costs. */
export function figuresSection(figures) {
  return el(
    "section",
    { class: "sheet-part", "aria-labelledby": "figures-title" },
    el("h2", { id: "figures-title" }, "数値"),
    ...figures.indicators.map(indicator),
    figures.costs.length > 0 && costs(figures),
  );
}

function indicator(found) {
  const down = found.direction === "down" ? "、減らす指標" : "";
  const name = `${KINDS[found.kind]}「${found.name}」`;
  return el(
    "div",
    { class: "figure" },
    el(
      "div",
      { class: "figure-head" },
      el("h3", {}, name, el("span", { class: "draft-hint" }, `単位：${found.unit}${down}`)),
      sparkline(found),
    ),
    table(
      name,
      ["年度", "計画", "実績", "達成率", "前年度比"],
      found.years.map((year) => [
        fiscalYear(year.fiscal_year),
        year.plan || "－",
        year.actual || "－",
        percent(year.achievement),
        signed(year.change),
      ]),
    ),
  );
}

function costs(figures) {
  const unit = new Map(figures.unit_costs.map((each) => [each.fiscal_year, each]));
  const basis = figures.unit_costs[0]?.basis;
  return el(
    "div",
    { class: "figure" },
    el("h3", {}, "経費"),
    table(
      "経費",
      ["年度", "事業費", "人件費", "総コスト", "前年度比", ...(basis ? [`単位費用（${basis}）`] : [])],
      figures.costs.map((cost) => [
        fiscalYear(cost.fiscal_year),
        cost.project_cost || "－",
        cost.labour_cost || "－",
        cost.total || "－",
        cost.comparable ? signed(cost.change) : "比べられません",
        ...(basis
          ? [unit.has(cost.fiscal_year) ? `${unit.get(cost.fiscal_year).yen.toLocaleString("ja-JP")}円` : "－"]
          : []),
      ]),
    ),
  );
}

function table(name, heads, rows) {
  return el(
    "div",
    { class: "draft-scroll", tabindex: "0", role: "group", "aria-label": `${name}の表` },
    el(
      "table",
      { class: "draft-table figure-table" },
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el(
        "tbody",
        {},
        ...rows.map(([first, ...cells]) =>
          el("tr", {}, el("th", { scope: "row" }, first), ...cells.map((cell) => el("td", {}, cell))),
        ),
      ),
    ),
  );
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  return element;
}

/** The actual values over the years; a gap where there is none. The table beside it says the same. */
function sparkline(found) {
  const values = found.sparkline;
  const known = values.filter((value) => value !== null);
  if (known.length < 2) {
    return null;
  }
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (at) => MARGIN + (at * (WIDTH - 2 * MARGIN)) / Math.max(1, values.length - 1);
  const y = (value) =>
    high === low
      ? HEIGHT / 2
      : HEIGHT - MARGIN - ((value - low) * (HEIGHT - 2 * MARGIN)) / (high - low);
  const told = `実績の推移：${found.years.map((each) => `${fiscalYear(each.fiscal_year)} ${each.actual || "なし"}`).join("、")}`;
  const svg = draw("svg", {
    class: "sparkline",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    role: "img",
    "aria-label": told,
  });
  let run = [];
  const runs = [];
  values.forEach((value, at) => {
    if (value === null) {
      runs.push(run);
      run = [];
    } else {
      run.push([x(at), y(value)]);
    }
  });
  runs.push(run);
  for (const points of runs.filter((each) => each.length > 0)) {
    svg.append(draw("polyline", { points: points.map((point) => point.join(",")).join(" ") }));
    const [lastX, lastY] = points.at(-1);
    svg.append(draw("circle", { cx: lastX, cy: lastY, r: 3 }));
  }
  return svg;
}
