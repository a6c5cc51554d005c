import { announce } from "./announce.js";
import { deleteDocument, getQuality, replaceDocument, reviewDocument } from "./api.js";
import { documentRow } from "./document-row.js";
import { el, iconButton } from "./dom.js";
import { pagesText } from "./page-numbers.js";
import { nearText, REVIEW_WORDS, reviewState } from "./quality.js";
import { removalSentence, replacementSentence } from "./receipts.js";
import { whoAmI } from "./session.js";
import { Uploads } from "./uploads.js";

/** The list of documents: look, add, check, replace, delete. */
export class DocumentsDialog {
  #dialog = document.getElementById("documents");
  #library;
  #me = null; // who is here, once that is known
  #onChange;
  #openSource;
  #list = el("ul", { class: "document-list" });
  #state = el("p", { class: "documents-state" });
  #uploads = new Uploads({ onDone: () => this.#refresh() });
  #filter = el("input", { type: "search", id: "documents-filter", autocomplete: "off" });
  #rows = new Map(); // by document id: the element and what it was made from
  #notices = new Map(); // by document id: the receipt of a replacement

  constructor({ library, onChange, openSource }) {
    this.#library = library;
    this.#onChange = onChange;
    this.#openSource = openSource;
    this.#build();
  }

  async open() {
    this.#notices.clear();
    this.#dialog.showModal();
    try {
      // Before the rows are made: what a row offers depends on who looks.
      this.#me = await whoAmI();
      this.#uploads.offer(this.#me);
    } catch {
      // The list says by itself what does not work.
    }
    this.#render();
    await this.#refresh();
  }

