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
        ("西口駐車場の件数は電子で何件", CASH, PLACE, "213件"),
        ("西口駐車場で電子決済が始まった日", CASH, PLACE, "1月27日"),
        ("西口駐車場の電子は何件", CASH, PLACE, "213件"),
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
            "相談窓口の設置、回答数：223人（55%）",
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


def test_of_two_rows_side_by_side_the_one_named_answers() -> None:
    heads = ("地域", "回収率", "地域", "回収率")
    found = row_answer(
        read_question("地域別の回収率で東町は？"), (), row(heads, ("西町", "24%", "東町", "32%"))
    )
    assert found == ("32%", "「東町」の回収率は、32%です。")


def test_a_japanese_year_asks_for_the_column_of_that_year() -> None:
    heads = ("指標", "2024年度", "2029年度")
    found = row_answer(
        read_question("研修の受講者は令和11年度に何人にする？"),
        (),
        row(heads, ("研修の受講者", "2,511人", "2,600人")),
    )
    assert found is not None
    assert "2,600人" in found[0] and "2,511人" not in found[0]


def test_of_columns_of_years_that_differ_in_a_figure_the_one_asked_for_answers() -> None:
    chunk = row(
        ("部", "令和4年度", "令和5年度", "令和6年度"),
        ("総務部", "8,120時間", "7,640時間", "7,015時間"),
    )
    for asked, told in (
        ("令和6年度", "7,015時間"),
        ("2024年度", "7,015時間"),
        ("令和4年度", "8,120時間"),
    ):
        found = row_answer(read_question(f"{asked}の総務部は何時間"), [], chunk)
        assert found is not None
        assert found[0] == told
    assert row_answer(read_question("令和7年度の総務部は何時間"), [], chunk) is None


def test_who_asks_for_a_share_gets_no_count() -> None:
    heads = ("窓口", "件数電子", "件数比率", "金額比率")
    found = row_answer(
        read_question("北窓口の件数ベースの電子比率は？"),
        (),
        row(heads, ("北窓口", "781", "20.6%", "18.0%")),
    )
    assert found is not None
    assert "20.6%" in found[0] and "781" not in found[0]


def test_a_cell_that_ends_in_a_verb_is_not_made_a_noun() -> None:
    found = row_answer(
        read_question("予約事業の概要は"),
        (),
        row(("事業名", "概要"), ("予約事業", "窓口を予約できる")),
    )
    assert found is not None
    assert found[1] == "「予約事業」の概要は、窓口を予約できる。"


def test_where_a_word_comes_from_is_not_what_it_means() -> None:
    found = row_answer(
        read_question("ハッカソンって何をするイベントですか"),
        (),
        row(
            ("用語", "意味"),
            (
                "ハッカソン",
                "ハックとマラソンの造語。短期間で開発し、成果を競う催し。"
                + "長い説明が続く。" * 12,
            ),
        ),
    )
    assert found is not None
    assert found[0] == "短期間で開発し、成果を競う催し。"


def test_what_another_word_means_answers_nothing() -> None:
    chunk = row(("用語", "意味"), ("防災無線", "災害を知らせる無線。"))
    assert row_answer(read_question("回覧板とは"), (), chunk) is None


def test_the_total_answers_where_no_year_is_asked() -> None:
    found = row_answer(
        read_question("削減できた時間は何時間"),
        (),
        row(
            ("区分", "2020年度", "2021年度", "計"), ("削減時間", "924時間", "271時間", "1,195時間")
        ),
    )
    assert found is not None
    assert found[0].startswith("計：1,195時間")


def test_a_longer_term_is_told_with_the_meaning() -> None:
    found = row_answer(
        read_question("ゼロトラストって何"),
        (),
        row(("用語", "意味"), ("ゼロトラスト方式", "毎回確かめる考え方。")),
    )
    assert found is not None
    assert found[0] == "ゼロトラスト方式：毎回確かめる考え方。"


def test_the_name_of_a_row_does_not_stand_for_a_cell_that_is_too_long() -> None:
    """A long cell has no short form here; the name says nothing of what is asked."""
    overview = "窓口の混雑を和らげるため、" * 14 + "来庁の前に時間を選べるようにします"
    chunk = row(("事業名", "事業概要"), ("窓口予約の拡大", overview))
    asked = read_question("窓口予約の拡大の事業概要は")
    answer = row_answer(asked, [], chunk)
    assert answer is not None
    assert answer[0] != "窓口予約の拡大"
    assert overview in answer[1]


def test_the_name_of_a_row_stands_alone_where_it_is_asked_for_and_the_rest_is_too_long() -> None:
    overview = "窓口の混雑を和らげるため、" * 14 + "来庁の前に時間を選べるようにします"
    chunk = row(("事業名", "事業概要"), ("窓口予約の拡大", overview))
    answer = row_answer(read_question("時間を選べる事業概要の事業名は"), [], chunk)
    assert answer is not None
    assert answer[0] == "窓口予約の拡大"
