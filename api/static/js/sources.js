import { documentFacts, headingText, pageLabel } from "./clipboard.js";
import { button, el, icon } from "./dom.js";

const SHOWN_QUOTE_CHARS = 220;

/** "旧版" for a replaced document, "後継文書あり" where the catalogue names one; null otherwise. */
export function editionTag(document) {
  const word = document?.superseded_on ? "旧版" : document?.successor ? "後継文書あり" : "";
  return word ? el("span", { class: "tag tag-old" }, word) : null;
}

function reference(found, quote) {
  return {
    documentId: found.document_id,
    title: found.document_title ?? found.source,
    page: found.page ?? null,
    heading: headingText(found.heading),
    start: found.start,
    end: found.end,
    quote,
  };
}

/** One line of a quoted table row or wrapped sentence, cut where it grows long. */
function shownQuote(quote) {
  const line = quote.trim().replace(/\t+/g, "　｜　").replace(/[ 　]*\n\s*/g, "");
  const letters = Array.from(line);
  return letters.length > SHOWN_QUOTE_CHARS
    ? `${letters.slice(0, SHOWN_QUOTE_CHARS).join("")}…`
    : line;
}

function facts(found, documents) {
  const document = documents.get(found.document_id);
  return el(
    "p",
    { class: "source-facts" },
    el("span", {}, documentFacts(document) || found.source),
    editionTag(document),
  );
}

/** The marker in the running text: a button that opens the quoted page. */
export function markerButton(citation, openSource) {
  return el(
    "button",
    {
      type: "button",
      class: "marker",
      "aria-label": `出典${citation.marker}を開く：${citation.document_title} ${pageLabel(citation.page)}`,
      on: {
        click: (event) => openSource(reference(citation, citation.quote), event.currentTarget),
      },
    },
    String(citation.marker),
  );
}

export function sourceList(citations, documents, openSource) {
  const verified = citations.every((citation) => citation.verified);
  return el(
    "section",
    { class: "sources" },
    el(
      "h4",
      { class: "sources-title" },
      "出典",
      verified &&
        el("span", { class: "sources-verified" }, icon("check"), "原文と一字一句照合済み"),
    ),
    el(
      "ol",
      { class: "source-list" },
      ...citations.map((citation) =>
        el(
          "li",
          { class: "source" },
          el("span", { class: "source-number", "aria-hidden": "true" }, String(citation.marker)),
          el(
            "div",
            { class: "source-body" },
            el(
              "button",
              {
                type: "button",
                class: "source-open",
                on: {
                  click: (event) =>
                    openSource(reference(citation, citation.quote), event.currentTarget),
                },
              },
              `${citation.document_title}　${pageLabel(citation.page)}`,
            ),
            facts(citation, documents),
            citation.heading && el("p", { class: "source-heading" }, headingText(citation.heading)),
            el("blockquote", { class: "source-quote" }, shownQuote(citation.quote)),
          ),
        ),
      ),
    ),
  );
}

/** What the search brought up, folded away. */
export function passageList(passages, documents, openSource, label) {
  return el(
    "details",
    { class: "passages" },
    el("summary", {}, `${label}（${passages.length}件）`),
    el(
      "ol",
      { class: "passage-list" },
      ...passages.map((passage) =>
        el(
          "li",
          { class: "passage" },
          el(
            "div",
            { class: "passage-head" },
            el(
              "span",
              { class: "passage-title" },
              `${passage.document_title ?? passage.source}　${pageLabel(passage.page)}`,
            ),
            button("このページを開く", {
              kind: "small",
              "aria-label": `${passage.document_title ?? passage.source} ${pageLabel(passage.page)}を開く`,
              onClick: (event) => openSource(reference(passage, passage.text), event.currentTarget),
            }),
          ),
          facts(passage, documents),
          passage.heading && el("p", { class: "source-heading" }, headingText(passage.heading)),
          el("p", { class: "passage-text" }, passage.text),
        ),
      ),
    ),
  );
}
