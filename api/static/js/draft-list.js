import { announce } from "./announce.js";
import { button, el } from "./dom.js";
import { advanceOpened, exportAddress, getBatch, getJob } from "./draft-api.js";

const POLL_MS = 1_500;
const FILTERS = [
  ["all", "すべて", () => true],
  ["flags", "確認事項あり", (row) => row.flags.length > 0],
  ["difference", "一次評価と違う提案", (row) => Boolean(row.difference)],
  ["unopened", "未確認（開いていない）", (row) => row.drafted && !row.error && !row.opened],
  ["案", "案", (row) => row.state === "案"],
  ["確認済", "確認済", (row) => row.state === "確認済"],
  ["確定", "確定", (row) => row.state === "確定"],
  ["error", "作成できない", (row) => Boolean(row.error)],
];

/** The sheets of one batch: state, flags, proposal, what differs; filter and bulk confirmation. */
export class DraftList {
  title = "二次評価";
  unsaved = false;
  #id;
  #batch = null;
  #timer = null;
  #body = el("tbody", {});
  #count = el("p", { class: "drafts-count", role: "status" });
  #message = el("div", { class: "drafts-message", role: "alert" });
  #words = el("input", { type: "search", id: "draft-words", class: "draft-input" });
  #filter = el(
    "select",
    { id: "draft-filter", class: "draft-select" },
    ...FILTERS.map(([value, label]) => el("option", { value }, label)),
  );
  #bulk = el("div", { class: "draft-bulk" });

  constructor(id) {
    this.#id = id;
  }

  async build() {
    this.#batch = await getBatch(this.#id);
    this.title = `${this.#batch.file}の二次評価`;
    this.#words.addEventListener("input", () => this.#render());
    this.#filter.addEventListener("change", () => this.#render());
    this.#render();
    this.#follow();
    return el(
      "div",
      {},
      el("p", { class: "drafts-back" }, el("a", { href: "#" }, "束の一覧")),
      el("h1", { tabindex: "-1" }, this.#batch.file),
      ...this.#batch.remarks.map((remark) => el("p", { class: "warning" }, remark)),
      el(
        "div",
        { class: "draft-filter" },
        el("label", { for: "draft-words" }, "番号・事業名・課で探す", this.#words),
        el("label", { for: "draft-filter" }, "絞り込み", this.#filter),
        el(
          "div",
          { class: "draft-exports" },
          ...["xlsx", "docx", "csv"].map((form, at) =>
            el(
              "a",
              { class: "button button-small", href: exportAddress(this.#id, form) },
              `${["Excel", "Word", "CSV"][at]}で書き出す`,
            ),
          ),
        ),
      ),
      this.#count,
      el(
        "div",
        { class: "draft-scroll", tabindex: "0", role: "group", "aria-label": "調書の一覧" },
        el(
          "table",
          { class: "draft-table draft-sheets" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ...["番号", "事務事業", "状態", "確認事項", "一次評価", "提案", "決定"].map((head) =>
                el("th", { scope: "col" }, head),
              ),
            ),
          ),
          this.#body,
        ),
      ),
      this.#bulk,
      this.#message,
    );
  }

  mayLeave() {
    return true;
  }

  leave() {
    clearTimeout(this.#timer);
  }

  #follow() {
    const { state } = this.#batch.job;
    if (state !== "waiting" && state !== "running") {
      return;
    }
    this.#timer = setTimeout(async () => {
      try {
        const job = await getJob(this.#id);
        if (job.done !== this.#batch.job.done || job.state !== state) {
          this.#batch = await getBatch(this.#id);
          this.#render();
        }
      } catch {
        // The next look may work.
      }
      this.#follow();
    }, POLL_MS);
  }

  #shown() {
    const words = this.#words.value.normalize("NFKC").trim().toLowerCase();
    const [, , wanted] = FILTERS.find(([value]) => value === this.#filter.value);
    return this.#batch.sheets.filter(
      (row) =>
        wanted(row) &&
        `${row.sheet_no} ${row.name} ${row.division} ${row.flags.join(" ")}`
          .normalize("NFKC")
          .toLowerCase()
          .includes(words),
    );
  }

  #render() {
    const rows = this.#shown();
    const { done, total } = this.#batch.job;
    const states = { 案: 0, 確認済: 0, 確定: 0 };
    for (const row of this.#batch.sheets) {
      if (row.state) {
        states[row.state] += 1;
      }
    }
    const made = done < total ? `作成中（${done} / ${total}件）　` : "";
    const counts = Object.entries(states).map(([state, count]) => `${state}${count}件`);
    this.#count.textContent = `${made}${rows.length} / ${total}件を表示　　${counts.join("、")}`;
    this.#body.replaceChildren(...rows.map((row) => this.#row(row)));
    this.#renderBulk(rows);
  }

  #row(row) {
    const name = row.drafted
      ? el("a", { href: `#${this.#id}/${row.position}` }, row.name || "名前なし")
      : el("span", {}, row.name || "名前なし");
    return el(
      "tr",
      { class: row.opened ? "draft-opened" : "" },
      el("td", {}, row.sheet_no),
      el("td", {}, name, row.division && el("span", { class: "draft-hint" }, row.division)),
      el(
        "td",
        {},
        el("span", { class: `tag state-${stateClass(row.state)}` }, stateName(row)),
        row.edited && el("span", { class: "draft-hint" }, "編集あり"),
      ),
      el("td", {}, row.error || row.flags.join("、")),
      el("td", {}, row.first_direction),
      el(
        "td",
        { class: row.difference ? "draft-differs" : "" },
        row.proposed_direction,
        row.difference && el("span", { class: "draft-hint" }, "一次評価と違う"),
      ),
      el("td", {}, row.direction),
    );
  }

  #renderBulk(rows) {
    const ready = (state) => rows.filter((row) => row.state === state && row.opened);
    const tool = (from, to) => {
      const chosen = ready(from);
      return button(`開いて確かめた${from}${chosen.length}件を${to}にする`, {
        kind: "secondary",
        disabled: chosen.length === 0,
        onClick: () => this.#advance(chosen, to),
      });
    };
    this.#bulk.replaceChildren(tool("案", "確認済"), tool("確認済", "確定"));
  }

  async #advance(rows, state) {
    try {
      const { done, refused } = await advanceOpened(
        this.#id,
        rows.map((row) => row.position),
        state,
      );
      this.#batch = await getBatch(this.#id);
      this.#render();
      const names = new Map(rows.map((row) => [row.position, row.name]));
      this.#message.replaceChildren(
        el("p", {}, `${done.length}件を${state}にしました。`),
        ...refused.map((each) =>
          el("p", { class: "warning" }, `${names.get(each.position)}：${each.message}`),
        ),
      );
      announce(`${done.length}件を${state}にしました。できなかったもの${refused.length}件。`);
    } catch (error) {
      this.#message.replaceChildren(el("p", { class: "field-error" }, error.message));
    }
  }
}

export function stateName(row) {
  return row.error ? "作成できない" : row.state || "未作成";
}

/** A word for style sheets: Japanese class names travel badly. */
export function stateClass(state) {
  return { 案: "draft", 確認済: "checked", 確定: "fixed" }[state] ?? "none";
}
