"""Whether labels and figures of a table still belong together in the text of the page.

Extraction from charts and loosely set tables writes a column of labels and a column of figures one
after the other, with other lines between. Which figure belongs to which label can then not be
told, and the reader has to look at the original page.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.scoring import Term, coverage
from rag.text import key
from rag.types import ChunkKind, Page
from rag.units import Unit

PAIRING_LOST = "表の項目と数値の対応が読み取れないため、原本の該当ページをご確認ください。"

_FIGURE = re.compile(r"^[▲△+-]?\d[\d,.]*\s*(?:%|％|人|件|名|円)?(?:\s+\d[\d,.]*\s*(?:%|％)?)?$")
_SHARE = re.compile(r"\d\s*[%％]$")
_SCALE = re.compile(r"^(?:\d+\s*[%％]\s+){2,}\d+\s*[%％]$")
_PAIR = re.compile(r"^(?P<label>\D.*?)[\s　]+(?P<figures>\d[\d,.]*\s+\d[\d.]*\s*[%％])$")
_QUESTION_NUMBER = re.compile(r"^(?:問|設問|Q|Ｑ)\s*[\d０-９]{1,2}[\s　.．]")
_OF_EVERY_QUESTION = frozenset({"その他", "無回答", "不明", "特になし", "計", "合計"})
_LONGEST_LABEL = 40
_NEAR = 25  # filled lines on either side that count as the same table
_SAME_PAGE = 120  # filled lines over which a printed page may reach
_PAIR_COVERAGE = 0.5
_FEWEST_FIGURES = 3
_FEWEST_LABELS = 2


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    kind: str  # "figure", "label", "pair", "sentence" or "other"
    opens_page: bool  # behind a form feed, set off by one blank, or the next question of a survey


def pairing_lost(unit: Unit, page: Page, terms: Sequence[Term] = ()) -> bool:
    """Whether `unit` is labels without their figures, or figures without their labels.

    To be asked where the question wants a figure: a list of labels alone can answer others. A line
    of the unit with a figure and half of `terms`, or with one of them as label, is pairing enough.
    """
    lines, first, last = _inside(page, unit.start, unit.end)
    inside = lines[first:last]
    if unit.kind is ChunkKind.TABLE_ROW or not inside:
        return False
    said = sum(len(line.text) for line in inside if line.kind == "sentence")
    if 2 * said > sum(len(line.text) for line in inside):
        return False
    if all(line.kind in ("figure", "label") for line in inside):
        low, high = _printed_page(lines, first, last)
        return _scattered(lines[max(low, first - _NEAR) : min(high, last + _NEAR)])
    told = [line.text for line in inside if line.kind != "label" and re.search(r"\d", line.text)]
    if any(
        terms and (coverage(terms, text) >= _PAIR_COVERAGE or _is_label(terms, text))
        for text in told
    ):
        return False
    figures = sum(line.kind == "figure" and bool(_SHARE.search(line.text)) for line in inside)
    return figures >= 1 and _bare_labels(inside) >= _FEWEST_LABELS


def ambiguous_row(unit: Unit, page: Page) -> bool:
    """Whether the label of a row stands with other figures on the same printed page.

    Two tables with the same labels are mixed then, and the row may be of either.
    """
    lines, first, last = _inside(page, unit.start, unit.end)
    inside = lines[first:last]
    low, high = _printed_page(lines, first, last)
    beside = [*lines[low:first], *lines[last:high]]
    pairs = [line for line in inside if line.kind == "pair"]
    return bool(pairs) and any(_contradicted(line, beside) for line in pairs)


def contradicted_labels(page: Page, ranges: Sequence[tuple[int, int]]) -> set[str]:
    """Labels (keys) that stand with more than one pair of figures in the `ranges` of the page."""
    figures: dict[str, set[str]] = {}
    for start, end in ranges:
        lines, first, last = _inside(page, start, end)
        for line in lines[first:last]:
            if line.kind == "pair":
                label, pair = _parts(line)
                figures.setdefault(label, set()).add(pair)
    return {
        label
        for label, pairs in figures.items()
        if len(pairs) > 1 and label not in _OF_EVERY_QUESTION
    }


def counted_otherwise(page: Page, start: int, end: int, label: str) -> bool:
    """Whether `label`, which stands in `start..end`, has a number whose share was lost, too.

    「掲示板 94 23%」 and 「掲示板 36」 on one printed page: the second is of another table or year.
    """
    lines, first, last = _inside(page, start, end)
    low, high = _printed_page(lines, first, last)
    alone = re.compile(rf"{re.escape(label)}[\s\u3000]+\d[\d,]*")
    return any(alone.fullmatch(line.text) for line in (*lines[low:first], *lines[last:high]))


def printed_range(page: Page, start: int, end: int) -> tuple[int, int]:
    """The part of the page text that was one printed page, around `start..end`."""
    lines, first, last = _inside(page, start, end)
    low, high = _printed_page(lines, first, last)
    return (lines[low].start, lines[high - 1].end) if low < high else (start, end)


def lines_like(page: Page, start: int, end: int, head: str) -> int:
    """How many lines of the page text in `start..end` begin with `head`."""
    lines, first, last = _inside(page, start, end)
    return sum(key(line.text).startswith(head) for line in lines[first:last])


def orphan_shares(page: Page, start: int, end: int) -> list[float]:
    """Shares (in %) that stand without a label on the printed page around `start..end`."""
    lines, first, last = _inside(page, start, end)
    low, high = _printed_page(lines, first, last)
    around = lines[low:high]
    texts = [line.text for line in around if line.kind == "figure" and _SHARE.search(line.text)]
    return [float(text.rstrip("%％ ").split()[-1].replace(",", "")) for text in texts]


def _inside(page: Page, start: int, end: int) -> tuple[tuple[_Line, ...], int, int]:
    """The lines of the page, and which of them lie in `start..end`."""
    lines = _lines(page.text)
    first = bisect_right([line.end for line in lines], start)
    return lines, first, bisect_left([line.start for line in lines], end)


def _printed_page(lines: Sequence[_Line], first: int, last: int) -> tuple[int, int]:
    """The lines of the printed page around `first..last`, in texts that keep several in one."""
    low, high = first, last
    while low > max(0, first - _SAME_PAGE) and not lines[low].opens_page:
        low -= 1
    while high < min(len(lines), last + _SAME_PAGE) and not lines[high].opens_page:
        high += 1
    return low, high


def _contradicted(line: _Line, others: Sequence[_Line]) -> bool:
    label, figures = _parts(line)
    return label not in _OF_EVERY_QUESTION and any(
        other.kind == "pair" and _parts(other)[0] == label and _parts(other)[1] != figures
        for other in others
    )


def _parts(line: _Line) -> tuple[str, str]:
    match = _PAIR.match(line.text)
    assert match is not None
    return key(match["label"]), key(match["figures"])


def _scattered(lines: Sequence[_Line]) -> bool:
    """A run of shares without labels, and labels without figures, on one stretch of the page."""
    longest = run = 0
    for line in lines:
        run = run + 1 if line.kind == "figure" and _SHARE.search(line.text) else 0
        longest = max(longest, run)
    return longest >= _FEWEST_FIGURES and _bare_labels(lines) >= _FEWEST_LABELS


def _is_label(terms: Sequence[Term], line: str) -> bool:
    """Whether the words before the figure of the line are one of the terms: 「税金 144」"""
    label = re.split(r"\d", key(line))[0]
    return any(
        form in label and len(form) >= _PAIR_COVERAGE * len(label)
        for term in terms
        for form in (*term.forms, *term.others)
        if len(form) >= 2
    )


def _bare_labels(lines: Sequence[_Line]) -> int:
    """Labels that no figure follows."""
    return sum(
        line.kind == "label" and not (index + 1 < len(lines) and lines[index + 1].kind == "figure")
        for index, line in enumerate(lines)
    )


@lru_cache(maxsize=64)
def _lines(text: str) -> tuple[_Line, ...]:
    lines = []
    for match in re.finditer(r"[^\n]+", text):
        raw, stripped = match.group(), match.group().strip()
        if stripped:
            start = match.start() + raw.index(stripped)
            opens = "\f" in raw[:2] or (raw[0] == " " and raw[1:2] not in " 　")
            opens = opens or bool(_QUESTION_NUMBER.match(stripped))
            kind = _kind(stripped)
            lines.append(_Line(start, start + len(stripped), stripped, kind, opens))
    return tuple(lines)


def _kind(text: str) -> str:
    if _SCALE.match(text):
        return "other"
    if _FIGURE.match(text):
        return "figure"
    if "\t" in text or "|" in text:
        return "other"
    if _PAIR.match(text) and "。" not in text:
        return "pair"
    if re.search(r"[。．！？]", text) or len(text) > _LONGEST_LABEL:
        return "sentence"
    return "other" if re.search(r"\d", text) else "label"
