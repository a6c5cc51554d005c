/** What is wrong with page numbers as typed, as a sentence that can be shown. */
export class PageNumbersError extends Error {}

const EXAMPLE = "「3-5」や「3、8」のように入力してください。";
const RANGE = /^(\d{1,6})(?:[-‐‑–—−ー~〜](\d{1,6}))?$/;

/**
 * "3-5、8" -> [3, 4, 5, 8], sorted. Full-width forms and Japanese commas and dashes are fine.
 * Raises PageNumbersError for anything else and for pages that the document does not have.
 */
export function parsePages(text, pageCount) {
  const parts = text
    .normalize("NFKC") // turns ～ into ~ and full-width digits into plain ones
    .replace(/ページ|頁/g, "")
    .replace(/\s*([-‐‑–—−ー~〜])\s*/g, "$1")
    .split(/[,、\s]+/)
    .filter(Boolean);
  if (parts.length === 0) {
    throw new PageNumbersError(`除外するページの番号を入力してください。${EXAMPLE}`);
  }
  const numbers = new Set();
  for (const part of parts) {
    const match = RANGE.exec(part);
    if (!match) {
      throw new PageNumbersError(`「${part}」はページ番号として読み取れません。${EXAMPLE}`);
    }
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last) {
      throw new PageNumbersError(`「${part}」は前後が逆です。「${last}-${first}」としてください。`);
    }
    for (const number of [first, last]) {
      if (number < 1 || number > pageCount) {
        throw new PageNumbersError(
          `${number}ページはありません。1から${pageCount}までの番号を入力してください。`,
        );
      }
    }
    for (let number = first; number <= last; number += 1) {
      numbers.add(number);
    }
  }
  return [...numbers].sort((a, b) => a - b);
}

/** [3, 4, 5, 8] -> [[3, 5], [8, 8]]. */
export function pageRanges(numbers) {
  const ranges = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number - 1) {
      last[1] = number;
    } else {
      ranges.push([number, number]);
    }
  }
  return ranges;
}

/** [3, 4, 5, 8] -> "3～5、8ページ". */
export function pagesText(numbers) {
  const ranges = pageRanges(numbers).map(([a, b]) => (a === b ? `${a}` : `${a}～${b}`));
  return `${ranges.join("、")}ページ`;
}
