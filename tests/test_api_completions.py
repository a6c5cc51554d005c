"""The OpenAI-compatible addresses, spoken to by a plain HTTP client."""

import json
from collections.abc import Iterator

import httpx
import pytest
from api_support import (
    ANSWER_TEXT,
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
)

from rag.types import Turn

ASK = {"model": "shiori", "messages": [{"role": "user", "content": "利用者数は？"}]}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedAssistant]:
    with registered_index(tmp_path_factory.mktemp("completions")) as index:
        yield ScriptedAssistant(index)


@pytest.fixture(scope="module")
def client(assistant: ScriptedAssistant) -> Iterator[httpx.Client]:
    with running(app_for(assistant)) as server, server.client() as client:
        yield client


def test_the_list_of_models_names_one(client: httpx.Client) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["shiori"]


def test_an_answer_has_the_shape_that_clients_read(client: httpx.Client) -> None:
    completion = client.post("/v1/chat/completions", json=ASK).json()
    assert completion["object"] == "chat.completion" and completion["id"].startswith("chatcmpl-")
    choice = completion["choices"][0]
    assert choice["finish_reason"] == "stop" and choice["message"]["role"] == "assistant"
    text = choice["message"]["content"]
    assert text.startswith(ANSWER_TEXT)
    assert text.endswith("出典\n[1] DX推進計画（plan.pdf） 12ページ")
    assert choice["message"]["citations"][0]["quote"] == "月平均利用者数　227人"
    assert set(completion["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}


def test_the_streamed_pieces_make_the_same_text(client: httpx.Client) -> None:
    whole = client.post("/v1/chat/completions", json=ASK).json()["choices"][0]["message"]
    response = client.post("/v1/chat/completions", json=ASK | {"stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.split("\n") if line]
    assert all(line.startswith("data: ") for line in lines) and lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta.get("content", "") for delta in deltas) == whole["content"]
    assert [delta["citations"] for delta in deltas if "citations" in delta] == [whole["citations"]]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-1] == "stop"


def test_earlier_messages_become_the_history(
    client: httpx.Client, assistant: ScriptedAssistant
) -> None:
    messages = [
        {"role": "system", "content": "You are helpful."},
        {"role": "user", "content": "利用者数は？"},
        {"role": "assistant", "content": "227人です。"},
        {"role": "user", "content": "（答えのない質問）"},
        {"role": "user", "content": [{"type": "text", "text": "それは"}, {"type": "text", "text": "何年度？"}]},
    ]  # fmt: skip
    client.post("/v1/chat/completions", json={"model": "x", "messages": messages})
    query = assistant.queries[-1]
    assert query.text == "それは何年度？"
    assert query.history == (Turn(question="利用者数は？", answer="227人です。"),)


def test_a_chat_of_another_client_is_one_conversation(client: httpx.Client) -> None:
    def ask(*texts: str) -> None:
        roles = ["user", "assistant"] * len(texts)
        messages = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=False)]
        assert client.post("/v1/chat/completions", json={"messages": messages}).is_success

    def listed() -> dict[str, int]:
        found = client.get("/api/conversations").json()["conversations"]
        return {each["title"]: each["turn_count"] for each in found}

    ask("研修の回数は？")
    ask("研修の回数は？", "6回です。", "それは何年度？")
    ask("090-1234-5678の人の件は？", "わかりません。", "窓口は？")
    assert listed()["研修の回数は？"] == 2
    assert [count for title, count in listed().items() if "窓口" in title] == [1]


def test_fields_that_mean_nothing_here_are_ignored(client: httpx.Client) -> None:
    extra = {"temperature": 0.2, "tools": [], "stream_options": {"include_usage": True}, "n": 1}
    messages = [{"role": "user", "content": "あ", "name": "me"}]
    body = {"model": "gpt-4", "messages": messages} | extra
    assert client.post("/v1/chat/completions", json=body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"messages":[]}', 422),
        ("{}", 422),
        ('{"messages":[{"role":"user","content":"\\ud800"}]}', 422),
        ('{"messages":[{"role":"user","content":NaN}]}', 422),
        ('{"messages":[{"role":"user","content":"  "}]}', 422),
        ('{"messages":[{"role":"user","content":null}]}', 422),
        ('{"messages":[{"role":"assistant","content":"x"}]}', 422),
        ('{"messages":"x"}', 422),
        ('{"messages":[{"role":"user","content":"あ"}],"stream":"maybe"}', 422),
        (json.dumps({"messages": [{"role": "user", "content": "あ" * 2_001}]}), 422),
        ('{"messages":', 400),
        ("x" * 1_100_000, 413),
    ],
)
def test_errors_come_in_the_envelope_of_openai(
    client: httpx.Client, body: str, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/chat/completions", content=body.encode(), headers=headers)
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error" and error["code"]


def test_an_unknown_address_below_v1_uses_the_envelope_too(client: httpx.Client) -> None:
    assert client.get("/v1/nothing").json()["error"]["code"] == "not_found"
