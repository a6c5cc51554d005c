import { announce } from "./announce.js";
import { getSuggestions } from "./api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { ConversationsDialog } from "./conversations.js";
import { DocumentsDialog } from "./documents.js";
import { el } from "./dom.js";
import { Library } from "./library.js";
import { Shortcuts } from "./shortcuts.js";
import { SourcePanel } from "./source-panel.js";

const FALLBACK_QUESTIONS = [
  "計画の期間は何年度から何年度までですか",
  "行政手続きのオンライン化の目標を教えてください",
  "RPAで削減できた時間は何時間ですか",
  "監査で指摘された事項は何ですか",
];
const SHOWN_SUGGESTIONS = 6;
const MARK = "#c="; // what is read anew when the page is loaded again

const library = new Library();
const panel = new SourcePanel({ library });
const composer = new Composer({
  onSend: (question) => conversation.ask(question),
  onStop: () => conversation.stop(),
});
const conversation = new Conversation({
  library,
  announce,
  openSource: (reference, opener) => panel.open(reference, opener),
  onBusy: (busy) => composer.setBusy(busy),
  onFailed: (question) => composer.restore(question),
  onId: (id) => history.replaceState(null, "", id ? `${MARK}${id}` : location.pathname),
});
const conversationsDialog = new ConversationsDialog({
  onOpen: (id) => open(id),
  onRemoved: (id) => id === conversation.id && beginAnew(),
});
const documentsDialog = new DocumentsDialog({
  library,
  onChange: showStock,
  openSource: (reference, opener) => panel.open(reference, opener),
});

function showStock() {
  document.getElementById("stock").textContent = library.sentence;
}

async function showSuggestions() {
  let questions = FALLBACK_QUESTIONS;
  try {
    const answer = await getSuggestions();
    const offered = (Array.isArray(answer) ? answer : (answer.suggestions ?? [])).filter(
      (question) => typeof question === "string" && question,
    );
    questions = offered.length > 0 ? offered : FALLBACK_QUESTIONS;
  } catch {
    // The page works without suggestions.
  }
  document.getElementById("examples").replaceChildren(
    ...questions.slice(0, SHOWN_SUGGESTIONS).map((question) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            class: "example",
            on: {
              click: () => {
                conversation.ask(question);
                composer.focus();
              },
            },
          },
          question,
        ),
      ),
    ),
  );
}

function beginAnew() {
  conversation.clear();
  panel.close();
  composer.clear();
}

function startConversation() {
  beginAnew();
  composer.focus();
  announce("新しい会話を始めました");
}

/** Shows an earlier conversation; one that is gone, or belongs to somebody else, is left alone. */
async function open(id) {
  panel.close();
  try {
    await loaded; // dates and offices of the documents stand beside the sources
    await conversation.restore(id);
    announce("これまでの会話を開きました");
    composer.focus();
  } catch (error) {
    history.replaceState(null, "", location.pathname);
    document.getElementById("stock").textContent = error.message;
    announce(error.message);
  }
}

document.getElementById("new-conversation").addEventListener("click", startConversation);
document
  .getElementById("show-conversations")
  .addEventListener("click", () => conversationsDialog.open());
document.getElementById("show-documents").addEventListener("click", () => documentsDialog.open());
const shortcuts = new Shortcuts({
  "/": () => composer.focus(),
  n: startConversation,
  l: () => conversationsDialog.open(),
  d: () => documentsDialog.open(),
});
document.getElementById("show-shortcuts").addEventListener("click", () => shortcuts.open());

showSuggestions();
const loaded = library.refresh().then(showStock, () => {
  document.getElementById("stock").textContent =
    "登録文書の一覧を読み込めませんでした。画面を読み込み直してください。";
});
if (location.hash.startsWith(MARK)) {
  open(location.hash.slice(MARK.length));
}
if (window.matchMedia("(hover: hover)").matches) {
  composer.focus(); // on touch screens the keyboard would cover the page
}
