"""From texts by field to the record of a sheet: numbers read, planted instructions set apart."""

import re
from collections.abc import Iterator

from ingest.sheets.errors import SheetFileError
from ingest.sheets.fields import COST_UNITS, split_year
from ingest.sheets.raw import RawSheet, RawValue
from rag.drafting.numbers import is_blank, read_number
from rag.drafting.planted import clean_cell, instructs
from rag.drafting.records import (
    Cell,
    CostYear,
    Direction,
    FirstEvaluation,
    Indicator,
    IndicatorKind,
    IndicatorYear,
    Note,
    NoteKind,
    PreviousYear,
    Sheet,
    UserYear,
    Value,
)
from rag.text import clean, normal, split_sentences

MAX_CELL_CHARACTERS = 20_000
_ASKED = re.compile(
    r"(?:すること|されたい|ください|下さい|求める|求めます|必要がある|必要です|望まれる)。?$"
)
_DOWN = re.compile(r"down|下|減|低|マイナス|縮|↓")
_ITEM = re.compile(r"\n+|(?:^|(?<=[。\s]))(?=[・①-⑳]|[(（]?\d{1,2}[)）.．])")
_ITEM_MARK = re.compile(r"^(?:[・①-⑳\-*]|[(（]?\d{1,2}[)）.．])\s*")


def assemble(raw: RawSheet) -> Sheet:
    """The record of `raw`. Raises SheetFileError when it has no name or no usable year."""
    reader = _Reader(raw)
    name = reader.value("name")
    if name.blank:
        raise SheetFileError("事務事業名がありません。事務事業名の欄を記入してください。")
    indicators = tuple(_indicators(reader))
    costs = tuple(_costs(reader))
    users = tuple(
        UserYear(fiscal_year=year, count=reader.value(f"users.{year}"))
        for year in reader.years("users")
    )
    return Sheet(
        fiscal_year=_fiscal_year(reader, indicators),
        sheet_no=reader.value("sheet_no"),
        name=name,
        bureau=reader.value("bureau"),
        division=reader.value("division"),
        policy_code=reader.value("policy_code"),
        purpose=reader.value("purpose"),
        means=reader.value("means"),
        indicators=indicators,
        costs=costs,
        users=users,
        first=FirstEvaluation(
            validity=reader.value("first.validity"),
            fairness=reader.value("first.fairness"),
            efficiency=reader.value("first.efficiency"),
            activity=reader.value("first.activity"),
            outcome=reader.value("first.outcome"),
            grade=reader.value("first.grade"),
            direction=reader.value("first.direction"),
            comment=reader.value("first.comment"),
        ),
        previous=PreviousYear(
            first_comment=reader.value("previous.first_comment"),
            direction=reader.value("previous.direction"),
            comment=reader.value("previous.comment"),
            instructions=tuple(_instructions(reader)),
        ),
        notes=(*_without_repeats(raw.notes), *reader.notes),
        row=raw.row,
    )


class _Reader:
    """Values by field; collects the notes that come up on the way."""

    def __init__(self, raw: RawSheet) -> None:
        self._raw = raw
        self._seen: set[str] = set()
        self.notes: list[Note] = []

    def value(self, field: str) -> Value:
        raw = self._raw.values.get(field)
        if raw is None:
            return Value(cell=self._raw.place)
        return self._read(field, raw)

    def units(self, field: str) -> str:
        return self._raw.units.get(field, "")

    def years(self, prefix: str) -> list[int]:
        """The years of which the file has a column for `prefix`, ascending."""
        pattern = re.compile(rf"{re.escape(prefix)}\.(\d{{4}})(?:\.|$)")
        found = (pattern.match(field) for field in self._raw.values)
        return sorted({int(match.group(1)) for match in found if match})

    def fields(self, prefix: str) -> list[str]:
        return [field for field in self._raw.values if field.startswith(prefix)]

    def _read(self, field: str, raw: RawValue) -> Value:
        text = clean(raw.text)[:MAX_CELL_CHARACTERS]
        cleaned = clean_cell(text)
        if field not in self._seen:
            self._seen.add(field)
            self._note(raw, cleaned.planted, cleaned.invisible)
        number = read_number(cleaned.text)
        shown = "" if number is None and is_blank(cleaned.text) else cleaned.text
        return Value(
            text=shown,
            number=number.number if number else None,
            unit=number.unit if number else "",
            cell=raw.cell,
            written=text,
        )

    def _note(self, raw: RawValue, planted: tuple[str, ...], invisible: int) -> None:
        for said in planted:
            self.notes.append(
                Note(kind=NoteKind.INSTRUCTION, text=said, cell=raw.cell, why="記入欄の文")
            )
        if invisible >= 3:
            self.notes.append(
                Note(kind=NoteKind.HIDDEN_TEXT, text="", cell=raw.cell, why="見えない文字")
            )
        if raw.hidden and raw.text.strip():
            self.notes.append(
                Note(kind=NoteKind.HIDDEN_VALUE, text=raw.text[:200], cell=raw.cell, why=raw.hidden)
            )


