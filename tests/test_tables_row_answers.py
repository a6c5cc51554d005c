"""A row read like a careful colleague: its name and the cells asked for, nothing else."""

from collections.abc import Sequence

import pytest

from rag.question import read_question
from rag.table_rows import row_answer
from rag.types import Chunk, ChunkKind

PROJECTS = ("No.", "事業名", "事業概要", "担当課", "利便性")
PROJECT = ("31", "資料館DX推進事業", "資料を電子化して公開します。", "歴史情報館", "○")
CASH = (
    "NO",
    "稼働開始日",
    "施設名",
    "件数 計",
    "件数 電子",
    "件数 電子決済比率",
    "決済額 計",
    "決済額 電子決済比率",
)
PLACE = ("25", "1月27日", "西口駐車場", "690", "213", "30.87%", "16,871,530", "37.41%")
RANKS = ("2025年の上位5件と前回(2021)調査時の順位", "2025 (今回)", "2021 (前回)")
RANK = ("証明書の\nコンビニ交付", "5位(28.9%)", "11位(10.6%)")


def row(heads: Sequence[str], cells: Sequence[str]) -> Chunk:
    text = "\t".join(cells)
    return Chunk(
        id="d:00000", document_id="d", ordinal=0, page=1, start=0, end=len(text),
        kind=ChunkKind.TABLE_ROW, text=text, search_text=text, columns=tuple(heads),
        cells=tuple(cells),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "heads", "cells", "short"),
    [
        ("資料館DX推進事業の担当課は？", PROJECTS, PROJECT, "歴史情報館"),
        ("展示品をデータにする事業の担当課は？", PROJECTS, PROJECT, "担当課：歴史情報館（資料館DX推進事業）"),
        ("資料館DX推進事業は何番ですか", PROJECTS, PROJECT, "31"),
        ("西口駐車場の決済額ベースの電子決済比率は", CASH, PLACE, "37.41%"),
        ("西口駐車場の稼働開始日はいつ", CASH, PLACE, "1月27日"),
        ("証明書のコンビニ交付は前回何位？", RANKS, RANK, "11位(10.6%)"),
        (
            "証明書のコンビニ交付の2025年調査の順位は？あと前回は",
            RANKS,
            RANK,
            "2025(今回)：5位(28.9%)、2021(前回)：11位(10.6%)",
        ),
        ("防災無線とは", ("用語", "意味"), ("防災無線", "災害を知らせる無線。"), "災害を知らせる無線。"),
        ("総務部長は誰ですか", ("No.", "所属", "氏名"), ("2", "総務部長", "山田 花子"), "山田 花子"),
        (
            "一番多い回答と人数は",
            ("選択肢", "回答数", "回答率"),
            ("相談窓口の設置", "223", "55%"),
            "相談窓口の設置、回答数：223",
        ),
    ],
)  # fmt: skip
def test_the_short_answer_holds_the_cells_asked_for_and_no_others(
    question: str, heads: Sequence[str], cells: Sequence[str], short: str
) -> None:
    answer = row_answer(read_question(question), (), row(heads, cells))
    assert answer is not None
    assert answer[0] == short


def test_the_sentence_names_the_row_and_the_column() -> None:
    answer = row_answer(read_question("資料館DX推進事業の担当課は？"), (), row(PROJECTS, PROJECT))
    assert answer == ("歴史情報館", "「資料館DX推進事業」の担当課は、歴史情報館です。")


@pytest.mark.parametrize(
    ("question", "heads", "cells"),
    [
        ("西口駐車場の電子以外の件数は", CASH, PLACE),  # the opposite of a column
        ("資料館DX推進事業の予算の根拠は", PROJECTS, PROJECT),  # no such column
        ("資料館DX推進事業の担当課は？", (), PROJECT),  # pairing unknown
        ("資料館DX推進事業の担当課は？", PROJECTS, PROJECT[:3]),
        # Its running number says nothing about what a thing is.
        ("点検で指摘されたことは何ですか", ("番号", "着眼点"), ("(2)", "意見を広く聴いているか。")),
    ],
)
def test_what_no_cell_says_is_not_answered(
    question: str, heads: Sequence[str], cells: Sequence[str]
) -> None:
    assert row_answer(read_question(question), (), row(heads, cells)) is None
