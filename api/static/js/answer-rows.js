import { el } from "./dom.js";

const FEWEST_CELLS = 3; // with fewer a line reads as well as a table
const CELL = /^([^：、。]{1,24})：([^]+)$/u;
const BETWEEN = /／|(?<=。)(?=[^：、。／]{1,24}：)/u; // a cell that ends as a sentence has no 「／」 behind it
const FIGURE = /^[△▲+-]?[\d,.]+\D{0,3}$/u;
const MARKERS = /(?:\[\d{1,3}\])+$/u;

/** A line 「事業名：窓口改革／担当課：市民課／予算：120千円[1]」 as cells and markers, or null. */
export function rowOf(line) {
  const text = line.trim();
  const markers = MARKERS.exec(text)?.[0] ?? "";
  const parts = text.slice(0, text.length - markers.length).split(BETWEEN);
  const cells = parts.map((part) => CELL.exec(part.trim())?.slice(1));
  return cells.length >= FEWEST_CELLS && cells.every(Boolean) ? { cells, markers } : null;
}

/** The rows that stand one after the other under the same heads, in lists; other lines alone. */
export function groupRows(lines) {
  const groups = [];
  let heads = null;
  for (const line of lines) {
    const row = rowOf(line);
    const own = row && row.cells.map(([head]) => head).join("／");
    if (row && own === heads) {
      groups.at(-1).push(row);
    } else {
      groups.push(row ? [row] : line);
    }
    heads = own;
  }
  return groups;
}

/**
 * One row with its heads beside the cells, several as a table.
 * @param {object[]} rows of the same heads, as `rowOf` gives them
 * @param {function(string): Node[]} marked makes the buttons of a row's markers
 */
export function rowsTable(rows, marked) {
  const heads = rows[0].cells.map(([head]) => head);
  if (rows.length === 1) {
    const [{ cells, markers }] = rows;
    const value = (cell, at) => (at === 0 ? marked(cell + markers) : [cell]);
    return el(
      "dl",
      { class: "answer-cells" },
      ...cells.map(([head, cell], at) =>
        el("div", {}, el("dt", {}, head), el("dd", {}, ...value(cell, at))),
      ),
    );
  }
  const name = `表の行（${heads[0]}ごと）`;
  return el(
    "div",
    { class: "answer-scroll", tabindex: "0", role: "group", "aria-label": name },
    el(
      "table",
      { class: "answer-table" },
      el(
        "thead",
        {},
        el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head))),
      ),
      el(
        "tbody",
        {},
        ...rows.map(({ cells, markers }) =>
          el(
            "tr",
            {},
            ...cells.map(([, value], at) =>
              at === 0
                ? el("th", { scope: "row" }, ...marked(value + markers))
                : el("td", { class: FIGURE.test(value) ? "answer-figure" : null }, value),
            ),
          ),
        ),
      ),
    ),
  );
}
