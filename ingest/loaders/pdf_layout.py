"""Page text put together from the places of its glyphs: lines, columns, vertical writing, ruby.

Used where the order in which a page was drawn is not the order in which it is read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ingest.loaders.pdf_glyphs import Glyph

_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_KANA = re.compile("[\u3041-\u30ff]")
_KANJI = re.compile("[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SAME_LINE = 0.55  # of the font size: how far the middles of a line's glyphs may lie apart
_COLUMN_GAP = 0.9  # of the font size: blank that separates stretches of a line
_COLUMN_LINES = 4
_FULL_LINES = 0.55  # share of a column's lines that run to its edge; cells of tables do not
_MIN_STEPS = 12


@dataclass(frozen=True, slots=True)
class _Line:
    glyphs: tuple[Glyph, ...]  # from left to right

    @property
    def left(self) -> float:
        return self.glyphs[0].left

    @property
    def right(self) -> float:
        return max(glyph.right for glyph in self.glyphs)

    @property
    def size(self) -> float:
        return median(glyph.size for glyph in self.glyphs)

    @property
    def middle(self) -> float:
        return sum(glyph.top + glyph.bottom for glyph in self.glyphs) / 2 / len(self.glyphs)


def is_vertical(glyphs: Sequence[Glyph]) -> bool:
    """Whether most glyphs follow each other downwards."""
    down = along = 0
    for first, second in pairwise(glyphs):
        size = max(first.size, second.size)
        right, up = second.left - first.left, second.bottom - first.bottom
        down += abs(right) < 0.35 * size and 0.5 * size < -up < 2.5 * size
        along += abs(up) < 0.35 * size and 0 < right < 3 * size
    return down >= _MIN_STEPS and down * 2 > 3 * along


def turned(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """A page of vertical writing turned so that its columns become lines from top to bottom."""
    return [
        replace(glyph, left=-glyph.top, right=-glyph.bottom, bottom=glyph.left, top=glyph.right)
        for glyph in glyphs
    ]


def without_ruby(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs but for small kana that stand over kanji to say how these are read."""
    bases: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        if _KANJI.match(glyph.text):
            bases.setdefault(int(glyph.top // 20), []).append(glyph)
    return [glyph for glyph in glyphs if not _is_ruby(glyph, bases)]


def layout_text(glyphs: Sequence[Glyph], *, columns: bool = True) -> str:
    """The text in reading order; a blank line where lines stand far apart."""
    lines = _lines(glyphs)
    ordered = _in_columns(lines) if columns else lines
    out = ""
    before: _Line | None = None
    for line in ordered:
        if before is not None:
            gap = before.middle - line.middle
            far = gap > 2.1 * max(before.size, line.size) or gap < -2 * line.size
            out += "\n\n" if far else "\n"
        out += _line_text(line)
        before = line
    return out


def column_order(glyphs: Sequence[Glyph]) -> tuple[list[str], list[str]]:
    """The lines of the left and of the right column of a page of two, ([], []) without columns."""
    for zone, gutter in _zones(_lines(glyphs)):
        if gutter is not None:
            left, right = _split(zone, gutter)
            return [_line_text(line) for line in left], [_line_text(line) for line in right]
    return [], []


def _is_ruby(glyph: Glyph, bases: dict[int, list[Glyph]]) -> bool:
    if not _KANA.match(glyph.text):
        return False
    centre = (glyph.left + glyph.right) / 2
    band = int(glyph.bottom // 20)
    for base in (base for b in (band - 1, band, band + 1) for base in bases.get(b, ())):
        above = base.top - 0.4 * base.size <= glyph.bottom <= base.top + 0.6 * base.size
        over = base.left - 0.6 * base.size <= centre <= base.right + 0.6 * base.size
        if above and over and glyph.size <= 0.65 * base.size:
            return True
    return False


def _lines(glyphs: Sequence[Glyph]) -> list[_Line]:
    """Glyphs of about the same height are a line. Lines from top to bottom."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda g: (-(g.top + g.bottom), g.left)):
        row = rows[-1] if rows else None
        if row is not None:
            apart = abs((row[0].top + row[0].bottom) - (glyph.top + glyph.bottom)) / 2
            if apart < _SAME_LINE * max(row[0].size, glyph.size):
                row.append(glyph)
                continue
        rows.append([glyph])
    return [_Line(tuple(sorted(row, key=lambda glyph: glyph.left))) for row in rows]


def _line_text(line: _Line) -> str:
    """The line with blanks where there are gaps; even letter spacing is no gap."""
    spacing = _letter_spacing(line)
    out = ""
    before: Glyph | None = None
    for glyph in line.glyphs:
        if before is not None:
            size = max(before.size, glyph.size)
            gap = glyph.left - before.right
            wide = bool(_WIDE.match(before.text)), bool(_WIDE.match(glyph.text))
            if all(wide):
                out += "\u3000" if gap > spacing + 0.7 * size else ""
            elif any(wide):
                out += " " if gap > spacing + 0.6 * size else ""
            else:
                out += " " if gap > spacing + 0.18 * size else ""
        out += glyph.text
        before = glyph
    return out


def _letter_spacing(line: _Line) -> float:
    gaps = [
        second.left - first.right
        for first, second in pairwise(line.glyphs)
        if _WIDE.match(first.text) and _WIDE.match(second.text)
    ]
    if len(gaps) < 2:
        return 0.0
    usual, size = median(gaps), line.size
    even = sum(abs(gap - usual) < 0.35 * size for gap in gaps)
    return usual if 0.15 * size < usual < 3 * size and even * 10 >= len(gaps) * 7 else 0.0


def _in_columns(lines: Sequence[_Line]) -> list[_Line]:
    out: list[_Line] = []
    for zone, gutter in _zones(lines):
        if gutter is None:
            out.extend(zone)
            continue
        for column in _split(zone, gutter):
            out.extend(_in_columns(column) if len(column) < len(zone) * 2 else column)
    return out


def _split(zone: Sequence[_Line], gutter: float) -> tuple[list[_Line], list[_Line]]:
    sides: tuple[list[_Line], list[_Line]] = ([], [])
    for line in zone:
        for side, glyphs in enumerate(
            (
                tuple(glyph for glyph in line.glyphs if glyph.right <= gutter),
                tuple(glyph for glyph in line.glyphs if glyph.right > gutter),
            )
        ):
            if glyphs:
                sides[side].append(_Line(glyphs))
    return sides


def _zones(lines: Sequence[_Line]) -> list[tuple[list[_Line], float | None]]:
    """Runs of lines with the gutter that parts them into two columns, None for ordinary ones."""
    gutter = _gutter(lines)
    if gutter is None:
        return [(list(lines), None)]
    zones: list[tuple[list[_Line], float | None]] = []
    for line in lines:
        free = not any(first < gutter < last for first, last in _stretches(line))
        mark = gutter if free else None
        if zones and zones[-1][1] == mark:
            zones[-1][0].append(line)
        else:
            zones.append(([line], mark))
    return [
        (zone, mark if mark is not None and _are_columns(zone, mark) else None)
        for zone, mark in zones
    ]


def _gutter(lines: Sequence[_Line]) -> float | None:
    """The place in the middle of the page that the fewest lines cross."""
    if len(lines) < _COLUMN_LINES:
        return None
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    stretches = [stretch for line in lines for stretch in _stretches(line)]
    places = [left + (right - left) * step / 60 for step in range(15, 46)]
    crossed = [sum(first < place < last for first, last in stretches) for place in places]
    least = min(crossed)
    if least * 2 > len(lines):
        return None
    best = [place for place, count in zip(places, crossed, strict=True) if count == least]
    return best[len(best) // 2]


def _stretches(line: _Line) -> list[tuple[float, float]]:
    """The parts of a line that wide gaps separate."""
    parts: list[tuple[float, float]] = []
    for glyph in line.glyphs:
        if parts and glyph.left - parts[-1][1] < _COLUMN_GAP * glyph.size:
            parts[-1] = (parts[-1][0], max(parts[-1][1], glyph.right))
        else:
            parts.append((glyph.left, glyph.right))
    return parts


def _are_columns(zone: Sequence[_Line], gutter: float) -> bool:
    """Two columns of running text rather than the cells of a table."""
    for column in _split(zone, gutter):
        if len(column) < _COLUMN_LINES:
            return False
        left, right = min(line.left for line in column), max(line.right for line in column)
        full = sum(line.right - left > 0.8 * (right - left) for line in column)
        if full < _FULL_LINES * len(column) or right - left < 8 * column[0].size:
            return False
    return True
