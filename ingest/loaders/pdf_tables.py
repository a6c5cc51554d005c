"""Ruled tables of PDF pages as tab-separated rows, put where they stand in the page text."""

import io
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

from rag.text import key, mapped_key

Grid = list[list[str]]

_BULLETS = "・●○■◆※①②③④⑤⑥⑦⑧⑨⑩"
_MIN_KEY = 6  # characters of table text needed to find its place


class TablePages:
    """Tables page by page. pdfplumber is slow, so the file is opened at the first need."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._document: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._document is not None:
            self._document.close()

    def of(self, index: int) -> list[Grid]:
        """The tables of a page (0-based) from top to bottom; none if they cannot be read."""
        import pdfplumber

        try:
            if self._document is None:
                self._document = pdfplumber.open(io.BytesIO(self._content))
            page = self._document.pages[index]
            found = page.find_tables()
            grids = [_grid(table.extract()) for table in _outermost_last(found)]
            page.close()
        except Exception:
            # Whatever is wrong with the drawing of a page, its text by pypdf is still good.
            return []
        return [grid for grid in grids if _is_table(grid)]


def with_tables(text: str, grids: Sequence[Grid]) -> str:
    """The page text with the scattered cell text of each table replaced by its rows.

    A table whose text is not found in one piece is left as it is: nothing is ever lost.
    """
    for grid in grids:
        place = _place(text, grid)
        if place is None:
            continue
        start, end = place
        rows = "\n".join("\t".join(row) for row in grid)
        # A blank line on either side keeps captions and the next table apart.
        around = (text[:start].rstrip(), rows, text[end:].lstrip(" \t\n"))
        text = "\n\n".join(part for part in around if part)
    return text


def _grid(cells: Sequence[Sequence[str | None]]) -> Grid:
    count = max((len(row) for row in cells), default=0)
    widths = [
        max((_width(line) for row in cells for line in (row[i] or "").split("\n")), default=0)
        if all(i < len(row) for row in cells)
        else 0
        for i in range(count)
    ]
    rows = [[_one_line(cell or "", widths[i]) for i, cell in enumerate(row)] for row in cells]
    rows = [row for row in rows if any(row)]
    used = [i for i in range(count) if any(i < len(row) and row[i] for row in rows)]
    return [[row[i] if i < len(row) else "" for i in used] for row in rows]


def _one_line(cell: str, column_width: int) -> str:
    """A cell on one line. A wrap between Japanese characters leaves no blank; a line that ends
    well before the column's edge was a paragraph of its own and leaves one."""
    lines = [line.strip() for line in cell.replace("\t", " ").split("\n") if line.strip()]
    out = lines[0] if lines else ""
    for before, line in pairwise(lines):
        ends_early = _width(before) < column_width * 0.8
        latin = before[-1].isascii() and before[-1].isalnum() and line[0].isascii()
        out += (" " if ends_early or latin or line[0] in _BULLETS else "") + line
    return out


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _is_table(grid: Grid) -> bool:
    return bool(grid) and len(grid[0]) >= 2 and sum(any(row) for row in grid) >= 2


def _outermost_last(found: Sequence[Any]) -> list[Any]:
    """Top to bottom; a frame that only holds other tables is left out."""
    boxes = [table.bbox for table in found]
    kept = []
    for index, table in enumerate(found):
        holds_another = any(
            other != index and _inside(box, boxes[index]) for other, box in enumerate(boxes)
        )
        if not holds_another:
            kept.append(table)
    return sorted(kept, key=lambda table: (table.bbox[1], table.bbox[0]))


def _inside(inner: Sequence[float], outer: Sequence[float]) -> bool:
    return (
        inner[0] >= outer[0] - 1
        and inner[1] >= outer[1] - 1
        and inner[2] <= outer[2] + 1
        and inner[3] <= outer[3] + 1
    )


def _place(text: str, grid: Grid) -> tuple[int, int] | None:
    """Where the table's text stands: all its cells in row order, or the same characters in
    another order (a cell set upright, a merged cell drawn later)."""
    wanted = key("".join(cell for row in grid for cell in row))
    if len(wanted) < _MIN_KEY:
        return None
    mapped = mapped_key(text)
    at = mapped.text.find(wanted)
    if at >= 0:
        return mapped.source_range(at, at + len(wanted))
    # Merged cells are drawn out of row order: look for the same characters in any order.
    target = sorted(wanted)
    for head in dict.fromkeys(key(cell) for row in grid[:2] for cell in row if cell):
        position = mapped.text.find(head)
        while position >= 0:
            if sorted(mapped.text[position : position + len(wanted)]) == target:
                return mapped.source_range(position, position + len(wanted))
            position = mapped.text.find(head, position + 1)
    return None
