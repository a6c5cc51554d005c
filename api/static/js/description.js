import { requestJson } from "./api.js";
import { box, cancel, guarded } from "./document-forms.js";
import { button, el, japaneseDate } from "./dom.js";

// What the city's documents usually are; anything else may be typed.
const KINDS = ["計画", "要綱", "手引き", "報告", "監査報告", "会議資料", "議事録", "通知"];
export const DATES = [
  ["issued", "策定日・発行日"],
  ["valid_from", "対象期間の始まり"],
  ["valid_until", "対象期間の終わり"],
];

/** What is offered while a kind is typed. */
export const kindsList = (id) =>
  el("datalist", { id }, ...KINDS.map((kind) => el("option", { value: kind })));

/** A label above its field. */
export const labelled = (label, input) =>
  el("div", { class: "form-field" }, el("label", { for: input.id }, label), input);

/**
 * Asks what kind of document it is, whose, of when, and what has taken its place.
 * `describe(change)` resolves when it holds; only what was changed is in `change`.
 */
export function descriptionForm(document, { close, describe, others, successor }) {
  const id = `describe-${document.id}`;
  const error = el("p", { class: "field-error", hidden: true });
  const note = el("p", { class: "form-note" });
  const text = (name, attributes = {}) =>
    el("input", {
      type: "text",
      id: `${id}-${name}`,
      maxlength: "100",
      autocomplete: "off",
      value: document[name] ?? "",
      ...attributes,
    });
  const day = (name) =>
    el("input", { type: "date", id: `${id}-${name}`, value: document[name] ?? "" });
  const fields = {
    kind: text("kind", { list: `${id}-kinds` }),
    department: text("department"),
    ...Object.fromEntries(DATES.map(([name]) => [name, day(name)])),
    successor: el(
      "select",
      { id: `${id}-successor` },
      el("option", { value: "" }, "ない"),
      ...others.map((other) =>
        el("option", { value: other.id, selected: other.id === successor?.id }, other.title),
      ),
    ),
    superseded_on: day("superseded_on"),
  };
  const before = values(fields);
  const send = guarded(error, note, async () => {
    note.textContent = "反映しています";
    const after = values(fields);
    const change = Object.fromEntries(
      Object.entries(after).filter(([name, value]) => value !== before[name]),
    );
    if (Object.keys(change).length === 0) {
      close();
      return;
    }
    await describe(change);
  });
  const field = (name, label) => labelled(label, fields[name]);
  return box(
    "describe",
    "文書の種別と日付",
    close,
    el(
      "div",
      { class: "form-grid" },
      field("kind", "種別"),
      field("department", "所管課"),
      ...DATES.map(([name, label]) => field(name, label)),
      field("successor", "後継文書（新しい版）"),
      field("superseded_on", "旧版になった日（空なら現行）"),
    ),
    kindsList(`${id}-kinds`),
    el(
      "p",
      { class: "form-hint" },
      "次の質問から効きます。旧版にした文書は、その日より前のことを聞かれたときだけ使います。計画・要綱・手引きは、対象期間が過ぎると古い文書として示します。",
    ),
    error,
    note,
    el(
      "div",
      { class: "form-actions" },
      cancel(close),
      button("この内容にする", { kind: "primary", onClick: send }),
    ),
  );
}

const values = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, input]) => [name, input.value.trim()]));

/** How often answers cited the document, read when it is opened. */
export function useDetails(document) {
  const words = el("p", { class: "document-use" }, "数えています");
  return el(
    "details",
    {
      class: "use",
      on: {
        toggle: async (event) => {
          if (!event.currentTarget.open) {
            return;
          }
          try {
            words.textContent = useSentence(
              await requestJson(`/api/documents/${encodeURIComponent(document.id)}/use`),
            );
          } catch (problem) {
            words.textContent = problem.message;
          }
        },
      },
    },
    el("summary", {}, "回答での使われ方"),
    words,
  );
}

function useSentence({ answers, last_at, pages }) {
  if (answers === 0) {
    return "この文書を引用した回答は、まだありません。";
  }
  const by = pages
    .filter(({ page }) => page !== null)
    .map(({ page, answers: count }) => `${page}ページ ${count}件`)
    .join("、");
  return `この文書を引用した回答：${answers.toLocaleString()}件（最後は${japaneseDate(last_at)}）。${by && `ページ別：${by}`}`;
}
