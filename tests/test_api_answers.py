"""Answers over HTTP: the JSON of the contract, the stream, and the record of every turn."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest
from api_support import (
    ANSWER_TEXT,
    RunningServer,
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
    scripted_answer,
    sse_events,
    wait_until,
)

from api.events import sse_frame
from rag.errors import IndexDamagedError
from rag.index import Index
from rag.registry.turns import RecordedTurn, TurnState
from rag.types import Turn


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with registered_index(tmp_path_factory.mktemp("answers")) as index:
        yield index


@pytest.fixture(scope="module")
def assistant(index: Index) -> ScriptedAssistant:
    return ScriptedAssistant(index)


@pytest.fixture(scope="module")
def service(assistant: ScriptedAssistant) -> Iterator[RunningServer]:
    with running(app_for(assistant)) as server:
        yield server


class Gate:
    """Lets the first `free` pieces of an answer pass and holds the next until it is opened."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self, number: int) -> None:
        if number >= self.free:
            self.reached.set()
            assert self.opened.wait(30)


def recorded(index: Index, conversation_id: str) -> RecordedTurn:
    turns = index.turn_log.turns(conversation_id)
    assert len(turns) == 1
    return turns[0]


def test_ask_answers_with_the_fields_of_the_contract(service: RunningServer) -> None:
    with service.client() as client:
        answer = client.post("/api/ask", json={"question": "利用者数は？"}).json()
    assert set(answer) >= {
        "id", "status", "short_answer", "answer", "citations", "passages", "warnings", "mode",
        "timings_ms", "versions", "conversation_id", "resolved_question",
    }  # fmt: skip
    assert answer["status"] == "answered" and answer["short_answer"] == "227人"
    assert answer["answer"] == ANSWER_TEXT
    citation = answer["citations"][0]
    assert set(citation) == {
        "marker", "document_id", "document_title", "source", "page", "heading", "quote", "start",
        "end", "verified",
    }  # fmt: skip
    assert citation["page"] == 12 and citation["heading"] == "第2章 > 2 生成AI"
    assert set(answer["passages"][0]) >= {
        "rank", "document_id", "source", "page", "heading", "text", "score",
    }  # fmt: skip
    assert set(answer["versions"]) == {"index", "embedding", "generator", "prompt"}


def test_the_page_is_null_only_for_formats_without_pages(index: Index) -> None:
    assistant = ScriptedAssistant(index, scripted_answer(has_pages=False))
    with running(app_for(assistant)) as server, server.client() as client:
        answer = client.post("/api/ask", json={"question": "あ"}).json()
    assert answer["citations"][0]["page"] is None and answer["passages"][0]["page"] is None


def test_the_request_reaches_the_assistant_unchanged(
    service: RunningServer, assistant: ScriptedAssistant
) -> None:
    body = {
        "question": "それは何年度？",
        "history": [{"question": "利用者数は？", "answer": "227人です。"}],
        "as_of": "2026-04-01",
        "document_ids": ["plan"],
        "mode": "extractive",
        "top_k": 3,
    }
    with service.client() as client:
        assert client.post("/api/ask", json=body).status_code == 200
    query = assistant.queries[-1]
    assert query.text == "それは何年度？" and query.top_k == 3
    assert query.history == (Turn(question="利用者数は？", answer="227人です。"),)
    assert str(query.as_of) == "2026-04-01" and query.document_ids == ("plan",)


def test_search_returns_passages_only(service: RunningServer) -> None:
    with service.client() as client:
        found = client.post("/api/search", json={"query": "利用者数", "top_k": 1}).json()
    assert [passage["rank"] for passage in found["passages"]] == [1]
    assert "answer" not in found


def test_the_stream_tells_status_tokens_and_one_answer(service: RunningServer) -> None:
    with service.client() as client:
        response = client.post("/api/chat", json={"question": "利用者数は？"})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert response.headers["x-accel-buffering"] == "no"
    events = sse_events(response.text)
    names = [name for name, _ in events]
    assert names[:2] == ["status", "status"] and names[-1] == "answer"
    assert set(names[2:-1]) == {"token"}
    answer = events[-1][1]
    assert (
        "".join(str(data["text"]) for name, data in events if name == "token") == answer["answer"]
    )
    assert answer["answer"] == ANSWER_TEXT


