// The page 二次評価: batches, the sheets of a batch, one sheet. The address says which.

import { DraftBatches } from "./draft-batches.js";
import { DraftList } from "./draft-list.js";
import { DraftSheetView } from "./draft-sheet.js";
import { el } from "./dom.js";
import { Library } from "./library.js";
import { SourcePanel } from "./source-panel.js";

const place = document.getElementById("drafts");
const library = new Library();
const panel = new SourcePanel({ library });
let view = null;
let shown = null; // the address that is on the screen

const addressOf = () => /^#([0-9a-f]{32})(?:\/(\d+))?$/.exec(location.hash);

async function show() {
  const [, batch, position] = addressOf() ?? [];
  if (view && !view.mayLeave()) {
    history.replaceState(null, "", shown);
    return;
  }
  shown = location.hash || "#";
  view?.leave();
  panel.close();
  const openSource = (reference, opener) => panel.open(reference, opener);
  view = !batch
    ? new DraftBatches()
    : position === undefined
      ? new DraftList(batch)
      : new DraftSheetView(batch, Number(position), { openSource });
  const mine = view;
  place.replaceChildren(el("p", { class: "drafts-loading" }, "読み込んでいます"));
  try {
    const content = await mine.build();
    if (view !== mine) {
      return; // the reader has gone on
    }
    place.replaceChildren(content);
    document.title = `${mine.title}｜しおり`;
    place.querySelector("h1")?.focus();
  } catch (error) {
    if (view === mine) {
      place.replaceChildren(
        el("h1", { tabindex: "-1" }, "二次評価"),
        el("p", { class: "warning", role: "alert" }, error.message),
        el("p", {}, el("a", { href: "#" }, "束の一覧へ戻る")),
      );
    }
  }
}

window.addEventListener("hashchange", show);
window.addEventListener("beforeunload", (event) => {
  if (view && view.unsaved) {
    event.preventDefault();
  }
});
library.refresh().catch(() => {}); // without it sources show less, and open all the same
show();
