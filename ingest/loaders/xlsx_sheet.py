"""One sheet as the cells that exist in it. What the file claims about its size is not believed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from ingest.errors import UnreadableFileError
from ingest.limits import in_force
from ingest.loaders.number_formats import displayed
from ingest.loaders.packages import Package
from ingest.loaders.xlsx_workbook import Workbook, unescaped

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_MAX_MERGES = 50_000
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})$")
UNCALCULATED = "（未計算）"


@dataclass(slots=True)
class Sheet:
    """Cells by (row, column) from 1, as displayed; merges as (top, left, bottom, right)."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    uncalculated: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    truncated_at: int = 0  # row from which cells were left out, 0 if none was

    def hidden_cells(self) -> int:
        """How many filled cells lie in rows or columns that are not shown."""
        if not self.hidden_rows and not self.hidden_columns:
            return 0
        return sum(
            row in self.hidden_rows or any(a <= column <= b for a, b in self.hidden_columns)
            for row, column in self.cells
        )


def read_sheet(package: Package, part: str, workbook: Workbook) -> Sheet:
    """The sheet, streamed. Cells beyond the limit in force are left out.

    Raises:
        UnreadableFileError: the part is missing or no well-formed XML, or holds a DOCTYPE.
    """
    reader = _Reader(workbook)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        for piece in package.pieces(part):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, _UnsafeError) as error:
        raise UnreadableFileError(
            f"「{package.name}」のシートを読み取れません（XMLの形が壊れています）。Excelで開いて保存し直してください。"
        ) from error
    finally:
        # The handlers hold the reader and the parser holds them: without this the cycle would
        # keep all cells until the collector comes by.
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = parser.StartDoctypeDeclHandler = None
    return reader.sheet


def address(row: int, column: int) -> str:
    """(12, 28) → 「AB12」."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def place(reference: str) -> tuple[int, int] | None:
    """「AB12」 → (12, 28); None for what is no cell of a sheet."""
    match = _REFERENCE.match(reference)
    if match is None:
        return None
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - 64
    row = int(match.group(2))
    return (row, column) if 0 < row <= _LAST_ROW and column <= _LAST_COLUMN else None


class _UnsafeError(Exception):
    pass


class _Reader:
    def __init__(self, workbook: Workbook) -> None:
        self.sheet = Sheet()
        self._workbook = workbook
        self._most = in_force().cells_per_sheet
        self._row = self._column = 0
        self._kind = self._style = ""
        self._value: list[str] = []
        self._inline: list[str] = []
        self._formula = self._has_value = False
        self._in_cell = self._phonetic = False
        self._collect: list[str] | None = None

    def doctype(self, *_: object) -> None:
        raise _UnsafeError

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if kind == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() else self._row + 1
            self._column = 0
            if attributes.get("hidden") in {"1", "true"}:
                self.sheet.hidden_rows.add(self._row)
        elif kind == "c":
            self._open_cell(attributes)
        elif kind == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self.sheet.hidden_columns.append((int(first), int(last)))
        elif kind == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif self._in_cell:
            if kind == "v":
                self._has_value = True
                self._collect = self._value
            elif kind == "f":
                self._formula = True
            elif kind == "t" and not self._phonetic:
                self._collect = self._inline
            elif kind == "rPh":
                self._phonetic = True

    def end(self, name: str) -> None:
        kind = name.rpartition(":")[2]
        if kind == "c" and self._in_cell:
            self._close_cell()
        elif kind in {"v", "t"}:
            self._collect = None
        elif kind == "rPh":
            self._phonetic = False

    def text(self, text: str) -> None:
        if self._collect is not None:
            self._collect.append(text)

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        found = place(attributes.get("r", ""))
        self._row, self._column = found or (max(self._row, 1), self._column + 1)
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._value, self._inline = [], []
        self._formula = self._has_value = False
        self._in_cell = True

    def _close_cell(self) -> None:
        self._in_cell = False
        value = "".join(self._value)
        where = (self._row, self._column)
        if self._formula and not value and self._kind != "str":
            self.sheet.uncalculated.append(address(*where))
            self._put(where, UNCALCULATED)
        elif shown := self._shown(value).strip():
            self._put(where, shown)

    def _put(self, where: tuple[int, int], shown: str) -> None:
        if len(self.sheet.cells) < self._most:
            self.sheet.cells[where] = shown
        elif not self.sheet.truncated_at:
            self.sheet.truncated_at = where[0]

    def _shown(self, value: str) -> str:
        if self._kind == "inlineStr":
            return unescaped("".join(self._inline))
        if self._kind == "s":
            strings = self._workbook.strings
            return strings[int(value)] if value.isdecimal() and int(value) < len(strings) else ""
        if self._kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if self._kind == "d":
            return value.replace("T", " ").removesuffix(" 00:00:00")
        if self._kind in {"str", "e"}:
            return unescaped(value)
        try:
            number = float(value)
        except ValueError:
            return value
        if number != number or number in {float("inf"), float("-inf")}:
            return value
        formats, style = self._workbook.formats, self._style
        code = formats[int(style)] if style.isdecimal() and int(style) < len(formats) else "General"
        return displayed(number, code, from_1904=self._workbook.from_1904)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = place(first), place(last)
        if start and end and start != end and len(self.sheet.merges) < _MAX_MERGES:
            self.sheet.merges.append((*start, *end))
