"""Finding a quoted passage among the characters of a rendered page."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

CONTEXT_CHARS = 40  # compared on either side of a passage that occurs several times
MAX_RUN_CHARS = 400  # and
MAX_PIECEWISE_CHARS = 4000  # keep the work per image bounded
MIN_PIECE_CHARS = 4  # shorter fragments say nothing without a neighbour on the same lines

_BOUNDARY = re.compile(r"[\n\t。]")


class Box(NamedTuple):
    """A rectangle; in PDF points `bottom` is below `top`, in pixels it is the smaller y."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, kw_only=True)
class PageCharacters:
    """The characters of a page and their boxes, both in the renderer's order, equal length."""

    letters: Sequence[str]
    boxes: Sequence[Box]


@dataclass(frozen=True, kw_only=True)
class _Haystack:
    text: str  # comparable characters of the page
    origin: Sequence[int]  # for each of them, the index into PageCharacters
    boxes: Sequence[Box]


@lru_cache(maxsize=8192)
def comparable(letter: str) -> str:
    """The letter in compatibility form without marks, blanks and case; may be empty."""
    return "".join(
        part
        for part in unicodedata.normalize("NFKD", letter).casefold()
        if not (part.isspace() or unicodedata.category(part) in {"Cc", "Cf", "Mn", "Cn", "Cs"})
    )


def locate_quote(page_text: str, start: int, end: int, page: PageCharacters) -> list[Box]:
    """Boxes of the characters that show `page_text[start:end]`, in reading order of the quote.

    A passage that occurs several times is chosen by the text around it. A passage whose lines
    or cells the renderer keeps elsewhere is found piece by piece, near each other.
    """
    haystack = _haystack(page)
    before = _comparable_text(page_text[:start])
    quote = _comparable_text(page_text[start:end])
    after = _comparable_text(page_text[end : end + 4 * CONTEXT_CHARS])
    if not quote or not haystack.text:
        return []
    whole = _occurrences(haystack.text, quote)
    if whole:
        total = len(before) + len(_comparable_text(page_text[start:]))
        own_before = _comparable_text(_BOUNDARY.split(page_text[:start])[-1])[-CONTEXT_CHARS:]
        own_after = _comparable_text(_BOUNDARY.split(page_text[end:])[0])[:CONTEXT_CHARS]
        best = max(
            whole,
            key=lambda at: (
                # Lines and cells may stand in another order, but each of them is whole.
                haystack.text.endswith(own_before, 0, at)
                + haystack.text.startswith(own_after, at + len(quote)),
                _context(haystack.text, at, len(quote), before, after),
                -abs(at / len(haystack.text) - len(before) / total),
            ),
        )
        return _boxes(haystack, best, len(quote))
    return _locate_pieces(page_text[start : min(end, start + MAX_PIECEWISE_CHARS)], haystack)


def merge_lines(boxes: Iterable[Box]) -> list[Box]:
    """Neighbouring character boxes joined to one rectangle per line."""
    lines: list[Box] = []
    for box in boxes:
        if box.right - box.left <= 0 or box.top - box.bottom <= 0:
            continue
        if lines and _continues(lines[-1], box):
            line = lines[-1]
            lines[-1] = Box(
                min(line.left, box.left),
                min(line.bottom, box.bottom),
                max(line.right, box.right),
                max(line.top, box.top),
            )
        else:
            lines.append(box)
    return lines


def _continues(line: Box, box: Box) -> bool:
    height = min(line.top - line.bottom, box.top - box.bottom)
    overlap = min(line.top, box.top) - max(line.bottom, box.bottom)
    gap = max(box.left - line.right, line.left - box.right)
    return overlap > 0.5 * height and gap < 1.5 * height


def _comparable_text(text: str) -> str:
    return "".join(map(comparable, text))


def _haystack(page: PageCharacters) -> _Haystack:
    letters: list[str] = []
    origin: list[int] = []
    for index, letter in enumerate(page.letters):
        form = comparable(letter)
        letters.append(form)
        origin.extend([index] * len(form))
    return _Haystack(text="".join(letters), origin=origin, boxes=page.boxes)


def _occurrences(text: str, needle: str) -> list[int]:
    found: list[int] = []
    at = text.find(needle)
    while at >= 0:
        found.append(at)
        at = text.find(needle, at + 1)
    return found


def _boxes(haystack: _Haystack, at: int, length: int) -> list[Box]:
    indexes = dict.fromkeys(haystack.origin[at : at + length])
    return [haystack.boxes[index] for index in indexes]


def _context(text: str, at: int, length: int, before: str, after: str) -> int:
    """How many characters around the place agree with the text around the quote."""
    agreeing = 0
    for own, other in zip(reversed(text[:at]), reversed(before[-CONTEXT_CHARS:]), strict=False):
        if own != other:
            break
        agreeing += 1
    for own, other in zip(text[at + length :], after[:CONTEXT_CHARS], strict=False):
        if own != other:
            break
        agreeing += 1
    return agreeing


def _locate_pieces(quote: str, haystack: _Haystack) -> list[Box]:
    """Lines, cells or, failing that, the longest runs that stand on the page as they are.

    The longest piece that occurs once is the anchor; repeated pieces are taken nearest to it,
    and short ones only if they share its lines.
    """
    cells = [_comparable_text(cell) for line in quote.splitlines() for cell in line.split("\t")]
    pieces = [piece for cell in cells if cell for piece in _runs(cell, haystack.text)]
    places = [(piece, _occurrences(haystack.text, piece)) for piece in pieces]
    unique = [(piece, found[0]) for piece, found in places if len(found) == 1]
    candidates = unique or [(piece, found[0]) for piece, found in places]
    if not candidates:
        return []
    anchor_piece, anchor_at = max(candidates, key=lambda place: len(place[0]))
    if len(anchor_piece) < MIN_PIECE_CHARS:
        return []
    anchor = _span(_boxes(haystack, anchor_at, len(anchor_piece)))
    boxes: list[Box] = []
    for piece, found in places:
        near = min(found, key=lambda at: _distance(anchor, haystack, at, len(piece)))
        line_height = max(
            1.0,
            haystack.boxes[haystack.origin[near]].top
            - haystack.boxes[haystack.origin[near]].bottom,
        )
        reach = 1.0 if len(piece) < MIN_PIECE_CHARS else 2.0 + quote.count("\n") + len(quote) / 20
        if _distance(anchor, haystack, near, len(piece)) <= reach * line_height:
            boxes.extend(_boxes(haystack, near, len(piece)))
    return boxes


def _runs(cell: str, text: str) -> list[str]:
    """The cell cut from the left into the longest stretches that occur in the text."""
    runs: list[str] = []
    position = 0
    while position < len(cell):
        # A stretch occurs only if all its beginnings do, so its length can be bisected.
        length, too_long = 0, min(len(cell) - position, MAX_RUN_CHARS) + 1
        while too_long - length > 1:
            middle = (length + too_long) // 2
            if cell[position : position + middle] in text:
                length = middle
            else:
                too_long = middle
        if length:
            runs.append(cell[position : position + length])
        position += max(length, 1)
    return runs


def _span(boxes: Sequence[Box]) -> tuple[float, float]:
    return min(box.bottom for box in boxes), max(box.top for box in boxes)


def _distance(anchor: tuple[float, float], haystack: _Haystack, at: int, length: int) -> float:
    """Vertical gap in points between the place and the anchor's lines; 0 where they overlap."""
    bottom, top = _span(_boxes(haystack, at, length))
    return max(0.0, bottom - anchor[1], anchor[0] - top)
