import { DATES, kindsList, labelled } from "./description.js";
import { el, japaneseDate } from "./dom.js";
import { GROUPS_HINT, levelSelect, parseGroups } from "./readers.js";

/** What is decided of the next files before they are sent: readers, kind, dates. */
export class UploadLabels {
  #text = (id, attributes = {}) =>
    el("input", { type: "text", id: `upload-${id}`, maxlength: "100", autocomplete: "off", ...attributes });
  #groups = this.#text("groups", { maxlength: "2000", "aria-describedby": "upload-groups-hint" });
  #fields = {
    confidentiality: levelSelect("upload-confidentiality"),
    kind: this.#text("kind", { list: "upload-kinds" }),
    department: this.#text("department"),
    ...Object.fromEntries(
      DATES.map(([name]) => [name, el("input", { type: "date", id: `upload-${name}` })]),
    ),
  };
  #readers = el(
    "div",
    { class: "form-field", hidden: true },
    el("label", { for: "upload-groups" }, "読めるグループ"),
    this.#groups,
    el("p", { class: "form-hint", id: "upload-groups-hint" }, GROUPS_HINT),
  );

  build() {
    const field = (name, label) => labelled(label, this.#fields[name]);
    return el(
      "details",
      { class: "upload-labels" },
      el("summary", {}, "登録と同時に、読める人・種別・日付を決める"),
      el(
        "div",
        { class: "document-form document-form-plain" },
        this.#readers,
        el(
          "div",
          { class: "form-grid" },
          field("confidentiality", "機密性"),
          field("kind", "種別"),
          field("department", "所管課"),
          ...DATES.map(([name, label]) => field(name, label)),
        ),
        kindsList("upload-kinds"),
        el(
          "p",
          { class: "form-hint" },
          "書いた内容は、この一覧を閉じるまでに追加するすべてのファイルに付きます。空の欄は、文書から読み取ったままにします。",
        ),
      ),
    );
  }

  /** Whether there are people to decide for; who tries Shiori out alone reads everything. */
  askForReaders(asked) {
    this.#readers.hidden = !asked;
  }

  /** What is decided, in words; "" where nothing is. */
  sentence() {
    const groups = parseGroups(this.#groups.value);
    const said = [
      groups.length > 0 && `読める人 ${groups.join("、")}`,
      ...[["confidentiality", ""], ["kind", "種別"], ["department", "所管課"], ...DATES].map(
        ([name, label]) => {
          const value = this.#fields[name].value.trim();
          const shown = /^\d{4}-/.test(value) ? japaneseDate(value) : value;
          return value && `${label} ${shown}`.trim();
        },
      ),
    ].filter(Boolean);
    return said.length > 0 ? `付けた内容：${said.join("、")}。` : "";
  }

  clear() {
    this.#groups.value = "";
    for (const input of Object.values(this.#fields)) {
      input.value = "";
    }
  }

  /** @returns {URLSearchParams} for the address that takes the file */
  query() {
    const query = new URLSearchParams(
      Object.entries(this.#fields)
        .map(([name, input]) => [name, input.value.trim()])
        .filter(([, value]) => value),
    );
    for (const group of parseGroups(this.#groups.value)) {
      query.append("groups", group);
    }
    return query;
  }
}
