"""Forms on squared paper (方眼紙): pairs instead of a table, words instead of letters."""

import io

import openpyxl
import pytest

from ingest.loaders import load
from ingest.reading import read_file

Cells = list[tuple[int, int, int, str]]  # row, column, columns merged, text

ORDER: Cells = [
    (2, 2, 8, "起案日"), (2, 10, 16, "令和7年9月12日"), (2, 30, 8, "所管課"), (2, 38, 16, "総務課"),
    (3, 2, 8, "件名"), (3, 10, 44, "会議室用プロジェクターの購入"),
    (4, 2, 8, "予定価格"), (4, 10, 16, "298,000円"), (4, 30, 8, "納期"), (4, 38, 16, "令和7年11月28日"),
]  # fmt: skip
TABLE: Cells = [
    (1, 1, 1, "氏名"), (1, 2, 1, "所属"), (1, 3, 1, "役職"), (1, 4, 1, "備考"),
    (2, 1, 1, "山田"), (2, 2, 1, "総務課"), (2, 3, 1, "課長"), (2, 4, 1, "なし"),
    (3, 1, 1, "計"), (3, 2, 3, "1名"),
]  # fmt: skip
COUNTS: Cells = [
    (1, 1, 1, "窓口"), (1, 2, 3, "令和7年度"),
    (2, 1, 1, "区分"), (2, 2, 1, "件数"), (2, 3, 1, "金額"), (2, 4, 1, "割合"),
    (3, 1, 1, "本庁"), (3, 2, 1, "12"), (3, 3, 1, "3,600"), (3, 4, 1, "60%"),
]  # fmt: skip


def text_of(cells: Cells) -> str:
    return load(saved(cells), "伺い書の控え.xlsx").pages[0].text


def saved(cells: Cells) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for row, column, columns, text in cells:
        sheet.cell(row, column, text)
        if columns > 1:
            sheet.merge_cells(
                start_row=row, start_column=column, end_row=row, end_column=column + columns - 1
            )
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def test_several_pairs_in_a_row_are_read_as_pairs() -> None:
    lines = text_of(ORDER).splitlines()
    for pair in (
        "起案日\t令和7年9月12日",
        "所管課\t総務課",
        "件名\t会議室用プロジェクターの購入",
        "納期\t令和7年11月28日",
    ):
        assert pair in lines  # fmt: skip
    assert "### B2～AL4" in lines  # several lines of the text are one row of the sheet


def test_a_pair_is_found_by_its_label() -> None:
    result = read_file(saved(ORDER), "伺い書の控え.xlsx", max_pages=10)
    assert any(
        "納期" in c.text and "11月28日" in c.text and "起案日" not in c.text for c in result.chunks
    )


@pytest.mark.parametrize("cells", [TABLE, COUNTS])
def test_a_table_with_a_merged_cell_stays_a_table(cells: Cells) -> None:
    assert "項目\t内容" not in text_of(cells)


def test_a_word_written_one_letter_a_cell_is_a_word() -> None:
    letters = [(5, 10 + place, 1, letter) for place, letter in enumerate("株式会社みなと商会")]
    assert "契約の相手方\t株式会社みなと商会" in text_of([(5, 2, 8, "契約の相手方"), *letters])


@pytest.mark.parametrize(
    "letters", ["月火水木金土日", "○×○○", "1234"], ids=["weekdays", "marks", "figures"]
)
def test_weekdays_marks_and_figures_stay_in_cells_of_their_own(letters: str) -> None:
    row = [(2, 3 + place, 1, letter) for place, letter in enumerate(letters)]
    assert "\t".join(letters) in text_of([(2, 1, 1, "当番"), *row])


def test_letters_over_a_column_of_others_stay_heads() -> None:
    heads = [(1, 2 + place, 1, letter) for place, letter in enumerate("甲乙丙丁")]
    values = [(2, 2 + place, 1, str(place)) for place in range(4)]
    assert "甲\t乙\t丙\t丁" in text_of([(1, 1, 1, "案"), *heads, (2, 1, 1, "票"), *values])
