import { announce } from "./announce.js";
import { button, el, icon } from "./dom.js";
import { handIn, proposeColumns } from "./draft-api.js";

const ACCEPTED = ".xlsx,.xlsm,.csv,.tsv,.json";

/** The place for a file of sheets, with how it is to be drafted, and the columns to confirm. */
export class DraftUpload {
  #hasModel;
  #onDone;
  #place = el("section", { class: "draft-upload", "aria-labelledby": "draft-upload-title" });
  #message = el("p", { class: "draft-upload-message", role: "status" });
  #columns = el("div", {});
  #file = el("input", {
    type: "file",
    id: "draft-file",
    class: "visually-hidden",
    accept: ACCEPTED,
  });
  #documents = el("input", { type: "checkbox", id: "draft-documents", checked: true });
  #model = el("input", { type: "checkbox", id: "draft-model" });
  #ending = el(
    "select",
    { id: "draft-ending", class: "draft-select" },
    el("option", { value: "dearu" }, "である調"),
    el("option", { value: "desu" }, "です・ます調"),
  );

  /** `onDone(batch)` is called with a batch that has been handed in. */
  constructor({ hasModel, onDone }) {
    this.#hasModel = hasModel;
    this.#onDone = onDone;
    this.#file.addEventListener("change", () => {
      const [file] = this.#file.files;
      this.#file.value = "";
      if (file) {
        this.#send(file);
      }
    });
  }

  build() {
    const check = (box, label) =>
      el("label", { class: "draft-check", for: box.id }, box, el("span", {}, label));
    this.#place.append(
      el("h2", { class: "drafts-subtitle", id: "draft-upload-title" }, "調書を登録する"),
      el(
        "div",
        { class: "draft-options" },
        check(this.#documents, "計画と監査報告を参照する"),
        this.#hasModel && check(this.#model, "言語モデルで文を言い換える（数値と判定は変わりません）"),
        el("label", { class: "draft-check", for: "draft-ending" }, "文末", this.#ending),
      ),
      el(
        "div",
        { class: "drop" },
        this.#file,
        el(
          "label",
          { class: "button button-primary", for: "draft-file" },
          icon("upload"),
          "調書のファイルを選ぶ",
        ),
        el(
          "p",
          { class: "drop-hint" },
          "Excel（.xlsx）、CSV、JSONを選ぶか、ここに置いてください。様式：",
          el("a", { href: "/api/drafts/template?form=xlsx" }, "Excel"),
          "、",
          el("a", { href: "/api/drafts/template?form=csv" }, "CSV"),
          "。列の名前が様式と違うファイルは、列ごとに確かめてから読みます。",
        ),
      ),
      this.#message,
      this.#columns,
    );
    this.#place.addEventListener("dragover", (event) => event.preventDefault());
    this.#place.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file) {
        this.#send(file);
      }
    });
    return this.#place;
  }

  note(sentence) {
    this.#message.classList.remove("field-error");
    this.#message.textContent = sentence;
  }

  focus() {
    this.#file.focus();
  }

  async #send(file, mapping) {
    this.#columns.replaceChildren();
    this.note(`${file.name}を送っています`);
    const fields = {
      documents: this.#documents.checked,
      model: this.#model.checked,
      ending: this.#ending.value,
      ...(mapping ? { mapping: JSON.stringify({ columns: mapping }) } : {}),
    };
    try {
      const batch = await handIn(file, fields, (share) => {
        if (share === 1) {
          this.note(`${file.name}を読み取っています`);
        }
      });
      this.note(`「${batch.file}」の調書${batch.job.total}件の案を作り始めました。`);
      this.#onDone(batch);
    } catch (error) {
      if (error.code === "unknown_columns" && !mapping) {
        await this.#askForColumns(file);
      } else {
        this.#fail(error.message);
      }
    }
  }

  #fail(sentence) {
    this.#message.classList.add("field-error");
    this.#message.textContent = sentence;
  }

  async #askForColumns(file) {
    let proposed;
    try {
      proposed = await proposeColumns(file);
    } catch (error) {
      this.#fail(error.message);
      return;
    }
    this.note(`「${file.name}」の列の名前が様式と違います。下の対応を確かめてください。`);
    const fields = [...new Set(proposed.columns.filter((c) => c.field).map((c) => c.field))];
    const labels = new Map(proposed.columns.map((c) => [c.field, c.label]));
    const rows = proposed.columns.map((column, at) => this.#column(column, at, fields, labels));
    const title = el("h3", { tabindex: "-1" }, "列の対応");
    this.#columns.replaceChildren(
      title,
      el(
        "div",
        { class: "draft-scroll", tabindex: "0", role: "group", "aria-label": "列の対応の表" },
        el(
          "table",
          { class: "draft-table" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ...["ファイルの列", "記入例", "読み取る項目"].map((head) =>
                el("th", { scope: "col" }, head),
              ),
            ),
          ),
          el("tbody", {}, ...rows),
        ),
      ),
      el(
        "div",
        { class: "form-actions" },
        button("やめる", {
          kind: "secondary",
          onClick: () => {
            this.#columns.replaceChildren();
            this.note("");
            this.focus();
          },
        }),
        button("この対応で読み取る", {
          kind: "primary",
          onClick: () => {
            const chosen = {};
            for (const select of this.#columns.querySelectorAll("select")) {
              chosen[select.dataset.head] = select.value;
            }
            this.#send(file, chosen);
          },
        }),
      ),
    );
    title.focus();
    announce(this.#message.textContent);
  }

  #column(column, at, fields, labels) {
    const id = `draft-column-${at}`;
    const select = el(
      "select",
      { id, class: "draft-select", "data-head": column.head },
      el("option", { value: "" }, "読まない"),
      ...fields.map((field) =>
        el("option", { value: field, selected: field === column.field }, labels.get(field)),
      ),
    );
    const unsure = column.field && column.confidence < 0.8;
    return el(
      "tr",
      { class: unsure || !column.field ? "draft-unsure" : "" },
      el("th", { scope: "row" }, el("label", { for: id }, column.head)),
      el("td", {}, column.sample),
      el("td", {}, select, unsure && el("span", { class: "draft-hint" }, "確かめてください")),
    );
  }
}
