"""What the service does with requests that are wrong, and the promises every response keeps."""

import gc
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import (
    RunningServer,
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
    settings_for,
)

from api.app import create_app
from rag.assistant import Assistant
from rag.types import Query


class BrokenAssistant(ScriptedAssistant):
    """Fails when the question says so."""

    def stream(self, query: Query, **options):  # type: ignore[no-untyped-def]
        if "壊" in query.text:
            raise RuntimeError(f"/secret/path {query.text}")
        return super().stream(query, **options)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data_dir = tmp_path_factory.mktemp("requests")
    with (
        registered_index(data_dir) as index,
        running(app_for(BrokenAssistant(index), max_upload_bytes=3_000_000)) as server,
    ):
        yield server


@pytest.fixture
def client(service: RunningServer) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


def refused(response: httpx.Response, status: int, code: str) -> str:
    """The message of an error in the promised form."""
    assert response.status_code == status, response.text
    body = response.json()
    assert set(body) == {"code", "message"}
    assert body["code"] == code
    assert any("\u3041" <= character <= "\u9fff" for character in body["message"])
    return body["message"]


@pytest.mark.parametrize("path", ["/api/ask", "/api/chat"])
@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ('{"question":"\\ud800"}', "invalid_text", "question"),
        ('{"question":NaN}', "wrong_type", "question"),
        ('{"question":5}', "wrong_type", "question"),
        ('{"question":null}', "wrong_type", "question"),
        ('{"question":["あ"]}', "wrong_type", "question"),
        ("{}", "missing_field", "question"),
        ('{"question":""}', "empty", "question"),
        ('{"question":" \\u3000\\n\\u200b"}', "empty", "question"),
        (json.dumps({"question": "あ" * 2001}), "too_long", "question"),
        ('{"question":"あ","mode":"magic"}', "invalid_value", "mode"),
        ('{"question":"あ","top_k":0}', "out_of_range", "top_k"),
        ('{"question":"あ","top_k":51}', "out_of_range", "top_k"),
        ('{"question":"あ","top_k":"5"}', "wrong_type", "top_k"),
        ('{"question":"あ","top_k":true}', "wrong_type", "top_k"),
        ('{"question":"あ","top_k":NaN}', "wrong_type", "top_k"),
        ('{"question":"あ","top_k":Infinity}', "wrong_type", "top_k"),
        ('{"question":"あ","as_of":"2026-02-30"}', "invalid_date", "as_of"),
        ('{"question":"あ","as_of":"２０２６-01-01"}', "invalid_date", "as_of"),
        ('{"question":"あ","as_of":20260101}', "invalid_date", "as_of"),
        ('{"question":"あ","history":"x"}', "wrong_type", "history"),
        ('{"question":"あ","history":[{"question":"い"}]}', "missing_field", "answer"),
        (
            '{"question":"あ","history":[{"question":"\\udfff","answer":""}]}',
            "invalid_text",
            "question",
        ),
        ('{"question":"あ","document_ids":"plan"}', "wrong_type", "document_ids"),
        ('{"question":"あ","document_ids":[1]}', "wrong_type", "document_ids"),
        ('{"question":"あ","conversation_id":"a/b"}', "invalid_text", "conversation_id"),
        ('{"question":"あ","quesion":"secret-word"}', "unknown_field", ""),
        ('{"question":"あ","\\ud800":1}', "invalid_text", ""),
        ("[]", "wrong_type", ""),
        ('"question"', "wrong_type", ""),
        ("NaN", "wrong_type", ""),
        ("", "missing_body", ""),
    ],
)
def test_a_wrong_body_is_refused_by_naming_the_field(
    client: httpx.Client, path: str, body: str, code: str, named: str
) -> None:
    response = client.post(
        path, content=body.encode(), headers={"Content-Type": "application/json"}
    )
    message = refused(response, 422, code)
    assert named in message
    assert "secret-word" not in response.text and "quesion" not in response.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": "',
        b"{question: 1}",
        b'{"question": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"question": ' + b"9" * 6_000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_400(client: httpx.Client, body: bytes) -> None:
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["code"] in {"malformed_json", "malformed_body"}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_under_another_content_type_is_refused(
    client: httpx.Client, content_type: str
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = client.post("/api/ask", content='{"question":"あ"}'.encode(), headers=headers)
    assert "application/json" in refused(response, 422, "wrong_type")


@pytest.mark.parametrize("path", ["/api/ask", "/api/chat", "/api/search", "/v1/chat/completions"])
def test_a_body_over_one_megabyte_is_413_whatever_its_length_header(
    client: httpx.Client, path: str
) -> None:
    body = json.dumps({"question": "あ", "padding": "x" * 1_100_000}).encode()
    headers = {"Content-Type": "application/json"}
    declared = client.post(path, content=body, headers=headers)
    assert declared.status_code == 413
    pieces = (body[start : start + 50_000] for start in range(0, len(body), 50_000))
    streamed = client.post(path, content=pieces, headers=headers)
    assert "content-length" not in {name.lower() for name in streamed.request.headers}
    assert streamed.status_code == 413
    if path.startswith("/api/"):
        assert "1MB" in refused(streamed, 413, "body_too_large")


def test_a_question_of_exactly_2000_characters_is_answered(client: httpx.Client) -> None:
    assert client.post("/api/ask", json={"question": "あ" * 2_000}).status_code == 200


@pytest.mark.parametrize(
    "question",
    [
        '" OR *',
        "NEAR(",
        "{{7*7}} %s {user}",
        "。、！？",
        "\n" * 1_000 + "あ",
        "𠮷葛󠄀城\ue000\uffff",
        "a\x00b",
    ],
)
def test_odd_but_legal_questions_are_answered(client: httpx.Client, question: str) -> None:
    assert client.post("/api/ask", json={"question": question}).status_code == 200


def test_an_unknown_address_and_a_wrong_method_speak_the_same_language(
    client: httpx.Client,
) -> None:
    refused(client.get("/nowhere"), 404, "not_found")
    refused(client.get("/static/nowhere.js"), 404, "not_found")
    refused(client.get("/static/../app.py"), 404, "not_found")
    refused(client.get("/static/%2e%2e/app.py"), 404, "not_found")
    wrong = client.put("/api/ask", json={})
    refused(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


def test_asking_for_a_language_model_without_one_is_409(client: httpx.Client) -> None:
    for path in ("/api/ask", "/api/chat"):
        response = client.post(path, json={"question": "あ", "mode": "llm"})
        refused(response, 409, "llm_not_configured")


def test_limiting_a_question_to_an_unknown_document_is_404(client: httpx.Client) -> None:
    for path, body in (
        ("/api/ask", {"question": "あ"}),
        ("/api/chat", {"question": "あ"}),
        ("/api/search", {"query": "あ"}),
    ):
        response = client.post(path, json=body | {"document_ids": ["nothing-of-the-kind"]})
        refused(response, 404, "unknown_document")


def test_a_fault_says_nothing_but_a_number_that_finds_it_in_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="shiori.api"):
        response = client.post("/api/ask", json={"question": "壊れる"})
    message = refused(response, 500, "internal_error")
    number = response.headers["x-correlation-id"]
    assert number in message and number in caplog.text
    assert "secret" not in response.text and "RuntimeError" not in response.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/healthz"),
        ("GET", "/api/docs"),
        ("GET", "/api/openapi.json"),
        ("GET", "/static/index.html"),
        ("GET", "/nowhere"),
        ("POST", "/api/ask"),
        ("PUT", "/healthz"),
    ],
)
def test_every_response_carries_the_security_headers(
    client: httpx.Client, method: str, path: str
) -> None:
    headers = client.request(method, path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_a_fault_carries_the_security_headers_too(client: httpx.Client) -> None:
    response = client.post("/api/ask", json={"question": "壊れる"})
    assert response.status_code == 500
    assert "default-src 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    refused(client.delete("/api/documents/plan", headers=headers), 403, "cross_origin")
    file = {"file": ("a.txt", "本文".encode())}
    refused(client.post("/api/documents", files=file, headers=headers), 403, "cross_origin")
    assert client.get("/api/documents").json()["count"] == 1


def test_the_own_page_may_ask(service: RunningServer, client: httpx.Client) -> None:
    for headers in ({"Origin": service.url}, {"Sec-Fetch-Site": "same-origin"}):
        response = client.post("/api/ask", json={"question": "あ"}, headers=headers)
        assert response.status_code == 200


def test_a_range_of_ten_thousand_parts_is_no_work(client: httpx.Client) -> None:
    parts = ",".join(f"{start}-{start}" for start in range(0, 20_000, 2))
    response = client.get("/static/index.html", headers={"Range": f"bytes={parts[:60_000]}"})
    assert response.status_code in {200, 206, 400, 416}
    assert len(response.content) < 1_000_000


def test_a_body_that_stops_in_the_middle_is_let_go(
    service: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.middleware.BODY_IDLE_LIMIT_S", 0.2)
    port = int(service.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 500\r\n\r\n{"question": '
        )
        assert b" 408 " in connection.recv(1_000).splitlines()[0]


def test_monitoring_may_ask_with_head(client: httpx.Client) -> None:
    for path in ("/healthz", "/readyz"):
        response = client.head(path)
        assert response.status_code == 200 and response.content == b""


def test_raw_garbage_on_the_socket_does_not_stop_the_service(
    service: RunningServer, client: httpx.Client
) -> None:
    port = int(service.url.rpartition(":")[2])
    for garbage in (
        b"\x00\xff\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"POST /api/ask HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(garbage)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1_000)
    assert client.get("/healthz").status_code == 200


def test_the_reference_page_lists_every_operation_without_scripts(client: httpx.Client) -> None:
    page = client.get("/api/docs").text
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/ask", "/api/chat", "/api/search", "/v1/chat/completions"} <= set(paths)
    for path in paths:
        assert path in page
        for operation in paths[path].values():
            assert "HTTPValidationError" not in json.dumps(operation)
    assert "<script" not in page and "http://" not in page and "https://" not in page
    assert "string（1〜2000文字）" in page


def test_a_fault_in_the_first_reading_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Assistant) -> int:
        raise RuntimeError("a page cannot be read")

    monkeypatch.setattr("api.app.warm_up", fail)
    with running(create_app(settings_for(tmp_path))) as server, server.client() as client:
        assert client.get("/readyz").status_code == 200
        assert client.post("/api/ask", json={"question": "利用者数は？"}).status_code == 200
    assert "first reading" in caplog.text


def test_a_server_does_not_search_its_documents_for_garbage(tmp_path: Path) -> None:
    with running(create_app(settings_for(tmp_path))):
        assert gc.get_freeze_count() > 10_000
    assert not gc.get_freeze_count()
