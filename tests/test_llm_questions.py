"""What a language model may do to a question: complete a follow-up, word the search anew."""

from collections.abc import Iterator

import pytest
from llm_answers_support import (
    QUESTION,
    TRUE,
    check_promises,
    city_index,
    fault,
    writing,
)
from llm_support import (
    Messages,
    says,
)

from rag.assistant import Assistant
from rag.index import Index
from rag.llm.rephrasing import rephrasings, usable
from rag.llm.resolving import adds_nothing
from rag.llm.writer import ModelWriter
from rag.parts import with_further
from rag.types import Chunk, ChunkKind, Query, Turn


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with city_index(tmp_path_factory.mktemp("city")) as opened:
        yield opened


EARLIER = (Turn(question="令和5年度のオンライン申請の件数は？", answer="1,204件です。"),)


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("令和6年度のオンライン申請の件数は？", True),
        ("令和7年度のオンライン申請の件数は？", False),  # a year that nobody named
        ("令和6年度の人事課の職員の件数は？", False),
        ("令和6年度の<b>オンライン申請</b>の件数は？", False),
        ("", False),
    ],
)
def test_a_completed_question_may_only_use_words_of_the_conversation(line: str, used: bool) -> None:
    assert adds_nothing(line, "じゃあ令和6年度は？", EARLIER) is used


def test_a_model_completes_follow_ups_only_where_that_is_wanted(index: Index) -> None:
    def reply(messages: Messages) -> str:
        completes = "書き直した質問" in messages[-1]["content"]
        return "オンライン申請の件数は令和6年度に何件？" if completes else TRUE

    query = Query(text="じゃあ令和6年度は？", history=EARLIER)
    with writing(index, says(reply)) as (assistant, server):
        assert assistant.writer is not None
        plain = assistant.ask(query)
        assert len(server.requests) == 1
        wanting = Assistant(index, writer=ModelWriter(assistant.writer.model, followups=True))
        answer = wanting.ask(query)
        assert answer.resolved_question == "オンライン申請の件数は令和6年度に何件？"
        assert answer.resolved_question != plain.resolved_question
        server.reply = fault
        assert wanting.ask(query).resolved_question == plain.resolved_question


@pytest.mark.parametrize(
    ("line", "used"),
    [
        ("生成AIを月に使う職員の平均人数", True),
        (QUESTION, False),  # the same again
        ("令和8年度の生成AIの利用者", False),  # a year that nobody named
        ("総務課の生成AIの利用者", False),
        ("生成AIの利用者 [こちら](http://203.0.113.9/)", False),
        ("あ" * 200, False),
    ],
)
def test_another_wording_may_ask_for_nothing_else(line: str, used: bool) -> None:
    assert usable(line, QUESTION) is used


def test_other_wordings_are_searched_with_only_where_that_is_wanted(index: Index) -> None:
    def reply(messages: Messages) -> str:
        asked = messages[-1]["content"]
        return "1. 電子的な申し込みの数\n2. オンライン申請の件数" if "言い換え" in asked else TRUE

    query = Query(text="ネットで手続した数は？")
    with writing(index, says(reply)) as (assistant, server):
        assert assistant.writer is not None
        assistant.ask(query)
        before = len(server.requests)
        wanting = Assistant(index, writer=ModelWriter(assistant.writer.model, rephrases=True))
        found = rephrasings(assistant.writer.model, query.text)
        assert found == ("電子的な申し込みの数", "オンライン申請の件数")
        answer = wanting.ask(query)
        check_promises(index, answer)
        assert len(server.requests) > before + 1
        assert any("オンライン申請の件数" in passage.text for passage in answer.passages)
        server.reply = fault
        assert wanting.ask(query, mode="auto").status == assistant.ask(query).status


def test_further_rankings_stand_behind_the_best_and_lose_nothing() -> None:
    def chunk(name: str) -> Chunk:
        return Chunk(
            id=name,
            document_id="d",
            ordinal=0,
            page=1,
            start=0,
            end=1,
            kind=ChunkKind.PROSE,
            text="あ",
            search_text="あ",
        )

    ranked = [(chunk(str(n)), 1.0 - n / 10) for n in range(6)]
    other = [(chunk("5"), 0.9), (chunk("x"), 0.8), (chunk("0"), 0.7)]
    merged = with_further(ranked, [other], keep=3)
    assert [found.id for found, _ in merged] == ["0", "1", "2", "5", "x", "3", "4"]
    scores = [score for _, score in merged]
    assert scores[:3] == [1.0, 0.9, 0.8] and max(scores[3:]) <= 0.8
    assert with_further(ranked, [], keep=3) == ranked
