"""The non-blank lines of a page with their place in the page text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BLANKS = " \u3000\r\f\v\u00a0"
_ENDS_SENTENCE = re.compile(r"[。．！？!?」』）)】＞>]$")
_LONG = 26  # characters; shorter lines are labels as often as wrapped prose


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is `page_text[start:end]`, without surrounding blanks (tabs stay).

    `gap` counts the blank lines before it that separate something; in a double-spaced stretch
    the one blank line between any two lines is not counted.
    """

    start: int
    end: int
    text: str
    gap: int


def read_lines(page_text: str) -> list[Line]:
    """Every line that is not blank, in order."""
    lines: list[Line] = []
    position = gap = 0
    for raw in page_text.split("\n"):
        stripped = raw.strip(_BLANKS)
        if not stripped.strip():
            gap += 1
        else:
            start = position + raw.index(stripped)
            lines.append(Line(start, start + len(stripped), stripped, gap))
            gap = 0
        position += len(raw) + 1
    return _without_double_spacing(lines)


def is_open(text: str) -> bool:
    """Whether a line looks as if its sentence goes on in the next line."""
    return len(text) >= _LONG and "\t" not in text and not _ENDS_SENTENCE.search(text)


def _without_double_spacing(lines: Sequence[Line]) -> list[Line]:
    """Text taken from word processors often has a blank line after every line of a paragraph."""
    votes = [0] * len(lines)
    for index in range(len(lines) - 1):
        if is_open(lines[index].text):
            votes[index] = 1 if lines[index + 1].gap == 1 else -1 if lines[index + 1].gap == 0 else 0
    sums = [0]
    for vote in votes:
        sums.append(sums[-1] + vote)
    out: list[Line] = []
    for index, line in enumerate(lines):
        window = sums[min(len(votes), index + 15)] - sums[max(0, index - 15)]
        gap = max(0, line.gap - 1) if window >= 2 else line.gap
        out.append(line if gap == line.gap else Line(line.start, line.end, line.text, gap))
    return out
