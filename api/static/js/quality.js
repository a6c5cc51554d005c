import { el, icon } from "./dom.js";
import { pagesText } from "./page-numbers.js";

const SHOWN_WORDS = 8;

const count = (number) => Number(number).toLocaleString("ja-JP");
const pages = (numbers) => (numbers.length > 0 ? pagesText(numbers) : "なし");
const amount = (number, unit) => (number > 0 ? `${count(number)}${unit}` : "なし");

/** Sentences on what a person should look at, as the reading of the file left them. */
export function findings(document) {
  return [...new Set([...(document.warnings ?? []), ...(document.quality?.remarks ?? [])])];
}

/** "accepted" (確認済), "open" (要確認) or "sound" (nothing to look at). */
export function reviewState(document) {
  if (document.accepted) {
    return "accepted";
  }
  return findings(document).length > 0 ? "open" : "sound";
}

export const REVIEW_WORDS = { accepted: "確認済", open: "要確認", sound: "指摘なし" };

export function reviewTag(document) {
  const state = reviewState(document);
  return el(
    "span",
    { class: `tag tag-review-${state}` },
    state !== "sound" && icon(state === "open" ? "warning" : "check"),
    REVIEW_WORDS[state],
  );
}

/** "12ページ、8,120文字、表3個": the line that stands above the details. */
export function qualitySummary(document) {
  const open = findings(document).length;
  return [
    document.has_pages !== false && `${count(document.page_count)}ページ`,
    `${count(document.character_count)}文字`,
    document.quality.tables > 0 && `表${count(document.quality.tables)}個`,
    open > 0 && `${document.accepted ? "確かめた点" : "確かめたい点"}${open}件`,
  ]
    .filter(Boolean)
    .join("、");
}

function hidden(quality) {
  const found = [
    quality.hidden_pages.length > 0 && pagesText(quality.hidden_pages),
    quality.invisible_characters > 0 && `制御用の文字${count(quality.invisible_characters)}字`,
  ].filter(Boolean);
  return found.length > 0 ? found.join("、") : "なし";
}

function mixed(words) {
  if (words.length === 0) {
    return "なし";
  }
  const shown = words.slice(0, SHOWN_WORDS).map((word) => `「${word}」`).join("");
  return `${words.length}種類：${shown}${words.length > SHOWN_WORDS ? "ほか" : ""}`;
}

function facts(document) {
  const quality = document.quality;
  return [
    [
      "ページ数",
      document.has_pages === false ? "ページの区切りがない文書" : `${count(document.page_count)}ページ`,
    ],
    ["文字数", `${count(document.character_count)}文字`],
    ["検索できる箇所", `${count(document.chunk_count)}箇所`],
    ["文字のないページ", pages(quality.empty_pages)],
    ["文字化けしたページ", pages(quality.garbled_pages)],
    ["表", quality.tables > 0 ? `${count(quality.tables)}個（${count(quality.table_rows)}行）` : "なし"],
    ["同じ文章の繰り返し", amount(quality.repeated_passages, "か所")],
    ["文字の種類が混ざった語", mixed(quality.mixed_words)],
    ["外字", amount(quality.private_characters, "字")],
    ["見えない文字", hidden(quality)],
  ];
}

/**
 * The folded table of counts. `fillNear(cell)` is asked for the documents much like this one when
 * the table is opened: comparing costs time.
 */
export function qualityDetails(document, fillNear) {
  const near = el("dd", { "data-near": document.id }, "調べています");
  const details = el(
    "details",
    { class: "quality" },
    el("summary", {}, `読み取りの品質：${qualitySummary(document)}`),
    el(
      "dl",
      { class: "quality-facts" },
      ...[...facts(document), ["よく似た文書", near]].map(([name, value]) =>
        el("div", {}, el("dt", {}, name), value === near ? near : el("dd", {}, value)),
      ),
    ),
    document.accepted &&
      findings(document).length > 0 &&
      el("p", { class: "quality-known" }, `確かめた点：${findings(document).join(" ")}`),
  );
  details.addEventListener("toggle", () => details.open && fillNear(near));
  return details;
}

/** "「要綱」（文の62%が共通）"; "なし" without any. */
export function nearText(nearDuplicates) {
  return nearDuplicates.length === 0
    ? "なし"
    : nearDuplicates
        .map((other) => `「${other.title}」（${other.source}、文の${Math.round(other.shared * 100)}%が共通）`)
        .join("、");
}
