"""Sheets from a workbook: tables with one sheet a row, and forms with one sheet a page."""

import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ingest.sheets.assemble import comment_note, hidden_note
from ingest.sheets.errors import SheetFileError
from ingest.sheets.form import read_form
from ingest.sheets.hidden import hidden_columns, hidden_rows, why_hidden
from ingest.sheets.raw import RawSheet, RawValue, column_letters
from ingest.sheets.table import Head, find_head, rows_below
from rag.drafting.planted import instructs
from rag.drafting.records import Cell, Note

MAX_UNPACKED_BYTES = 300_000_000
MAX_ROWS = 5_000
MAX_BLANK_ROWS = 500  # formats without values often reach to the last row of a worksheet
MAX_COLUMNS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One visible worksheet as cells, with what it hides, by 0-based row."""

    name: str  # as labels show it
    grid: tuple[tuple[RawValue, ...], ...]
    notes: Mapping[int, tuple[Note, ...]]


def open_pages(content: bytes, file: str) -> tuple[list[Page], tuple[Note, ...]]:
    """The visible worksheets of a workbook, and notes on the hidden ones.

    Raises SheetFileError for a file that is no workbook, is protected or is too large.
    """
    book = _open(content, file)
    pages: list[Page] = []
    notes: list[Note] = []
    for number, sheet in enumerate(book.worksheets, start=1):
        name = sheet.title
        if instructs(name):
            # The name would stand in every label; it is told of and not repeated.
            notes.append(hidden_note(name, Cell(file=file, sheet=f"第{number}シート"), "シート名"))
            name = f"第{number}シート"
        if sheet.sheet_state != "visible":
            notes += _hidden_sheet_notes(sheet, name, file)
            continue
        pages.append(_page(sheet, name, file))
    return pages, tuple(notes)


def read_pages(pages: list[Page], file: str, mapping: Mapping[str, str] | None) -> list[RawSheet]:
    """The raw sheets of all pages in order; pages that hold none give none."""
    found: list[RawSheet] = []
    for page in pages:
        head = find_head(page.grid, mapping)
        if head is not None:
            found += _table(page, head, file)
            continue
        notes = tuple(note for row in sorted(page.notes) for note in page.notes[row])
        form = read_form(page.grid, Cell(file=file, sheet=page.name), notes)
        if form is not None:
            found.append(form)
    return found


def _table(page: Page, head: Head, file: str) -> list[RawSheet]:
    def place(row: int) -> Cell:
        return Cell(file=file, sheet=page.name, address=f"A{row + 1}")

    outside = tuple(note for row, notes in page.notes.items() if row <= head.row for note in notes)
    found = rows_below(page.grid, head, place, lambda row: page.notes.get(row, ()))
    rows = {int(raw.place.address[1:]) - 1 for raw in found}
    # What rows without a sheet hide is told with the first sheet, as what the head hides.
    outside += tuple(
        note
        for row, notes in page.notes.items()
        if row > head.row and row not in rows
        for note in notes
    )
    if found and outside:
        first = found[0]
        found[0] = RawSheet(
            values=first.values,
            units=first.units,
            place=first.place,
            notes=(*outside, *first.notes),
            row=first.row,
        )
    return found


def _open(content: bytes, file: str) -> Workbook:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise SheetFileError(f"「{file}」は展開すると大きすぎます。ファイルを分けてください。")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts of Excel that openpyxl leaves out
            return openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except SheetFileError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part leads to
        raise SheetFileError(
            f"「{file}」をExcelブック（.xlsx）として開けません。パスワードを外し、.xlsx 形式で保存し直してください。"
        ) from error


def _page(sheet: Worksheet, name: str, file: str) -> Page:
    rows, columns = hidden_rows(sheet), hidden_columns(sheet)
    merged = _merged(sheet)
    grid: list[tuple[RawValue, ...]] = []
    notes: dict[int, list[Note]] = {}
    filled = blank = 0
    for at, cells in enumerate(sheet.iter_rows(max_col=min(sheet.max_column, MAX_COLUMNS))):
        line: list[RawValue] = []
        for column, own in enumerate(cells, start=1):
            home = merged.get((at + 1, column))
            cell = own if home is None else sheet.cell(*home)
            where = Cell(file=file, sheet=name, address=f"{column_letters(cell.column)}{cell.row}")
            why = ""
            if cell.value is not None:
                why = "非表示の行" if at + 1 in rows else ""
                why = why or ("非表示の列" if column in columns else "") or why_hidden(cell)
            if home in (None, (at + 1, column)) and cell.comment is not None:
                notes.setdefault(at, []).append(comment_note(cell.comment.text, where))
            line.append(RawValue(text=cell_text(cell), cell=where, hidden=why))
        if at + 1 in rows and any(value.text for value in line):
            # One note for the row instead of one for each of its cells.
            first = next(value for value in line if value.text)
            notes.setdefault(at, []).append(hidden_note(first.text, first.cell, "非表示の行"))
            line = [RawValue(text=value.text, cell=value.cell) for value in line]
        grid.append(tuple(line))
        filled += any(value.text for value in line)
        blank = 0 if any(value.text for value in line) else blank + 1
        if filled > MAX_ROWS:
            raise SheetFileError(
                f"「{file}」のシート「{name}」は{MAX_ROWS:,}行を超えています。ファイルを分けてください。"
            )
        if blank > MAX_BLANK_ROWS:
            break
    unknown = _hidden_outside(grid, find_head(grid))
    for at, note in unknown:
        notes.setdefault(at, []).append(note)
    return Page(
        name=name, grid=tuple(grid), notes={at: tuple(found) for at, found in notes.items()}
    )


def _hidden_outside(
    grid: list[tuple[RawValue, ...]], head: Head | None
) -> Iterator[tuple[int, Note]]:
    """Hidden cells that are no field: those of the fields are told of with the field."""
    for at, line in enumerate(grid):
        for column, value in enumerate(line):
            is_field = (
                head is not None
                and at > head.row
                and column < len(head.columns)
                and head.columns[column] is not None
            )
            if value.hidden and value.text.strip() and not is_field:
                yield at, hidden_note(value.text, value.cell, value.hidden)


def _hidden_sheet_notes(sheet: Worksheet, name: str, file: str) -> list[Note]:
    texts = [
        str(cell.value)
        for row in sheet.iter_rows(max_row=200, max_col=50)
        for cell in row
        if cell.value is not None
    ]
    where = Cell(file=file, sheet=name)
    steering = next((text for text in texts if instructs(text)), "")
    shown = steering or "、".join(texts)[:200]
    return [hidden_note(shown, where, "非表示のシート")] if texts else []


def _merged(sheet: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """The top left cell of every merged cell."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for area in sheet.merged_cells.ranges:
        if area.size["rows"] * area.size["columns"] > 10_000:
            continue
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                found[row, column] = (area.min_row, area.min_col)
    return found


def cell_text(cell: SheetCell) -> str:
    """What a cell says, as text: numbers without rounding noise, percentages as 「85%」."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, int | float):
        number = Decimal(repr(round(value, 10))) if isinstance(value, float) else Decimal(value)
        percent = "%" in (cell.number_format or "")
        number = number * 100 if percent else number
        text = f"{number:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return f"{text}%" if percent else text
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time().isoformat() == "00:00:00"
            else value.isoformat(" ")
        )
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
