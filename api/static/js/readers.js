import { box, cancel, guarded } from "./document-forms.js";
import { button, el } from "./dom.js";

const LEVELS = ["", "機密性1", "機密性2", "機密性3A", "機密性3B", "機密性3C"];
const EVERYBODY = "全職員";
export const GROUPS_HINT = `「総務課、監査委員」のように書きます。全員に見せるときは「${EVERYBODY}」。空にすると、だれの回答にも使われません。`;

/** Who may read the document, for a line of the list; "" where nobody needs to know. */
export function readersText(document) {
  const level = document.confidentiality ? `　${document.confidentiality}` : "";
  if (document.groups?.length > 0) {
    return `読める人：${document.groups.join("、")}${level}`;
  }
  return level.trim();
}

/** Whether nobody's answers use it, because nobody has said who may read it. */
export function isClosed(document, me) {
  return Boolean(document.can_manage && me && !me.single_user && !document.groups?.length);
}

/** Names of groups as somebody types them: separated by 「、」 or commas. */
export function parseGroups(text) {
  const names = text.normalize("NFC").split(/[、,，\n]/u).map((name) => name.trim());
  return [...new Set(names.filter(Boolean))].sort();
}

/** The field for 機密性; `chosen` is "" where nobody has decided. */
export function levelSelect(id, chosen = "") {
  return el(
    "select",
    { id },
    ...LEVELS.map((name) =>
      el("option", { value: name, selected: name === chosen }, name || "決めない"),
    ),
  );
}

/** Asks who may read a document. `label({groups, confidentiality})` resolves when it is so. */
export function readersForm(document, { close, label }) {
  const id = `readers-${document.id}`;
  const error = el("p", { class: "field-error", hidden: true });
  const note = el("p", { class: "form-note" });
  const groups = el("input", {
    id,
    type: "text",
    autocomplete: "off",
    value: (document.groups ?? []).join("、"),
    "aria-describedby": `${id}-hint`,
  });
  const level = levelSelect(`${id}-level`, document.confidentiality);
  const send = guarded(error, note, () => {
    note.textContent = "反映しています";
    return label({ groups: parseGroups(groups.value), confidentiality: level.value });
  });
  groups.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
  return box(
    "readers",
    "読める人を決める",
    close,
    el("label", { for: id }, "読めるグループ"),
    groups,
    el(
      "p",
      { class: "form-hint", id: `${id}-hint` },
      GROUPS_HINT,
    ),
    el("label", { for: `${id}-level` }, "機密性"),
    level,
    error,
    note,
    el(
      "div",
      { class: "form-actions" },
      cancel(close),
      button("この人たちに見せる", { kind: "primary", onClick: send }),
    ),
  );
}
