"""Nothing is done and nothing answered without a record, and records hold no text of documents."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import (
    ANSWER_TEXT,
    RunningServer,
    ScriptedAssistant,
    app_for,
    registered_index,
    running,
    settings_for,
    sse_events,
)

from api.app import create_app
from api.people.accounts import Accounts
from api.people.caller import Role
from rag.index import Index
from rag.registry.audit import AuditLog
from rag.registry.audit_check import verify

NEVER_RECORDED = {"/healthz", "/readyz"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with registered_index(tmp_path_factory.mktemp("audit")) as index:
        yield index


@pytest.fixture(scope="module")
def service(index: Index) -> Iterator[RunningServer]:
    with running(app_for(ScriptedAssistant(index))) as server:
        yield server


@pytest.fixture
def client(service: RunningServer) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


@pytest.fixture
def log(index: Index) -> AuditLog:
    return AuditLog(index.database.path.parent)


def newest(log: AuditLog, count: int = 1) -> list[dict[str, object]]:
    return [record.fields for record in log.records(limit=count)]


def last_number(log: AuditLog) -> int:
    head = log.head()
    return head.sequence if head else 0


def test_every_route_of_the_api_leaves_a_record(
    service: RunningServer, client: httpx.Client, log: AuditLog
) -> None:
    operations = [
        (path, method)
        for path, methods in service.app.openapi()["paths"].items()
        for method in methods
        if path not in NEVER_RECORDED
    ]
    assert len(operations) > 20
    for path, method in operations:
        before = last_number(log)
        place = path.replace("{", "").replace("}", "")
        client.request(method.upper(), place, json={} if method not in ("get", "delete") else None)
        records = newest(log, last_number(log) - before)
        assert records, f"{method} {path}"
        assert {record["action"] for record in records} == {f"{method.upper()} {path}"}


def test_an_answer_is_on_record_by_its_seal_and_documents(
    client: httpx.Client, log: AuditLog
) -> None:
    answer = client.post("/api/ask", json={"question": '利用者数は\n{"action":"偽"}'}).json()
    (record,) = newest(log)
    assert record["turn"] == answer["id"] and record["documents"] == ["plan"]
    assert record["http"] == 200 and record["who"] == "single-user"
    assert "227" not in json.dumps(record, ensure_ascii=False)
    assert len(str(record["output_sha256"])) == 64 and record["versions"]
    # One line, whatever the question says.
    assert "\n" not in log.records(limit=1)[0].body


def test_personal_information_is_masked_on_record(client: httpx.Client, log: AuditLog) -> None:
    body = {"question": "090-1234-5678 の件", "personal_information": "send"}
    client.post("/api/ask", json=body)
    assert newest(log)[0]["input"] == "［電話番号］ の件"


def test_a_stream_is_on_record_before_its_first_byte_and_before_its_answer(
    client: httpx.Client, log: AuditLog
) -> None:
    with client.stream("POST", "/api/chat", json={"question": "利用者数は"}) as response:
        pieces = response.iter_text()
        text = next(pieces)
        assert "利用者数は" in [record.get("input") for record in newest(log, 2)]
        text += "".join(pieces)
    assert ANSWER_TEXT[:5] in text
    (record,) = newest(log)
    assert record["phase"] == "answer" and record["documents"] == ["plan"]


def test_a_change_is_on_record_before_it_begins_and_when_it_has_ended(
    client: httpx.Client, log: AuditLog
) -> None:
    client.delete("/api/documents/nothing")
    ended, begun = newest(log, 2)
    assert (begun["phase"], ended["phase"], ended["http"]) == ("begin", "end", 404)
    assert ended["target"] == {"document_id": "nothing"}


def test_a_path_without_a_route_is_not_kept(client: httpx.Client, log: AuditLog) -> None:
    client.get("/api/taro@example.jp")
    assert newest(log)[0]["action"] == "GET (no route)" and "taro" not in str(newest(log))


def test_without_a_record_there_is_no_answer(index: Index, tmp_path: Path) -> None:
    with running(app_for(ScriptedAssistant(index))) as server, server.client() as client:
        services = server.app.state.services
        (tmp_path / "file").write_text("")
        services.audit = AuditLog(tmp_path / "file")  # no folder: nothing can be kept
        before = len(index.turn_log.conversations())
        for path in ("/api/ask", "/api/chat"):
            refused = client.post(path, json={"question": "利用者数は"})
            assert refused.status_code == 507
            assert refused.json()["code"] == "audit_unavailable" and "227" not in refused.text
        assert client.delete("/api/documents/plan").status_code == 507
        assert index.document("plan")  # refused before anything was done
        assert client.get("/healthz").status_code == 200
        assert len(index.turn_log.conversations()) >= before


def test_an_answer_whose_record_fails_midway_is_not_sent(index: Index, tmp_path: Path) -> None:
    assistant = ScriptedAssistant(index)
    with running(app_for(assistant)) as server, server.client() as client:
        services = server.app.state.services
        services.audit = AuditLog(tmp_path)

        def break_log(number: int) -> None:
            if number == 1:
                services.audit.path.unlink()
                services.audit.path.mkdir()

        assistant.before_token = break_log
        events = sse_events(client.post("/api/chat", json={"question": "利用者数は"}).text)
    assert events[-1][0] == "error" and events[-1][1]["code"] == "audit_unavailable"
    assert "answer" not in [name for name, _ in events]


def test_only_auditors_read_the_log_and_reading_is_on_record(index: Index, tmp_path: Path) -> None:
    accounts = Accounts(index.database)
    password = "とても長い合言葉です-2026"
    accounts.add(
        "kansa", "監査 一子", department="監査委員事務局", roles=[Role.AUDIT], password=password
    )
    accounts.add("kanri", "管理 二郎", roles=[Role.ADMIN], password=password)
    app = create_app(
        settings_for(tmp_path, auth="local", allow_plain_http=True), ScriptedAssistant(index)
    )
    log = AuditLog(index.database.path.parent)
    with running(app) as server:
        for login, status in (("kanri", 403), ("kansa", 200)):
            with server.client() as client:
                client.headers["X-Requested-With"] = "test"
                body = {"login": login, "password": password}
                assert client.post("/api/session", json=body).status_code == 200
                assert newest(log)[0]["login"] == login
                client.put(
                    "/api/session/password", json={"current": password, "new": password + login}
                )
                for path in ("/api/audit", "/api/audit/verification", "/api/audit/export"):
                    assert client.get(path).status_code == status, path
                    assert newest(log)[0]["action"] == f"GET {path}"
                    assert newest(log)[0]["login"] == login
        with server.client() as client:
            wrong = {"login": "secret-password", "password": "x"}
            client.post("/api/session", json=wrong, headers={"X-Requested-With": "test"})
            assert "secret-password" not in str(newest(log, 2))
    assert verify(log).sound


def test_a_record_is_listed_in_words_and_without_what_pages_ask_for_by_themselves(
    client: httpx.Client, log: AuditLog
) -> None:
    start = last_number(log)
    client.get("/api/session")
    client.get("/api/documents")
    client.get("/api/documents/plan/pages/1")
    client.get("/api/documents/none")  # refused
    client.post("/api/ask", json={"question": "研修の回数は？"})
    listed = client.get("/api/audit", params={"routine": False}).json()["records"]
    shown = [record for record in listed if record["sequence"] > start]
    assert [record["operation"] for record in shown] == [
        "質問に出典付きで答える", "一つの文書", "ページの本文",
    ]  # fmt: skip
    assert shown[-1]["titles"] == {"plan": "DX推進計画"}
    everything = client.get("/api/audit", params={"limit": 6}).json()["records"]
    actions = {record["action"] for record in everything}
    assert {"GET /api/session", "GET /api/documents", "GET /api/audit"} <= actions


def test_export_and_list_hold_the_same_records(client: httpx.Client, log: AuditLog) -> None:
    listed = client.get("/api/audit", params={"limit": 5, "text": "/api/ask"}).json()["records"]
    assert listed and all("/api/ask" in record["action"] for record in listed)
    lines = client.get("/api/audit/export", params={"form": "jsonl"}).text.splitlines()
    assert json.loads(lines[0])["sequence"] == 1
    table = client.get("/api/audit/export").content.decode("utf-8-sig").splitlines()
    assert table[0].startswith("番号,") and len(table) >= len(lines)
    checked = client.get("/api/audit/verification").json()
    assert checked["sound"] and "控え" in checked["cannot_tell"]


@pytest.mark.parametrize("round_", range(2))
def test_a_kill_leaves_no_delivered_answer_without_record(tmp_path: Path, round_: int) -> None:
    """The long form is tests/audit_campaign.py."""
    from audit_campaign import delivered_without_record

    assert delivered_without_record(tmp_path, seed=round_) == 0
