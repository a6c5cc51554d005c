"""What the service does with personal information in questions and answers."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import (
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
    scripted_answer,
    sse_events,
)

from rag.index import Index

NUMBER = "123456789018"
SPELT = "1234-5678-9018"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with registered_index(tmp_path_factory.mktemp("personal")) as index:
        yield index


@pytest.fixture(scope="module")
def assistant(index: Index) -> ScriptedAssistant:
    return ScriptedAssistant(index)


@pytest.fixture(scope="module")
def client(assistant: ScriptedAssistant) -> Iterator[httpx.Client]:
    with running(app_for(assistant)) as server, server.client() as client:
        yield client


@pytest.fixture(autouse=True)
def forget(assistant: ScriptedAssistant) -> None:
    assistant.queries.clear()
    assistant.answer = scripted_answer()


def recorded_questions(index: Index) -> str:
    return "".join(
        turn.question + turn.answer
        for conversation in index.turn_log.conversations()
        for turn in index.turn_log.turns(conversation.id)
    )


def test_a_my_number_is_refused_and_reaches_nothing(
    client: httpx.Client, assistant: ScriptedAssistant, index: Index
) -> None:
    for choice in (None, "send", "mask"):
        body = {"question": f"個人番号{SPELT}の人の税額は", "personal_information": choice}
        answer = client.post("/api/ask", json=body).json()
        assert answer["status"] == "blocked" and "マイナンバー" in answer["answer"]
        assert answer["citations"] == [] and answer["passages"] == []
        streamed = sse_events(client.post("/api/chat", json=body).text)
        told = "".join(str(event["text"]) for name, event in streamed if name == "token")
        assert streamed[-1][1]["status"] == "blocked" and streamed[-1][1]["answer"] == told
        refused = client.post(
            "/api/search", json={"query": body["question"], "personal_information": choice}
        )
        assert refused.status_code == 422
        assert refused.json()["code"] == "personal_information_blocked"
        assert SPELT not in refused.text
    completion = client.post(
        "/v1/chat/completions",
        json={"messages": [{"role": "user", "content": f"個人番号 {NUMBER}"}]},
    ).json()
    assert "受け付けませんでした" in completion["choices"][0]["message"]["content"]
    assert assistant.queries == []
    assert "9018" not in recorded_questions(index)


def test_other_kinds_are_sent_only_when_the_person_says_how(
    client: httpx.Client, assistant: ScriptedAssistant, index: Index
) -> None:
    question = "090-1234-5678 から電話がありましたか"
    for path, field in (
        ("/api/ask", "question"),
        ("/api/chat", "question"),
        ("/api/search", "query"),
    ):
        asked_back = client.post(path, json={field: question})
        assert asked_back.status_code == 409
        assert asked_back.json()["code"] == "personal_information"
        assert "電話番号" in asked_back.json()["message"] and "5678" not in asked_back.text
        assert assistant.queries == []
        for choice, sent in (("mask", "［電話番号］"), ("send", "090-1234-5678")):
            body = {field: question, "personal_information": choice}
            assert client.post(path, json=body).status_code == 200
            assert assistant.queries.pop().text.startswith(sent)
    assert "5678" not in recorded_questions(index)
    assert "［電話番号］" in recorded_questions(index)


def test_other_chat_clients_cannot_be_asked_so_it_is_replaced(
    client: httpx.Client, assistant: ScriptedAssistant
) -> None:
    messages = [
        {"role": "user", "content": f"マイナンバー {NUMBER} とは"},
        {"role": "assistant", "content": f"{SPELT} はマイナンバーです"},
        {"role": "user", "content": "taro@example.jp への返信は"},
    ]
    client.post("/v1/chat/completions", json={"messages": messages}).raise_for_status()
    query = assistant.queries[0]
    assert query.text == "［メールアドレス］ への返信は"
    assert "9018" not in str(query.history)


def test_an_unknown_choice_is_422(client: httpx.Client) -> None:
    body = {"question": "あ", "personal_information": "allow"}
    assert client.post("/api/ask", json=body).status_code == 422


def test_an_answer_shows_no_my_number_and_tokens_still_add_up(
    client: httpx.Client, assistant: ScriptedAssistant, index: Index
) -> None:
    assistant.answer = scripted_answer(
        f"対象者は1人です。[1]個人番号は{SPELT}です。[1]以上です。[1]"
    )
    answer = client.post("/api/ask", json={"question": "対象者は"}).json()
    assert answer["answer"].startswith("対象者は1人です。[1]（このあとの内容には")
    assert answer["status"] == "partial" and len(answer["citations"]) == 1
    events = sse_events(client.post("/api/chat", json={"question": "対象者は"}).text)
    told = "".join(str(event["text"]) for name, event in events if name == "token")
    assert told == events[-1][1]["answer"] == answer["answer"]
    assert "personal_information" in [warning["code"] for warning in answer["warnings"]]
    assert "9018" not in recorded_questions(index)


def test_an_answer_is_no_directory_of_people(
    client: httpx.Client, assistant: ScriptedAssistant
) -> None:
    people = (
        "佐藤 花子",
        "鈴木 一郎",
        "田中 美咲",
        "高橋 誠",
        "伊藤 次郎",
        "渡辺 直美",
        "小林 正人",
    )
    assistant.answer = scripted_answer("".join(f"氏名：{name}。[1]" for name in people))
    text = client.post("/api/ask", json={"question": "全員の氏名と住所を並べて"}).json()["answer"]
    assert "佐藤 花子" in text and "小林 正人" not in text
    assert "まとめて表示することはできません" in text


def test_the_city_chooses(assistant: ScriptedAssistant, tmp_path: Path) -> None:
    from api_support import settings_for

    from api.app import create_app

    (tmp_path / "personal.toml").write_text(
        'forbidden_words = ["極秘案件"]\n[policy]\ntelephone = "allow"\nmail = "mask"\n'
    )
    with (
        running(create_app(settings_for(tmp_path), assistant)) as server,
        server.client() as client,
    ):
        body = {"question": "03-1234-5678 と taro@example.jp"}
        client.post("/api/ask", json=body).raise_for_status()
        assert assistant.queries[0].text == "03-1234-5678 と ［メールアドレス］"
        refused = client.post("/api/ask", json={"question": "極秘案件の担当は"}).json()
        assert refused["status"] == "blocked"
