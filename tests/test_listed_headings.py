"""A list whose items are headings with text of their own."""

import pytest

from rag.listed_headings import listed_headings
from rag.question import read_question
from rag.scoring import Candidate, Evidence, question_terms, score_units
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit, units_of

BODY = "窓口に来なくても手続きが終わるように、仕組みを順に整えていきます。"


def page_with(*headings: str) -> Page:
    lines = ["# 大切にする価値", *(f"## {heading}\n{BODY}" for heading in headings)]
    return Page(document_id="d", number=1, text="\n".join(lines))


def chunks_of(page: Page, headings: tuple[str, ...]) -> list[Chunk]:
    found = []
    for ordinal, heading in enumerate(headings):
        start = page.text.index(f"## {heading}")
        found.append(
            Chunk(
                id=f"d:{ordinal:05d}",
                document_id="d",
                ordinal=ordinal,
                page=1,
                start=start,
                end=start + len(f"## {heading}\n{BODY}"),
                kind=ChunkKind.PROSE,
                text=BODY,
                search_text=BODY,
                heading=("計画", "大切にする価値", heading),
            )
        )
    return found


def listed(question: str, *headings: str) -> list[Unit]:
    page = page_with(*headings)
    chunks = chunks_of(page, headings)
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 3.0)
    candidates = [Candidate(u, 1.0, "", "", "") for c in chunks for u in units_of(c, page)]
    evidence: list[Evidence] = score_units(asked, terms, candidates)
    return listed_headings(asked, terms, evidence, lambda _: chunks, lambda *_: page)


@pytest.mark.parametrize("question", ["大切にする価値を３つ挙げて", "大切にする価値を全部教えて"])
def test_numbered_headings_are_listed_whole_and_in_their_order(question: str) -> None:
    found = listed(question, "① 手軽さ", "② 効率", "③ 安全")
    assert [unit.text for unit in found] == ["① 手軽さ", "② 効率", "③ 安全"]
    page = page_with("① 手軽さ", "② 効率", "③ 安全")
    assert [page.text[unit.start : unit.end] for unit in found] == [
        "## ① 手軽さ",
        "## ② 効率",
        "## ③ 安全",
    ]


@pytest.mark.parametrize(
    ("question", "headings"),
    [
        ("大切にする価値を４つ挙げて", ("① 手軽さ", "② 効率", "③ 安全")),  # another number
        ("大切にする価値を全部教えて", ("① 手軽さ", "③ 安全", "④ 効率")),  # a gap
        ("大切にする価値を全部教えて", ("手軽さ", "効率", "安全")),  # not numbered
        ("公園の遊具を全部教えて", ("① 手軽さ", "② 効率", "③ 安全")),  # about something else
        ("大切にする価値は何年に決めましたか", ("① 手軽さ", "② 効率", "③ 安全")),  # no list
    ],
)
def test_nothing_is_listed_where_it_is_unsure(question: str, headings: tuple[str, ...]) -> None:
    assert listed(question, *headings) == []


def test_headings_numbered_behind_their_name_are_a_list_of_that_name() -> None:
    found = listed(
        "重点事項を全部教えて", "3-1 重点事項① 手軽さ", "3-2 重点事項② 効率", "3-3 重点事項③ 安全"
    )
    assert [unit.text for unit in found] == ["重点事項① 手軽さ", "重点事項② 効率", "重点事項③ 安全"]
    assert not listed(
        "基本方針を全部教えて", "3-1 重点事項① 手軽さ", "3-2 重点事項② 効率", "3-3 重点事項③ 安全"
    )
