"""Drafts as a workbook: the rows that came in with new columns, flags, sources, provenance.

The workbook is made anew from texts and numbers. Formulas, macros, links and hidden parts of the
file that came in do not travel along.
"""

import io
from collections.abc import Sequence

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from api.exports.columns import NEW_HEADS, rows_of
from api.exports.provenance import NOTICE, Provenance
from rag.drafting.numbers import read_number
from rag.drafting.serialise import CitationJson, DraftJson

MAX_CELL_CHARACTERS = 32_000
_OWN, _NEW = (PatternFill("solid", fgColor=color) for color in ("FFE7E6E6", "FFDCE6F1"))
_LINE = Side(style="thin", color="FFBBBBBB")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WIDTHS = {
    "二次評価（案）": 60,
    "二次評価": 60,
    "方向性の理由": 40,
    "確認事項": 50,
    "出典": 50,
    "注意": 24,
}


def write_xlsx(drafts: Sequence[DraftJson], provenance: Provenance) -> bytes:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title = "二次評価案"
    _rows(first, drafts, provenance)
    _table(
        book.create_sheet("確認事項"),
        ("調書番号", "事務事業名", "区分", "内容", "セル"),
        [
            (
                d["sheet_no"],
                d["name"],
                f["title"],
                f["message"],
                "、".join(c["label"] for c in f["cells"]),
            )
            for d in drafts
            for f in d["flags"]
        ],
        (12, 30, 24, 70, 40),
    )
    _table(
        book.create_sheet("出典"),
        ("調書番号", "事務事業名", "番号", "種類", "所在", "引用"),
        [
            (
                d["sheet_no"],
                d["name"],
                str(c["marker"]),
                "調書" if c["kind"] == "cell" else "文書",
                _where(c),
                c["quote"],
            )
            for d in drafts
            for c in d["citations"]
        ],
        (12, 30, 8, 8, 50, 70),
    )
    _table(
        book.create_sheet("来歴"),
        ("項目", "内容"),
        [("注意", NOTICE), *provenance.rows()],
        (26, 90),
    )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(sheet: Worksheet, drafts: Sequence[DraftJson], provenance: Provenance) -> None:
    rows = rows_of(drafts, provenance)
    for column, head in enumerate(rows.heads, start=1):
        cell = put(sheet, 1, column, head)
        _head(cell, _OWN if column <= rows.own else _NEW)
        width = _WIDTHS.get(head, 14)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, cells in enumerate(rows.cells, start=2):
        for column, text in enumerate(cells, start=1):
            cell = put(sheet, number, column, text, numeric=column <= rows.own)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.border = _BOX
    first_new = get_column_letter(rows.own + 1)
    sheet.freeze_panes = "D2" if rows.own >= 4 else "A2"
    last = get_column_letter(len(rows.heads))
    sheet.auto_filter.ref = f"A1:{last}{len(rows.cells) + 1}"
    sheet.sheet_properties.tabColor = "1F4E79"
    assert rows.heads[rows.own] == NEW_HEADS[0], first_new


def _table(
    sheet: Worksheet,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
) -> None:
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        _head(put(sheet, 1, column, head), _NEW)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(rows, start=2):
        for column, text in enumerate(row, start=1):
            cell = put(sheet, number, column, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def put(sheet: Worksheet, row: int, column: int, text: str, *, numeric: bool = False) -> Cell:
    """Writes `text` as text, never as a formula; with `numeric`, a bare number as a number."""
    cell: Cell = sheet.cell(row, column)
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_CELL_CHARACTERS]
    number = read_number(clean) if numeric else None
    if number is not None and not number.unit and clean.strip()[:1] not in ("0", "０"):
        cell.value = float(number.number) if number.number % 1 else int(number.number)
        return cell
    if not clean:
        return cell
    cell.value = clean
    # openpyxl takes a text that begins with "=" for a formula.
    cell.data_type = "s"
    if clean[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True
    return cell


def _head(cell: Cell, fill: PatternFill) -> None:
    cell.font = Font(bold=True)
    cell.fill = fill
    cell.border = _BOX
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def _where(citation: CitationJson) -> str:
    if citation["kind"] == "cell":
        return f"{citation['cell']['label']}（{citation['label']}）"
    page = citation.get("page")
    return f"{citation['document_title']}（{citation['source']}）" + (
        f" {page}ページ" if page is not None else ""
    )