def hidden_note(text: str, cell: Cell, why: str) -> Note:
    """A note on text that is no field of the sheet and does not show."""
    kind = NoteKind.INSTRUCTION if instructs(text) else NoteKind.HIDDEN_TEXT
    return Note(kind=kind, text=text, cell=cell, why=why)


def comment_note(text: str, cell: Cell) -> Note:
    kind = NoteKind.INSTRUCTION if instructs(text) else NoteKind.CELL_COMMENT
    return Note(kind=kind, text=text, cell=cell, why="セルのコメント")


def _without_repeats(notes: tuple[Note, ...]) -> list[Note]:
    return list(dict.fromkeys(notes))


def _fiscal_year(reader: _Reader, indicators: tuple[Indicator, ...]) -> int:
    value = reader.value("fiscal_year")
    if value.number is not None and 1980 <= value.number <= 2100:
        return int(value.number)
    year, _ = split_year(normal(value.text))
    if year is not None:
        return year
    if not value.blank:
        raise SheetFileError(
            f"評価対象年度「{value.text[:20]}」を読み取れません。2025 または 令和7年度 のように書いてください。"
        )
    acted = [y.fiscal_year for i in indicators for y in i.years if not y.actual.blank]
    if not acted:
        raise SheetFileError("評価対象年度がありません。評価対象年度の欄を記入してください。")
    return max(acted)


def _indicators(reader: _Reader) -> Iterator[Indicator]:
    for kind in IndicatorKind:
        for number in range(1, 10):
            prefix = f"{kind.value}{number}"
            name = reader.value(f"{prefix}.name")
            years = tuple(
                IndicatorYear(
                    fiscal_year=year,
                    plan=reader.value(f"{prefix}.{year}.plan"),
                    actual=reader.value(f"{prefix}.{year}.actual"),
                )
                for year in reader.years(prefix)
            )
            if name.blank and all(y.plan.blank and y.actual.blank for y in years):
                continue
            if name.blank:
                label = "活動指標" if kind is IndicatorKind.ACTIVITY else "成果指標"
                name = Value(text=f"{label}{number}", cell=name.cell)
            direction = normal(reader.value(f"{prefix}.direction").text)
            yield Indicator(
                name=name,
                kind=kind,
                unit=reader.value(f"{prefix}.unit"),
                direction=Direction.DOWN if _DOWN.search(direction) else Direction.UP,
                years=years,
            )


def _costs(reader: _Reader) -> Iterator[CostYear]:
    for year in reader.years("cost"):
        parts = {
            part: reader.value(f"cost.{year}.{part}")
            for part in ("project", "labour", "total", "method")
        }
        written = [parts[p].unit for p in ("total", "project") if parts[p].unit in COST_UNITS]
        heads = [reader.units(f"cost.{year}.{part}") for part in ("total", "project")]
        units = [unit for unit in (*written, *heads) if unit in COST_UNITS]
        if all(value.blank for value in parts.values()):
            continue
        yield CostYear(
            fiscal_year=year,
            project_cost=parts["project"],
            labour_cost=parts["labour"],
            total=parts["total"],
            labour_method=parts["method"],
            unit=units[0] if units else "千円",
        )


def _instructions(reader: _Reader) -> Iterator[Value]:
    """Each instruction of last year by itself; several may stand in one cell.

    Where none are listed, the sentences of last year's comment that ask for something.
    """
    found = False
    for field in reader.fields("previous.instructions"):
        value = reader.value(field)
        for part in _ITEM.split(value.text):
            text = _ITEM_MARK.sub("", part.strip()).strip()
            if text:
                found = True
                yield Value(text=text, cell=value.cell, written=value.written)
    comment = reader.value("previous.comment")
    for start, end in [] if found else split_sentences(comment.text):
        sentence = comment.text[start:end]
        if _ASKED.search(sentence):
            yield Value(text=sentence, cell=comment.cell, written=comment.written)