  #build() {
    this.#filter.addEventListener("input", () => {
      this.#render();
      announce(this.#state.textContent);
    });
    this.#dialog.append(
      el(
        "div",
        { class: "dialog-head" },
        el("h2", { id: "documents-title" }, "文書一覧"),
        iconButton("文書一覧を閉じる", "close", () => this.#dialog.close()),
      ),
      el(
        "div",
        { class: "dialog-body" },
        ...this.#uploads.build(),
        el(
          "div",
          { class: "documents-filter" },
          el("label", { for: "documents-filter" }, "題名・種別・「要確認」などで絞り込む"),
          this.#filter,
        ),
        this.#state,
        this.#list,
      ),
      el("p", { class: "visually-hidden", role: "status", "data-announcer": true }),
    );
  }

  async #refresh() {
    try {
      await this.#library.refresh();
      this.#onChange();
      this.#render();
      // Other documents may have come or gone, so that likeness is looked up anew.
      this.#list.querySelectorAll("details[open] [data-near]").forEach((cell) => this.#fillNear(cell));
    } catch (error) {
      this.#state.textContent = error.message;
      announce(error.message);
    }
  }

  #render() {
    const wanted = this.#filter.value.normalize("NFKC").trim().toLowerCase();
    const all = [...this.#library.documents.values()];
    const documents = all
      .filter((document) => searchable(document).includes(wanted))
      .sort(
        (a, b) =>
          a.title.localeCompare(b.title, "ja") ||
          Boolean(a.superseded_on) - Boolean(b.superseded_on) ||
          a.source.localeCompare(b.source, "ja"),
      );
    const open = all.filter((document) => reviewState(document) === "open").length;
    this.#state.textContent = wanted
      ? `${documents.length}件が当てはまります（全${this.#library.count}件）`
      : `${this.#library.sentence}${open > 0 ? `　　${REVIEW_WORDS.open}：${open}件` : ""}`;
    const focused = document.activeElement;
    this.#list.replaceChildren(...documents.map((found) => this.#row(found)));
    if (this.#list.contains(focused)) {
      focused.focus({ preventScroll: true }); // moving an element takes the focus from it
    }
  }

  #row(document) {
    const notice = this.#notices.get(document.id) ?? "";
    const successor = [...this.#library.documents.values()].find(
      (other) => other.source === document.successor,
    );
    const version = JSON.stringify([document, notice, successor?.title, this.#me?.login]);
    const known = this.#rows.get(document.id);
    if (known && (known.version === version || known.element.querySelector(".document-form"))) {
      return known.element; // with what is open or typed in it
    }
    const element = documentRow(document, {
      me: this.#me,
      successor,
      others: [...this.#library.documents.values()]
        .filter((other) => other.id !== document.id)
        .sort((a, b) => a.title.localeCompare(b.title, "ja")),
      notice,
      show: (shown, opener) => this.#show(shown, opener),
      reveal: (shown) => this.#reveal(shown),
      fillNear: (cell) => this.#fillNear(cell),
      review: (reviewed, change) => this.#review(reviewed, change),
      remove: (removed) => this.#remove(removed),
      replace: (...replaced) => this.#replace(...replaced),
    });
    const wereOpen = [...(known?.element.querySelectorAll("details") ?? [])].map((each) => each.open);
    element.querySelectorAll("details").forEach((each, at) => {
      each.open = wereOpen[at] ?? false;
    });
    this.#rows.set(document.id, { version, element });
    return element;
  }

  /** Lets the row be made anew, which an open form prevents. */
  #closeForm(id) {
    this.#rows.get(id)?.element.querySelector(".document-form")?.remove();
  }

  async #fillNear(cell) {
    try {
      const report = await getQuality(cell.dataset.near);
      cell.textContent = nearText(report.near_duplicates);
    } catch (error) {
      cell.textContent = `調べられませんでした。${error.message}`;
    }
  }

  /** The list shows this document, and its title has the focus. */
  #reveal(document) {
    this.#filter.value = "";
    this.#render();
    this.#focus(document.id, ".document-title");
  }

  #focus(id, selector) {
    const row = this.#rows.get(id)?.element;
    (row?.querySelector(selector) ?? row?.querySelector(".document-title"))?.focus();
  }

  #show(document, opener) {
    this.#dialog.close();
    this.#openSource(
      {
        documentId: document.id,
        title: document.title,
        page: document.has_pages === false ? null : 1,
        quote: "",
      },
      opener,
    );
  }

  async #review(document, change) {
    const report = await reviewDocument(document.id, change);
    this.#library.review(document.id, report);
    this.#closeForm(document.id);
    this.#render();
    this.#focus(document.id, `[data-tool=${toolOf(change)}]`);
    announce(reviewSentence(document, report, change));
  }

  async #remove(document) {
    const receipt = await deleteDocument(document.id);
    const sentence = removalSentence(document.title, receipt);
    await this.#refresh();
    this.#filter.focus();
    this.#uploads.note(sentence);
    announce(sentence);
  }

  async #replace(document, file, keepOld, onProgress) {
    const report = await replaceDocument(document.id, file, keepOld, onProgress);
    const sentence = replacementSentence(document.title, report);
    this.#notices.set(document.id, sentence);
    this.#closeForm(document.id);
    await this.#refresh();
    this.#focus(document.id, ".document-title");
    announce(sentence);
  }
}

/** What the filter looks at. */
function searchable(document) {
  return [
    document.title,
    document.kind,
    document.source,
    document.department,
    ...(document.groups ?? []),
    document.confidentiality,
    REVIEW_WORDS[reviewState(document)],
    document.superseded_on && "旧版",
  ]
    .join(" ")
    .normalize("NFKC")
    .toLowerCase();
}

function toolOf(change) {
  if (change.groups) {
    return "readers";
  }
  return change.excluded_pages ? "exclude" : change.accepted === undefined ? "describe" : "accept";
}

/** What a decision changed, for a screen reader. */
function reviewSentence(document, report, change) {
  if (change.groups) {
    return report.groups.length > 0
      ? `「${document.title}」を読める人は${report.groups.join("、")}です。`
      : `「${document.title}」は、だれの回答にも使われません。`;
  }
  if (change.excluded_pages) {
    return report.excluded_pages.length > 0
      ? `「${document.title}」の${pagesText(report.excluded_pages)}を除外しています。検索と回答には使われません。`
      : `「${document.title}」のすべてのページを使います。`;
  }
  if (change.accepted === undefined) {
    return `「${document.title}」の種別・日付を直しました。次の質問から効きます。`;
  }
  return report.accepted
    ? `「${document.title}」を確認済にしました。`
    : `「${document.title}」の受け入れを取り消しました。`;
}
