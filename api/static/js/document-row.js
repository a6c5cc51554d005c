import { announce } from "./announce.js";
import { documentFacts } from "./clipboard.js";
import { descriptionForm, useDetails } from "./description.js";
import { exclusionForm, removalForm, replacementForm } from "./document-forms.js";
import { button, el, icon, japaneseDate } from "./dom.js";
import { pageRanges, pagesText } from "./page-numbers.js";
import { findings, qualityDetails, reviewTag } from "./quality.js";
import { isClosed, readersForm, readersText } from "./readers.js";
import { editionTag } from "./sources.js";

function period(document) {
  const from = japaneseDate(document.valid_from);
  const until = japaneseDate(document.valid_until);
  return from || until ? `対象期間：${from}～${until}` : "";
}

/**
 * One document of the list with its quality and what can be done about it.
 * @param {object} document as the server lists it
 * @param {{me: object|null, successor: object|undefined, others: object[], notice: string, show: function, reveal: function,
 *   fillNear: function, review: function, remove: function, replace: function}} site
 *   `review(document, change)`, `remove(document)` and `replace(document, file, keepOld,
 *   onProgress)` resolve when it is done and reject with a sentence.
 */
export function documentRow(document, site) {
  const state = {
    running: false,
    note: el("p", { class: "form-note", hidden: true }, "反映しています"),
    error: el("p", { class: "warning", hidden: true }),
  };
  return el(
    "li",
    { class: "document", "data-document": document.id },
    el(
      "div",
      { class: "document-head" },
      el(
        "button",
        {
          type: "button",
          class: "source-open document-title",
          on: { click: (event) => site.show(document, event.currentTarget) },
        },
        document.title,
      ),
      el("span", { class: "document-tags" }, editionTag(document), reviewTag(document)),
    ),
    el(
      "p",
      { class: "source-facts" },
      [documentFacts(document), document.department, period(document)].filter(Boolean).join("　"),
    ),
    readersText(document) && el("p", { class: "source-facts" }, readersText(document)),
    el("p", { class: "document-file" }, document.source),
    edition(document, site),
    site.notice && el("p", { class: "notice" }, icon("check"), el("span", {}, site.notice)),
    ...(document.accepted ? [] : findings(document)).map((sentence) =>
      el("p", { class: "warning" }, icon("warning"), el("span", {}, sentence)),
    ),
    isClosed(document, site.me) &&
      el(
        "p",
        { class: "warning" },
        icon("warning"),
        el("span", {}, "読める人が決まっていないため、だれの回答にも使われません。"),
      ),
    qualityDetails(document, site.fillNear),
    document.can_manage !== false && useDetails(document),
    excluded(document, site, state),
    state.note,
    state.error,
    ...(document.can_manage === false ? [] : tools(document, site, state)),
  );
}

/** Which document stands in its place. */
function edition(document, site) {
  const day = japaneseDate(document.superseded_on);
  if (!document.successor) {
    const words = `${day}に旧版になりました。それより前の日付のことを聞かれたときだけ使います。`;
    return day ? el("p", { class: "document-edition" }, words) : null;
  }
  const successor = site.successor;
  const said = document.superseded_on
    ? `${day}に置き換えられました。それより前の日付のことを聞かれたときだけ使います。新しい版：`
    : "後継文書：";
  return el(
    "p",
    { class: "document-edition" },
    said,
    successor
      ? el(
          "button",
          { type: "button", class: "source-open", on: { click: () => site.reveal(successor) } },
          successor.title,
        )
      : `${document.successor}（登録されていません）`,
  );
}

/** The pages left out, each range with a button that takes it back. */
function excluded(document, site, state) {
  if (document.excluded_pages.length === 0) {
    return null;
  }
  return el(
    "div",
    { class: "excluded", role: "group", "aria-label": "除外中のページ" },
    el("span", {}, `除外中：${pagesText(document.excluded_pages)}`),
    ...pageRanges(document.can_manage === false ? [] : document.excluded_pages).map(([first, last]) => {
      const rest = document.excluded_pages.filter((page) => page < first || page > last);
      const label = `${first === last ? first : `${first}～${last}`}ページを戻す`;
      return button(label, {
        kind: "small",
        iconName: "retry",
        onClick: () => attempt(state, () => site.review(document, { excluded_pages: rest })),
      });
    }),
  );
}

/** Runs `work` once at a time; that it runs and what goes wrong is shown in the row. */
async function attempt(state, work) {
  if (state.running) {
    return;
  }
  state.running = true;
  state.note.hidden = false; // a long document takes seconds
  state.error.hidden = true;
  try {
    await work();
  } catch (failure) {
    state.error.replaceChildren(icon("warning"), el("span", {}, failure.message));
    state.error.hidden = false;
    announce(failure.message);
  } finally {
    state.running = false;
    state.note.hidden = true;
  }
}

/** The buttons of a document and the place where the form of one of them opens. */
function tools(document, site, state) {
  const slot = el("div", {});
  let opened = null;
  const close = () => {
    const last = opened;
    opened = null;
    slot.replaceChildren();
    last?.setAttribute("aria-expanded", "false");
    last?.focus();
  };
  const opening = (label, attributes, build) => {
    const made = button(label, {
      kind: "small",
      "aria-expanded": "false",
      ...attributes,
      onClick: () => {
        if (opened === made) {
          close();
          return;
        }
        opened?.setAttribute("aria-expanded", "false");
        opened = made;
        made.setAttribute("aria-expanded", "true");
        slot.replaceChildren(build());
        slot.querySelector("input, button").focus();
      },
    });
    return made;
  };
  const named = (label) => ({ "aria-label": `${label}：「${document.title}」` });
  const accepting = document.accepted ? "受け入れを取り消す" : "この内容で受け入れる";
  const buttons = [
    document.page_count > 1 &&
      opening("ページを除外", { ...named("ページを除外"), "data-tool": "exclude" }, () =>
        exclusionForm(document, {
          close,
          exclude: (numbers) => {
            const all = new Set([...document.excluded_pages, ...numbers]);
            const pages = [...all].sort((a, b) => a - b);
            return site.review(document, { excluded_pages: pages });
          },
        }),
      ),
    button(accepting, {
      kind: "small",
      "data-tool": "accept",
      ...named(accepting),
      onClick: () => attempt(state, () => site.review(document, { accepted: !document.accepted })),
    }),
    opening(
      "種別・日付",
      { ...named("種別・日付・後継文書を直す"), "data-tool": "describe" },
      () =>
        descriptionForm(document, {
          close,
          describe: (change) => site.review(document, change),
          others: site.others,
          successor: site.successor,
        }),
    ),
    site.me &&
      !site.me.single_user &&
      opening("読める人", { ...named("読める人を決める"), "data-tool": "readers" }, () =>
        readersForm(document, { close, label: (change) => site.review(document, change) }),
      ),
    !document.superseded_on &&
      opening("置き換え", named("置き換え"), () =>
        replacementForm(document, {
          close,
          replace: (file, keepOld, onProgress) => site.replace(document, file, keepOld, onProgress),
        }),
      ),
    opening(
      "削除",
      { iconName: "remove", "aria-label": `「${document.title}」を削除` },
      () => removalForm(document, { close, remove: () => site.remove(document) }),
    ),
  ];
  return [el("div", { class: "document-tools" }, ...buttons), slot];
}
