"""Conversations on the server: found, named, exported and deleted by their owner alone."""

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import httpx
import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, registered_index, running
from markdown_it import MarkdownIt
from people_support import add_person, browsing, service_with_accounts, services_of

from api.people.caller import EVERYBODY

MARK = "みずいろの折り紙"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path) as server:
        services_of(server).index.label("plan", groups=[EVERYBODY])
        for login in ("sato", "suzuki"):
            add_person(server, login, password="", department="総務課")
        yield server


def asked(client: httpx.Client, question: str, conversation: str | None = None) -> dict[str, str]:
    body = {"question": question} | ({"conversation_id": conversation} if conversation else {})
    answer: dict[str, str] = client.post("/api/ask", json=body).json()
    return answer


def titles(client: httpx.Client, q: str = "") -> list[str]:
    listed = client.get("/api/conversations", params={"q": q}).json()
    return [each["title"] for each in listed["conversations"]]


def test_conversations_are_found_by_their_questions_and_names(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        first = asked(client, "生成ＡＩの利用者数は")
        asked(client, "研修は何回ですか", first["conversation_id"])
        other = asked(client, "RPAの削減時間は")
        path = f"/api/conversations/{other['conversation_id']}"
        renamed = client.patch(path, json={"title": "  議会　答弁の準備  "})
        assert renamed.json()["title"] == "議会 答弁の準備"
        assert titles(client) == ["議会 答弁の準備", "生成ＡＩの利用者数は"]
        assert titles(client, "生成AI") == ["生成ＡＩの利用者数は"]
        assert titles(client, "研修 回") == ["生成ＡＩの利用者数は"]
        assert titles(client, "答弁") == titles(client, "rpa") == ["議会 答弁の準備"]
        assert titles(client, "福祉") == []
        assert client.patch(path, json={"title": ""}).json()["title"] == "RPAの削減時間は"


def test_nobody_reaches_the_conversation_of_somebody_else(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        own = asked(client, MARK)["conversation_id"]
    path = f"/api/conversations/{own}"
    with browsing(town, "suzuki") as client:
        answers = [
            client.get(path),
            client.get(f"{path}/export"),
            client.patch(path, json={"title": "x"}),
            client.delete(path),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert {answer.json()["code"] for answer in answers} == {"unknown_conversation"}
        assert titles(client) == [] == titles(client, MARK)
    with browsing(town, "sato") as client:
        assert titles(client) == [MARK]


def test_a_deleted_conversation_leaves_no_text_in_any_file_of_the_registry(
    town: RunningServer,
) -> None:
    folder = services_of(town).index.data_dir
    with browsing(town, "sato") as client:
        answer = asked(client, MARK)
        asked(client, f"{MARK}の次", answer["conversation_id"])
        path = f"/api/conversations/{answer['conversation_id']}"
        client.patch(path, json={"title": f"{MARK}の名前"})
        said = {"turn_id": answer["id"], "verdict": "wrong", "note": f"{MARK}の件"}
        assert client.post("/api/feedback", json=said | {"report": True}).status_code == 200
        assert MARK.encode() in b"".join(p.read_bytes() for p in folder.glob("registry*"))
        receipt = client.delete(path).json()
        assert (receipt["turns"], receipt["notes"], receipt["reports"]) == (2, 1, 1)
        assert receipt["left"] == 0
        assert MARK.encode() not in b"".join(p.read_bytes() for p in folder.glob("registry*"))
        assert titles(client) == []
        assert client.get(path).status_code == client.delete(path).status_code == 404
        gone = client.post("/api/feedback", json={"turn_id": answer["id"], "verdict": "useful"})
        assert gone.json()["code"] == "unknown_turn"
        # The identifier is free again, and the old turns do not come back with it.
        asked(client, "新しい質問", answer["conversation_id"])
        assert len(client.get(path).json()["turns"]) == 1


def test_an_answer_that_comes_after_the_deletion_is_not_kept(tmp_path: Path) -> None:
    seen = []

    def delete_meanwhile(piece: int) -> None:
        if piece == 1:
            seen.append(services_of(server).conversations.remove("c1", "single-user"))

    with registered_index(tmp_path) as index:
        assistant = ScriptedAssistant(index, before_token=delete_meanwhile)
        with running(app_for(assistant)) as server, server.client() as client:
            asked(client, MARK, "c1")
            assert seen and seen[0] is not None and seen[0].turns == 1
            assert client.get("/api/conversations/c1").status_code == 404
        contents = b"".join(p.read_bytes() for p in index.data_dir.glob("registry*"))
        assert MARK.encode() not in contents and "227人です。[1]".encode() not in contents


def test_a_name_and_a_search_without_sense_are_refused(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        own = asked(client, "質問")["conversation_id"]
        path = f"/api/conversations/{own}"
        assert client.patch(path, json={"title": "あ" * 101}).status_code == 422
        assert client.patch(path, json={}).status_code == 422
        # Personal information in a name is kept no more than in a question.
        named = client.patch(path, json={"title": "電話 090-1234-5678 の件"}).json()["title"]
        assert "090" not in named and "電話" in named


def test_the_files_carry_every_source_with_page_and_date(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        own = asked(client, "利用者数は")["conversation_id"]
        path = f"/api/conversations/{own}/export"
        markdown = client.get(path, params={"form": "md"})
        word = client.get(path)
    assert "utf-8''" in markdown.headers["content-disposition"].lower()
    paragraphs = [p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs]
    for text in (markdown.text, "\n".join(paragraphs)):
        for wanted in (
            "利用者数は",
            "227人",
            "[1] DX推進計画",
            "12ページ",
            "「月平均利用者数　227人」",
        ):
            assert wanted in text
        assert "機械的に作成" in text and "文書索引の更新日" in text


def test_nothing_in_an_exported_text_is_markup(tmp_path: Path) -> None:
    from api_support import scripted_answer

    evil = (
        "# 見出し\n- 項目\n1. 番号\n<img src=x onerror=alert(1)>![a](http://192.0.2.9/)[1](javascript:x)"
        "\n[1]: http://192.0.2.9/\n**太字** `コード` | 表 |[1]"
    )
    with registered_index(tmp_path) as index:
        assistant = ScriptedAssistant(index, scripted_answer(evil))
        with running(app_for(assistant)) as server, server.client() as client:
            asked(client, "<script>alert(1)</script> # **質問**", "c1")
            text = client.get("/api/conversations/c1/export", params={"form": "md"}).text
            word = client.get("/api/conversations/c1/export").content
    kinds = {
        token.type
        for block in MarkdownIt("commonmark").enable("table").parse(text)
        for token in [block, *(block.children or [])]
    }
    active = {"html_block", "html_inline", "image", "link_open", "code_inline", "strong_open"}
    assert not kinds & (active | {"table_open", "ordered_list_open", "em_open"})
    assert "[1]" in text
    assert "onerror" in "\n".join(p.text for p in docx.Document(io.BytesIO(word)).paragraphs)
