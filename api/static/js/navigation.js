import { requestJson } from "./api.js";
import { el, icon } from "./dom.js";

const REPORTS_PAGE = "/static/reports.html";

/** Pages that not everybody may use: address, name, icon, and for whom (`can` of the session). */
const PAGES = [
  ["/static/drafts.html", "二次評価", "check", (can) => can.evaluation],
  [
    "/static/statistics.html",
    "統計",
    "statistics",
    (can) => can.admin || can.evaluation || can.audit || can.documents,
  ],
  [REPORTS_PAGE, "誤りの報告", "warning", (can) => can.documents || can.admin],
];

/** Adds to the menu the pages that this person may use, before the button for the colours. */
export function addPages(me) {
  const links = PAGES.filter(
    ([path, , , allowed]) => allowed(me.can) && location.pathname !== path,
  ).map(([path, name, mark]) =>
    el("a", { class: "nav-button", href: path, "data-page": path }, icon(mark), name),
  );
  document.getElementById("theme").before(...links);
  const reports = links.find((link) => link.dataset.page === REPORTS_PAGE);
  if (reports) {
    showOpenReports(reports);
  }
}

/** How many reports wait, beside the name of their page: nobody is told by mail. */
async function showOpenReports(link) {
  try {
    const { open } = await requestJson("/api/reports/count");
    if (open > 0) {
      link.append(
        el("span", { class: "visually-hidden" }, "、対応待ち"),
        el("span", { class: "nav-count" }, `${open}件`),
      );
    }
  } catch {
    // the page of reports says by itself what does not work
  }
}
