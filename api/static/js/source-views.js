import { getPageImage, getPageText } from "./api.js";
import { pageLabel } from "./clipboard.js";
import { cutAtCodePoints, el } from "./dom.js";
import { readMarks } from "./png-marks.js";

const MIN_WIDTH_PX = 200;
const MAX_WIDTH_PX = 2400;
const WIDTH_STEP_PX = 200; // a few widths only, so that the browser's cache is hit

/** Brings a place into the middle of the stage, without moving the page around it. */
function centre(stage, left, top, right, bottom) {
  stage.scrollTo({
    left: (left + right) / 2 - stage.clientWidth / 2,
    top: (top + bottom) / 2 - stage.clientHeight / 2,
  });
}

/**
 * The page as an image with the quote marked.
 * @returns {Promise<string>} a remark for the reader, or ""
 */
export async function showPageImage({ stage, reference, page, range, zoom, signal }) {
  const shown = Math.max(stage.clientWidth - 2, MIN_WIDTH_PX) * zoom;
  const sharp = shown * Math.min(window.devicePixelRatio || 1, 2);
  const width = Math.min(Math.ceil(sharp / WIDTH_STEP_PX) * WIDTH_STEP_PX, MAX_WIDTH_PX);
  const png = await getPageImage(reference.documentId, page, { ...range, width }, signal);
  const marks = readMarks(png);
  const url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
  const quoted = marks.length > 0 && reference.quote ? ` 黄色の印は引用箇所：${reference.quote}` : "";
  const image = el("img", {
    class: "page-image",
    src: url,
    alt: `『${reference.title}』${pageLabel(page)}の画像。${quoted}`,
  });
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(url);
  }
  if (signal.aborted) {
    return "";
  }
  image.style.width = `${zoom * 100}%`;
  stage.replaceChildren(image);
  if (marks.length > 0) {
    const box = (mark) => [
      mark.left * image.clientWidth,
      mark.top * image.clientHeight,
      mark.right * image.clientWidth,
      mark.bottom * image.clientHeight,
    ];
    centre(stage, ...box(marks[0]));
    return "";
  }
  stage.scrollTo({ left: 0, top: 0 });
  return Number.isInteger(range.start)
    ? "画像の上では引用箇所を特定できませんでした。「本文」に切り替えると確かめられます。"
    : "";
}

/**
 * The stored text of the page with exactly [start, end) marked.
 * @returns {Promise<string>} a remark for the reader, or ""
 */
export async function showPageText({ stage, reference, page, range, signal }) {
  const { text } = await getPageText(reference.documentId, page);
  if (signal.aborted) {
    return "";
  }
  const content = el("div", { class: "page-text" });
  if (Number.isInteger(range.start) && range.start < range.end) {
    const [before, quote, after] = cutAtCodePoints(text, range.start, range.end);
    const mark = el("mark", {}, quote);
    content.append(before, mark, after);
    stage.replaceChildren(content);
    const frame = stage.getBoundingClientRect();
    const place = mark.getBoundingClientRect();
    const top = place.top - frame.top + stage.scrollTop;
    centre(stage, 0, top, 0, top + Math.min(place.height, stage.clientHeight / 2));
  } else {
    content.append(text);
    stage.replaceChildren(content);
    stage.scrollTo({ left: 0, top: 0 });
  }
  return "読み取った文字をそのまま表示しています。";
}
