import { el, icon } from "./dom.js";

/** Pages that not everybody may use: address, name, icon, and for whom (`can` of the session). */
const PAGES = [
  ["/static/drafts.html", "二次評価", "check", (can) => can.evaluation],
  [
    "/static/statistics.html",
    "統計",
    "statistics",
    (can) => can.admin || can.evaluation || can.audit || can.documents,
  ],
  ["/static/reports.html", "誤りの報告", "warning", (can) => can.documents || can.admin],
];

/** Adds to the menu the pages that this person may use, before the button for the colours. */
export function addPages(me) {
  const links = PAGES.filter(
    ([path, , , allowed]) => allowed(me.can) && location.pathname !== path,
  ).map(([path, name, mark]) =>
    el("a", { class: "nav-button", href: path, "data-page": path }, icon(mark), name),
  );
  document.getElementById("theme").before(...links);
}
