"""Writes the sample sheets as XLSX (table, forms, other columns) and CSV from `_2025/sheets.json`.

Run with `.venv/bin/python corpus/sheets/build.py` after a change of the JSON file. The folder's
name begins with an underscore so that `shiori ingest corpus/` does not take the sheets for
documents.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from ingest.sheets.fields import template_fields, template_head
from ingest.sheets.json_file import read_json
from ingest.sheets.raw import RawSheet
from ingest.sheets.template import add_form, add_table

FOLDER = Path(__file__).parent / "_2025"
YEAR = 2025
FORMS = ("10003", "2900", "450", "6394")
CSV_ROWS = ("6502", "5891", "10106", "10083")
OTHER_COLUMNS = ("10072", "6078")
HIDDEN_IN = "10104"
HIDDEN_TEXT = "（課内メモ）公開の遅れは委託先との契約の遅れによる。対外的には説明しないこと。"
# Heads as another city might write them, by field.
OTHER_HEADS = {
    "fiscal_year": "年度",
    "sheet_no": "事業番号",
    "name": "事業名称",
    "bureau": "所管部",
    "division": "担当課名",
    "purpose": "事業のねらい",
    "means": "取組内容",
    "first.direction": "担当課評価（今後の方向性）",
    "first.comment": "担当課所見",
    "previous.instructions": "前回の指摘事項",
}


def main() -> None:
    raws = {raw.values["sheet_no"].text: raw for raw in read_json(_master(), "sheets.json")}
    taken = {*FORMS, *CSV_ROWS, *OTHER_COLUMNS}
    table = [raw for number, raw in raws.items() if number not in taken]
    _save_table(table, FOLDER / "sheets-table.xlsx")
    _save_forms([raws[number] for number in FORMS], FOLDER / "sheets-forms.xlsx")
    _save_csv([raws[number] for number in CSV_ROWS], FOLDER / "sheets.csv")
    _save_other([raws[number] for number in OTHER_COLUMNS], FOLDER)


def _master() -> bytes:
    return (FOLDER / "sheets.json").read_bytes()


def texts(raw: RawSheet) -> dict[str, str]:
    """The fields of a sheet as the template has them."""
    found = {field: value.text for field, value in raw.values.items()}
    asked = [found.pop(field) for field in list(found) if field.startswith("previous.instructions")]
    found["previous.instructions"] = "\n".join(asked)
    for field, value in found.items():
        if field.endswith(".direction") and value in ("up", "down"):
            found[field] = "下げる" if value == "down" else "上げる"
    return found


def _save_table(raws: Sequence[RawSheet], path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    fields = [f for f in template_fields(YEAR) if any(texts(raw).get(f) for raw in raws)]
    sheet = add_table(book, "令和7年度一覧", fields)
    sheet.cell(1, len(fields) + 1, "備考")
    for row, raw in enumerate(raws, start=2):
        _row(sheet, row, [texts(raw).get(field, "") for field in fields])
        if raw.values["sheet_no"].text == HIDDEN_IN:
            cell = sheet.cell(row, len(fields) + 1, HIDDEN_TEXT)
            cell.font = Font(color="FFFFFFFF")
    book.save(path)


def _save_forms(raws: Sequence[RawSheet], path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for raw in raws:
        found = texts(raw)
        sheet = add_form(book, found["sheet_no"], YEAR)
        _fill_form(sheet, found)
    book.save(path)


def _fill_form(sheet: Worksheet, found: Mapping[str, str]) -> None:
    heads: list[str] = []
    kinds = {"活動指標": "activity", "成果指標": "outcome"}
    by_head = {template_head(field): field for field in found}
    for cells in sheet.iter_rows(min_row=2):
        label = str(cells[0].value or "")
        if label in ("指標区分", "年度別"):
            heads = [str(cell.value or "") for cell in cells]
        elif label[:4] in kinds and label[4:].isdigit():
            prefix = f"{kinds[label[:4]]}{label[4:]}"
            for cell, head in zip(cells[1:], heads[1:], strict=True):
                _put(cell, found.get(_indicator_field(prefix, head), ""))
        elif label and f"{YEAR}年度 {label}" in by_head:
            for cell, head in zip(cells[1:4], heads[1:4], strict=True):
                _put(cell, found.get(by_head.get(f"{head} {label}", ""), ""))
        elif label in by_head:
            _put(cells[1], found[by_head[label]])


def _indicator_field(prefix: str, head: str) -> str:
    parts = {"指標名": "name", "単位": "unit", "方向": "direction"}
    if head in parts:
        return f"{prefix}.{parts[head]}"
    year, _, part = head.partition("年度 ")
    return f"{prefix}.{year}.{'plan' if part == '計画' else 'actual'}"


def _save_csv(raws: Sequence[RawSheet], path: Path) -> None:
    fields = [f for f in template_fields(YEAR) if any(texts(raw).get(f) for raw in raws)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([template_head(field) for field in fields])
    writer.writerows([texts(raw).get(field, "") for field in fields] for raw in raws)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def _save_other(raws: Sequence[RawSheet], folder: Path) -> None:
    """A table with two rows of heads and other names, and the mapping that was confirmed for it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "事務事業一覧"
    fields = [f for f in template_fields(YEAR) if any(texts(raw).get(f) for raw in raws)]
    heads = {field: OTHER_HEADS.get(field, _other_head(field)) for field in fields}
    sheet.cell(1, 1, "令和7年度 事務事業一覧（見本）")
    for column, field in enumerate(fields, start=1):
        sheet.cell(3, column, heads[field])
    for row, raw in enumerate(raws, start=4):
        _row(sheet, row, [texts(raw).get(field, "") for field in fields])
    book.save(folder / "sheets-other-columns.xlsx")
    mapping = {"columns": {heads[field]: field for field in fields}}
    text = json.dumps(mapping, ensure_ascii=False, indent=1) + "\n"
    (folder / "sheets-other-columns.mapping.json").write_text(text, encoding="utf-8")


def _other_head(field: str) -> str:
    """「R7 アウトカム1（実績）」 for 「2025年度 成果指標1 実績」."""
    head = template_head(field)
    for year in range(YEAR - 2, YEAR + 1):
        head = head.replace(f"{year}年度", f"R{year - 2018}")
    for own, other in (
        ("活動指標", "アウトプット"),
        ("成果指標", "アウトカム"),
        ("計画", "（目標）"),
        ("実績", "（実績）"),
        ("総コスト", "総事業費"),
    ):
        head = head.replace(own, other)
    return head


def _row(sheet: Worksheet, row: int, values: Sequence[str]) -> None:
    for column, text in enumerate(values, start=1):
        _put(sheet.cell(row, column), text)


def _put(cell: openpyxl.cell.cell.Cell, text: str) -> None:
    if not text:
        return
    number = text.replace(".", "", 1)
    if number.isdigit():
        cell.value = float(Decimal(text)) if "." in text else int(text)
    else:
        cell.value = text


if __name__ == "__main__":
    main()
