import { el } from "./dom.js";

const TALLEST_PX = 120;

/**
 * Bars with their values written above them; the table of the page says the same.
 * @param {{label: string, value: number}[]} bars
 * @param {string} title read aloud, with the highest value
 * @param {string} unit spoken behind the value; the heading above the bars shows it
 */
export function barChart(bars, title, unit) {
  const shown = (bar) => bar.value.toLocaleString("ja-JP");
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const highest = bars.reduce((best, bar) => (bar.value > best.value ? bar : best), bars[0]);
  const told = highest ? `。最も多いのは${highest.label}の${shown(highest)}${unit}` : "";
  return el(
    "div",
    { class: "bar-chart", role: "img", "aria-label": `${title}の棒グラフ${told}` },
    ...bars.map((bar) => {
      const column = el("span", { class: "bar" });
      column.style.height = `${Math.round((TALLEST_PX * bar.value) / most)}px`;
      return el("span", { class: "bar-column" }, el("span", {}, shown(bar)), column, el("span", {}, bar.label));
    }),
  );
}
