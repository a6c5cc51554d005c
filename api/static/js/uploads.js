import { announce } from "./announce.js";
import { getQuality, uploadDocument } from "./api.js";
import { el, icon } from "./dom.js";
import { uploadSentence } from "./receipts.js";
import { UploadLabels } from "./upload-labels.js";

const ACCEPTED = ".pdf,.docx,.docm,.xlsx,.xlsm,.csv,.tsv,.txt,.text,.md,.markdown,.html,.htm,.zip";

/** The place for new files, and the receipts of what was added or deleted, newest first. */
export class Uploads {
  #onDone;
  #drop = null;
  #labels = new UploadLabels();
  #receipts = el("ul", { class: "uploads" });
  #file = el("input", {
    type: "file",
    id: "documents-file",
    class: "visually-hidden",
    accept: ACCEPTED,
    multiple: true,
  });

  /** `onDone()` is called when all files of one choice have been sent. */
  constructor({ onDone }) {
    this.#onDone = onDone;
    this.#file.addEventListener("change", () => {
      this.#upload(this.#file.files);
      this.#file.value = "";
    });
  }

  /** @returns {HTMLElement[]} the place for files and the list of receipts */
  build() {
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
    this.#drop = el("div", {}, drop, this.#labels.build());
    return [this.#drop, this.#receipts];
  }

  /** For `me`, who has just opened the list: who may not add documents is not shown the place. */
  offer(me) {
    this.#drop.hidden = !(me.can.documents || me.can.admin);
    this.#labels.askForReaders(!me.single_user);
    this.#labels.clear(); // what was decided for other files is not for these
  }

  /** Shows a sentence as done, in sight. */
  note(sentence) {
    const row = el("li", { class: "upload upload-done" }, icon("check"), el("span", {}, sentence));
    this.#receipts.prepend(row);
    row.scrollIntoView({ block: "nearest" });
  }

  async #upload(files) {
    const said = { query: this.#labels.query(), sentence: this.#labels.sentence() };
    for (const file of [...files]) {
      await this.#uploadOne(file, said);
    }
    await this.#onDone();
  }

  async #uploadOne(file, said) {
    const bar = el("progress", { max: "1", value: "0", "aria-label": `${file.name}の送信` });
    const text = el("span", {}, `${file.name}を送っています`);
    const row = el("li", { class: "upload" }, text, bar);
    this.#receipts.prepend(row);
    try {
      const answer = await uploadDocument(file, said.query, (share) => {
        bar.value = share;
        if (share === 1) {
          bar.removeAttribute("value"); // from here on the server reads: no share is known
          text.textContent = `${file.name}を読み取っています`;
        }
      });
      const labels = answer.outcome === "unchanged" ? "" : said.sentence;
      const sentence = uploadSentence(file.name, answer, await nearDuplicates(answer)) + labels;
      row.classList.add("upload-done");
      row.replaceChildren(icon("check"), el("span", {}, sentence));
    } catch (error) {
      row.classList.add("upload-failed");
      row.replaceChildren(icon("warning"), el("span", {}, `${file.name}：${error.message}`));
    }
    announce(row.textContent);
  }
}

/** The documents much like the one that has come in; none where that cannot be told. */
async function nearDuplicates(report) {
  if (!report.document || report.outcome === "unchanged") {
    return [];
  }
  try {
    return (await getQuality(report.document.id)).near_duplicates;
  } catch {
    return []; // the list shows it later
  }
}
