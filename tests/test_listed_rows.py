"""A list whose items are rows of a table."""

from collections.abc import Sequence

import pytest

from rag.listed_rows import listed_rows
from rag.question import read_question
from rag.scoring import Evidence, Signals
from rag.types import Chunk, ChunkKind
from rag.units import Unit

SIGNALS = Signals(1, 1, 1, 1, 1, 1, 1, 1, 0, 0)
RANKING = (("順位", "用途"), (("2", "翻訳"), ("1", "検索"), ("3", "要約"), ("4", "発想")))
POLICIES = (
    ("基本方針", "名称", "目標"),
    (("1", "便利な窓口", "予約"), ("1", "便利な窓口", "電子申請"), ("2", "開かれた市政", "公開")),
)
MEANS = (("手段", "対象"), (("① 職員", "会議"), ("② 職員", "調査"), ("③ 市民", "募集")))


def listed(question: str, table: tuple[Sequence[str], Sequence[Sequence[str]]]) -> list[str]:
    heads, lines = table
    chunks = [
        Chunk(
            id=f"d:{ordinal:05d}", document_id="d", ordinal=ordinal, page=1, start=0, end=9,
            kind=ChunkKind.TABLE_ROW, text="\t".join(cells), search_text="", heading=("表",),
            columns=tuple(heads), cells=tuple(cells),
        )
        for ordinal, cells in enumerate(lines)
    ]  # fmt: skip
    evidence = [Evidence(Unit(c, 0, 9, c.cells, c.kind), 1.0, SIGNALS) for c in chunks]
    return [row.text for row in listed_rows(read_question(question), evidence, lambda _: chunks)]


def test_the_first_of_a_ranking_are_given_in_their_order() -> None:
    assert listed("使い道の上位３つ", RANKING) == [
        "順位：1／用途：検索",
        "順位：2／用途：翻訳",
        "順位：3／用途：要約",
    ]


def test_values_of_the_column_that_the_question_counts_are_the_list() -> None:
    assert listed("２つの基本方針は何ですか", POLICIES) == ["1 便利な窓口", "2 開かれた市政"]


@pytest.mark.parametrize(
    "question", ["基本方針を支える３つの体制は", "基本方針を教えて", "基本方針の一覧"]
)
def test_a_table_of_another_number_is_not_the_list(question: str) -> None:
    assert listed(question, (*POLICIES[:1], POLICIES[1][:2])) == []


def test_rows_whose_names_differ_by_their_number_only_are_given_whole() -> None:
    assert listed("３つの手段は何ですか", MEANS)[0] == "手段：① 職員／対象：会議"
