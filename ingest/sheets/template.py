"""The template that the product prints: a table, a form, and how to fill them in."""

import csv
import io
from collections.abc import Sequence

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ingest.sheets.fields import (
    COST_HEADS,
    KIND_HEADS,
    PLAIN_FIELDS,
    template_fields,
    template_head,
)
from ingest.sheets.form import INDICATOR_TABLE, YEAR_TABLE

TABLE_SHEET, FORM_SHEET, HELP_SHEET = "一覧様式", "個票様式", "記入要領"
_HEAD = PatternFill("solid", fgColor="FFDCE6F1")
_LINE = Side(style="thin", color="FF999999")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_HELP = (
    "この様式は、事務事業の一次評価を「しおり」に渡し、二次評価の案を作るためのものです。",
    "「一覧様式」は1行に1事業、「個票様式」は1シートに1事業を書きます。どちらか一方を使ってください。",
    "個票様式は、シートを事業の数だけ複写して使います。シート名は自由です。",
    "年度の列は、評価対象年度を含む3年度分です。足りない年度は、見出しを同じ書き方にして列を足せます。",
    "方向の欄には、増やしたい指標は「上げる」、減らしたい指標は「下げる」と書きます。",
    "金額の単位は千円です。百万円などで書くときは、見出しの（千円）を書き換えてください。",
    "利用者数が分からないときは「把握困難」と書きます。実績がまだないときは空欄にします。",
    "人件費の算定方法には、平均給与単価、職位別単価などの方法を書きます。年度で違う場合に、総コストを比べないためです。",
    "前年度の指示事項が複数あるときは、改行して並べます。",
    "非表示の行や列、白い文字、セルのコメントは評価に使いません。見つかったときはお知らせします。",
)
_SCORES = "1,2,3,4,5"
_LONG = (
    "purpose",
    "means",
    "first.comment",
    "previous.first_comment",
    "previous.comment",
    "previous.instructions",
)


def template_xlsx(last_year: int) -> bytes:
    """The template as a workbook for sheets of the fiscal year `last_year`."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    add_table(book, TABLE_SHEET, template_fields(last_year))
    add_form(book, FORM_SHEET, last_year)
    _add_help(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def template_csv(last_year: int) -> bytes:
    """The heads of the table as CSV, with the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerow([template_head(field) for field in template_fields(last_year)])
    return out.getvalue().encode("utf-8-sig")


def add_table(book: Workbook, title: str, fields: Sequence[str]) -> Worksheet:
    """A worksheet with the heads of `fields` in its first row."""
    sheet = book.create_sheet(title)
    for column, field in enumerate(fields, start=1):
        cell = sheet.cell(1, column, template_head(field))
        _style_head(cell)
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = 40 if field in _LONG else 14
        if field.endswith(".direction") and field[0] in "ao":
            _choices(sheet, "上げる,下げる", f"{letter}2:{letter}1000")
        if field in (
            "first.validity",
            "first.fairness",
            "first.efficiency",
            "first.activity",
            "first.outcome",
        ):
            _choices(sheet, _SCORES, f"{letter}2:{letter}1000")
    sheet.row_dimensions[1].height = 48
    sheet.freeze_panes = "D2"
    return sheet


def add_form(book: Workbook, title: str, last_year: int) -> Worksheet:
    """A worksheet with one sheet on a page, label and value side by side."""
    sheet = book.create_sheet(title)
    years = range(last_year - 2, last_year + 1)
    sheet["A1"] = "事務事業評価調書"
    sheet["A1"].font = Font(bold=True, size=14)
    row = 3
    plain = [field for field in PLAIN_FIELDS if "." not in field]
    row = _pairs(sheet, row, plain) + 1
    heads = [INDICATOR_TABLE, "指標名", "単位", "方向"]
    heads += [f"{year}年度 {part}" for year in years for part in ("計画", "実績")]
    row = _heads(sheet, row, heads)
    for kind in ("activity", "outcome"):
        for number in (1, 2):
            _style_head(sheet.cell(row, 1, f"{KIND_HEADS[kind]}{number}"))
            _boxes(sheet, row, 2, len(heads))
            row += 1
    row = _heads(sheet, row + 1, [YEAR_TABLE, *(f"{year}年度" for year in years)])
    labels = [COST_HEADS[part] + ("" if part == "method" else "（千円）") for part in COST_HEADS]
    for label in [*labels, "利用者数"]:
        _style_head(sheet.cell(row, 1, label))
        _boxes(sheet, row, 2, 4)
        row += 1
    _pairs(sheet, row + 1, [field for field in PLAIN_FIELDS if "." in field])
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 44
    for column in range(3, 11):
        sheet.column_dimensions[get_column_letter(column)].width = 13
    return sheet


def _pairs(sheet: Worksheet, row: int, fields: Sequence[str]) -> int:
    for field in fields:
        _style_head(sheet.cell(row, 1, template_head(field)))
        _boxes(sheet, row, 2, 2)
        if field in _LONG:
            sheet.row_dimensions[row].height = 64
        row += 1
    return row


def _heads(sheet: Worksheet, row: int, heads: Sequence[str]) -> int:
    for column, head in enumerate(heads, start=1):
        _style_head(sheet.cell(row, column, head))
    return row + 1


def _boxes(sheet: Worksheet, row: int, first: int, last: int) -> None:
    for column in range(first, last + 1):
        cell = sheet.cell(row, column)
        cell.border = _BOX
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _style_head(cell: openpyxl.cell.cell.Cell) -> None:
    cell.font = Font(bold=True)
    cell.fill = _HEAD
    cell.border = _BOX
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def _choices(sheet: Worksheet, choices: str, cells: str) -> None:
    validation = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True)
    validation.add(cells)
    sheet.add_data_validation(validation)


def _add_help(book: Workbook) -> None:
    sheet = book.create_sheet(HELP_SHEET)
    sheet.column_dimensions["A"].width = 100
    for row, line in enumerate(_HELP, start=1):
        cell = sheet.cell(row, 1, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
