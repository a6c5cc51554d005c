import { getConversation } from "./conversations.js";
import { RequestError, streamChat } from "./api.js";
import { renderAnswer, spokenSummary } from "./answer.js";
import { button, el } from "./dom.js";

const STAGES = {
  searching: "文書を検索しています",
  reading: "該当する箇所を読み取っています",
  writing: "回答を作成しています",
};
const HISTORY_TURNS = 5;
const HISTORY_ANSWER_CHARS = 8000; // a follow-up needs the beginning; the server refuses novels

const CUT = "この回答は途中で止まりました。";

/** The questions and answers of one conversation; the server keeps them. */
export class Conversation {
  #list = document.getElementById("turns");
  #welcome = document.getElementById("welcome");
  #library;
  #openSource;
  #announce;
  #onBusy;
  #onFailed;
  #onId;
  #history = [];
  #id = null;
  #running = null; // AbortController of the answer being written
  #count = 0;

  /**
   * @param {object} parts `library` (documents and index date), `openSource(reference, opener)`,
   *   `announce(sentence)`, `onBusy(boolean)`, `onFailed(question)`, `onId(id or null)` when another
   *   conversation is shown
   */
  constructor({ library, openSource, announce, onBusy, onFailed, onId }) {
    this.#library = library;
    this.#openSource = openSource;
    this.#announce = announce;
    this.#onBusy = onBusy;
    this.#onFailed = onFailed;
    this.#onId = onId;
  }

  get id() {
    return this.#id;
  }

  get running() {
    return this.#running !== null;
  }

  stop() {
    this.#running?.abort();
  }

  clear() {
    this.stop();
    this.#history = [];
    this.#setId(null);
    this.#count = 0;
    this.#list.replaceChildren();
    this.#welcome.hidden = false;
  }

