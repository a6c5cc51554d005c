"""A series under one name, told member by member in places of their own."""

from collections.abc import Sequence

import pytest
from units_support import unit

from rag.named_series import named_series
from rag.question import read_question
from rag.scoring import Candidate, Evidence, question_terms, score_units
from rag.types import Chunk, ChunkKind, Page

TOGETHER = """基本方針
基本方針１ 窓口に来なくてよい市役所
基本方針２ 使いたくなる公開データ
基本方針３ 手間の減る事務
"""
APART = (
    "これらで、**value1**「近い市役所」と**value2**「早い市役所」を進めます。\n"
    "ここでは**value1**「近い市役所」と**value3**「開いた市役所」を進めます。\n"
)
GOING_ON = "第2章\n" + TOGETHER + "基本方針４ 支える体制\n"
WITH_A_GAP = TOGETHER.replace("基本方針２ 使いたくなる公開データ\n", "")
BARE = "基本方針１\n基本方針２\n基本方針３\n"


def found(question: str, *pages: str, kind: ChunkKind = ChunkKind.PROSE) -> list[str]:
    stored = [
        Page(document_id="d", number=number, text=text)
        for number, text in enumerate(pages, start=1)
    ]
    chunks = [
        Chunk(
            id=f"d:{page.number:05d}",
            document_id="d",
            ordinal=page.number,
            page=page.number,
            start=0,
            end=len(page.text),
            kind=kind,
            text=page.text,
            search_text=page.text,
        )
        for page in stored
    ]

    def chunks_of(document: str) -> Sequence[Chunk]:
        return chunks

    units = named_series(
        read_question(question),
        evidence_for(question),
        chunks_of,
        lambda document, number: stored[number - 1],
    )
    for told in units:
        text = stored[told.chunk.page - 1].text[told.start : told.end]
        assert text.replace("*", "").split() == told.text.split()
    return [told.text for told in units]


def evidence_for(question: str) -> list[Evidence]:
    asked = read_question(question)
    candidate = Candidate(
        unit=unit("市の計画は基本方針を掲げる。"), retrieval=1.0, title="", before="", after=""
    )
    return score_units(asked, question_terms(asked, lambda lemma: 5.0), [candidate])


def test_the_members_are_told_in_their_order() -> None:
    assert found("3つの基本方針を全部教えて", TOGETHER) == [
        "基本方針１ 窓口に来なくてよい市役所",
        "基本方針２ 使いたくなる公開データ",
        "基本方針３ 手間の減る事務",
    ]


def test_members_told_here_and_there_and_in_another_script_are_gathered() -> None:
    assert found("3つのバリューは", APART) == [
        "value1「近い市役所」",
        "value2「早い市役所」",
        "value3「開いた市役所」",
    ]


def test_a_series_over_two_pages_is_one() -> None:
    first, second = TOGETHER.split("基本方針３")
    assert len(found("三つの基本方針は", first, "基本方針３" + second)) == 3


def test_of_two_series_of_one_name_the_one_with_as_many_is_told() -> None:
    assert len(found("3つの基本方針は", GOING_ON, TOGETHER)) == 3
    assert len(found("4つの基本方針は", TOGETHER, GOING_ON)) == 4


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("3つの基本方針は", WITH_A_GAP),
        ("3つの基本方針は", BARE),
        ("3つの基本方針は", GOING_ON),
        ("3つの重点目標は", TOGETHER),
        ("基本方針は何年度からですか", TOGETHER),
    ],
)
def test_what_is_not_whole_or_not_asked_for_is_left_alone(question: str, text: str) -> None:
    assert found(question, text) == []


def test_numbers_of_rows_and_years_are_no_members() -> None:
    assert found("3つの基本方針は", TOGETHER, kind=ChunkKind.TABLE_ROW) == []
    years = "基本方針1年目の取組み\n基本方針2年目の取組み\n基本方針3年目の取組み\n"
    assert found("3つの基本方針は", years) == []
