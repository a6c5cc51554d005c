"""The service with a language model: drafts, modes, and clients that leave."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import app_for, running, sse_events, wait_until
from fakes import NgramEmbeddings
from llm_answers_support import (
    DATASET,
    FALSE,
    QUESTION,
    TRUE,
    city_index,
    take_in,
    writing,
)
from llm_support import (
    Handler,
    Messages,
    says,
    waits,
)

from eval.cli import run_all
from eval.conditions import build_condition, read_conditions
from eval.errors import EvaluationError
from eval.questions import load_dataset
from rag.index import Index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with city_index(tmp_path_factory.mktemp("city")) as opened:
        yield opened


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
