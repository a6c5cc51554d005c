"""Sheets from XLSX, CSV and JSON: every value with its cell, what is hidden seen, errors in words."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from drafting_support import SAMPLES, record, sheet
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.workbook import Workbook

from ingest.sheets.errors import MappingFileError, SheetFileError, UnknownColumnsError
from ingest.sheets.fields import is_field, read_head, template_fields, template_head
from ingest.sheets.form import read_form
from ingest.sheets.mapping import proposal_json, read_mapping
from ingest.sheets.read import propose_mapping, read_sheet_file, read_sheets
from ingest.sheets.template import FORM_SHEET, TABLE_SHEET, template_csv, template_xlsx
from rag.drafting.records import Direction, NoteKind, Sheet


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(*rows: list[Any]) -> Workbook:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "一覧"
    for row in rows:
        page.append(row)
    return book


HEADS = ["評価対象年度", "調書番号", "事務事業名", "2025年度 成果指標1 実績", "成果指標1 名称"]
ROW = [2025, "12", "講座事業", 212, "受講者数"]


def only(book: Workbook) -> Sheet:
    found = read_sheets(saved(book), "表.xlsx").sheets
    assert len(found) == 1
    return found[0]


def essence(made: Sheet) -> object:
    """What a sheet says, without where it stood."""
    return (
        made.fiscal_year,
        made.name.text,
        [
            (
                i.name.text,
                i.unit.text,
                i.direction,
                *((y.fiscal_year, y.plan.number, y.actual.number) for y in i.years),
            )
            for i in made.indicators
        ],
        [(c.fiscal_year, c.project_cost.number, c.total.number, c.unit) for c in made.costs],
        [(u.fiscal_year, u.count.text) for u in made.users],
        made.first.comment.text,
        made.first.direction.text,
        [instruction.text for instruction in made.previous.instructions],
    )


def test_every_head_of_the_template_names_its_own_field() -> None:
    for field in template_fields(2025):
        column = read_head(template_head(field))
        assert column is not None and column.field == field
        assert is_field(field)


def test_years_in_heads_are_read_in_either_calendar() -> None:
    for head in ("2024年度 成果指標1 実績", "令和6年度成果指標１実績", "R6 成果指標1 実績値"):
        column = read_head(head)
        assert column is not None and column.field == "outcome1.2024.actual"


def test_the_four_sample_formats_say_the_same_as_their_json() -> None:
    master = {s.sheet_no.text: s for s in read_sheet_file(SAMPLES / "sheets.json").sheets}
    assert len(master) == 28
    seen: set[str] = set()
    for name in (
        "sheets-table.xlsx",
        "sheets-forms.xlsx",
        "sheets.csv",
        "sheets-other-columns.xlsx",
    ):
        mapping = None
        if "other" in name:
            file = SAMPLES / "sheets-other-columns.mapping.json"
            mapping = read_mapping(file.read_bytes(), file.name)
        for made in read_sheet_file(SAMPLES / name, mapping).sheets:
            expected, found = essence(master[made.sheet_no.text]), essence(made)
            assert _without_blanks(found) == _without_blanks(expected), made.name.text
            seen.add(made.sheet_no.text)
    assert seen == set(master)


def _without_blanks(made: Any) -> Any:
    """Years and users without any value: a table has columns for them, JSON need not."""
    head, users = made[:4], made[4]
    indicators = [
        (*i[:3], *(y for y in i[3:] if y[1] is not None or y[2] is not None)) for i in made[2]
    ]
    return (*head[:2], indicators, head[3], [u for u in users if u[1]], *made[5:])


def test_every_value_keeps_file_sheet_and_cell() -> None:
    made = read_sheet_file(SAMPLES / "sheets-table.xlsx").sheets[0]
    book = openpyxl.load_workbook(SAMPLES / "sheets-table.xlsx")
    values = [value for value in made.values() if value.text]
    assert len(values) > 30
    for value in values:
        assert value.cell.file == "sheets-table.xlsx"
        written = book[value.cell.sheet][value.cell.address].value
        shown = str(written)
        assert value.text == shown or value.text in shown


def test_a_json_value_keeps_its_path() -> None:
    made = sheet()
    assert made.outcomes[0].years[1].actual.cell.address == (
        "[0].outcome_indicators[0].years[1].actual"
    )
    assert made.first.comment.cell.label == "調書.json![0].first_evaluation.comment"


def test_the_printed_template_can_be_filled_in_and_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx(2025)))
    page = book[TABLE_SHEET]
    fields = {page.cell(1, column).value: column for column in range(1, page.max_column + 1)}
    for field, value in (
        ("fiscal_year", 2025),
        ("name", "講座事業"),
        ("outcome1.name", "相談件数"),
        ("outcome1.direction", "下げる"),
        ("outcome1.2025.plan", 40),
        ("outcome1.2025.actual", "３８件"),
        ("previous.instructions", "周知を見直すこと。\n目標を定めること。"),
    ):
        page.cell(2, fields[template_head(field)], value)
    form = book[FORM_SHEET]
    for cells in form.iter_rows():
        if cells[0].value == "事務事業名":
            cells[1].value = "図書事業"
        if cells[0].value == "評価対象年度":
            cells[1].value = "令和7年度"
        if cells[0].value == "成果指標1":
            cells[1].value, cells[9].value = "貸出冊数", 1200
        if cells[0].value == "総コスト（千円）":
            cells[3].value = 880
    first, second = read_sheets(saved(book), "様式.xlsx").sheets
    assert first.outcomes[0].direction is Direction.DOWN
    actual = first.outcomes[0].years[-1].actual
    assert (actual.number, actual.unit) == (Decimal(38), "件")
    assert [i.text for i in first.previous.instructions] == [
        "周知を見直すこと。",
        "目標を定めること。",
    ]
    assert (second.name.text, second.fiscal_year) == ("図書事業", 2025)
    assert second.outcomes[0].years[-1].actual.number == 1200
    assert (second.costs[0].fiscal_year, second.costs[0].total.number) == (2025, 880)


def test_an_empty_template_holds_no_sheets_and_says_so() -> None:
    with pytest.raises(SheetFileError, match="記入された調書がありません"):
        read_sheets(template_xlsx(2025), "様式.xlsx")
    with pytest.raises(SheetFileError, match="記入された調書がありません"):
        read_sheets(template_csv(2025), "様式.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_csv_is_read_in_the_encodings_of_excel(encoding: str, separator: str) -> None:
    text = "\r\n".join(separator.join(map(str, row)) for row in (HEADS, ROW))
    made = read_sheets(text.encode(encoding), "表.csv").sheets[0]
    assert made.outcomes[0].years[0].actual.cell.address == "D2"
    assert made.outcomes[0].years[0].actual.number == 212


def test_units_in_heads_and_cells_are_kept() -> None:
    made = only(table([*HEADS, "2025年度 総コスト（百万円）", "2025年度 事業費"], [*ROW, 12, 11]))
    assert made.costs[0].unit == "百万円"
    made = only(table([*HEADS, "2025年度 総コスト"], [*ROW, "8,800千円"]))
    assert (made.costs[0].unit, made.costs[0].total.quantity("千円")) == ("千円", "8,800千円")


def test_a_percentage_of_excel_is_read_as_it_shows() -> None:
    book = table(HEADS, ROW)
    cell = book.worksheets[0]["D2"]
    cell.value, cell.number_format = 0.412, "0.0%"
    actual = only(book).outcomes[0].years[0].actual
    assert (actual.number, actual.unit) == (Decimal("41.2"), "%")


def test_heads_may_stand_in_two_rows_with_the_year_merged_above() -> None:
    book = table(
        ["令和7年度 事務事業一覧"],
        ["調書番号", "事務事業名", "評価対象年度", "成果指標1", "2025年度 成果指標1", None],
        [None, None, None, "名称", "計画", "実績"],
        ["12", "講座事業", 2025, "受講者数", 200, 212],
    )
    book.worksheets[0].merge_cells("E2:F2")
    year = only(book).outcomes[0].years[0]
    assert (year.plan.number, year.actual.number) == (200, 212)


def test_a_merged_value_counts_for_every_row_it_spans() -> None:
    book = table([*HEADS, "課"], [*ROW, "学び課"], [2025, "13", "図書事業", 9, "貸出", None])
    book.worksheets[0].merge_cells("F2:F3")
    made = read_sheets(saved(book), "表.xlsx").sheets
    assert [s.division.text for s in made] == ["学び課", "学び課"]
    assert made[1].division.cell.address == "F2"


def hide_row(book: Workbook) -> None:
    book.worksheets[0].row_dimensions[2].hidden = True


def hide_column(book: Workbook) -> None:
    book.worksheets[0].column_dimensions["D"].hidden = True


def whiten(book: Workbook) -> None:
    book.worksheets[0]["D2"].font = Font(color="FFFFFFFF")


def whiten_by_theme(book: Workbook) -> None:
    from openpyxl.styles.colors import Color

    book.worksheets[0]["D2"].font = Font(color=Color(theme=0))


def blank_format(book: Workbook) -> None:
    book.worksheets[0]["D2"].number_format = ";;;"


@pytest.mark.parametrize("hide", [hide_row, hide_column, whiten, whiten_by_theme, blank_format])
def test_what_does_not_show_is_noted_with_its_reason(hide: Any) -> None:
    book = table(HEADS, ROW)
    assert only(book).notes == ()
    hide(book)
    notes = only(book).notes
    assert {note.kind for note in notes} <= {NoteKind.HIDDEN_TEXT, NoteKind.HIDDEN_VALUE}
    assert notes and all(note.why for note in notes)


def test_white_text_on_a_dark_fill_shows() -> None:
    book = table(HEADS, ROW)
    cell = book.worksheets[0]["D2"]
    cell.font, cell.fill = Font(color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F4E79")
    assert only(book).notes == ()


def test_a_hidden_worksheet_is_not_drafted_but_remarked() -> None:
    book = table(HEADS, ROW)
    other = book.create_sheet("控え")
    for row in (HEADS, [2025, "99", "隠した事業", 1, "件数"]):
        other.append(row)
    other.sheet_state = "veryHidden"
    batch = read_sheets(saved(book), "表.xlsx")
    assert [s.name.text for s in batch.sheets] == ["講座事業"]
    assert "控え" in batch.remarks[0]
    assert batch.sheets[0].notes[0].kind is NoteKind.HIDDEN_TEXT


def test_other_column_names_are_refused_until_a_mapping_is_confirmed(tmp_path: Path) -> None:
    book = table(
        [
            "年度",
            "事業番号",
            "事業名称",
            "担当課名",
            "R7 アウトカム（実績）",
            "担当課所見",
            "謎の列",
        ],
        [2025, "12", "講座事業", "学び課", 212, "よく進んだ。", "x"],
    )
    with pytest.raises(UnknownColumnsError, match="--propose-mapping"):
        read_sheets(saved(book), "表.xlsx")
    proposed = json.loads(proposal_json(propose_mapping(saved(book), "表.xlsx"), "表.xlsx"))
    assert proposed["columns"] == {
        "年度": "fiscal_year",
        "事業番号": "sheet_no",
        "事業名称": "name",
        "担当課名": "division",
        "R7 アウトカム（実績）": "outcome1.2025.actual",
        "担当課所見": "first.comment",
        "謎の列": "",
    }
    mapping = read_mapping(json.dumps(proposed).encode(), "対応表.json")
    made = read_sheets(saved(book), "表.xlsx", mapping).sheets[0]
    assert made.first.comment.text == "よく進んだ。"
    assert made.outcomes[0].years[0].actual.number == 212
    assert ("謎の列", "x") in made.row


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "読み取れません"),
        ('{"columns": {"事業": "naem"}}', "naem"),
        ('{"columns": {"課": "division"}}', "事務事業名"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(content: str, said: str) -> None:
    with pytest.raises(MappingFileError, match=said):
        read_mapping(content.encode(), "対応表.json")


def test_a_sheet_that_cannot_be_read_does_not_stop_the_others() -> None:
    book = table(HEADS, ROW, [2025, "13", None, 9, "貸出"], ["いつか", "14", "別の事業", 5, "件数"])
    batch = read_sheets(saved(book), "表.xlsx")
    assert [s.name.text for s in batch.sheets] == ["講座事業"]
    assert [(f.sheet_no, f.place) for f in batch.failures] == [("13", "一覧!A3"), ("14", "一覧!A4")]
    assert "事務事業名がありません" in batch.failures[0].message
    assert "いつか" in batch.failures[1].message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("表.xlsx", b"PK\x03\x04 no workbook", "開けません"),
        ("表.csv", b"\x81\x00\xe3", "文字コード"),
        ("表.json", b"[1, 2]", "一覧になっていません"),
        ("表.json", b"not json", "JSON"),
        ("表.docx", b"", "XLSX、CSV、JSON"),
    ],
)
def test_a_file_that_holds_no_sheets_is_refused_in_words(
    name: str, content: bytes, said: str
) -> None:
    with pytest.raises(SheetFileError, match=said):
        read_sheets(content, name)


def test_records_of_odd_shapes_are_read_as_far_as_they_go() -> None:
    odd = record(outcome_indicators="なし", cost=[1, None], users={}, first_evaluation=None)
    made = read_sheets(json.dumps([odd]).encode(), "調書.json").sheets[0]
    assert made.outcomes == () and made.costs == () and made.users == ()
    assert made.first.comment.blank


def test_a_page_of_ordinary_text_is_no_form() -> None:
    with pytest.raises(UnknownColumnsError):
        read_sheets(saved(table(["議事録"], ["出席者", "山田"])), "議事録.xlsx")
    assert read_form((), sheet().name.cell, ()) is None


def test_formats_that_reach_to_the_last_row_are_no_rows() -> None:
    book = table(HEADS, ROW)
    book.worksheets[0].cell(1_000_000, 1).font = Font(bold=True)
    assert only(book).name.text == "講座事業"
