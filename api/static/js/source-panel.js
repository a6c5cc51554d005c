import { documentFacts, pageLabel } from "./clipboard.js";
import { button, el, icon, iconButton } from "./dom.js";
import { editionTag } from "./sources.js";
import { showPageImage, showPageText } from "./source-views.js";

const ZOOMS = [1, 1.5, 2, 3];
const EXCLUDED = "このページは除外中です。検索と回答には使われません。";
// Below this the panel covers the page as a modal dialog; the style sheet knows the same number.
const WIDE = window.matchMedia("(min-width: 1024px) and (min-height: 500px)");

/** The opened source: beside the conversation on wide screens, over it on narrow ones. */
export class SourcePanel {
  #dialog = document.getElementById("source-panel");
  #workspace = document.getElementById("workspace");
  #library;
  #reference = null;
  #page = 1;
  #view = "image";
  #zoom = 0;
  #opener = null;
  #loading = null; // AbortController of the page being fetched
  #parts = {};

  constructor({ library }) {
    this.#library = library;
    this.#build();
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    // A dialog that is not modal gets no Esc from the browser.
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) {
        event.stopPropagation();
        this.close();
      }
    });
    WIDE.addEventListener("change", () => {
      if (this.#dialog.open) {
        this.#dialog.close();
        this.#show();
      }
    });
  }

  /** @param {object} reference document, page and quoted range; @param {HTMLElement} opener */
  open(reference, opener) {
    this.#reference = reference;
    this.#opener = opener;
    this.#page = reference.page ?? 1;
    this.#zoom = 0;
    const document = this.#document();
    this.#view = this.#hasImages() ? "image" : "text";
    this.#parts.title.textContent = document?.title ?? reference.title;
    this.#parts.facts.textContent = documentFacts(document) || (document?.source ?? "");
    this.#parts.old.replaceChildren(...[editionTag(document)].filter(Boolean));
    if (!this.#dialog.open) {
      this.#show();
    }
    this.#parts.title.focus();
    this.#load();
  }

  close() {
    if (!this.#dialog.open) {
      return;
    }
    this.#loading?.abort();
    this.#dialog.close();
    this.#workspace.classList.remove("with-source");
    if (this.#opener?.isConnected) {
      this.#opener.focus();
    }
  }

  #show() {
    if (WIDE.matches) {
      this.#workspace.classList.add("with-source");
      this.#dialog.show();
    } else {
      this.#workspace.classList.remove("with-source");
      this.#dialog.showModal();
    }
  }

  #document() {
    return this.#library.documents.get(this.#reference.documentId);
  }

  #hasImages() {
    const document = this.#document();
    return document
      ? document.media_type === "application/pdf"
      : this.#reference.page !== null;
  }

  #build() {
    const parts = this.#parts;
    parts.title = el("h2", { id: "source-title", class: "source-panel-title", tabindex: "-1" });
    parts.facts = el("span", {});
    parts.old = el("span", {});
    parts.asImage = button("画像", { kind: "switch", onClick: () => this.#switchTo("image") });
    parts.asText = button("本文", { kind: "switch", onClick: () => this.#switchTo("text") });
    parts.previous = iconButton("前のページ", "previous", () => this.#turn(-1));
    parts.next = iconButton("次のページ", "next", () => this.#turn(1));
    parts.page = el("span", { class: "page-number", "aria-live": "polite" });
    parts.reduce = iconButton("縮小", "reduce", () => this.#zoomBy(-1));
    parts.enlarge = iconButton("拡大", "enlarge", () => this.#zoomBy(1));
    parts.back = button("引用箇所へ戻る", { kind: "small", onClick: () => this.#backToQuote() });
    parts.note = el("p", { class: "source-note", role: "status" });
    parts.stage = el("div", {
      class: "source-stage",
      role: "group",
      tabindex: "0",
      "aria-label": "ページの内容",
    });
    this.#dialog.append(
      el(
        "div",
        { class: "source-panel-head" },
        el("div", {}, parts.title, el("p", { class: "source-facts" }, parts.facts, parts.old)),
        iconButton("出典を閉じる", "close", () => this.close(), { class: "icon-button close-source" }),
      ),
      el(
        "div",
        { class: "source-tools" },
        el("div", { class: "tool-group" }, parts.previous, parts.page, parts.next),
        (parts.views = el(
          "div",
          { class: "tool-group switch", role: "group", "aria-label": "表示の切り替え" },
          parts.asImage,
          parts.asText,
        )),
        (parts.zooms = el("div", { class: "tool-group" }, parts.reduce, parts.enlarge)),
        parts.back,
      ),
      parts.note,
      parts.stage,
    );
  }

  #switchTo(view) {
    this.#view = view;
    this.#load();
  }

  #turn(step) {
    this.#page += step;
    this.#load();
  }

  #zoomBy(step) {
    this.#zoom = Math.min(Math.max(this.#zoom + step, 0), ZOOMS.length - 1);
    this.#load();
  }

  #backToQuote() {
    this.#page = this.#reference.page ?? 1;
    this.#load();
    this.#parts.stage.focus();
  }

  /** The range to mark: only the page that was cited has one. */
  #range() {
    const { page, start, end } = this.#reference;
    return this.#page === (page ?? 1) ? { start, end } : {};
  }

  #updateTools() {
    const parts = this.#parts;
    const count = this.#document()?.page_count ?? this.#page;
    const paged = this.#reference.page !== null;
    parts.previous.disabled = this.#page <= 1;
    parts.next.disabled = this.#page >= count;
    for (const tool of [parts.previous, parts.next, parts.page]) {
      tool.hidden = !paged;
    }
    parts.page.replaceChildren(`${this.#page} / ${count}`, el("span", { class: "page-unit" }, " ページ"));
    parts.views.hidden = !this.#hasImages();
    parts.asImage.setAttribute("aria-pressed", String(this.#view === "image"));
    parts.asText.setAttribute("aria-pressed", String(this.#view === "text"));
    parts.zooms.hidden = this.#view !== "image";
    parts.reduce.disabled = this.#zoom === 0;
    parts.enlarge.disabled = this.#zoom === ZOOMS.length - 1;
    parts.back.hidden = this.#page === (this.#reference.page ?? 1);
  }

  async #load() {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.#updateTools();
    const { stage, note } = this.#parts;
    note.textContent = "";
    stage.setAttribute("aria-busy", "true");
    const wanted = {
      stage,
      reference: this.#reference,
      page: this.#page,
      range: this.#range(),
      zoom: ZOOMS[this.#zoom],
      signal: loading.signal,
    };
    try {
      const show = this.#view === "image" ? showPageImage : showPageText;
      const remark = await show(wanted);
      if (!loading.signal.aborted) {
        const excluded = this.#document()?.excluded_pages?.includes(this.#page);
        note.textContent = excluded ? `${EXCLUDED}${remark}` : remark;
      }
    } catch (error) {
      if (!loading.signal.aborted) {
        this.#explain(error);
      }
    } finally {
      if (this.#loading === loading) {
        stage.setAttribute("aria-busy", "false");
      }
    }
  }

  #explain(error) {
    const { stage } = this.#parts;
    stage.replaceChildren(
      el(
        "div",
        { class: "interruption interruption-failed" },
        el("p", {}, icon("warning"), ` ${pageLabel(this.#page)}を表示できません。${error.message}`),
        button("もう一度読み込む", {
          iconName: "retry",
          kind: "secondary",
          onClick: () => this.#load(),
        }),
      ),
    );
  }
}
