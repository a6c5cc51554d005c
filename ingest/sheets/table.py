"""Rows with column heads, from a worksheet or a CSV file, into raw sheets: one for each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest.sheets.assemble import hidden_note
from ingest.sheets.fields import Column, read_head
from ingest.sheets.raw import RawSheet, RawValue
from rag.drafting.planted import instructs
from rag.drafting.records import Cell, Note
from rag.text import key

MAX_HEAD_ROWS = 12  # heads are looked for in so many first rows
_ENOUGH_COLUMNS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The heads of a table. `row` is the 0-based row of the last head row."""

    row: int
    heads: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def known(self) -> int:
        return sum(column is not None for column in self.columns)

    @property
    def has_name(self) -> bool:
        return any(column is not None and column.field == "name" for column in self.columns)


Grid = Sequence[Sequence[RawValue]]


def find_head(grid: Grid, mapping: Mapping[str, str] | None = None) -> Head | None:
    """The head row of `grid` (two rows where years stand above), None when there is none.

    `mapping` gives fields by column head for heads that are not those of the template.
    """
    best: Head | None = None
    for row in range(min(MAX_HEAD_ROWS, len(grid))):
        for depth in (1, 2):
            if row + 1 < depth:
                continue
            heads = heads_of(grid, row, depth)
            columns = tuple(_column(head, mapping) for head in heads)
            head = Head(row=row, heads=heads, columns=_unique(columns))
            enough = head.known >= (_ENOUGH_COLUMNS if mapping is None else 1)
            if head.has_name and enough and (best is None or head.known > best.known):
                best = head
    return best


def heads_of(grid: Grid, row: int, depth: int) -> tuple[str, ...]:
    """The texts of `depth` head rows ending at `row`, joined; merged cells count for each column."""
    rows = grid[row + 1 - depth : row + 1]
    width = max((len(cells) for cells in rows), default=0)
    heads = []
    for column in range(width):
        parts: list[str] = []
        for cells in rows:
            text = " ".join(cells[column].text.split()) if column < len(cells) else ""
            if text and text not in parts:
                parts.append(text)
        heads.append(" ".join(parts))
    return tuple(heads)


def _column(head: str, mapping: Mapping[str, str] | None) -> Column | None:
    if not head:
        return None
    if mapping is not None and key(head) in mapping:
        field = mapping[key(head)]
        known = read_head(head)
        return Column(field, known.unit if known else _unit_in(head)) if field else None
    return read_head(head)


def _unit_in(head: str) -> str:
    text = key(head)
    return next((unit for unit in ("百万円", "千円", "万円") if unit in text), "")


def _unique(columns: tuple[Column | None, ...]) -> tuple[Column | None, ...]:
    """Each field once: the first column that names it."""
    seen: set[str] = set()
    out: list[Column | None] = []
    for column in columns:
        out.append(None if column is None or column.field in seen else column)
        if column is not None:
            seen.add(column.field)
    return tuple(out)


def rows_below(
    grid: Grid,
    head: Head,
    place: Callable[[int], Cell],
    notes: Callable[[int], tuple[Note, ...]],
) -> list[RawSheet]:
    """A raw sheet for each row under the head that says anything in a known column."""
    found: list[RawSheet] = []
    units = {c.field: c.unit for c in head.columns if c is not None and c.unit}
    for row in range(head.row + 1, len(grid)):
        cells = grid[row]
        values = {
            column.field: cells[at]
            for at, column in enumerate(head.columns)
            if column is not None and at < len(cells)
        }
        filled = [field for field, value in values.items() if value.text.strip()]
        # A row without a name is a sheet badly filled in; a lone text is a remark below the table.
        if not filled or ("name" not in filled and len(filled) < 2):
            continue
        shown = tuple(
            (name or f"列{at + 1}", cells[at].text if at < len(cells) else "")
            for at, name in enumerate(head.heads)
            if name or (at < len(cells) and cells[at].text)
        )
        steering = tuple(
            hidden_note(value.text, value.cell, "読み取らない列")
            for at, value in enumerate(cells)
            if (at >= len(head.columns) or head.columns[at] is None)
            and not value.hidden  # told of already
            and instructs(value.text)
        )
        found.append(
            RawSheet(
                values=values,
                units=units,
                place=place(row),
                notes=(*notes(row), *steering),
                row=shown,
            )
        )
    return found