  #setId(id) {
    if (id !== this.#id) {
      this.#id = id;
      this.#onId(id);
    }
  }

  /** Shows an earlier conversation, to be gone on with. Raises RequestError. */
  async restore(id) {
    const { turns } = await getConversation(id);
    this.clear();
    this.#welcome.hidden = true;
    this.#setId(id);
    for (const recorded of turns) {
      const turn = this.#newTurn(recorded.question);
      this.#list.append(turn.element);
      if (recorded.state === "complete" && !recorded.answer.blanked) {
        this.#show(recorded.question, recorded.answer, turn, recorded.feedback);
      } else {
        const text = recorded.answer?.answer ?? "";
        const cut = recorded.state === "complete" ? "" : CUT;
        turn.answer.replaceChildren(
          ...[text, cut].filter(Boolean).map((line) => el("p", { class: "answer-old" }, line)),
        );
        turn.answer.setAttribute("aria-busy", "false");
      }
    }
    this.#list.lastElementChild.scrollIntoView({ block: "start" });
  }

  /** `choice` says what becomes of personal information: "mask" or "send". */
  async ask(question, choice) {
    if (this.running) {
      return;
    }
    this.#welcome.hidden = true;
    const turn = this.#newTurn(question);
    this.#list.append(turn.element);
    turn.element.scrollIntoView({ block: "start" });
    await this.#follow(question, turn, choice);
  }

  #newTurn(question) {
    this.#count += 1;
    const id = `turn-${this.#count}`;
    const stage = el("span", {}, STAGES.searching);
    const draft = el("div", { class: "answer-text answer-draft" });
    // What a language model has written and the server has not checked yet.
    const unchecked = el("span", { class: "unchecked-text" });
    const checking = el(
      "p",
      { class: "answer-unchecked", hidden: true, "aria-hidden": "true" },
      el("span", { class: "unchecked-label" }, "確認中"),
      unchecked,
    );
    const answer = el(
      "div",
      { class: "answer", "aria-busy": "true" },
      el("p", { class: "stage" }, el("span", { class: "stage-dots", "aria-hidden": "true" }), stage),
      draft,
      checking,
    );
    const element = el(
      "section",
      { class: "turn", "aria-labelledby": id },
      el(
        "h2",
        { class: "asked", id, tabindex: "-1" },
        el("span", { class: "visually-hidden" }, `質問${this.#count}：`),
        el("span", { class: "asked-text" }, question),
      ),
      el("h3", { class: "visually-hidden" }, "回答"),
      answer,
    );
    return { element, answer, stage, draft, checking, unchecked };
  }

  async #follow(question, turn, choice) {
    const running = new AbortController();
    this.#running = running;
    this.#onBusy(true);
    try {
      await streamChat(this.#body(question, choice), {
        signal: running.signal,
        on: {
          status: ({ stage }) => {
            turn.stage.textContent = STAGES[stage] ?? turn.stage.textContent;
          },
          token: ({ text }) => turn.draft.append(text),
          draft: ({ text }) => {
            turn.unchecked.textContent = text;
            turn.checking.hidden = text === "";
          },
          answer: (answer) => this.#finish(question, answer, turn),
        },
      });
    } catch (error) {
      if (running.signal.aborted) {
        this.#interrupt(question, turn, "回答の作成を止めました。", "stopped");
      } else {
        const known = error instanceof RequestError;
        const sentence = known ? error.message : "画面で問題が起きました。もう一度お試しください。";
        if (!known) {
          console.error(error);
        }
        if (error.code === "unknown_conversation") {
          this.#setId(null); // deleted meanwhile: the next try begins a new record
        }
        if (error.code === "personal_information") {
          this.#confirm(question, turn, sentence);
        } else {
          this.#interrupt(question, turn, sentence, "failed");
        }
      }
    } finally {
      // A conversation that was cleared meanwhile may already run another question.
      if (this.#running === running) {
        this.#running = null;
        this.#onBusy(false);
      }
    }
  }

  #body(question, choice) {
    const body = { question, history: this.#history.slice(-HISTORY_TURNS) };
    if (this.#id !== null) {
      body.conversation_id = this.#id;
    }
    if (choice !== undefined) {
      body.personal_information = choice;
    }
    return body;
  }

  #finish(question, answer, turn) {
    this.#setId(answer.conversation_id ?? null);
    this.#show(question, answer, turn);
    this.#announce(spokenSummary(answer));
  }

  #show(question, answer, turn, said) {
    const remembered = Array.from(answer.answer).slice(0, HISTORY_ANSWER_CHARS).join("");
    this.#history.push({ question, answer: remembered });
    turn.answer.replaceChildren(
      renderAnswer({
        question,
        answer,
        documents: this.#library.documents,
        indexDate: this.#library.indexDate,
        openSource: this.#openSource,
        announce: this.#announce,
        said,
      }),
    );
    turn.answer.setAttribute("aria-busy", "false");
  }

  /** Nothing has been searched yet: the person decides how the question is sent. */
  #confirm(question, turn, sentence) {
    if (!turn.element.isConnected) {
      return;
    }
    const again = (choice) => () => {
      if (!this.running) {
        turn.element.remove();
        this.ask(question, choice);
      }
    };
    const mask = button("伏せて送る", { kind: "secondary", onClick: again("mask") });
    const labelId = `${turn.element.getAttribute("aria-labelledby")}-personal`;
    turn.answer.querySelector(".stage")?.remove();
    turn.checking.remove();
    turn.answer.append(
      el(
        "div",
        { class: "interruption interruption-personal", role: "group", "aria-labelledby": labelId },
        el("p", { id: labelId }, sentence.replace(/（.*）$/u, "")),
        el(
          "p",
          { class: "interruption-choices" },
          mask,
          button("このまま送る", { kind: "secondary", onClick: again("send") }),
          button("書き直す", {
            kind: "secondary",
            onClick: () => {
              turn.element.remove();
              this.#welcome.hidden = this.#list.childElementCount > 0;
              this.#onFailed(question);
              document.getElementById("question").focus();
            },
          }),
        ),
      ),
    );
    turn.answer.setAttribute("aria-busy", "false");
    this.#announce(sentence);
    mask.focus();
  }

  #interrupt(question, turn, sentence, kind) {
    if (!turn.element.isConnected) {
      return;
    }
    turn.answer.querySelector(".stage")?.remove();
    turn.checking.remove();
    turn.answer.append(
      el(
        "div",
        { class: `interruption interruption-${kind}` },
        el("p", {}, sentence),
        button("もう一度質問する", {
          iconName: "retry",
          kind: "secondary",
          onClick: () => {
            if (!this.running) {
              turn.element.remove();
              this.ask(question);
            }
          },
        }),
      ),
    );
    turn.answer.setAttribute("aria-busy", "false");
    this.#announce(sentence);
    if (kind === "failed") {
      this.#onFailed(question);
    }
  }
}
