"""XLSX as its reader sees it: merges, several header rows, dates, units, hidden parts, bad sizes."""

import io
import re
import zipfile
from collections.abc import Callable
from contextvars import copy_context
from datetime import date

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from ingest.errors import UnreadableFileError
from ingest.limits import Limits, enforce
from ingest.loaders import LoadedDocument, load
from ingest.loaders.number_formats import displayed
from ingest.reading import read_file
from rag.cell_ranges import cell_range, cited_heading
from rag.types import ChunkKind

ERA = '[$-411]ggge"年"m"月"d"日"'
MINUS = '#,##0;"▲ "#,##0'


def saved(*fill: Callable[[Worksheet], None]) -> bytes:
    workbook = openpyxl.Workbook()
    for number, function in enumerate(fill):
        sheet = workbook.active if number == 0 else workbook.create_sheet()
        assert isinstance(sheet, Worksheet)
        function(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def opened(*fill: Callable[[Worksheet], None]) -> LoadedDocument:
    return load(saved(*fill), "予算一覧.xlsx")


def limited(content: bytes) -> LoadedDocument:
    enforce(Limits(cells_per_sheet=30))
    return load(content, "予算一覧.xlsx")


def edited(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one XML part rewritten, as broken or odd writers leave it."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.namelist():
            body = old.read(member)
            new.writestr(member, change(body.decode()) if member == part else body)
    return out.getvalue()


def budget(sheet: Worksheet) -> None:
    sheet.title = "歳出"
    sheet["A1"] = "令和6年度　事業別予算一覧"
    sheet.merge_cells("A1:F1")
    sheet["F2"] = "（単位：千円）"
    for reference, text, merge in [
        ("A3", "款", "A3:A4"), ("B3", "事業名", "B3:B4"), ("C3", "令和5年度", "C3:D3"),
        ("C4", "予算額", ""), ("D4", "決算額", ""), ("E3", "令和6年度\n予算額", "E3:E4"), ("F3", "開始日", "F3:F4"),
    ]:  # fmt: skip
        sheet[reference] = text
        if merge:
            sheet.merge_cells(merge)
    body = [
        ("総務費", "庁舎管理事業", 1200, 1100, 1300, date(2024, 4, 1)),
        (None, "広報事業", -300, 250, 280, date(1988, 12, 1)),
        ("民生費", "子育て支援事業", 5000, 4900, 5200, date(2019, 5, 1)),
    ]
    for row, values in enumerate(body, start=5):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column, value)
            if column in (3, 4, 5):
                cell.number_format = MINUS
            if column == 6:
                cell.number_format = ERA
    sheet.merge_cells("A5:A6")
    sheet["A8"] = "※ 端数は四捨五入している。"


def test_merged_cells_are_filled_and_header_rows_become_one_line() -> None:
    text = opened(budget).pages[0].text
    assert (
        "款\t事業名\t令和5年度 予算額（千円）\t令和5年度 決算額（千円）\t令和6年度予算額（千円）\t開始日\n"
        in text
    )
    assert "総務費\t庁舎管理事業\t1,200\t1,100\t1,300\t令和6年4月1日\n" in text
    assert "総務費\t広報事業\t▲ 300\t250\t280\t昭和63年12月1日\n" in text


def test_title_unit_and_note_stay_outside_the_table() -> None:
    text = opened(budget).pages[0].text
    assert text.startswith(
        "## 歳出\n\n（単位：千円）\n\n### 令和6年度 事業別予算一覧（A3:F7）\n款\t"
    )
    assert text.endswith("\n\n※ 端数は四捨五入している。\n")


def test_every_row_is_found_under_its_heads_sheet_and_range() -> None:
    read = read_file(saved(budget), "予算一覧.xlsx")
    rows = [chunk for chunk in read.chunks if chunk.kind is ChunkKind.TABLE_ROW]
    assert len(rows) == 3
    assert {row.heading for row in rows} == {("歳出", "令和6年度 事業別予算一覧（A3:F7）")}
    assert rows[1].text == (
        "款: 総務費／事業名: 広報事業／令和5年度 予算額（千円）: ▲ 300／令和5年度 決算額（千円）: 250／"
        "令和6年度予算額（千円）: 280／開始日: 昭和63年12月1日"
    )


def test_the_cells_of_a_quote_follow_from_the_page_text() -> None:
    text = opened(budget).pages[0].text

    def cells(quote: str) -> str:
        start = text.index(quote)
        return cell_range(text, start, start + len(quote))

    assert cells("庁舎管理事業\t1,200") == "A5:F5"
    assert cells("広報事業\t▲ 300\t250\t280\t昭和63年12月1日\n民生費\t子育て") == "A6:F7"
    assert cells("令和5年度 予算額（千円）") == "A3:F4"
    assert cells("事業別予算一覧（A3:F7）") == "A3:F7"
    assert cells("※ 端数は四捨五入") == ""
    quote = text.index("庁舎管理事業")
    heading = ("歳出", "令和6年度 事業別予算一覧（A3:F7）")
    assert cited_heading(heading, text, quote, quote + 6) == (
        "歳出",
        "令和6年度 事業別予算一覧（A5:F5）",
    )
    assert cited_heading((), text, quote, quote + 6) == ()


def test_a_row_merged_over_two_sheet_rows_names_the_whole_range() -> None:
    def fill(sheet: Worksheet) -> None:
        for row, values in enumerate(
            [("事業名", "予算額"), ("道路", 10), ("", ""), ("公園", 20)], start=1
        ):
            for column, value in enumerate(values, start=1):
                sheet.cell(row, column, value or None)
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("B2:B3")

    text = opened(fill).pages[0].text
    assert "### A1～B4\n事業名\t予算額\n道路\t10\n公園\t20" in text
    assert cell_range(text, text.index("道路"), text.index("道路") + 2) == "A1:B4"


def test_a_sheet_is_a_page_with_its_name_and_hidden_ones_say_so() -> None:
    def hidden(sheet: Worksheet) -> None:
        sheet.title, sheet.sheet_state = "内部メモ", "veryHidden"
        sheet["A1"] = "検討中の案である。"

    loaded = opened(budget, hidden)
    assert loaded.has_pages
    assert [page.label for page in loaded.pages] == ["歳出", "内部メモ（非表示シート）"]
    assert loaded.pages[1].text == "## 内部メモ（非表示シート）\n\n検討中の案である。\n"
    assert "シート「内部メモ」は非表示のシートです" in loaded.warnings[0]


def test_hidden_rows_and_columns_are_said() -> None:
    def fill(sheet: Worksheet) -> None:
        budget(sheet)
        sheet.row_dimensions[6].hidden = True
        sheet.column_dimensions["D"].hidden = True

    warnings = opened(fill).warnings
    assert len(warnings) == 1
    assert "非表示の行か列があります（8セル）" in warnings[0]


def test_a_formula_without_a_result_is_flagged_and_one_with_a_result_is_not() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"], sheet["B1"] = "区分", "金額"
        sheet["A2"], sheet["B2"] = "小計", "=1+1"
        sheet["A3"], sheet["B3"] = "合計", "=SUM(B2:B2)"

    content = edited(
        saved(fill),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(r"(<f>1\+1</f>)<v ?/>", r"\1<v>2</v>", re.sub(r"<v></v>", "<v/>", xml)),
    )
    loaded = load(content, "計算.xlsx")
    assert "小計\t2\n合計\t（未計算）" in loaded.pages[0].text
    assert "計算結果のない式が1個（B3）" in loaded.warnings[0]


def test_a_wrong_dimension_is_not_believed() -> None:
    def fill(sheet: Worksheet) -> None:
        for row in range(1, 11):
            sheet.cell(row, 1, f"項目{row}")
            sheet.cell(row, 2, row)

    content = edited(
        saved(fill),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml),
    )
    assert load(content, "寸法.xlsx").pages[0].text.count("項目") == 10


