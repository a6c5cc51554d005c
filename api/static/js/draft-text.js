import { pageLabel } from "./clipboard.js";
import { el, icon } from "./dom.js";

function reference(citation) {
  return {
    documentId: citation.document_id,
    title: citation.document_title,
    page: citation.page ?? null,
    heading: citation.heading,
    start: citation.start,
    end: citation.end,
    quote: citation.quote,
  };
}

const labelOf = (citation) =>
  citation.kind === "document"
    ? `${citation.document_title} ${pageLabel(citation.page)}`
    : `調書 ${citation.cell.label}`;

/** The machine's sentences, each with markers: a page opens, a cell is shown in the list below. */
export function draftText(draft, openSource) {
  const byMarker = new Map(draft.citations.map((citation) => [citation.marker, citation]));
  const marker = (number) => {
    const citation = byMarker.get(number);
    return el(
      "button",
      {
        type: "button",
        class: "marker",
        "aria-label": `出典${number}：${labelOf(citation)}`,
        on: {
          click: (event) => {
            if (citation.kind === "document") {
              openSource(reference(citation), event.currentTarget);
            } else {
              document.getElementById(`citation-${number}`)?.focus();
            }
          },
        },
      },
      String(number),
    );
  };
  return el(
    "p",
    { class: "sheet-machine" },
    ...draft.sentences.flatMap((sentence) => [sentence.text, ...sentence.citations.map(marker)]),
  );
}

/** What the draft rests on, and what plans and audits say besides. */
export function draftSources(draft, openSource) {
  const open = (citation) =>
    el(
      "button",
      {
        type: "button",
        class: "source-open",
        on: { click: (event) => openSource(reference(citation), event.currentTarget) },
      },
      labelOf(citation),
    );
  const line = (citation, numbered) =>
    el(
      "li",
      { class: "source", id: numbered && `citation-${citation.marker}`, tabindex: numbered && "-1" },
      numbered &&
        el("span", { class: "source-number", "aria-hidden": "true" }, String(citation.marker)),
      el(
        "div",
        { class: "source-body" },
        citation.kind === "document"
          ? open(citation)
          : el("p", { class: "source-cell" }, `${labelOf(citation)}　${citation.label}`),
        el("blockquote", { class: "source-quote" }, citation.quote.replace(/\s*\n\s*/g, "")),
      ),
    );
  const verified = draft.citations.every((each) => each.kind === "cell" || each.verified);
  return el(
    "div",
    { class: "sources" },
    el(
      "h3",
      { class: "sources-title" },
      "出典",
      verified && el("span", { class: "sources-verified" }, icon("check"), "原文と一字一句照合済み"),
    ),
    el("ol", { class: "source-list" }, ...draft.citations.map((each) => line(each, true))),
    draft.related.length > 0 && el("h3", { class: "sources-title" }, "関連する計画・監査の記載"),
    draft.related.length > 0 &&
      el("ul", { class: "source-list" }, ...draft.related.map((each) => line(each, false))),
  );
}
