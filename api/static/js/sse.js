/**
 * Parser of server-sent events. Feed it text cut at any place; it calls `onEvent(name, data)`
 * for every complete event. Lines may end in LF, CRLF or CR.
 */
export class EventStreamParser {
  #onEvent;
  #rest = "";
  #name = "";
  #lines = [];
  #begun = false;

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  push(text) {
    if (!this.#begun && text) {
      this.#begun = true;
      text = text.replace(/^\uFEFF/, "");
    }
    this.#rest += text;
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A CR at the very end may be the first half of CRLF: wait for the next piece.
      if (end < 0 || (this.#rest[end] === "\r" && end === this.#rest.length - 1)) {
        return;
      }
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(this.#rest.startsWith("\r\n", end) ? end + 2 : end + 1);
      this.#line(line);
    }
  }

  /** Tell that the stream is over; an event without its closing blank line is dropped. */
  end() {
    this.push(this.#rest.endsWith("\r") ? "\n" : "");
  }

  #line(line) {
    if (line === "") {
      if (this.#lines.length > 0) {
        this.#onEvent(this.#name || "message", this.#lines.join("\n"));
      }
      this.#name = "";
      this.#lines = [];
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      this.#name = value;
    } else if (field === "data") {
      this.#lines.push(value);
    }
  }
}
