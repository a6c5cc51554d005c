"""Sessions through the real service: cookies, tokens, what ends them, whose questions are whose."""

import re
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, registered_index, running
from people_support import (
    GOOD_PASSWORD,
    QUESTION,
    add_person,
    browser_of,
    refused,
    service_with_accounts,
    services_of,
    signed_in,
)

from api.people.accounts import Accounts
from api.people.caller import Role
from api.people.sessions import Sessions
from rag.backup import back_up
from rag.registry import Database, TurnLog
from rag.restoring import restore

pytest_plugins = ["people_fixtures"]

OPEN = ("/healthz", "/readyz", "/api/session/oidc", "/api/session/oidc/callback")


def test_without_a_session_every_operation_is_refused(service: RunningServer) -> None:
    with signed_in(service, "tanaka") as client:
        paths = client.get("/api/openapi.json").json()["paths"]
    with browser_of(service) as client:
        assert len(paths) > 15
        for path, operations in paths.items():
            for method in operations:
                if path in OPEN or (method, path) == ("post", "/api/session"):
                    continue
                address = re.sub(r"\{page_number\}", "1", path)
                address = re.sub(r"\{\w+\}", "plan", address)
                refused(client.request(method.upper(), address), 401, "login_required")
        refused(client.get("/api/openapi.json"), 401, "login_required")
        refused(client.get("/api/nothing-of-the-kind"), 401, "login_required")
        assert client.get("/healthz").status_code == 200
        assert client.get("/static/js/login.js").status_code == 200


def test_pages_lead_to_the_page_for_signing_in(service: RunningServer) -> None:
    with browser_of(service) as client:
        response = client.get("/")
        assert response.status_code == 303 and response.headers["location"] == "/login"
        assert client.get("/login").status_code == 200
    with signed_in(service, "tanaka") as client:
        assert client.get("/").status_code == 200


