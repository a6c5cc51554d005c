import { el, iconButton } from "./dom.js";

const SETTING = "shiori-single-keys";
const KEYS = [
  ["/", "質問の欄へ移る"],
  ["n", "新しい会話を始める"],
  ["l", "これまでの会話を開く"],
  ["d", "文書一覧を開く"],
  ["j", "次の質問へ移る"],
  ["k", "前の質問へ移る"],
  ["s", "今の回答の出典を開く"],
  ["c", "今の回答を出典つきでコピーする"],
  ["?", "この一覧を開く"],
];

/** Whether keys without Ctrl act. A person who talks to the computer can switch them off. */
function singleKeys() {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true; // storage is forbidden
  }
}

function keep(on) {
  try {
    localStorage.setItem(SETTING, on ? "on" : "off");
  } catch {
    // holds for this page only
  }
}

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

/** The question that is in sight, or the last one. */
function turnAt(step) {
  const turns = [...document.querySelectorAll(".turn")];
  const here = turns.findIndex((turn) => turn.contains(document.activeElement));
  return here < 0 ? turns.at(-1) : turns[Math.min(Math.max(here + step, 0), turns.length - 1)];
}

/** Keys for what is done often, and the overlay that lists them. */
export class Shortcuts {
  #dialog = document.getElementById("shortcuts");
  #enabled = singleKeys();
  #actions;

  /** `actions` by key, beside those for moving between answers. */
  constructor(actions) {
    this.#actions = {
      j: () => turnAt(1)?.querySelector(".asked").focus(),
      k: () => turnAt(-1)?.querySelector(".asked").focus(),
      s: () => turnAt(0)?.querySelector(".marker, .source-open")?.click(),
      c: () => turnAt(0)?.querySelector(".copy-answer")?.click(),
      "?": () => this.open(),
      ...actions,
    };
    this.#build();
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  open() {
    if (!this.#dialog.open) {
      this.#dialog.showModal();
    }
  }

  #onKey(event) {
    const modal = document.querySelector("dialog:modal") !== null;
    if (event.isComposing || event.defaultPrevented || modal) {
      return;
    }
    if (event.ctrlKey && !event.altKey && !event.metaKey && event.key === "/") {
      event.preventDefault();
      this.open();
      return;
    }
    if (!this.#enabled || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) {
      return;
    }
    const action = this.#actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  }

  #build() {
    const single = el("input", { type: "checkbox" });
    single.checked = this.#enabled;
    single.addEventListener("change", () => {
      this.#enabled = single.checked;
      keep(single.checked);
    });
    this.#dialog.append(
      el(
        "div",
        { class: "dialog-head" },
        el("h2", { id: "shortcuts-title" }, "キーボードの操作"),
        iconButton("キーボードの操作を閉じる", "close", () => this.#dialog.close()),
      ),
      el(
        "div",
        { class: "dialog-body" },
        el(
          "table",
          { class: "keys" },
          el("caption", { class: "visually-hidden" }, "キーとその働き"),
          el("thead", {}, keyRow("th", "キー", "働き")),
          el(
            "tbody",
            {},
            keyRow("td", el("kbd", {}, "Enter"), "質問を送る（質問の欄で）"),
            keyRow("td", el("span", {}, el("kbd", {}, "Shift"), "＋", el("kbd", {}, "Enter")), "改行する（質問の欄で）"),
            keyRow("td", el("span", {}, el("kbd", {}, "Ctrl"), "＋", el("kbd", {}, "/")), "この一覧を開く（どこでも）"),
            keyRow("td", el("kbd", {}, "Esc"), "開いた出典や一覧を閉じる"),
            ...KEYS.map(([key, meaning]) => keyRow("td", el("kbd", {}, key), meaning)),
          ),
        ),
        el(
          "p",
          { class: "form-hint" },
          "1文字のキーは、入力の欄の外で働きます。質問の欄から出るには Tab を押します。",
        ),
        el(
          "label",
          { class: "form-check" },
          single,
          el("span", {}, "1文字のキーを使う（音声入力などで誤って働くときは、外してください）"),
        ),
      ),
      el("p", { class: "visually-hidden", role: "status", "data-announcer": true }),
    );
  }
}

function keyRow(cell, key, meaning) {
  return el(
    "tr",
    {},
    el(cell, cell === "th" ? { scope: "col" } : {}, key),
    el(cell, cell === "th" ? { scope: "col" } : {}, meaning),
  );
}
