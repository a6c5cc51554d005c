import { deleteDocument, uploadDocument } from "./api.js";
import { documentFacts } from "./clipboard.js";
import { button, el, icon, iconButton, japaneseDate } from "./dom.js";

const ACCEPTED = ".pdf,.docx,.docm,.xlsx,.xlsm,.csv,.tsv,.txt,.text,.md,.markdown,.html,.htm,.zip";

function period(document) {
  const from = japaneseDate(document.valid_from);
  const until = japaneseDate(document.valid_until);
  return from || until ? `対象期間：${from}～${until}` : "";
}

/** The list of documents: look, add, delete. */
export class DocumentsDialog {
  #dialog = document.getElementById("documents");
  #library;
  #announce;
  #onChange;
  #openSource;
  #list = el("ul", { class: "document-list" });
  #state = el("p", { class: "documents-state", role: "status" });
  #uploads = el("ul", { class: "uploads" });
  #filter = el("input", { type: "search", id: "documents-filter", autocomplete: "off" });
  #file = el("input", {
    type: "file",
    id: "documents-file",
    class: "visually-hidden",
    accept: ACCEPTED,
    multiple: true,
  });

  constructor({ library, announce, onChange, openSource }) {
    this.#library = library;
    this.#announce = announce;
    this.#onChange = onChange;
    this.#openSource = openSource;
    this.#build();
  }

  async open() {
    this.#render();
    this.#dialog.showModal();
    await this.#refresh();
  }

  #build() {
    const drop = el(
      "div",
      { class: "drop" },
      this.#file,
      el(
        "label",
        { class: "button button-secondary", for: "documents-file" },
        icon("upload"),
        "文書を追加",
      ),
      el(
        "p",
        { class: "drop-hint" },
        "PDF、Word（.docx）、Excel（.xlsx）、CSV、テキスト、Markdown、HTML、これらのZIPを選ぶか、ここに置いてください。同じ名前の文書は新しい内容に置き換わります。",
      ),
    );
    drop.addEventListener("dragover", (event) => event.preventDefault());
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#upload(event.dataTransfer.files);
    });
    this.#file.addEventListener("change", () => {
      this.#upload(this.#file.files);
      this.#file.value = "";
    });
    this.#filter.addEventListener("input", () => this.#render());
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
        drop,
        this.#uploads,
        el(
          "div",
          { class: "documents-filter" },
          el("label", { for: "documents-filter" }, "題名・種別で絞り込む"),
          this.#filter,
        ),
        this.#state,
        this.#list,
      ),
    );
  }

  async #refresh() {
    try {
      await this.#library.refresh();
      this.#onChange();
      this.#render();
    } catch (error) {
      this.#state.textContent = error.message;
    }
  }

  #render() {
    const wanted = this.#filter.value.normalize("NFKC").trim().toLowerCase();
    const documents = [...this.#library.documents.values()]
      .filter((document) =>
        [document.title, document.kind, document.source, document.department]
          .join(" ")
          .normalize("NFKC")
          .toLowerCase()
          .includes(wanted),
      )
      .sort((a, b) => a.title.localeCompare(b.title, "ja"));
    this.#state.textContent = wanted
      ? `${documents.length}件が当てはまります（全${this.#library.count}件）`
      : this.#library.sentence;
    this.#list.replaceChildren(...documents.map((document) => this.#row(document)));
  }

  #row(document) {
    const confirm = el("div", { class: "confirm", hidden: true });
    const remove = button("削除", {
      iconName: "remove",
      kind: "small",
      "aria-label": `「${document.title}」を削除`,
      onClick: () => {
        confirm.hidden = false;
        remove.hidden = true;
        confirm.querySelector("button").focus();
      },
    });
    confirm.append(
      el(
        "p",
        {},
        `「${document.title}」を削除します。元のファイルと検索用の情報が消え、回答に使われなくなります。`,
      ),
      button("やめる", {
        kind: "secondary",
        onClick: () => {
          confirm.hidden = true;
          remove.hidden = false;
          remove.focus();
        },
      }),
      button("削除する", { kind: "danger", onClick: () => this.#delete(document, confirm) }),
    );
    return el(
      "li",
      { class: "document" },
      el(
        "div",
        { class: "document-head" },
        el(
          "div",
          {},
          el(
            "button",
            {
              type: "button",
              class: "source-open",
              on: { click: (event) => this.#show(document, event.currentTarget) },
            },
            document.title,
          ),
          el(
            "p",
            { class: "source-facts" },
            [documentFacts(document), document.department, period(document)]
              .filter(Boolean)
              .join("　"),
            document.successor && el("span", { class: "tag tag-old" }, "後継文書あり"),
          ),
          el(
            "p",
            { class: "document-file" },
            `${document.source}　${document.has_pages === false ? "" : `${document.page_count}ページ・`}${document.chunk_count}箇所`,
          ),
        ),
        remove,
      ),
      ...(document.warnings ?? []).map((warning) =>
        el("p", { class: "warning" }, icon("warning"), el("span", {}, warning)),
      ),
      confirm,
    );
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

  async #delete(document, confirm) {
    const row = confirm.closest("li");
    confirm.replaceChildren(el("p", { role: "status" }, "削除しています"));
    try {
      const answer = await deleteDocument(document.id);
      const receipt = answer.receipt ?? answer;
      const sentence =
        `「${document.title}」を削除しました。` +
        `消したもの：${receipt.pages}ページ、${receipt.chunks}箇所、` +
        `検索情報${receipt.vectors + receipt.lexical_entries}件。残り${receipt.left}件。`;
      await this.#refresh();
      this.#uploads.prepend(el("li", { class: "upload upload-done" }, icon("check"), sentence));
      this.#announce(sentence);
      this.#filter.focus();
    } catch (error) {
      row.append(el("p", { class: "warning" }, icon("warning"), error.message));
      confirm.remove();
    }
  }

  async #upload(files) {
    for (const file of files) {
      await this.#uploadOne(file);
    }
    await this.#refresh();
  }

  async #uploadOne(file) {
    const bar = el("progress", { max: "1", value: "0", "aria-label": `${file.name}の送信` });
    const text = el("span", {}, `${file.name}を送っています`);
    const row = el("li", { class: "upload" }, text, bar);
    this.#uploads.prepend(row);
    try {
      const answer = await uploadDocument(file, (share) => {
        bar.value = share;
        if (share === 1) {
          bar.removeAttribute("value"); // from here on the server reads: no share is known
          text.textContent = `${file.name}を読み取っています`;
        }
      });
      row.classList.add("upload-done");
      row.replaceChildren(icon("check"), el("span", {}, uploadSentence(file.name, answer)));
    } catch (error) {
      row.classList.add("upload-failed");
      row.replaceChildren(icon("warning"), el("span", {}, `${file.name}：${error.message}`));
    }
    this.#announce(row.textContent);
  }
}

/** One sentence about the server's report on one file. Raises when the file was not taken in. */
function uploadSentence(name, report) {
  const failure = report.failures?.[0];
  if (report.documents) {
    return archiveSentence(name, report);
  }
  if (failure) {
    throw new Error(failure.message);
  }
  if (report.unchanged?.length > 0) {
    return `${name}は、同じ内容がすでに登録されています。`;
  }
  const done = report.replaced?.length > 0 ? "を新しい内容に置き換えました" : "を登録しました";
  const size = report.pages ? `（${report.pages}ページ、${report.chunks}箇所）` : "";
  return `${name}${done}${size}。${(report.warnings ?? []).join(" ")}`;
}

/** What became of the files inside an archive; those that were refused are named with the reason. */
function archiveSentence(name, report) {
  const counts = [
    [report.added, "登録"],
    [report.replaced, "置き換え"],
    [report.unchanged, "変更なし"],
    [report.failures, "読み取れず"],
  ]
    .filter(([files]) => files?.length > 0)
    .map(([files, word]) => `${word}${files.length}件`);
  const remarks = [...(report.failures ?? []).map((failure) => failure.message), ...(report.warnings ?? [])];
  return `${name}の中の文書：${counts.join("、")}。${remarks.join(" ")}`;
}
