"""The row at a place in an order: by stated rank, by figures, by date; never where it is unsure."""

from collections.abc import Sequence

import pytest

from rag.question import read_question
from rag.table_order import OrderedRow, ordered_row
from rag.types import Chunk, ChunkKind, Page

RANKS = (("利用したサービス", "2025 (今回)", "2021 (前回)"), (
    ("ウェブサイト", "1位(77.6%)", "1位(83.9%)"),
    ("公式LINE", "2位(38.4%)", "6位(18.4%)"),
    ("防災サイト", "3位(33.5%)", "2位(33.9%)"),
))  # fmt: skip
SURVEY = (("選択肢", "回答数", "回答率"), (
    ("講習会", "141", "35%"), ("相談窓口", "223", "55%"), ("優遇措置", "119", "29%"), ("その他", "9", "2%"),
))  # fmt: skip
REVISIONS = (("年月", "主な改訂内容"), (
    ("平成30年(2018年)3月", "策定"),
    ("令和元年(2019年)8月", "国の戦略を踏まえた改訂"),
    ("令和2年(2020年)2月", "DXについて追記"),
    ("令和3年(2021年)8月", "法律に基づいた改訂"),
))  # fmt: skip


def ask(
    question: str,
    table: tuple[Sequence[str], Sequence[Sequence[str]]],
    beside: str = "",
    over: str = "",
    best: int | None = None,
) -> OrderedRow | None:
    """The answer of the table below the words `over`; the chunk `best` alone is ranked, if given."""
    heads, rows = table
    title = Chunk(
        id="d:99999", document_id="d", ordinal=-1, page=1, start=0, end=len(over),
        kind=ChunkKind.PROSE, text=over, search_text=over, heading=("計画の改訂経過",),
    )  # fmt: skip
    text, chunks = over, [title] if over else []
    for ordinal, cells in enumerate(rows):
        line = " ".join(cells)
        chunks.append(
            Chunk(
                id=f"d:{ordinal:05d}", document_id="d", ordinal=ordinal, page=1, start=len(text),
                end=len(text) + len(line), kind=ChunkKind.TABLE_ROW, text=line, search_text=line,
                heading=("計画の改訂経過",), columns=tuple(heads), cells=tuple(cells),
            )
        )  # fmt: skip
        text += line + "\n"
    page = Page(document_id="d", number=1, text=text + beside)
    ranked = chunks[::-1] if best is None else [chunks[best]]
    return ordered_row(read_question(question), ranked, lambda _: chunks, lambda *_: page)


@pytest.mark.parametrize(
    ("question", "table", "name"),
    [
        ("利用したサービスの3位は？", RANKS, "防災サイト"),
        ("2021年の調査で2位だったのは", RANKS, "防災サイト"),
        ("前回の調査で6位だったサービス", RANKS, "公式LINE"),
        ("1番多い回答とその割合は", SURVEY, "相談窓口"),
        ("2番目に多い回答は", SURVEY, "講習会"),
        ("2回目の改訂はいつ", REVISIONS, "令和2年(2020年)2月"),
        ("最初の改訂では何が変わった", REVISIONS, "令和元年(2019年)8月"),
        ("最新の改訂はいつ", REVISIONS, "令和3年(2021年)8月"),
    ],
)
def test_the_row_at_the_place_asked_for_is_found(
    question: str, table: tuple[Sequence[str], Sequence[Sequence[str]]], name: str
) -> None:
    found = ask(question, table)
    assert found is not None
    assert found.chunk.cells[0] == name


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("相談窓口は何人", SURVEY),  # no place asked for
        ("5回目の改訂はいつ", REVISIONS),  # there are three
        ("利用したサービスの9位は？", RANKS),
    ],
)
def test_a_place_that_no_row_has_is_not_answered(
    question: str, table: tuple[Sequence[str], Sequence[Sequence[str]]]
) -> None:
    assert ask(question, table) is None


def test_a_larger_share_without_a_label_makes_the_first_place_unknown() -> None:
    assert ask("1番多い回答は", SURVEY, beside="265 77%\n") is None
    found = ask("1番多い回答は", SURVEY, beside="55%\n35%\n29%\n17%\n2%\n")  # its own chart
    assert found is not None
    assert found.chunk.cells[0] == "相談窓口"


def test_the_words_over_a_table_are_enough_to_find_it() -> None:
    found = ask("1番多い回答は", SURVEY, over="どのような支援が要りますか\n選択肢 回答数\n", best=0)
    assert found is not None
    assert found.chunk.cells[0] == "相談窓口"


def test_heads_below_another_heading_do_not_mix_two_tables() -> None:
    assert ask("1番多い回答は", SURVEY, over="選択肢 回答数\n選択肢 回答数\n") is None
    found = ask("1番多い回答は", SURVEY, over="選択肢 回答数\n", beside="選択肢 回答数\n")
    assert found is not None
