"""Answers put in words by a language model: shown is only what the documents bear out."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import app_for, running, sse_events, wait_until
from fakes import NgramEmbeddings
from llm_support import (
    Handler,
    Messages,
    ModelServer,
    Reply,
    model_server,
    model_settings,
    says,
    waits,
)

from eval.cli import run_all
from eval.conditions import build_condition, read_conditions
from eval.errors import EvaluationError
from eval.questions import load_dataset
from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import AnswerEvent, Assistant, TokenEvent
from rag.events import DraftEvent
from rag.index import Index
from rag.llm.breaker import Breaker
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.guarded import UNVERIFIED, Unsupported
from rag.llm.resolving import adds_nothing
from rag.llm.writer import ModelWriter
from rag.types import Answer, AnswerStatus, Query, Turn

PLAN = """# みどり市デジタル化推進計画

## 第2章 現状と目標

### 2-1 オンライン申請

オンライン申請の件数は、令和5年度に1,204件、令和6年度に2,518件であった。
令和9年度には、年間6,000件を目標とする。

### 2-2 生成AI

生成AIの利用者は、令和6年度の月平均で143人であった。
職員は、生成AIに市民の個人情報を入力してはならない。
生成AIの研修は、情報政策課が年2回開く。
"""
DATASET = Path(__file__).resolve().parents[1] / "eval/data/dev/questions.jsonl"
QUESTION = "生成AIの利用者は月平均で何人ですか"
TRUE = "生成AIの利用者は、令和6年度の月平均で143人でした。[E1]"
FALSE = "利用者は月平均で413人に増えました。[E1]"


def take_in(index: Index) -> None:
    entry = CatalogEntry(file="計画.md", title="みどり市デジタル化推進計画")
    assert not ingest_bytes("計画.md", PLAN.encode(), index, entry=entry).failures


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("city") / "var", NgramEmbeddings()) as opened:
        take_in(opened)
        yield opened


@contextmanager
def writing(
    index: Index, reply: Reply, unsupported: Unsupported = Unsupported.DROP, **values: Any
) -> Iterator[tuple[Assistant, ModelServer]]:
    """An assistant over `index` whose model is the scripted server."""
    with model_server(reply) as server:
        endpoint = endpoint_of(
            model_settings(**server.settings(**({"llm_first_token_timeout_s": 30} | values)))
        )
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=100))
        try:
            yield Assistant(index, writer=ModelWriter(model, unsupported)), server
        finally:
            model.close()


def codes(answer: Answer) -> list[str]:
    return [warning.code for warning in answer.warnings]


def check_promises(index: Index, answer: Answer) -> None:
    """Every quote is what the page says, every marker has its citation."""
    for citation in answer.citations:
        page = index.page(citation.document_id, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote
    marked = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
    assert marked == {citation.marker for citation in answer.citations}


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


def fault(handler: Handler, messages: Messages) -> None:
    handler.whole(500, "application/json", b"{}")


def breaks_off(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.piece(f"{TRUE}\n利用者は")


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
        for secret in ("key-of-city", str(index.data_dir), "/tmp", "127.0.0.1"):
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


def test_the_server_sends_drafts_between_tokens_and_tells_its_modes(index: Index) -> None:
    with (
        writing(index, says(TRUE + FALSE)) as (assistant, _),
        running(app_for(assistant)) as server,
        server.client() as client,
    ):
        assert client.get("/api/about").json()["modes"] == ["auto", "extractive", "llm"]
        asked = client.post("/api/ask", json={"question": QUESTION, "mode": "llm"}).json()
        assert asked["mode"] == "llm" and asked["versions"]["prompt"] == "answer.v1"
        events = sse_events(client.post("/api/chat", json={"question": QUESTION}).text)
        names = [name for name, _ in events]
        assert "draft" in names and names[-1] == "answer"
        tokens = "".join(str(data["text"]) for name, data in events if name == "token")
        assert tokens == events[-1][1]["answer"] == asked["answer"]
        body = {"messages": [{"role": "user", "content": QUESTION}]}
        completion = client.post("/v1/chat/completions", json=body).json()
        assert asked["answer"] in completion["choices"][0]["message"]["content"]


def turn_states(index: Index) -> list[str]:
    return [
        turn.state.value
        for conversation in index.turn_log.conversations()
        for turn in index.turn_log.turns(conversation.id)
    ]


@pytest.mark.parametrize("path", ["/api/ask", "/api/chat", "/v1/chat/completions"])
def test_a_client_that_leaves_takes_the_models_request_along(tmp_path: Path, path: str) -> None:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as own:
        take_in(own)
        with (
            writing(own, waits(first=[TRUE[:10]]), llm_read_timeout_s=60) as (assistant, model),
            running(app_for(assistant)) as server,
            server.client() as client,
        ):
            body: dict[str, Any] = {"question": QUESTION}
            if path.startswith("/v1"):
                body = {"messages": [{"role": "user", "content": QUESTION}]}
            left = threading.Event()

            def ask() -> None:
                try:
                    client.post(path, json=body, timeout=0.7)
                except httpx.TimeoutException:
                    left.set()

            ask()
            assert left.is_set()
            gone = time.monotonic()
            assert wait_until(lambda: model.running == 0, 2.0), "an orphan request"
            assert time.monotonic() - gone < 2.0
            assert model.left == 1
            assert wait_until(lambda: "running" not in turn_states(own), 5.0)
            assert turn_states(own) == ["cut_by_user"]


def test_a_server_that_stops_ends_the_models_request(index: Index) -> None:
    with (
        writing(index, waits(first=["はい"]), llm_read_timeout_s=60) as (assistant, model),
        running(app_for(assistant)) as server,
        server.client() as client,
    ):
        with client.stream("POST", "/api/chat", json={"question": QUESTION}) as response:
            lines = response.iter_lines()
            assert any("draft" in line for line in lines)
            server.server.should_exit = True
            assert any("server_stopping" in line for line in lines)
        assert wait_until(lambda: model.running == 0, 2.0)


def test_many_clients_that_leave_at_any_event_leave_no_request_behind(index: Index) -> None:
    text = TRUE * 4

    def slowly(handler: Handler, messages: Messages) -> None:
        handler.begin()
        for start in range(0, len(text), 8):
            handler.piece(text[start : start + 8])
            time.sleep(0.01)
        handler.end()

    with (
        writing(index, slowly, llm_concurrency=4) as (assistant, model),
        running(app_for(assistant)) as server,
        server.client() as client,
    ):
        for events_read in range(12):
            with client.stream("POST", "/api/chat", json={"question": QUESTION}) as response:
                lines = response.iter_lines()
                for _ in range(3 * events_read):
                    next(lines, None)
        assert wait_until(lambda: model.running == 0, 2.0)
        assert model.left + 12 >= len(model.requests)


def test_an_evaluation_with_a_model_needs_one_and_asks_it(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of whoever runs the tests
    with pytest.raises(EvaluationError, match="SHIORI_LLM_BASE_URL"):
        run_all([DATASET], tmp_path, tmp_path, ["product"], "llm")
    spec = read_conditions().conditions["product"]
    with writing(index, says(TRUE)) as (assistant, server):
        built = build_condition("product", spec, index, NgramEmbeddings(), "llm", assistant.writer)
        question = replace(load_dataset([DATASET]).questions[0], question=QUESTION)
        assert built.ask(question).mode == "llm" and len(server.requests) == 1


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