def test_stream_and_single_answer_are_the_same_answer(service: RunningServer) -> None:
    with service.client() as client:
        asked = client.post("/api/ask", json={"question": "利用者数は？"}).json()
        streamed = sse_events(client.post("/api/chat", json={"question": "利用者数は？"}).text)[-1][
            1
        ]
    for name in set(asked) - {"id", "conversation_id"}:
        assert asked[name] == streamed[name], name


@pytest.mark.parametrize(
    "text",
    [
        "\n\nevent: answer\ndata: {}\n\n",
        "\r\n\r\n",
        "a\u2028b\u2029c\x85d",
        "data: [DONE]\n\n",
        "\x00",
    ],
)
def test_no_text_can_forge_an_event(text: str) -> None:
    frame = sse_frame("token", {"text": text}).decode()
    assert frame.endswith("\n\n")
    assert len(frame[:-2].splitlines()) == 2
    assert json.loads(frame.splitlines()[1].removeprefix("data: ")) == {"text": text}


def test_a_complete_turn_is_on_record_when_its_answer_arrives(
    service: RunningServer, index: Index
) -> None:
    with service.client() as client:
        for path, conversation in (("/api/ask", "asked"), ("/api/chat", "streamed")):
            client.post(path, json={"question": "利用者数は？", "conversation_id": conversation})
            turn = recorded(index, conversation)
            assert turn.state is TurnState.COMPLETE and turn.question == "利用者数は？"
            shown = client.get(f"/api/conversations/{conversation}").json()
            assert shown["turns"][0]["state"] == "complete"
            assert shown["turns"][0]["answer"]["answer"] == ANSWER_TEXT
            assert shown["turns"][0]["answer"]["citations"][0]["marker"] == 1
        listed = client.get("/api/conversations").json()["conversations"]
    assert {"asked", "streamed"} <= {conversation["id"] for conversation in listed}
    assert listed[0]["id"] == "streamed" and listed[0]["title"] == "利用者数は？"


def test_an_unknown_conversation_is_404(service: RunningServer) -> None:
    with service.client() as client:
        response = client.get("/api/conversations/nothing")
    assert response.status_code == 404 and response.json()["code"] == "unknown_conversation"


def test_a_conversation_is_remembered_when_the_client_sends_no_history(
    service: RunningServer, assistant: ScriptedAssistant
) -> None:
    with service.client() as client:
        first = client.post("/api/ask", json={"question": "利用者数は？"}).json()
        follow_up = {"question": "それは何年度？", "conversation_id": first["conversation_id"]}
        client.post("/api/ask", json=follow_up)
        assert assistant.queries[-1].history == (Turn(question="利用者数は？", answer=ANSWER_TEXT),)
        client.post("/api/ask", json=follow_up | {"history": []})
        assert assistant.queries[-1].history == ()


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_client_that_vanishes_leaves_a_turn_with_what_it_had(index: Index, pieces: int) -> None:
    gate = Gate(pieces)
    assistant = ScriptedAssistant(index, before_token=gate)
    conversation = f"vanished-{pieces}"
    with running(app_for(assistant)) as server:
        body = {"question": "利用者数は？", "conversation_id": conversation}
        with server.client() as client, client.stream("POST", "/api/chat", json=body) as response:
            assert gate.reached.wait(20)
            seen = 0
            lines = response.iter_lines()
            while seen < pieces:
                seen += next(lines) == "event: token"
        # The assistant still holds its next piece back when the server notices.
        assert wait_until(lambda: not server.server.server_state.connections)
        gate.opened.set()
        assert wait_until(lambda: recorded(index, conversation).state is not TurnState.RUNNING)
    turn = recorded(index, conversation)
    assert turn.state is TurnState.CUT_BY_USER
    text = json.loads(turn.answer)["answer"] if turn.answer else ""
    assert text == ANSWER_TEXT[: 5 * pieces]


