import { groupRows, rowOf, rowsTable } from "./answer-rows.js";
import { answerAsText, copyText, originNote } from "./clipboard.js";
import { button, el, icon } from "./dom.js";
import { feedbackBox } from "./feedback.js";
import { markerButton, passageList, sourceList } from "./sources.js";

const BADGES = {
  partial: ["一部のみ回答", "partial"],
  no_evidence: ["該当する記載が見つかりません", "none"],
  out_of_scope: ["対象外の質問です", "none"],
  blocked: ["この質問は受け付けられません", "blocked"],
};

const PARTIAL_NOTE = "質問のうち、登録文書に記載があった部分だけに答えています。";

/** What a warning is about, said before its sentence. */
const WARNING_WORDS = {
  superseded_document: "古い文書",
  future_document: "期間前の文書",
  conflicting_values: "値の食い違い",
  pairing_lost: "表の読み取り",
  premise_differs: "質問との違い",
  llm_unavailable: "言語モデル",
  llm_nothing_grounded: "言語モデル",
  llm_found_nothing: "言語モデル",
  llm_sentences_dropped: "根拠の確認",
  llm_sentences_replaced: "根拠の確認",
  llm_sentences_unverified: "根拠の確認",
  llm_cut: "言語モデル",
  llm_supplemented: "言語モデル",
};
const CORRECTED = "spelling_corrected"; // how the question was read, no doubt about the answer

const LARGE_ANSWER_CHARS = 30; // a figure or a name; a sentence is set smaller
const MARKER = /\[(\d{1,3})\]/g;

/** The running text with every marker that has a citation turned into a button. */
function bodyWithMarkers(text, citations, openSource, { warnings, partial }) {
  const said = new Set(warnings.map((warning) => warning.message));
  const byMarker = new Map(citations.map((citation) => [citation.marker, citation]));
  const paragraphs = text
    .trim()
    .split(/\n+/)
    .filter((line) => line.trim() !== "" && !said.has(line.trim())); // shown as a warning below
  const marked = (line) => {
    const nodes = [];
    let position = 0;
    for (const match of line.matchAll(MARKER)) {
      const citation = byMarker.get(Number(match[1]));
      if (citation) {
        const letters = Array.from(line.slice(position, match.index).trimEnd());
        // The marker never begins a line: it stays with the last letters of its sentence.
        const tail = letters.splice(-2).join("");
        nodes.push(
          letters.join(""),
          el("span", { class: "with-marker" }, tail, markerButton(citation, openSource)),
        );
        position = match.index + match[0].length;
      }
    }
    return [...nodes, line.slice(position)];
  };
  return groupRows(paragraphs).map((group) => {
    if (Array.isArray(group)) {
      return rowsTable(group, marked);
    }
    // Of a partial answer, what rests on no source says what is missing.
    const gap = partial && group.search(MARKER) < 0;
    return el("p", { class: gap ? "answer-gap" : null }, ...marked(group));
  });
}

/** For comparing: without markers and white space. */
function bare(text) {
  return text.replace(MARKER, "").replace(/\s/g, "");
}

/** Whether the short answer is the first line anyway, or one of the rows that are shown as a table. */
function isSaidBelow({ answer, short_answer: short }) {
  const lines = answer.trim().split("\n");
  const looked = short && rowOf(short) ? lines : lines.slice(0, 1);
  return looked.some((line) => bare(line) === bare(short ?? ""));
}

function warningLine(warning) {
  const word = WARNING_WORDS[warning.code];
  return el(
    "p",
    { class: "warning", "data-code": warning.code },
    icon("warning"),
    el("span", {}, word && el("strong", { class: "warning-word" }, `${word}：`), warning.message),
  );
}

function shortAnswer(text) {
  const long = Array.from(text).length > LARGE_ANSWER_CHARS;
  return el("p", { class: long ? "short-answer short-answer-long" : "short-answer" }, text);
}

function withoutMarkers(text) {
  return text.replace(MARKER, "").trim();
}

function copyButton(turn) {
  const label = el("span", {}, "出典つきでコピー");
  return el(
    "button",
    {
      type: "button",
      class: "button button-quiet copy-answer",
      on: {
        click: async () => {
          const copied = await copyText(answerAsText(turn));
          const sentence = copied
            ? "コピーしました"
            : "コピーできませんでした。文章を選択してコピーしてください";
          label.textContent = sentence;
          turn.announce(sentence);
          setTimeout(() => {
            label.textContent = "出典つきでコピー";
          }, 4000);
        },
      },
    },
    icon("copy"),
    label,
  );
}

/**
 * The finished answer.
 * @param {{question: string, answer: object, documents: Map, indexDate: string,
 *   openSource: function, announce: function, template?: string, said?: object}} turn
 *   `said` is what the person said of the answer before
 */
export function renderAnswer(turn) {
  const { question, answer, documents, indexDate, openSource } = turn;
  const citations = answer.citations ?? [];
  const passages = answer.passages ?? [];
  const badge = BADGES[answer.status];
  const resolved = answer.resolved_question;
  const warnings = answer.warnings ?? [];
  const partial = answer.status === "partial";
  const refused = ["no_evidence", "out_of_scope", "blocked"].includes(answer.status);
  const short = isSaidBelow(answer) ? "" : answer.short_answer;
  const content = document.createDocumentFragment();
  content.append(
    ...[
      badge && el("p", { class: `badge badge-${badge[1]}` }, badge[0]),
      partial && el("p", { class: "partial-note" }, PARTIAL_NOTE),
      ...warnings
        .filter((warning) => warning.code === CORRECTED)
        .map((warning) => el("p", { class: "resolved", "data-code": CORRECTED }, warning.message)),
      resolved &&
        resolved !== question &&
        el("p", { class: "resolved" }, "次の質問として検索しました：", el("q", {}, resolved)),
      short && shortAnswer(short),
      el(
        "div",
        { class: short || refused ? "answer-text" : "answer-text answer-text-lead" },
        ...bodyWithMarkers(answer.answer, citations, openSource, { warnings, partial }),
      ),
      ...warnings.filter((warning) => warning.code !== CORRECTED).map(warningLine),
      citations.length > 0 && sourceList(citations, documents, openSource),
      el(
        "div",
        { class: "answer-actions" },
        copyButton(turn),
        button("印刷", { iconName: "print", onClick: () => window.print() }),
      ),
      passages.length > 0 &&
        passageList(
          passages,
          documents,
          openSource,
          refused ? "近い箇所を見る（参考）" : "検索された箇所を見る",
        ),
      !refused && el("p", { class: "origin-note" }, originNote(answer, indexDate)),
      answer.status !== "blocked" && feedbackBox(turn),
    ].filter(Boolean),
  );
  return content;
}

/** What a screen reader hears once, when the answer is there. */
export function spokenSummary(answer) {
  const badge = BADGES[answer.status];
  const count = answer.citations?.length ?? 0;
  return [
    badge ? badge[0] : "回答が届きました",
    answer.short_answer ?? Array.from(withoutMarkers(answer.answer)).slice(0, 120).join(""),
    count > 0 && `出典${count}件`,
    ...(answer.warnings ?? []).map((warning) => `ご注意、${warning.message.replace(/。$/, "")}`),
  ]
    .filter(Boolean)
    .join("。");
}
