"""Signing in through the real service: sessions, cookies, refusals that tell nothing."""

import re
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, registered_index, running
from people_support import (
    GOOD_PASSWORD,
    add_person,
    browser_of,
    service_with_accounts,
    services_of,
    signed_in,
)
from typer.testing import CliRunner

from api.cli import app as command_line
from api.people import throttle
from api.people.accounts import Accounts
from api.people.caller import Role
from api.people.sessions import Sessions
from rag.backup import back_up
from rag.registry import Database, TurnLog, people
from rag.restoring import restore

OPEN = ("/healthz", "/readyz", "/api/session/oidc", "/api/session/oidc/callback")
QUESTION = {"question": "月平均利用者数は？"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path_factory.mktemp("local")) as server:
        for login in ("tanaka", "sato", "suzuki", "kato"):
            add_person(server, login)
        yield server


@pytest.fixture(autouse=True)
def many_attempts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests come from one address; only the test of the rate keeps it."""
    if "service" in request.fixturenames and "rate" not in request.node.name:
        gate = services_of(request.getfixturevalue("service")).gate
        monkeypatch.setattr(gate, "addresses", throttle.RateLimit(10_000))


def refused(response: httpx.Response, status: int, code: str) -> str:
    assert response.status_code == status, response.text
    body = response.json()
    body = body.get("error", body)
    assert body["code"] == code
    return str(body["message"])


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


def test_an_initial_password_opens_nothing_but_the_choice_of_another(
    service: RunningServer,
) -> None:
    _, initial = services_of(service).gate.accounts.add("new-person", "新人")
    with signed_in(service, "new-person", initial) as client:
        assert client.get("/api/session").json()["must_change"] is True
        for path in ("/api/about", "/api/documents", "/v1/models"):
            refused(client.get(path), 403, "password_change_required")
        assert client.get("/").headers["location"] == "/login?change"
        for new in ("short", initial):
            response = client.put("/api/session/password", json={"current": initial, "new": new})
            refused(response, 422, "password_refused")
        wrong = {"current": "something-else", "new": GOOD_PASSWORD}
        refused(client.put("/api/session/password", json=wrong), 401, "wrong_credentials")
        right = {"current": initial, "new": GOOD_PASSWORD}
        assert client.put("/api/session/password", json=right).status_code == 200
        assert client.get("/api/about").status_code == 200
    with browser_of(service) as client:
        body = {"login": "new-person", "password": initial}
        refused(client.post("/api/session", json=body), 401, "wrong_credentials")


def test_an_initial_password_is_over_after_a_week(
    service: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.people import passwords

    _, initial = services_of(service).gate.accounts.add("late", "遅い人")
    monkeypatch.setattr(passwords, "INITIAL_VALIDITY", passwords.INITIAL_VALIDITY * 0)
    with browser_of(service) as client:
        body = {"login": "late", "password": initial}
        refused(client.post("/api/session", json=body), 401, "wrong_credentials")


def test_wrong_name_wrong_password_and_disabled_are_one_answer(service: RunningServer) -> None:
    services_of(service).gate.accounts.set_disabled("kato", True)
    answers = set()
    with browser_of(service) as client:
        for login, password in (
            ("nobody", GOOD_PASSWORD),
            ("sato", "違うパスワードです"),
            ("kato", GOOD_PASSWORD),
            ("田中\u0000", GOOD_PASSWORD),
            ("", ""),
        ):
            response = client.post("/api/session", json={"login": login, "password": password})
            assert response.status_code == 401 and "set-cookie" not in response.headers
            answers.add(response.text)
    assert len(answers) == 1


def test_the_time_does_not_tell_whether_there_is_such_a_person(service: RunningServer) -> None:
    gate = services_of(service).gate
    times: dict[str, list[float]] = {"tanaka": [], "nobody-at-all": []}
    with browser_of(service) as client:
        for _ in range(5):
            for login, measured in times.items():
                gate.names.succeeded(login)
                start = time.perf_counter()
                client.post("/api/session", json={"login": login, "password": "x" * 12})
                measured.append(time.perf_counter() - start)
    known, unknown = (statistics.median(measured) for measured in times.values())
    assert unknown > known / 3  # without a hash it would be a twentieth


def test_after_five_failures_the_right_password_has_to_wait_too(service: RunningServer) -> None:
    answers = []
    for login in ("suzuki", "nobody-here"):
        with browser_of(service) as client:
            for _ in range(5):
                body = {"login": login, "password": "x" * 12}
                refused(client.post("/api/session", json=body), 401, "wrong_credentials")
            body = {"login": login, "password": GOOD_PASSWORD}
            answers.append(refused(client.post("/api/session", json=body), 429, "locked"))
    assert answers[0] == answers[1] and "1分" in answers[0]


def test_guesses_at_the_same_time_are_no_way_round_the_limit(service: RunningServer) -> None:
    add_person(service, "target")
    codes: list[int] = []

    def guess(number: int) -> None:
        with browser_of(service) as client:
            body = {"login": "target", "password": f"guess-number-{number}"}
            codes.append(client.post("/api/session", json=body).status_code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [401] * 5 + [429] * 7


def test_the_rate_of_one_address_is_limited_before_any_password_is_looked_at(
    service: RunningServer,
) -> None:
    gate = services_of(service).gate
    gate.addresses = throttle.RateLimit(3)
    with browser_of(service) as client:
        codes = [
            client.post(
                "/api/session", json={"login": f"n{number}", "password": "x" * 12}
            ).status_code
            for number in range(6)
        ]
        assert codes == [401] * 3 + [429] * 3


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


def test_a_password_does_not_cross_the_network_in_the_clear(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path) as server:
        add_person(server, "tanaka")
        far = {"X-Forwarded-For": "10.20.30.40"}
        body = {"login": "tanaka", "password": GOOD_PASSWORD}
        with browser_of(server, **far) as client:
            refused(client.post("/api/session", json=body), 403, "encryption_required")
            tls = {"X-Forwarded-Proto": "https"}
            assert client.post("/api/session", json=body, headers=tls).status_code == 200


def test_a_proxy_that_is_trusted_names_the_person(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path, auth="proxy") as server:
        accounts = services_of(server).gate.accounts
        accounts.add("tanaka", "田中", password="")
        accounts.add("gone", "退職者", password="")
        accounts.set_disabled("gone", True)
        with browser_of(server) as client:
            refused(client.get("/api/about"), 401, "login_required")
            named = client.get("/api/session", headers={"X-Remote-User": "TANAKA"}).json()
            assert (named["login"], named["can_sign_out"]) == ("tanaka", False)
            for stranger in ("nobody", "gone"):
                response = client.get("/api/about", headers={"X-Remote-User": stranger})
                refused(response, 403, "no_account")
            twice = client.get(
                "/api/about", headers=[("X-Remote-User", "tanaka"), ("X-Remote-User", "x")]
            )
            refused(twice, 401, "login_required")
            body = {"login": "tanaka", "password": ""}
            refused(client.post("/api/session", json=body), 409, "no_passwords")


def test_from_an_address_that_is_no_proxy_the_header_says_nothing(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path, auth="proxy", trusted_proxies="10.0.0.1") as server:
        services_of(server).gate.accounts.add("tanaka", "田中", password="")
        with browser_of(server, **{"X-Remote-User": "tanaka"}) as client:
            refused(client.get("/api/about"), 401, "login_required")


def test_single_user_mode_is_marked_and_answers_this_machine_only(tmp_path: Path) -> None:
    with (
        registered_index(tmp_path) as index,
        running(app_for(ScriptedAssistant(index))) as server,
        server.client() as client,
    ):
        me = client.get("/api/session").json()
        assert me["single_user"] is True and me["mode"] == "single"
        # A foreign page whose name was made to point here.
        rebound = client.get("/api/documents", headers={"Host": "evil.example:8000"})
        refused(rebound, 403, "single_user_only")


def test_single_user_mode_is_not_served_to_other_machines(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", "--host", "0.0.0.0", "--port", str(port), "--data-dir", str(tmp_path)]
    result = CliRunner().invoke(command_line, arguments)
    assert result.exit_code == 1
    message = str(result.exception)
    assert "試用（1人用）" in message and "SHIORI_AUTH=local" in message


def test_nobody_asks_in_everybodys_place(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path, questions_per_minute=3) as server:
        for login in ("busy", "other"):
            add_person(server, login)
        with signed_in(server, "busy") as client, signed_in(server, "other") as other:
            paths = ("/api/ask", "/api/chat", "/api/ask", "/api/ask", "/api/chat")
            codes = [client.post(path, json=QUESTION).status_code for path in paths]
            assert codes == [200, 200, 200, 429, 429]
            refused(client.post("/api/search", json={"query": "件数"}), 429, "too_many_questions")
            assert client.get("/api/about").status_code == 200
            assert other.post("/api/ask", json=QUESTION).status_code == 200


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


def test_a_password_of_ones_own_is_never_too_old(service: RunningServer) -> None:
    person_id = add_person(service, "veteran")
    with services_of(service).index.database.write() as connection:
        people.change(connection, person_id, password_set_at="2020-01-01T00:00:00+00:00")
    with signed_in(service, "veteran") as client:
        assert client.get("/api/about").status_code == 200
