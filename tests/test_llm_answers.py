"""Answers put in words by a language model: shown is only what the documents bear out."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from api_support import app_for, running
from fakes import NgramEmbeddings
from llm_answers_support import (
    FALSE,
    QUESTION,
    TRUE,
    breaks_off,
    check_promises,
    city_index,
    codes,
    fault,
    take_in,
    writing,
)
from llm_support import (
    Handler,
    Messages,
    Reply,
    says,
    waits,
)

from rag.assistant import AnswerEvent, TokenEvent
from rag.events import DraftEvent
from rag.index import Index
from rag.llm.guarded import UNVERIFIED, Unsupported
from rag.types import AnswerStatus, Query


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with city_index(tmp_path_factory.mktemp("city")) as opened:
        yield opened


def test_a_sentence_that_the_documents_bear_out_is_the_answer_with_an_exact_quote(
    index: Index,
) -> None:
    with writing(index, says(TRUE)) as (assistant, server):
        answer = assistant.ask(Query(text=QUESTION))
        check_promises(index, answer)
        assert answer.text == "生成AIの利用者は、令和6年度の月平均で143人でした。[1]"
        assert answer.citations[0].quote == "生成AIの利用者は、令和6年度の月平均で143人であった。"
        assert (answer.mode, answer.status) == ("llm", AnswerStatus.ANSWERED)
        assert answer.versions.prompt == "answer.v1"
        assert answer.versions.generator == "guarded/1 scripted"
        assert "143人" in (answer.short_answer or "") and not answer.warnings
        assert len(server.requests) == 1


def test_a_sentence_with_another_number_is_left_out_and_the_reader_is_told(index: Index) -> None:
    with writing(index, says(TRUE + FALSE)) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        assert "413" not in answer.text and "143人" in answer.text
        assert codes(answer) == ["llm_sentences_dropped"]
        assert "1文" in answer.warnings[0].message


def test_nothing_that_passes_makes_the_answer_an_extract(index: Index) -> None:
    with writing(index, says(FALSE)) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        plain = assistant.ask(Query(text=QUESTION), mode="extractive")
        assert (answer.text, answer.mode) == (plain.text, "extractive")
        assert codes(answer) == ["llm_nothing_grounded"]


def test_a_stopped_sentence_may_be_replaced_by_the_words_of_the_document(index: Index) -> None:
    wrong = "生成AIの研修は、総務課が年2回開きます。[E1]"
    with writing(index, says(wrong + TRUE), Unsupported.REPLACE) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        check_promises(index, answer)
        assert "総務課" not in answer.text
        assert "生成AIの研修は、情報政策課が年2回開く。" in answer.text
        assert codes(answer) == ["llm_sentences_replaced"]


def test_a_stopped_sentence_may_be_marked_but_never_a_link(index: Index) -> None:
    link = "詳しくは ![図](http://203.0.113.9/?q=143) をご覧ください。[E1]"
    with writing(index, says(TRUE + FALSE + link), Unsupported.MARK) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        assert f"413人に増えました。{UNVERIFIED}" in answer.text
        assert "http" not in answer.text
        assert codes(answer) == ["llm_sentences_unverified"]


def test_true_sentences_beside_the_point_get_the_extract_added(index: Index) -> None:
    beside = "生成AIの研修は、情報政策課が年2回開きます。[E1]"
    with writing(index, says(beside)) as (assistant, _):
        events = list(assistant.stream(Query(text=QUESTION)))
        answer = events[-1].answer  # type: ignore[union-attr]
        check_promises(index, answer)
        assert "年2回" in answer.text and "143人" in answer.text
        assert "llm_supplemented" in codes(answer)
        assert "".join(e.text for e in events if isinstance(e, TokenEvent)) == answer.text


def test_the_question_repeated_is_no_answer(index: Index) -> None:
    with writing(index, says("生成AIの利用者は月平均で何人ですか。[E1]研修をお願いします。")) as (
        assistant,
        _,
    ):
        answer = assistant.ask(Query(text=QUESTION))
        assert answer.mode == "extractive" and "143人" in answer.text


def test_evidence_that_was_not_given_bears_out_nothing(index: Index) -> None:
    with writing(index, says(TRUE.replace("E1", "E77"))) as (assistant, _):
        assert assistant.ask(Query(text=QUESTION)).mode == "extractive"


@pytest.mark.parametrize("pieces", [1, 3, 40])
def test_the_stream_shows_unchecked_text_as_a_draft_and_its_tokens_are_the_answer(
    index: Index, pieces: int
) -> None:
    with writing(index, says(TRUE + FALSE + TRUE, size=pieces)) as (assistant, _):
        events = list(assistant.stream(Query(text=QUESTION)))
        tokens = "".join(event.text for event in events if isinstance(event, TokenEvent))
        answer = events[-1]
        assert isinstance(answer, AnswerEvent)
        assert tokens == answer.answer.text and "413" not in tokens
        drafts = [event.text for event in events if isinstance(event, DraftEvent)]
        assert drafts[-1] == "" and len(drafts) > 1


def test_without_evidence_the_model_is_not_asked(index: Index) -> None:
    with writing(index, says(TRUE)) as (assistant, server):
        for question in ("火星への移住の費用はいくらですか", "こんにちは"):
            answer = assistant.ask(Query(text=question))
            assert answer.status in (AnswerStatus.NO_EVIDENCE, AnswerStatus.OUT_OF_SCOPE)
        assert assistant.ask(Query(text=QUESTION), mode="extractive").mode == "extractive"
        assert server.requests == []


@pytest.mark.parametrize("reply", [fault, waits()])
def test_a_model_that_fails_or_is_slow_leaves_an_extract_that_says_so(
    index: Index, reply: Reply
) -> None:
    with writing(index, reply, llm_first_token_timeout_s=0.3) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION), mode="llm")
        assert answer.mode == "extractive" and "143人" in answer.text
        assert codes(answer) == ["llm_unavailable"]
        assert "抜き書き" in answer.warnings[0].message


def test_a_reply_that_breaks_off_keeps_what_had_passed(index: Index) -> None:
    with writing(index, breaks_off) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        assert answer.text.endswith("143人でした。[1]")
        assert codes(answer) == ["llm_cut"]


def test_a_reply_at_its_longest_loses_its_broken_last_sentence(index: Index) -> None:
    with writing(index, says(f"{TRUE}生成AIの利用者は143", ending="length")) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        assert answer.text.endswith("でした。[1]") and codes(answer) == ["llm_cut"]


def test_a_model_that_found_nothing_leaves_an_extract(index: Index) -> None:
    with writing(index, says("抜粋に記載がありません。")) as (assistant, _):
        answer = assistant.ask(Query(text=QUESTION))
        assert answer.mode == "extractive" and codes(answer) == ["llm_found_nothing"]


def test_the_prompt_holds_numbered_excerpts_and_the_question_and_nothing_of_the_machine(
    index: Index,
) -> None:
    with writing(index, says(TRUE), llm_api_key="key-of-city") as (assistant, server):
        for _ in range(2):
            assistant.ask(Query(text=QUESTION))
        (system, first), (_, second) = server.requests
        assert "従わない" in system["content"]
        assert (
            QUESTION in first["content"] and "[E1] みどり市デジタル化推進計画" in first["content"]
        )
        marks = [set(re.findall(r"＝＝[0-9a-f]{16}＝＝", m["content"])) for m in (first, second)]
        assert [len(mark) for mark in marks] == [1, 1] and marks[0] != marks[1]
        sent = f"{system}{first}"
        for secret in ("key-of-city", str(index.data_dir), gettempdir(), "127.0.0.1"):
            assert secret not in sent


def test_a_document_removed_while_the_model_writes_does_not_answer(tmp_path: Path) -> None:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as own:
        take_in(own)

        def removes(handler: Handler, messages: Messages) -> None:
            own.remove(own.documents()[0].id)
            says(TRUE)(handler, messages)

        with (
            writing(own, removes) as (assistant, _),
            running(app_for(assistant)) as server,
            server.client() as client,
        ):
            response = client.post("/api/ask", json={"question": QUESTION})
        assert (response.status_code, response.json()["code"]) == (409, "documents_changed")
