"""The form of the template: one sheet on one page, label and value side by side."""

import re

from ingest.sheets.fields import read_head, split_year
from ingest.sheets.raw import RawSheet, RawValue
from ingest.sheets.table import Grid
from rag.drafting.records import Cell, Note
from rag.text import key

INDICATOR_TABLE = "指標区分"
YEAR_TABLE = "年度別"
_INDICATOR = re.compile(r"(?:活動|成果)指標[1-9]?")
_ENOUGH_LABELS = 3


def read_form(grid: Grid, place: Cell, notes: tuple[Note, ...]) -> RawSheet | None:
    """The sheet that a form holds; None when `grid` is no form or an empty one."""
    values: dict[str, RawValue] = {}
    units: dict[str, str] = {}
    heads: tuple[str, ...] = ()
    labels = 0
    for cells in grid:
        label = cells[0].text.strip() if cells else ""
        name = key(label)
        if name in (INDICATOR_TABLE, YEAR_TABLE):
            heads = tuple(" ".join(cell.text.split()) for cell in cells)
            continue
        table_row = bool(_INDICATOR.fullmatch(name)) or _is_year_row(label, heads)
        if table_row:
            for at, head in enumerate(heads[1:], start=1):
                column = read_head(_joined(label, head))
                if column is not None and at < len(cells):
                    values.setdefault(column.field, cells[at])
                    units[column.field] = column.unit
            continue
        column = read_head(label)
        if column is not None and len(cells) > 1:
            labels += 1
            values.setdefault(column.field, cells[1])
    filled = any(value.text.strip() for value in values.values())
    if labels < _ENOUGH_LABELS or "name" not in values or not filled:
        return None
    shown = tuple((field, value.text) for field, value in values.items())
    return RawSheet(values=values, units=units, place=place, notes=notes, row=shown)


def _is_year_row(label: str, heads: tuple[str, ...]) -> bool:
    year = next((head for head in heads[1:] if split_year(key(head))[0] is not None), "")
    return bool(year) and read_head(_joined(label, year)) is not None and read_head(label) is None


def _joined(label: str, head: str) -> str:
    """「成果指標1」 and 「2025年度 計画」 as 「2025年度 成果指標1 計画」; 「指標名」 as 「名称」."""
    head = "名称" if key(head) == "指標名" else head
    year, rest = split_year(key(head))
    return f"{year}年度 {label} {rest}" if year is not None else f"{label} {head}"
