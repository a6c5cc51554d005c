"""Statistics as CSV or workbook: one table below the other, or one sheet each."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

import openpyxl

from api.exports.csv_file import harmless
from api.exports.xlsx_file import put
from api.statistics import METHOD, Figures, Statistics

_HEADS = {
    "uses": "延べ利用者数",
    "users": "実人数",
    "questions": "件数",
    "answered": "答えた",
    "partial": "一部答えた",
    "no_evidence": "根拠なし",
    "out_of_scope": "対象外",
    "blocked": "受け付けない",
    "unfinished": "途中で終了",
    "useful": "役に立った",
    "wrong": "違う",
    "as_is": "そのまま使えた",
    "edited": "修正して使えた",
    "unused": "使えなかった",
    "minutes": "省けた分",
}
Table = tuple[str, list[list[str]]]


def tables_of(found: Statistics) -> list[Table]:
    """(title, rows) of each table, heads first; every value is text."""
    period = f"{found.period.since}～{found.period.until}"
    years = [["年度", "項目", "目標", "実績", "達成率（％）"]]
    for year in found.fiscal_years:
        targets = year["targets"]
        assert isinstance(targets, list)
        for each in targets:
            row = (each["name"], f"{each['value']:g}", f"{each['reached']:g}", f"{each['share']}")
            years.append([str(year["fiscal_year"]), *map(str, row)])
    tables = [
        (f"全体 {period}", _rows("期間", [(period, found.total)])),
        ("月別", _rows("月", found.months)),
        ("課別", _rows("課", found.departments)),
        ("テンプレート別", _rows("テンプレート", found.templates)),
        ("二次評価", [["確定した調書", "案のまま", "直した", "省けた分"], _sheet_row(found)]),
    ]
    if len(years) > 1:
        tables.append(("目標", years))
    return [*tables, ("数え方", [[sentence] for sentence in METHOD])]


def statistics_csv(found: Statistics) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for title, rows in tables_of(found):
        writer.writerow([title])
        writer.writerows([harmless(cell) for cell in row] for row in rows)
        writer.writerow([])
    return out.getvalue().encode("utf-8-sig")


def statistics_xlsx(found: Statistics) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in tables_of(found):
        sheet = book.create_sheet(title.split(" ")[0])
        for number, row in enumerate(rows, start=1):
            for column, text in enumerate(row, start=1):
                put(sheet, number, column, text, numeric=column > 1)
        sheet.column_dimensions["A"].width = 28
        sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(head: str, named: Sequence[tuple[str, Figures]]) -> list[list[str]]:
    rows = [[head, *_HEADS.values()]]
    for name, figures in named:
        values = asdict(figures)
        rows.append([name, *(str(values[field]) for field in _HEADS)])
    return rows


def _sheet_row(found: Statistics) -> list[str]:
    return [str(found.sheets[name]) for name in ("fixed", "as_is", "edited", "minutes")]