def test_who_has_signed_in_may_ask_and_is_named(service: RunningServer) -> None:
    with signed_in(service, "tanaka") as client:
        assert client.post("/api/ask", json=QUESTION).status_code == 200
        me = client.get("/api/session").json()
        assert (me["login"], me["mode"], me["single_user"]) == ("tanaka", "local", False)
        assert me["can"] == {role.value: role is Role.STAFF for role in Role}


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(service: RunningServer) -> None:
    with browser_of(service) as client:
        body = {"login": "tanaka", "password": GOOD_PASSWORD}
        plain = client.post("/api/session", json=body).headers["set-cookie"]
        assert re.match(r"shiori-session=[\w-]{43};", plain)
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(plain.split("; "))
        assert "max-age" not in plain.casefold()  # gone when the browser is closed
        # As a reverse proxy on this machine that speaks TLS with the browser.
        behind_tls = client.post(
            "/api/session", json=body, headers={"X-Forwarded-Proto": "https"}
        ).headers["set-cookie"]
        assert behind_tls.startswith("__Host-shiori=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(behind_tls.split("; "))
        assert "domain" not in behind_tls.casefold()


def test_signing_in_again_gives_another_session_and_ends_the_old_one(
    service: RunningServer,
) -> None:
    with signed_in(service, "tanaka") as client:
        old = client.cookies["shiori-session"]
        client.post("/api/session", json={"login": "tanaka", "password": GOOD_PASSWORD})
        assert client.cookies["shiori-session"] != old
        with browser_of(service, Cookie=f"shiori-session={old}") as thief:
            refused(thief.get("/api/session"), 401, "login_required")


def test_a_session_that_somebody_else_chose_is_never_taken_over(service: RunningServer) -> None:
    chosen = "A" * 43
    with browser_of(service, Cookie=f"shiori-session={chosen}") as client:
        response = client.post("/api/session", json={"login": "tanaka", "password": GOOD_PASSWORD})
        assert chosen not in response.headers["set-cookie"]
        refused(client.get("/api/about"), 401, "login_required")


def test_signing_out_ends_the_session_on_the_server(service: RunningServer) -> None:
    with signed_in(service, "tanaka") as client:
        kept = client.cookies["shiori-session"]
        assert client.delete("/api/session").status_code == 200
        with browser_of(service, Cookie=f"shiori-session={kept}") as again:
            refused(again.get("/api/session"), 401, "login_required")


def test_disabling_somebody_acts_at_the_next_request(service: RunningServer) -> None:
    add_person(service, "leaver")
    accounts = services_of(service).gate.accounts
    with signed_in(service, "leaver") as client:
        assert client.get("/api/about").status_code == 200
        accounts.set_disabled("leaver", True)
        refused(client.get("/api/about"), 401, "login_required")
        accounts.set_disabled("leaver", False)
        refused(client.get("/api/about"), 401, "login_required")


def test_a_changed_role_acts_at_the_next_request(service: RunningServer) -> None:
    add_person(service, "climber")
    accounts = services_of(service).gate.accounts
    with signed_in(service, "climber") as client:
        assert client.get("/api/session").json()["can"]["audit"] is False
        accounts.set_roles("climber", {Role.AUDIT})
        assert client.get("/api/session").json()["can"]["audit"] is True


def test_what_somebody_asked_is_there_for_nobody_else(service: RunningServer) -> None:
    with signed_in(service, "tanaka") as asker, signed_in(service, "sato") as other:
        answer = asker.post("/api/ask", json={"question": "内密の相談の件数は？"}).json()
        conversation = answer["conversation_id"]
        assert "内密" in asker.get("/api/conversations").text
        assert "内密" not in other.get("/api/conversations").text
        path = f"/api/conversations/{conversation}"
        message = refused(other.get(path), 404, "unknown_conversation")
        assert message == refused(other.get(f"{path}0"), 404, "unknown_conversation")
        # Going on with somebody else's conversation gives none of it away.
        other.post("/api/ask", json=QUESTION | {"conversation_id": conversation})
        assert "内密" not in other.get(path).text
        assert len(asker.get(path).json()["turns"]) == 1
    log: TurnLog = services_of(service).index.turn_log
    owners = {turn.owner for turn in log.turns(conversation)}
    assert len(owners) == 2


def test_a_token_asks_and_does_nothing_else(service: RunningServer) -> None:
    add_person(service, "script", roles={Role.ADMIN})
    gate = services_of(service).gate
    token = gate.sessions.issue_token(gate.accounts.find("script"), "表計算")
    with httpx.Client(
        base_url=service.url, trust_env=False, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        body = {"messages": [{"role": "user", "content": "月平均利用者数は？"}]}
        assert client.post("/v1/chat/completions", json=body).status_code == 200
        assert client.get("/api/session").json()["roles"] == ["staff"]
        gate.accounts.set_disabled("script", True)
        refused(client.post("/v1/chat/completions", json=body), 401, "bad_token")
        client.headers["Authorization"] = "Bearer shiori-wrong"
        refused(client.get("/v1/models"), 401, "bad_token")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},  # a browser too old to say anything, or a program that copied a cookie
        {"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"},
        {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_no_change_is_made_for_another_page(
    service: RunningServer, headers: dict[str, str]
) -> None:
    with signed_in(service, "tanaka") as client:
        paths = client.get("/api/openapi.json").json()["paths"]
        client.headers.clear()
        client.headers["Host"] = service.url.removeprefix("http://")
        changes = [
            (method, re.sub(r"\{\w+\}", "plan", path))
            for path, operations in paths.items()
            for method in operations
            if method not in ("get", "head")
        ]
        assert ("delete", "/api/documents/plan") in changes and len(changes) > 8
        for method, path in changes:
            response = client.request(
                method.upper(), path, content=b'{"question":"?"}', headers=headers
            )
            assert response.status_code in (403, 415), (method, path, response.text)
    assert len(services_of(service).index.documents()) == 1


def test_nothing_changes_by_a_get(service: RunningServer) -> None:
    with signed_in(service, "tanaka") as client:
        for path in ("/api/session/password", "/api/ask", "/api/chat", "/v1/chat/completions"):
            assert client.get(path).status_code == 405
        assert client.get("/api/session").status_code == 200


def test_an_open_stream_of_a_disabled_person_is_cut_within_five_seconds(tmp_path: Path) -> None:
    going_on = threading.Event()

    def wait(number: int) -> None:
        if number == 1:
            going_on.wait(20)

    with (
        registered_index(tmp_path) as index,
        running(app_for(ScriptedAssistant(index, before_token=wait), auth="local")) as server,
    ):
        add_person(server, "leaver")
        with (
            signed_in(server, "leaver") as client,
            client.stream("POST", "/api/chat", json=QUESTION) as response,
        ):
            pieces = response.iter_text()
            received = next(pieces)
            services_of(server).gate.accounts.set_disabled("leaver", True)
            start = time.monotonic()
            received += "".join(pieces)
            assert time.monotonic() - start < 5
            assert "login_required" in received and "event: answer" not in received
        going_on.set()


def test_a_backup_signs_nobody_in_again(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path) as server:
        add_person(server, "tanaka")
        with signed_in(server, "tanaka") as client:
            session = client.cookies["shiori-session"]
            archive = tmp_path / "backup.zip"
            back_up(services_of(server).index.data_dir, archive)
    restore(archive, tmp_path / "restored")
    database = Database(tmp_path / "restored" / "registry.sqlite3")
    try:
        day = timedelta(days=1)
        assert Accounts(database).find("tanaka").password_hash
        assert Sessions(database, idle=day, absolute=day).resolve(session, "browser") is None
    finally:
        database.close()