def test_a_cell_at_the_far_corner_costs_nothing() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = "近い"
        sheet["XFD1048576"] = "遠い"

    content = edited(
        saved(fill),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        ),
    )
    assert load(content, "遠い.xlsx").pages[0].text == "## Sheet\n\n近い\n\n遠い\n"


def test_cells_on_a_diagonal_do_not_fill_the_memory() -> None:
    def fill(sheet: Worksheet) -> None:
        for n in range(1, 3_001):
            sheet.cell(n, n, f"値{n}")
            sheet.cell(n, n + 1, f"隣{n}")

    text = opened(fill).pages[0].text
    assert len(text) < 100_000
    assert "値3000\t隣3000" in text


def test_more_cells_than_the_limit_are_cut_and_said() -> None:

    def fill(sheet: Worksheet) -> None:
        for row in range(1, 30):
            sheet.cell(row, 1, f"項目{row}")
            sheet.cell(row, 2, row)

    content = saved(fill)
    loaded = copy_context().run(limited, content)
    assert "項目15" in loaded.pages[0].text
    assert "項目16" not in loaded.pages[0].text
    assert "上限の30個を超えるため、16行目より先は登録していません" in loaded.warnings[0]


def test_a_form_on_squared_paper_says_every_entry_once() -> None:
    def fill(sheet: Worksheet) -> None:
        for row, (left, right) in enumerate(
            [("事業名", "見守り支援"), ("担当課", "福祉課"), ("目的", "孤立を防ぐ。")], start=2
        ):
            sheet.cell(row, 2, left)
            sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=6)
            sheet.cell(row, 7, right)
            sheet.merge_cells(start_row=row, end_row=row, start_column=7, end_column=30)

    assert (
        "### B2:G4\n事業名\t見守り支援\n担当課\t福祉課\n目的\t孤立を防ぐ。\n"
        in opened(fill).pages[0].text
    )


