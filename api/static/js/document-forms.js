import { announce } from "./announce.js";
import { button, el, icon } from "./dom.js";
import { pagesText, parsePages } from "./page-numbers.js";

/** A box below a document's buttons. Escape closes it and not the whole dialog. */
export function box(kind, label, close, ...children) {
  return el(
    "div",
    {
      class: `document-form document-form-${kind}`,
      role: "group",
      "aria-label": label,
      on: {
        keydown: (event) => {
          if (event.key === "Escape" && !event.isComposing) {
            event.preventDefault();
            event.stopPropagation();
            close();
          }
        },
      },
    },
    ...children,
  );
}

export const cancel = (close) => button("やめる", { kind: "secondary", onClick: close });

/** Runs `work` once at a time; what goes wrong is shown in the box. */
export function guarded(error, note, work, onFailure = () => announce(error.textContent)) {
  let running = false;
  return async () => {
    if (running) {
      return;
    }
    running = true;
    error.hidden = true;
    try {
      await work();
    } catch (failure) {
      note.textContent = "";
      error.textContent = failure.message;
      error.hidden = false;
      onFailure();
    } finally {
      running = false;
    }
  };
}

/** Asks before a document is deleted. `remove()` resolves when it is gone. */
export function removalForm(document, { close, remove }) {
  const error = el("p", { class: "field-error", hidden: true });
  const note = el("p", { class: "form-note" });
  const send = guarded(error, note, () => {
    note.textContent = "削除しています";
    return remove();
  });
  return box(
    "danger",
    "削除の確認",
    close,
    el(
      "p",
      {},
      `「${document.title}」を削除します。元のファイルと検索用の情報が消え、回答に使われなくなります。元には戻せません。`,
    ),
    error,
    note,
    el(
      "div",
      { class: "form-actions" },
      cancel(close),
      button("削除する", { kind: "danger", onClick: send }),
    ),
  );
}

/** Asks which pages to leave out. `exclude(numbers)` resolves when they are out. */
export function exclusionForm(document, { close, exclude }) {
  const id = `exclude-${document.id}`;
  const error = el("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const note = el("p", { class: "form-note" });
  const input = el("input", {
    id,
    type: "text",
    autocomplete: "off",
    "aria-describedby": `${id}-hint ${id}-error`,
  });
  const work = async () => {
    const numbers = parsePages(input.value, document.page_count);
    input.removeAttribute("aria-invalid");
    note.textContent = `${pagesText(numbers)}を外しています`;
    await exclude(numbers);
  };
  const send = guarded(error, note, work, () => {
    input.setAttribute("aria-invalid", "true");
    if (globalThis.document.activeElement === input) {
      announce(error.textContent);
    } else {
      input.focus(); // its description, read on arrival, is the error
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
  return box(
    "plain",
    "ページの除外",
    close,
    el("label", { for: id }, "除外するページ"),
    input,
    el(
      "p",
      { class: "form-hint", id: `${id}-hint` },
      `例：3-5、8（全${document.page_count}ページ。番号はファイルの先頭から数えます）。除外したページは検索にも回答にも使われません。あとで戻せます。`,
    ),
    error,
    note,
    el(
      "div",
      { class: "form-actions" },
      cancel(close),
      button("除外する", { kind: "primary", onClick: send }),
    ),
  );
}

/** Takes a new file for a document. `replace(file, keepOld, onProgress)` resolves when it is in. */
export function replacementForm(document, { close, replace }) {
  const id = `replace-${document.id}`;
  const suffix = /\.[^.]+$/.exec(document.source)?.[0].toLowerCase() ?? "";
  const error = el("p", { class: "field-error", hidden: true });
  const note = el("p", { class: "form-note" });
  const chosen = el("span", { class: "form-chosen" }, "まだ選ばれていません");
  const keep = el("input", { type: "checkbox", id: `${id}-keep`, checked: true });
  const file = el("input", { type: "file", id, class: "visually-hidden", accept: suffix });
  file.addEventListener("change", () => {
    chosen.textContent = file.files[0]?.name ?? "まだ選ばれていません";
  });
  const send = guarded(error, note, async () => {
    const [sent] = file.files;
    if (!sent) {
      throw new Error("新しいファイルを選んでください。");
    }
    note.textContent = `${sent.name}を送っています`;
    await replace(sent, keep.checked, (share) => {
      if (share === 1) {
        note.textContent = `${sent.name}を読み取っています`;
      }
    });
  });
  return box(
    "plain",
    "置き換え",
    close,
    el("p", {}, `「${document.title}」を新しいファイルに置き換えます。元と同じ種類（${suffix}）を選んでください。`),
    el(
      "div",
      { class: "form-file" },
      file,
      el("label", { class: "button button-secondary", for: id }, icon("upload"), "新しいファイルを選ぶ"),
      chosen,
    ),
    el(
      "label",
      { class: "form-check", for: `${id}-keep` },
      keep,
      el("span", {}, "前の内容を旧版として残す（前の日付のことを聞かれたときに使います）"),
    ),
    error,
    note,
    el(
      "div",
      { class: "form-actions" },
      cancel(close),
      button("置き換える", { kind: "primary", onClick: send }),
    ),
  );
}
