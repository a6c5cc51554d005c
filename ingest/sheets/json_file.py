"""Sheets from JSON: a list of records with the field names of the API, or with template heads."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from ingest.sheets.assemble import hidden_note
from ingest.sheets.errors import SheetFileError
from ingest.sheets.fields import is_field, read_head
from ingest.sheets.raw import RawSheet, RawValue
from rag.drafting.planted import instructs
from rag.drafting.records import Cell, Note

MAX_RECORDS = 5_000
_PLAIN = (
    "fiscal_year",
    "sheet_no",
    "name",
    "bureau",
    "division",
    "policy_code",
    "purpose",
    "means",
)
_FIRST = (
    "validity",
    "fairness",
    "efficiency",
    "activity",
    "outcome",
    "grade",
    "direction",
    "comment",
)
_FIRST_ALIASES = {"continuity": "grade", "continuity_grade": "grade"}
_COST = {
    "project_cost": "project",
    "labour_cost": "labour",
    "total": "total",
    "labour_method": "method",
    "labour_cost_method": "method",
}


def read_json(content: bytes, file: str) -> list[RawSheet]:
    """A raw sheet for each record. Raises SheetFileError when it is no list of records."""
    try:
        loaded = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise SheetFileError(
            f"「{file}」をJSONとして読み取れません。UTF-8のJSONで、調書の一覧（[{{…}}, …]）を渡してください。"
        ) from error
    if isinstance(loaded, Mapping):
        loaded = next((loaded[k] for k in ("sheets", "records") if k in loaded), [loaded])
    if not isinstance(loaded, list) or not all(isinstance(each, Mapping) for each in loaded):
        raise SheetFileError(
            f"「{file}」は調書の一覧になっていません。[{{…}}, …] の形にしてください。"
        )
    if len(loaded) > MAX_RECORDS:
        raise SheetFileError(
            f"「{file}」は{MAX_RECORDS:,}件を超えています。ファイルを分けてください。"
        )
    return [_record(record, at, file) for at, record in enumerate(loaded)]


def _record(record: Mapping[str, object], at: int, file: str) -> RawSheet:
    values: dict[str, RawValue] = {}
    place = Cell(file=file, address=f"[{at}]")
    used: set[str] = set()
    for field, path, content in _leaves(record, used):
        cell = Cell(file=file, address=f"[{at}].{path}")
        values[field] = RawValue(text=_text(content), cell=cell)
    units = {}
    unit = record.get("cost_unit")
    if isinstance(unit, str):
        units = {field: unit for field in values if field.startswith("cost.")}
    notes = tuple(_other_notes(record, used, at, file))
    shown = tuple((field, value.text) for field, value in values.items())
    return RawSheet(values=values, place=place, units=units, notes=notes, row=shown)


def _leaves(record: Mapping[str, object], used: set[str]) -> Iterator[tuple[str, str, object]]:
    """(field, JSON path, content) of everything known in a record."""
    for head in record:
        column = read_head(head) if head not in _PLAIN else None
        if head in _PLAIN or is_field(head) or column is not None:
            used.add(head)
            yield (column.field if column else head), head, record[head]
    for kind in ("activity", "outcome"):
        used.add(f"{kind}_indicators")
        yield from _indicators(record.get(f"{kind}_indicators"), kind, f"{kind}_indicators")
    for at, cost in _items(record, "cost", used):
        year = _year(cost)
        for name, part in _COST.items():
            if year and name in cost:
                yield f"cost.{year}.{part}", f"cost[{at}].{name}", cost[name]
    for at, user in _items(record, "users", used):
        counts = [name for name in ("n", "count", "users") if name in user]
        if _year(user) and counts:
            yield f"users.{_year(user)}", f"users[{at}].{counts[0]}", user[counts[0]]
    used.add("first_evaluation")
    first = record.get("first_evaluation")
    if isinstance(first, Mapping):
        for score, content in first.items():
            field = _FIRST_ALIASES.get(score, score)
            if field in _FIRST:
                yield f"first.{field}", f"first_evaluation.{score}", content
            elif score == "previous_comment":
                yield "previous.first_comment", f"first_evaluation.{score}", content
    yield from _previous(record, used)


def _previous(record: Mapping[str, object], used: set[str]) -> Iterator[tuple[str, str, object]]:
    used |= {"previous_second_evaluation", "previous_first_evaluation", "previous_first_comment"}
    second = record.get("previous_second_evaluation")
    if isinstance(second, Mapping):
        for name in ("direction", "comment"):
            if name in second:
                yield f"previous.{name}", f"previous_second_evaluation.{name}", second[name]
        asked = second.get("instructions")
        for at, each in enumerate(asked if isinstance(asked, list) else [asked] if asked else []):
            path = f"previous_second_evaluation.instructions[{at}]"
            yield f"previous.instructions.{at}", path, each
    elif second:
        yield "previous.comment", "previous_second_evaluation", second
    first = record.get("previous_first_evaluation", record.get("previous_first_comment"))
    if isinstance(first, Mapping):
        yield "previous.first_comment", "previous_first_evaluation.comment", first.get("comment")
    elif first:
        yield "previous.first_comment", "previous_first_comment", first


def _indicators(found: object, kind: str, name: str) -> Iterator[tuple[str, str, object]]:
    for at, each in enumerate(found[:9] if isinstance(found, list) else []):
        if not isinstance(each, Mapping):
            continue
        for part in ("name", "unit", "direction"):
            yield f"{kind}{at + 1}.{part}", f"{name}[{at}].{part}", each.get(part)
        years = each.get("years")
        for n, year in enumerate(years if isinstance(years, list) else []):
            if not isinstance(year, Mapping) or not _year(year):
                continue
            for part in ("plan", "actual"):
                path = f"{name}[{at}].years[{n}].{part}"
                yield f"{kind}{at + 1}.{_year(year)}.{part}", path, year.get(part)


def _items(
    record: Mapping[str, object], name: str, used: set[str]
) -> Iterator[tuple[int, Mapping[str, object]]]:
    used.add(name)
    found = record.get(name)
    for at, each in enumerate(found if isinstance(found, list) else []):
        if isinstance(each, Mapping):
            yield at, each


def _year(each: Mapping[str, object]) -> int:
    year = each.get("fiscal_year")
    return year if isinstance(year, int) and 1900 <= year <= 2100 else 0


def _text(content: object) -> str:
    if content is None or isinstance(content, bool | list | Mapping):
        return ""
    return str(content)


def _other_notes(
    record: Mapping[str, object], used: set[str], at: int, file: str
) -> Iterator[Note]:
    """Unknown fields are not read; one that tries to steer the tool is told of."""
    for name, content in record.items():
        if name in used or not isinstance(content, str):
            continue
        if instructs(content):
            yield hidden_note(content, Cell(file=file, address=f"[{at}].{name}"), "知らない項目")
