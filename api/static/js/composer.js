import { codePointLength } from "./dom.js";

export const MAX_QUESTION_CHARS = 2000;
const COUNT_FROM_CHARS = 1700;

/** The question box: Enter sends, Shift+Enter breaks the line, a conversion in progress does neither. */
export class Composer {
  #form = document.getElementById("composer");
  #box = document.getElementById("question");
  #count = document.getElementById("question-count");
  #send = document.getElementById("send");
  #stop = document.getElementById("stop");
  #onSend;
  #busy = false;

  constructor({ onSend, onStop }) {
    this.#onSend = onSend;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#box.addEventListener("keydown", (event) => {
      // 229: some browsers report the Enter that ends a conversion after the conversion's end.
      const composing = event.isComposing || event.keyCode === 229;
      if (event.key === "Enter" && !event.shiftKey && !composing) {
        event.preventDefault();
        this.#submit();
      }
    });
    this.#box.addEventListener("input", () => this.#update());
    this.#stop.addEventListener("click", onStop);
    this.#update();
  }

  /** While an answer is written the send button gives way to the stop button. */
  setBusy(busy) {
    const hadFocus = [this.#send, this.#stop].includes(document.activeElement);
    this.#busy = busy;
    this.#send.hidden = busy;
    this.#stop.hidden = !busy;
    if (hadFocus) {
      (busy ? this.#stop : this.#box).focus();
    }
    this.#update();
  }

  focus() {
    this.#box.focus();
  }

  /** Puts a question back that could not be asked, unless another is being written. */
  restore(question) {
    if (this.#box.value.trim() === "") {
      this.#box.value = question;
      this.#update();
    }
  }

  clear() {
    this.#box.value = "";
    this.#update();
  }

  #submit() {
    const question = this.#box.value.trim();
    if (this.#busy || question === "" || codePointLength(question) > MAX_QUESTION_CHARS) {
      return;
    }
    this.clear();
    this.#onSend(question);
  }

  #update() {
    const length = codePointLength(this.#box.value.trim());
    const over = length - MAX_QUESTION_CHARS;
    this.#count.hidden = length < COUNT_FROM_CHARS;
    this.#count.textContent =
      over > 0
        ? `${over}文字多すぎます。${MAX_QUESTION_CHARS.toLocaleString()}文字以内にしてください。`
        : `残り${-over}文字`;
    this.#count.classList.toggle("question-count-over", over > 0);
    this.#box.setAttribute("aria-invalid", String(over > 0));
    this.#send.disabled = length === 0 || over > 0;
    // Height by content, up to the limit set in the style sheet.
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight + 2}px`;
  }
}
