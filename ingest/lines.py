"""The non-blank lines of a page with their place in the page text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_BLANKS = " \u3000\r\f\v\u00a0"
_ENDS_SENTENCE = re.compile(r"[。．！？!?」』）)】＞>]$")
_MARKED = re.compile(r"[-*#・●○■◆※|]")
_NUMBER = re.compile(r"^\s*[0-9０-９]{1,3}\s*$")
_MANY_PAGES = 8
_LONG = 26  # characters; shorter lines are labels as often as wrapped prose


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is `page_text[start:end]`, without surrounding blanks (tabs stay).

    `gap` counts the blank lines before it that separate something; in a double-spaced stretch
    the one blank line between any two lines is not counted. `opens_page` marks the first line
    of a printed page inside a text file made from a PDF.
    """

    start: int
    end: int
    text: str
    gap: int
    opens_page: bool = False


def read_lines(page_text: str) -> list[Line]:
    """Every line that is not blank, in order."""
    lines: list[Line] = []
    rows = page_text.split("\n")
    opening = _page_openings(rows)
    position = gap = 0
    for number, raw in enumerate(rows):
        stripped = raw.strip(_BLANKS)
        if not stripped.strip():
            gap += 1
        else:
            start = position + raw.index(stripped)
            opens = number in opening
            gap = max(gap, 3) if opens else gap
            lines.append(Line(start, start + len(stripped), stripped, gap, opens))
            gap = 0
        position += len(raw) + 1
    return _without_double_spacing(lines)


def _page_openings(rows: Sequence[str]) -> frozenset[int]:
    """Rows that open a printed page: behind a form feed, or, in some extractions, set off from
    a full row above by one leading blank. A few such rows prove nothing, many do."""
    feeds = {i for i, row in enumerate(rows) if "\f" in row[:2]}
    blanks = {
        i
        for i in range(1, len(rows))
        if rows[i][:1] == " "
        and rows[i].strip()
        and rows[i - 1].strip()
        and not _NUMBER.match(rows[i - 1])
        and (rows[i][1:2] != " " or len(rows[i].strip()) >= _LONG)
    }
    singles = {i for i in blanks if i + 1 not in blanks}
    return frozenset(feeds | singles) if len(singles) >= _MANY_PAGES else frozenset(feeds)


def is_open(text: str) -> bool:
    """Whether a line looks as if its sentence goes on in the next line."""
    return len(text) >= _LONG and "\t" not in text and not _ENDS_SENTENCE.search(text)


def _without_double_spacing(lines: Sequence[Line]) -> list[Line]:
    """Text taken from word processors often has a blank line after every line of a paragraph."""
    votes = [0] * len(lines)
    for index in range(len(lines) - 1):
        text, following = lines[index].text, lines[index + 1]
        if is_open(text) and not _MARKED.match(text) and not _MARKED.match(following.text):
            wrapped = is_open(following.text) or following.text.endswith("。")
            votes[index] = -1 if following.gap == 0 else 1 if following.gap == 1 and wrapped else 0
    sums = [0]
    for vote in votes:
        sums.append(sums[-1] + vote)
    out: list[Line] = []
    for index, line in enumerate(lines):
        window = sums[min(len(votes), index + 15)] - sums[max(0, index - 15)]
        gap = max(0, line.gap - 1) if window >= 2 else line.gap
        out.append(line if gap == line.gap else replace(line, gap=gap))
    return out
