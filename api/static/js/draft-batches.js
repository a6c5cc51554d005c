import { announce } from "./announce.js";
import { button, el, icon, japaneseDate } from "./dom.js";
import { changeJob, exportAddress, getBatches, getJob, removeBatch } from "./draft-api.js";
import { DraftUpload } from "./draft-upload.js";

const POLL_MS = 1_000;
const STATES = {
  waiting: "順番待ち",
  running: "作成中",
  paused: "一時停止中",
  complete: "作成済み",
  cancelled: "取りやめ",
  failed: "作成できません",
};
const FORMS = { xlsx: "Excel", docx: "Word", csv: "CSV" };

/** The batches of the section: hand in a new one, follow the drafting, open, export, delete. */
export class DraftBatches {
  title = "二次評価";
  unsaved = false;
  #list = el("ul", { class: "batches" });
  #timer = null;
  #upload;

  async build() {
    const { batches, has_model: hasModel } = await getBatches();
    this.#upload = new DraftUpload({ hasModel, onDone: (batch) => this.#added(batch) });
    this.#list.replaceChildren(...batches.map((batch) => this.#row(batch)));
    this.#follow(batches.map((batch) => batch.job));
    return el(
      "div",
      {},
      el("h1", { tabindex: "-1" }, "二次評価"),
      el(
        "p",
        { class: "drafts-lead" },
        "一次評価の調書から、二次評価の案を作ります。数値と確認事項は調書のセルから計算し、計画と監査報告の記載を出典付きで添えます。方向性は提案だけをします。決めるのは担当者です。",
      ),
      this.#upload.build(),
      el("h2", { class: "drafts-subtitle", id: "batches-title" }, "調書の束"),
      this.#list,
      (this.empty = el(
        "p",
        { class: "drafts-empty", hidden: batches.length > 0 },
        "まだありません。上の欄から調書のファイルを登録してください。",
      )),
    );
  }

  mayLeave() {
    return true;
  }

  leave() {
    clearTimeout(this.#timer);
  }

  #added(batch) {
    this.#list.prepend(this.#row(batch));
    this.empty.hidden = true;
    this.#follow([batch.job]);
  }

  /** Looks after what is at work until it rests. */
  #follow(jobs) {
    const active = jobs.filter((job) => job.state === "waiting" || job.state === "running");
    if (active.length === 0) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const next = [];
      for (const row of this.#list.querySelectorAll("[data-active]")) {
        try {
          const job = await getJob(row.dataset.batch);
          this.#renew(row, job);
          next.push(job);
        } catch {
          // Shown again with the next look, or when the page is opened anew.
        }
      }
      this.#follow(next);
    }, POLL_MS);
  }

  #renew(row, job) {
    const ended = row.hasAttribute("data-active") && job.state === "complete";
    row.querySelector(".batch-job").replaceWith(this.#job(job, row));
    if (ended) {
      announce(`「${job.title}」の${job.total}件の案ができました。`);
    }
  }

  #row(batch) {
    const row = el("li", { class: "batch", "data-batch": batch.id });
    const made = `${japaneseDate(batch.created_at)}　${batch.department}　${batch.owner_name}`;
    row.append(
      el("a", { class: "batch-title", href: `#${batch.id}` }, batch.file),
      el("p", { class: "source-facts" }, made),
      this.#job(batch.job, row),
      ...batch.remarks.map((remark) =>
        el("p", { class: "warning" }, icon("warning"), el("span", {}, remark)),
      ),
      el(
        "div",
        { class: "batch-tools" },
        ...Object.entries(FORMS).map(([form, name]) =>
          el(
            "a",
            {
              class: "button button-small",
              href: exportAddress(batch.id, form),
              "aria-label": `「${batch.file}」を${name}で書き出す`,
            },
            `${name}で書き出す`,
          ),
        ),
        button("削除", {
          kind: "small",
          iconName: "remove",
          "aria-label": `「${batch.file}」を削除`,
          onClick: () => this.#askToRemove(batch, row),
        }),
      ),
      el("div", { class: "batch-slot" }),
    );
    return row;
  }

  #job(job, row) {
    row.toggleAttribute("data-active", job.state === "waiting" || job.state === "running");
    const label = STATES[job.state];
    const failed = job.failed > 0 ? `、うち${job.failed}件は作成できません` : "";
    const act = (name, action) =>
      button(name, {
        kind: "small",
        "aria-label": `「${job.title}」を${name}`,
        onClick: () => this.#act(row, job, action),
      });
    const actions = {
      waiting: [act("一時停止", "pause"), act("取りやめ", "cancel")],
      running: [act("一時停止", "pause"), act("取りやめ", "cancel")],
      paused: [act("再開", "resume"), act("取りやめ", "cancel")],
      failed: [act("もう一度", "resume")],
    };
    return el(
      "div",
      { class: "batch-job" },
      el("span", { class: `tag job-${job.state}` }, label),
      el(
        "progress",
        {
          max: job.total,
          value: job.done,
          "aria-label": `「${job.title}」の案の作成`,
          hidden: job.state === "complete",
        },
      ),
      el("span", {}, `${job.done} / ${job.total}件${failed}`),
      ...(actions[job.state] ?? []),
      job.reason && el("p", { class: "warning" }, icon("warning"), el("span", {}, job.reason)),
    );
  }

  async #act(row, job, action) {
    try {
      const changed = await changeJob(job.id, action);
      row.querySelector(".batch-job").replaceWith(this.#job(changed, row));
      this.#follow([changed]);
      (row.querySelector(".batch-job button") ?? row.querySelector(".batch-title")).focus();
      announce(`「${job.title}」は${STATES[changed.state]}です。`);
    } catch (error) {
      this.#say(row, error.message);
    }
  }

  #askToRemove(batch, row) {
    const slot = row.querySelector(".batch-slot");
    const close = () => {
      slot.replaceChildren();
      row.querySelector(".batch-tools button").focus();
    };
    const yes = button("削除する", {
      kind: "danger",
      onClick: async () => {
        yes.disabled = true;
        try {
          const receipt = await removeBatch(batch.id);
          row.remove();
          this.empty.hidden = this.#list.children.length > 0;
          this.#upload.note(
            `「${receipt.file}」を削除しました（調書${receipt.sheets}件。残りは${receipt.left}件）。`,
          );
          this.#upload.focus();
        } catch (error) {
          this.#say(row, error.message);
        }
      },
    });
    slot.replaceChildren(
      el(
        "div",
        { class: "batch-removal", role: "group", "aria-label": "削除の確認" },
        el(
          "p",
          {},
          `「${batch.file}」の調書、案、編集した文をすべて削除します。元には戻せません。必要なら、先に書き出してください。`,
        ),
        button("やめる", { kind: "secondary", onClick: close }),
        yes,
      ),
    );
    yes.previousSibling.focus();
  }

  #say(row, sentence) {
    row.querySelector(".batch-slot").replaceChildren(el("p", { class: "field-error" }, sentence));
    announce(sentence);
  }
}
