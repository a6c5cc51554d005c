"""The better of two readings of a PDF page: as drawn (pypdf) or by the places of its glyphs."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.loaders.encoding import plausibility
from ingest.loaders.pdf_glyphs import Glyph
from ingest.loaders.pdf_layout import (
    column_order,
    is_vertical,
    layout_text,
    turned,
    without_ruby,
)
from ingest.quality import GARBLED_BELOW, text_quality
from rag.text import JAPANESE, close_up_blanks, key

_SPACED = re.compile(rf"(?<=[{JAPANESE}０-９])[ \u3000](?=[{JAPANESE}０-９])")
_ADJACENT = re.compile(rf"(?<=[{JAPANESE}０-９])(?=[{JAPANESE}０-９])")
_ENOUGH = 20  # glyphs from which shares mean something
_READABLE = 0.85  # plausibility from which the second reading of a garbled page counts
_KNOWN_LINE = 4  # characters of a line by which it is found again


def page_text(drawn: str, glyphs: Sequence[Glyph], *, ruled: bool) -> str:
    """The text of a page: `drawn` unless the glyphs show that it is not in reading order.

    `ruled` pages have tables, whose columns are not columns of text.
    """
    if not glyphs:
        return drawn
    vertical = is_vertical(glyphs)
    plain = turned(glyphs) if vertical else list(glyphs)
    bare = without_ruby(plain)
    if not drawn.strip() or text_quality(drawn) < GARBLED_BELOW:
        placed = layout_text(bare, columns=not ruled)
        return placed if plausibility(placed) >= _READABLE or not drawn.strip() else drawn
    repeated = len(key(drawn)) > 1.15 * len(glyphs) + _ENOUGH / 2
    reordered = vertical or len(bare) < len(plain) or repeated
    if reordered or (not ruled and _is_interleaved(drawn, bare)):
        placed = layout_text(bare, columns=not ruled)
        # A second layer has misread characters of its own, which nobody misses.
        lost = len(plain) - len(bare) + (len(set(key(drawn))) // 4 if repeated else 0)
        if _says_as_much(placed, drawn, lost=lost):
            return placed
    return _closed_up(drawn, bare)


def _is_interleaved(drawn: str, glyphs: Sequence[Glyph]) -> bool:
    """Whether lines of the right column stand before lines of the left one."""
    left, right = column_order(glyphs)
    if not left:
        return False
    text = key(drawn)

    def places(lines: Sequence[str]) -> list[int]:
        found = (text.find(key(line)) for line in lines if len(line) >= _KNOWN_LINE)
        return [place for place in found if place >= 0]

    lefts, rights = places(left), places(right)
    if len(lefts) < 2 or len(rights) < 2:
        return True  # its lines run over both columns
    return sum(place < max(lefts) for place in rights) >= 2 and min(rights) > min(lefts)


def _says_as_much(placed: str, drawn: str, *, lost: int) -> bool:
    """Whether nothing but ruby and repeats is missing."""
    have, wanted = Counter(key(placed)), Counter(key(drawn))
    missing = sum(1 for character in wanted if character not in have)
    return missing <= lost + len(wanted) // 20


def _closed_up(drawn: str, glyphs: Sequence[Glyph]) -> str:
    """Letter-spaced text without the blanks between its letters."""
    spaced = len(_SPACED.findall(drawn))
    if spaced < _ENOUGH or spaced < len(_ADJACENT.findall(drawn)):
        return "\n".join(map(_closed_line, drawn.split("\n")))
    placed = layout_text(glyphs, columns=False)
    if key(placed) == key(drawn):
        return placed
    return _SPACED.sub("", drawn)


def _closed_line(line: str) -> str:
    """「施 政 方 針」 on a line of its own. Cells such as 「有 無 有 無」 say a thing twice."""
    bare = line.strip(" ")
    closed = close_up_blanks(bare)
    whole = closed != bare and " " not in closed and "\u3000" not in closed
    return closed if whole and len(set(closed)) == len(closed) else line