def test_a_client_that_vanishes_at_any_moment_leaves_exactly_one_finished_turn(
    service: RunningServer, index: Index
) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    conversations = []
    for byte_count in range(0, 3_000, 100):
        conversation = f"cut-{byte_count}"
        body = json.dumps({"question": "あ", "conversation_id": conversation}).encode()
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(
                b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            if byte_count:
                connection.recv(byte_count)
        conversations.append(conversation)

    def finished(conversation: str) -> bool:
        turns = index.turn_log.turns(conversation)
        return len(turns) == 1 and turns[0].state is not TurnState.RUNNING

    assert wait_until(lambda: all(map(finished, conversations[1:])))
    states = {recorded(index, conversation).state for conversation in conversations[1:]}
    assert states <= {TurnState.COMPLETE, TurnState.CUT_BY_USER}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("/secret"), "internal_error"),
        (IndexDamagedError("索引が壊れています。"), "index_damaged"),
    ],
)
def test_a_failure_in_the_middle_becomes_an_error_event_and_a_recorded_turn(
    index: Index, error: Exception, code: str
) -> None:
    def fail(number: int) -> None:
        if number == 2:
            raise error

    assistant = ScriptedAssistant(index, before_token=fail)
    conversation = f"failed-{code}"
    with running(app_for(assistant)) as server, server.client() as client:
        body = {"question": "あ", "conversation_id": conversation}
        response = client.post("/api/chat", json=body)
        name, data = sse_events(response.text)[-1]
        assert wait_until(lambda: recorded(index, conversation).state is not TurnState.RUNNING)
    assert name == "error" and data["code"] == code and "secret" not in response.text
    assert recorded(index, conversation).state is TurnState.CUT_BY_ERROR


def test_a_failed_single_answer_is_recorded_too(index: Index) -> None:
    def fail(_: int) -> None:
        raise RuntimeError

    with (
        running(app_for(ScriptedAssistant(index, before_token=fail))) as server,
        server.client() as client,
    ):
        body = {"question": "あ", "conversation_id": "failed-ask"}
        assert client.post("/api/ask", json=body).status_code == 500
    assert recorded(index, "failed-ask").state is TurnState.CUT_BY_ERROR


def test_a_stopping_server_tells_open_streams_to_come_back(index: Index) -> None:
    gate = Gate(2)
    assistant = ScriptedAssistant(index, before_token=gate)
    with running(app_for(assistant)) as server, server.client() as client:
        body = {"question": "あ", "conversation_id": "stopped"}
        with client.stream("POST", "/api/chat", json=body) as response:
            assert gate.reached.wait(20)
            server.server.should_exit = True
            assert wait_until(server.app.state.services.stopping.is_set)
            gate.opened.set()
            events = sse_events(response.read().decode())
    assert events[-1][0] == "error" and events[-1][1]["code"] == "server_stopping"
    assert recorded(index, "stopped").state is TurnState.CUT_BY_ERROR


def test_a_silent_stream_is_kept_alive_by_comments(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.streaming.PING_INTERVAL_S", 0.05)
    gate = Gate(1)
    assistant = ScriptedAssistant(index, before_token=gate)
    with (
        running(app_for(assistant)) as server,
        server.client() as client,
        client.stream("POST", "/api/chat", json={"question": "あ"}) as response,
    ):
        lines = response.iter_lines()
        assert any(line == ": ping" for line in lines)
        gate.opened.set()
        rest = "\n".join(lines)
    assert "event: answer" in rest


def test_many_streams_at_once_all_end_well(service: RunningServer) -> None:
    answers: list[str] = []

    def ask() -> None:
        with service.client() as client:
            events = sse_events(client.post("/api/chat", json={"question": "あ"}).text)
            answers.append(str(events[-1][1].get("answer")))

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [ANSWER_TEXT] * 50
