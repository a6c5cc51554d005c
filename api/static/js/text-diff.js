/** What was taken out of a text and what was put in, by Japanese words. */

const MOST_WORDS = 1_500; // beyond that the table would take seconds; the texts stand one below the other

const words = (text) =>
  [...new Intl.Segmenter("ja", { granularity: "word" }).segment(text)].map((each) => each.segment);

/**
 * @param {string} before
 * @param {string} after
 * @returns {{kind: "same"|"out"|"in", text: string}[]} in reading order
 */
export function textDiff(before, after) {
  const [a, b] = [words(before), words(after)];
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) {
    return [
      { kind: "out", text: before },
      { kind: "in", text: after },
    ];
  }
  // Longest common subsequence, from the end so that the walk below goes forward.
  const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i][j] =
        a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const parts = [];
  const add = (kind, text) => {
    if (parts.at(-1)?.kind === kind) {
      parts.at(-1).text += text;
    } else {
      parts.push({ kind, text });
    }
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add("same", a[i]);
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && length[i + 1][j] >= length[i][j + 1])) {
      add("out", a[i]);
      i += 1;
    } else {
      add("in", b[j]);
      j += 1;
    }
  }
  return parts;
}
