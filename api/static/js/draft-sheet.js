import { announce } from "./announce.js";
import { button, el, icon, japaneseDate } from "./dom.js";
import { advanceSheet, draftAgain, editSheet, getBatch, getSheet } from "./draft-api.js";
import { figuresSection, fiscalYear } from "./draft-figures.js";
import { stateClass } from "./draft-list.js";
import { draftSources, draftText } from "./draft-text.js";
import { textDiff } from "./text-diff.js";

/** One sheet: its figures and flags beside the draft, what a person makes of it, and the sources. */
export class DraftSheetView {
  title = "二次評価";
  #batch;
  #position;
  #openSource;
  #sheet = null;
  #neighbours = {};
  #root = el("div", {});
  #error = el("p", { class: "field-error", role: "alert", hidden: true });
  #parts = {};

  constructor(batch, position, { openSource }) {
    this.#batch = batch;
    this.#position = position;
    this.#openSource = openSource;
  }

  async build() {
    const [batch, sheet] = await Promise.all([
      getBatch(this.#batch),
      getSheet(this.#batch, this.#position),
    ]);
    const drafted = batch.sheets.filter((row) => row.drafted).map((row) => row.position);
    const at = drafted.indexOf(this.#position);
    this.#neighbours = { file: batch.file, previous: drafted[at - 1], next: drafted[at + 1], at, count: drafted.length };
    this.#show(sheet);
    return this.#root;
  }

  /** Whether a text or a choice is on the screen that the server does not have. */
  get unsaved() {
    const { text, direction, reason } = this.#parts;
    const { review, draft } = this.#sheet ?? {};
    return Boolean(
      text &&
        (text.value !== (review.text ?? draft.draft) ||
          direction.value !== review.direction ||
          reason.value !== review.reason),
    );
  }

  mayLeave() {
    return !this.unsaved || window.confirm("保存していない変更があります。保存せずに移りますか。");
  }

  leave() {}

  #show(sheet) {
    this.#sheet = sheet;
    this.#parts = {};
    this.#error.hidden = true;
    const { draft } = sheet;
    this.title = `${sheet.name}の二次評価`;
    this.#root.replaceChildren(
      this.#head(),
      ...(draft && !draft.error
        ? [
            el(
              "div",
              { class: "sheet-grid" },
              el("div", {}, this.#decision(), this.#machine()),
              el("div", {}, this.#flags(), figuresSection(draft.figures), this.#first()),
            ),
          ]
        : [
            el(
              "p",
              { class: "warning" },
              icon("warning"),
              el("span", {}, draft ? `案を作成できませんでした。${draft.error}` : "案はまだありません。"),
            ),
            button("もう一度作る", { kind: "secondary", onClick: () => this.#again() }),
            this.#error,
          ]),
    );
  }

  #head() {
    const { draft, review } = this.#sheet;
    const { file, previous, next, at, count } = this.#neighbours;
    const step = (label, position) =>
      position === undefined
        ? el("span", { class: "sheet-step-none" }, label)
        : el("a", { href: `#${this.#batch}/${position}` }, label);
    const signed = (what, name, time) =>
      name && el("li", {}, `${what}：${name}（${japaneseDate(time)}）`);
    const place = [draft?.bureau, draft?.division].filter(Boolean).join(" ");
    const year = draft?.fiscal_year ? `評価対象：${fiscalYear(draft.fiscal_year)}` : "";
    return el(
      "header",
      { class: "sheet-head" },
      el(
        "nav",
        { class: "drafts-back", "aria-label": "調書の移動" },
        el("a", { href: `#${this.#batch}` }, file),
        el("span", {}, `${at + 1} / ${count}`),
        step("前の調書", previous),
        step("次の調書", next),
      ),
      el("h1", { tabindex: "-1" }, [this.#sheet.sheet_no, this.#sheet.name].filter(Boolean).join("　")),
      el(
        "p",
        { class: "source-facts" },
        el("span", { class: `tag state-${stateClass(this.#sheet.state)}` }, this.#sheet.state || "未作成"),
        [place, year].filter(Boolean).join("　"),
      ),
      el(
        "ul",
        { class: "sheet-signatures" },
        signed("編集", review.edited_by, review.edited_at),
        signed("確認", review.checked_by, review.checked_at),
        signed("確定", review.fixed_by, review.fixed_at),
      ),
    );
  }

  /** The text to be sent out, the direction, and the steps. */
  #decision() {
    const sheet = this.#sheet;
    const { draft, review } = sheet;
    const locked = !sheet.can_edit;
    const text = el("textarea", { id: "sheet-text", rows: "8", maxlength: "4000", disabled: locked });
    text.value = review.text ?? draft.draft;
    const direction = el(
      "select",
      { id: "sheet-direction", class: "draft-select", disabled: locked },
      el("option", { value: "" }, "選んでください"),
      ...sheet.directions.map((name) =>
        el("option", { value: name, selected: name === review.direction }, name),
      ),
    );
    const reason = el("textarea", { id: "sheet-reason", rows: "2", maxlength: "4000", disabled: locked });
    reason.value = review.reason;
    const count = el("span", { class: "draft-hint" });
    const diff = el("div", { class: "sheet-diff", "aria-live": "off" });
    const refresh = () => {
      count.textContent = `${Array.from(text.value).length}字`;
      diff.replaceChildren(...comparison(draft.draft, text.value));
    };
    text.addEventListener("input", refresh);
    refresh();
    this.#parts = { text, direction, reason };
    return el(
      "section",
      { class: "sheet-part sheet-decision", "aria-labelledby": "decision-title" },
      el("h2", { id: "decision-title" }, "二次評価"),
      sheet.hidden &&
        el(
          "p",
          { class: "warning" },
          icon("warning"),
          el("span", {}, "この案は、あなたが読めない文書を出典にしているため、編集や確認ができません。"),
        ),
      el("div", { class: "sheet-label" }, el("label", { for: "sheet-text" }, "文"), count),
      text,
      el(
        "div",
        { class: "sheet-choice" },
        el("label", { for: "sheet-direction" }, "方向性（決めるのは担当者です）", direction),
        el(
          "p",
          {},
          `一次評価：${draft.first_direction || "記入なし"}　提案：${draft.proposed_direction}`,
        ),
      ),
      el(
        "details",
        { class: "sheet-reasons" },
        el("summary", {}, "この方向性を提案する理由"),
        el("ul", {}, ...draft.reasons.map((each) => el("li", {}, each))),
      ),
      el("label", { class: "sheet-label", for: "sheet-reason" }, "一次評価と違う方向性にする理由"),
      reason,
      this.#error,
      this.#steps(),
      diff,
    );
  }

  #steps() {
    const { state, can_edit: canEdit, hidden } = this.#sheet;
    const tool = (label, kind, onClick) => button(label, { kind, onClick });
    const to = (next) => () => this.#advance(next);
    const tools = {
      案: [
        tool("保存", "secondary", () => this.#save()),
        tool("確認済にする", "primary", to("確認済")),
      ],
      確認済: [
        tool("保存（案に戻ります）", "secondary", () => this.#save()),
        tool("案に戻す", "quiet", to("案")),
        tool("確定する", "primary", to("確定")),
      ],
      確定: [tool("確定を取り消す", "secondary", to("確認済"))],
    };
    return el(
      "div",
      { class: "form-actions sheet-steps" },
      ...(hidden ? [] : (tools[state] ?? [])),
      canEdit &&
        button("案の文に戻す", {
          onClick: () => {
            this.#parts.text.value = this.#sheet.draft.draft;
            this.#parts.text.dispatchEvent(new Event("input"));
            this.#parts.text.focus();
          },
        }),
    );
  }

  #machine() {
    const sheet = this.#sheet;
    const { draft } = sheet;
    return el(
      "section",
      { class: "sheet-part", "aria-labelledby": "machine-title" },
      el("h2", { id: "machine-title" }, "機械が作った案"),
      draftText(draft, this.#openSource),
      ...draft.warnings.map((warning) =>
        el("p", { class: "warning" }, icon("warning"), el("span", {}, warning.message)),
      ),
      el(
        "div",
        { class: "form-actions" },
        el("span", { class: "draft-hint" }, `${sheet.made}回目の案（${japaneseDate(sheet.made_at)}）`),
        sheet.can_edit &&
          button("案を作り直す", { kind: "small", iconName: "retry", onClick: () => this.#again() }),
      ),
      sheet.earlier.length > 0 &&
        el(
          "details",
          { class: "sheet-reasons" },
          el("summary", {}, `前の案（${sheet.earlier.length}件）`),
          ...sheet.earlier.map((each) =>
            el("p", {}, `${each.number}回目（${japaneseDate(each.made_at)}）：${each.draft}`),
          ),
        ),
      draftSources(draft, this.#openSource),
    );
  }

  #flags() {
    const { flags } = this.#sheet.draft;
    return el(
      "section",
      { class: "sheet-part", "aria-labelledby": "flags-title" },
      el("h2", { id: "flags-title" }, `確認事項（${flags.length}件）`),
      flags.length === 0
        ? el("p", {}, "ありません。")
        : el(
            "ul",
            { class: "sheet-flags" },
            ...flags.map((flag) =>
              el(
                "li",
                {},
                el("strong", {}, flag.title),
                el("p", {}, flag.message),
                el(
                  "p",
                  { class: "draft-hint" },
                  `セル：${flag.cells.map((cell) => cell.label).join("、")}`,
                ),
              ),
            ),
          ),
    );
  }

  #first() {
    const { draft } = this.#sheet;
    return el(
      "section",
      { class: "sheet-part", "aria-labelledby": "first-title" },
      el("h2", { id: "first-title" }, "一次評価（所管課）"),
      el("p", {}, `方向性：${draft.first_direction || "記入なし"}`),
      el("p", { class: "sheet-comment" }, draft.first_comment || "コメントの記入がありません。"),
    );
  }

  #save() {
    return this.#change("保存しました。", () => this.#edit());
  }

  #advance(state) {
    return this.#change(`${state}にしました。`, async () => {
      if (this.unsaved) {
        this.#sheet = await this.#edit();
      }
      return advanceSheet(this.#batch, this.#position, this.#sheet.revision, state);
    });
  }

  #again() {
    announce("案を作り直しています");
    return this.#change("案を作り直しました。", async () => {
      if (this.unsaved) {
        this.#sheet = await this.#edit();
      }
      return draftAgain(this.#batch, this.#position, this.#sheet.revision);
    });
  }

  /** Sends only what differs, so that an untouched draft does not count as edited. */
  #edit() {
    const { text, direction, reason } = this.#parts;
    const { review, draft, revision } = this.#sheet;
    const change = { revision };
    if (text.value !== (review.text ?? draft.draft)) {
      change.text = text.value;
    }
    if (direction.value !== review.direction) {
      change.direction = direction.value;
    }
    if (reason.value !== review.reason) {
      change.reason = reason.value;
    }
    if (Object.keys(change).length === 1) {
      return Promise.resolve(this.#sheet);
    }
    return editSheet(this.#batch, this.#position, change);
  }

  /** Runs one change; what the person wrote stays on the screen when it fails. */
  async #change(sentence, work) {
    for (const each of this.#root.querySelectorAll(".form-actions button")) {
      each.disabled = true;
    }
    try {
      const sheet = await work();
      this.#show(sheet);
      this.#root.querySelector("#decision-title, h1")?.scrollIntoView({ block: "nearest" });
      this.#root.querySelector(".sheet-steps button")?.focus();
      announce(sentence);
    } catch (error) {
      this.#error.textContent = error.message;
      this.#error.hidden = false;
      for (const each of this.#root.querySelectorAll(".form-actions button")) {
        each.disabled = false;
      }
      this.#error.scrollIntoView({ block: "nearest" });
    }
  }
}

/** What a person changed in the machine's text, marked with more than colour. */
function comparison(before, after) {
  if (before === after) {
    return [el("p", { class: "draft-hint" }, "機械の案のままです。")];
  }
  const shown = { same: "span", out: "del", in: "ins" };
  return [
    el("h3", {}, "機械の案との違い"),
    el("p", {}, ...textDiff(before, after).map((part) => el(shown[part.kind], {}, part.text))),
  ];
}
