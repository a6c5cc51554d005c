"""What a reader hands over: texts by field, each with its cell, before they become a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.drafting.records import Cell, Note, Sheet


@dataclass(frozen=True, kw_only=True, slots=True)
class RawValue:
    text: str
    cell: Cell
    hidden: str = ""  # why a reader of the page does not see it, 「非表示の行」; "" when he does


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSheet:
    """One sheet as read. `units` has the unit in the head of a field, such as 千円."""

    values: Mapping[str, RawValue]
    place: Cell  # of the sheet as a whole
    units: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    row: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetFailure:
    """A sheet that cannot be read. The others of the file are."""

    sheet_no: str
    name: str
    place: str
    message: str
    row: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetBatch:
    """The sheets of one file in its order. `remarks` are Japanese sentences about the file."""

    file: str
    sha256: str
    entries: tuple[Sheet | SheetFailure, ...]
    remarks: tuple[str, ...] = ()

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Sheet))

    @property
    def failures(self) -> tuple[SheetFailure, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, SheetFailure))


def column_letters(column: int) -> str:
    """The letters of the 1-based column, as a spreadsheet shows them: 28 → 「AB」."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
