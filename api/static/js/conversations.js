import { announce } from "./announce.js";
import { requestJson } from "./api.js";
import { box, cancel, guarded } from "./document-forms.js";
import { button, el, iconButton, japaneseDate } from "./dom.js";

const PAUSE_MS = 250; // after the last letter of a search
const MAX_TITLE_CHARS = 100;

const pathOf = (id) => `/api/conversations/${encodeURIComponent(id)}`;
export const getConversation = (id) => requestJson(pathOf(id));

const time = (iso) =>
  new Date(iso).toLocaleTimeString("ja-JP", { hour: "numeric", minute: "2-digit" });

/** The list of one's own conversations: open, search, name, take along, delete. */
export class ConversationsDialog {
  #dialog = document.getElementById("conversations");
  #list = el("ul", { class: "conversation-list" });
  #state = el("p", { class: "documents-state" });
  #search = el("input", { type: "search", id: "conversations-search", autocomplete: "off" });
  #onOpen;
  #onRemoved;
  #timer;
  #asked = 0;

  /** `onOpen(id)` shows a conversation; `onRemoved(id)` is called when one is gone. */
  constructor({ onOpen, onRemoved }) {
    this.#onOpen = onOpen;
    this.#onRemoved = onRemoved;
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#refresh(true), PAUSE_MS);
    });
    this.#dialog.append(
      el(
        "div",
        { class: "dialog-head" },
        el("h2", { id: "conversations-title" }, "これまでの会話"),
        iconButton("会話の一覧を閉じる", "close", () => this.#dialog.close()),
      ),
      el(
        "div",
        { class: "dialog-body" },
        el(
          "div",
          { class: "documents-filter" },
          el("label", { for: "conversations-search" }, "名前と質問から探す"),
          this.#search,
        ),
        this.#state,
        this.#list,
      ),
      el("p", { class: "visually-hidden", role: "status", "data-announcer": true }),
    );
  }

  open() {
    this.#search.value = "";
    this.#list.replaceChildren();
    this.#state.textContent = "読み込んでいます";
    this.#dialog.showModal();
    this.#search.focus();
    return this.#refresh();
  }

  async #refresh(spoken = false) {
    const turn = ++this.#asked;
    const q = this.#search.value.trim();
    try {
      const { conversations, count } = await requestJson(
        `/api/conversations?${new URLSearchParams({ q })}`,
      );
      if (turn !== this.#asked) {
        return; // something else was typed meanwhile
      }
      this.#list.replaceChildren(...conversations.map((each) => this.#row(each)));
      this.#state.textContent = stateSentence(q, count, conversations.length);
    } catch (error) {
      this.#state.textContent = error.message;
    }
    if (spoken) {
      announce(this.#state.textContent);
    }
  }

  #row(conversation) {
    const { id, title } = conversation;
    const place = el("div", {});
    const open = el(
      "button",
      {
        type: "button",
        class: "conversation-open",
        on: {
          click: () => {
            this.#dialog.close();
            this.#onOpen(id);
          },
        },
      },
      title,
    );
    const show = (form) => () => {
      place.replaceChildren(form);
      place.querySelector("input, button").focus();
    };
    const close = () => {
      place.replaceChildren();
      open.focus();
    };
    const named = (label) => `${label}：${title}`;
    const file = (label, form) =>
      el(
        "a",
        {
          class: "button button-small",
          href: `${pathOf(id)}/export?form=${form}`,
          download: true,
          "aria-label": named(`${label}で保存`),
        },
        `${label}で保存`,
      );
    return el(
      "li",
      { class: "conversation-item" },
      open,
      el(
        "p",
        { class: "conversation-facts" },
        `${japaneseDate(conversation.last_asked_at)} ${time(conversation.last_asked_at)}　質問${conversation.turn_count}件`,
      ),
      el(
        "div",
        { class: "document-tools" },
        button("名前を変える", {
          kind: "small",
          "aria-label": named("名前を変える"),
          onClick: () => show(this.#naming(conversation, close))(),
        }),
        file("Word", "docx"),
        file("Markdown", "md"),
        button("削除", {
          kind: "small",
          "aria-label": named("削除"),
          onClick: () => show(this.#removal(conversation, close))(),
        }),
      ),
      place,
    );
  }

  #naming({ id, title }, close) {
    const input = el("input", {
      type: "text",
      id: `name-${id}`,
      maxlength: String(MAX_TITLE_CHARS),
      autocomplete: "off",
    });
    input.value = Array.from(title).slice(0, MAX_TITLE_CHARS).join("");
    const error = el("p", { class: "field-error", hidden: true });
    const note = el("p", { class: "form-note" });
    const save = guarded(error, note, async () => {
      const named = await requestJson(pathOf(id), {
        method: "PATCH",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ title: input.value }),
      });
      await this.#refresh();
      this.#focusOn(named.title);
      announce(`名前を「${named.title}」にしました。`);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        save();
      }
    });
    return box(
      "plain",
      "会話の名前",
      close,
      el("label", { for: input.id }, "会話の名前（空にすると、はじめの質問に戻ります）"),
      input,
      error,
      note,
      el(
        "div",
        { class: "form-actions" },
        cancel(close),
        button("この名前にする", { kind: "secondary", onClick: save }),
      ),
    );
  }

  #removal({ id, title }, close) {
    const error = el("p", { class: "field-error", hidden: true });
    const note = el("p", { class: "form-note" });
    const remove = guarded(error, note, async () => {
      const receipt = await requestJson(pathOf(id), { method: "DELETE" });
      this.#onRemoved(id);
      await this.#refresh();
      this.#state.textContent = removalSentence(title, receipt);
      this.#search.focus();
      announce(this.#state.textContent);
    });
    return box(
      "danger",
      "削除の確認",
      close,
      el(
        "p",
        {},
        `「${title}」を削除します。質問、回答、書いた評価が消え、この会話からの報告は取り下げられます。元には戻せません。日時、部署、回答の種類、省けた時間の数字は、統計のために残ります。`,
      ),
      error,
      note,
      el(
        "div",
        { class: "form-actions" },
        cancel(close),
        button("削除する", { kind: "danger", onClick: remove }),
      ),
    );
  }

  #focusOn(title) {
    const rows = [...this.#list.querySelectorAll(".conversation-open")];
    (rows.find((row) => row.textContent === title) ?? this.#search).focus();
  }
}

function stateSentence(q, count, shown) {
  if (count === 0) {
    return q ? "当てはまる会話はありません。" : "まだ会話はありません。";
  }
  const all = q ? `${count.toLocaleString()}件が当てはまります` : `会話：${count.toLocaleString()}件`;
  return shown < count ? `${all}（新しい${shown}件を表示）` : all;
}

function removalSentence(title, receipt) {
  const withdrawn = receipt.reports > 0 ? `報告${receipt.reports}件を取り下げました。` : "";
  return `「${title}」を削除しました。質問と回答${receipt.turns}件、残り${receipt.left}件。${withdrawn}`;
}