def test_a_header_of_plain_words_is_marked_and_the_cells_are_still_right() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["参加者", "出席", "推薦した団体"])
        sheet.append(["山田太郎", "○", "商工会"])
        sheet.append(["鈴木花子", "×", "婦人会"])

    content = saved(fill)
    text = load(content, "名簿一覧.xlsx").pages[0].text
    assert "参加者\t出席\t推薦した団体\n---\t---\t---\n山田太郎\t" in text
    assert cell_range(text, text.index("鈴木"), text.index("鈴木") + 2) == "A3:C3"
    rows = read_file(content, "名簿一覧.xlsx").chunks
    assert rows[-1].text == "参加者: 鈴木花子／出席: ×／推薦した団体: 婦人会"


def test_the_reading_of_kanji_is_not_mixed_into_the_text() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"], sheet["B1"] = "氏名", "課"

    content = edited(
        saved(fill),
        "xl/sharedStrings.xml",
        lambda xml: xml.replace("<t>氏名</t>", "<t>氏名</t><rPh sb='0' eb='2'><t>シメイ</t></rPh>"),
    )
    text = load(content, "名簿.xlsx").pages[0].text
    assert "氏名\t課" in text
    assert "シメイ" not in text


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (45383, ERA + ";@", "令和6年4月1日"),
        (43586, '[$-ja-JP-x-gannen]ggge"年"m"月"d"日"', "令和元年5月1日"),
        (45383, "ge.m.d", "R6.4.1"),
        (45383.5, "yyyy/m/d h:mm", "2024/4/1 12:00"),
        (45383, 'm"月"d"日"(aaa)', "4月1日(月)"),
        (1.5, "[h]:mm", "36:00"),
        (-1200, '#,##0;"▲ "#,##0', "▲ 1,200"),
        (-1200, "#,##0;▲#,##0", "▲1,200"),
        (0, '#,##0;-#,##0;"-"', "-"),
        (5, "0;;;", "5"),
        (5, ";;;", ""),
        (1234567, '#,##0,"千円"', "1,235千円"),
        (1234567, '#,##0"千円"', "1,234,567千円"),
        (0.125, "0.0%", "12.5%"),
        (12, 'General"件"', "12件"),
        (5, "000", "005"),
        (1234567, "000-0000", "123-4567"),
        (6, '"令和"0"年度"', "令和6年度"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "_ * #,##0.0_ ;_ * -#,##0.0_ ", "1,234.5"),
        (1234567, "[$¥-411]#,##0", "¥1,234,567"),
        (9_999_999_999, "yyyy/m/d", "9999999999"),
        (45383, "yyyy-mm-dd", "2024-04-01"),
    ],
)
def test_numbers_and_dates_are_shown_as_in_the_cell(value: float, code: str, shown: str) -> None:
    assert displayed(value, code) == shown


def test_a_bad_date_does_not_cost_the_workbook() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"], sheet["B1"] = "項目", "日付"
        sheet["A2"], sheet["B2"] = "開始", -7_000_000
        sheet["B2"].number_format = "yyyy/m/d"

    assert "開始\t-7000000" in opened(fill).pages[0].text


@pytest.mark.parametrize(
    "declaration", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">']
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_document_type_inside_is_refused(part: str, declaration: str) -> None:
    content = edited(
        saved(budget),
        part,
        lambda xml: re.sub(r"^(<\?xml[^>]*\?>)?", lambda m: m.group() + declaration, xml, count=1),
    )
    with pytest.raises(UnreadableFileError, match=r"「攻撃\.xlsx」"):
        load(content, "攻撃.xlsx")


def test_a_missing_part_is_refused_in_plain_words() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(budget))) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            if "sheet1" not in member:
                new.writestr(member, old.read(member))
    with pytest.raises(UnreadableFileError, match="壊れているか途中で切れている"):
        load(out.getvalue(), "欠け.xlsx")


def test_one_broken_sheet_does_not_cost_the_others() -> None:
    content = edited(
        saved(budget, budget), "xl/worksheets/sheet2.xml", lambda xml: xml[: len(xml) // 2]
    )
    loaded = load(content, "半分.xlsx")
    assert "庁舎管理事業" in loaded.pages[0].text
    assert "シートを読み取れません" in loaded.warnings[0]


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="文字の入ったセルがありません"):
        opened(lambda sheet: None)
