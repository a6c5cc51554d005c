"""Passwords through the real service: the first one, wrong ones, and refusals that tell nothing."""

import re
import statistics
import time
from pathlib import Path

import pytest
from api_support import RunningServer
from people_support import (
    GOOD_PASSWORD,
    add_person,
    browser_of,
    refused,
    service_with_accounts,
    services_of,
    signed_in,
)

from rag.registry import people

pytest_plugins = ["people_fixtures"]


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


def test_a_password_of_ones_own_is_never_too_old(service: RunningServer) -> None:
    person_id = add_person(service, "veteran")
    with services_of(service).index.database.write() as connection:
        people.change(connection, person_id, password_set_at="2020-01-01T00:00:00+00:00")
    with signed_in(service, "veteran") as client:
        assert client.get("/api/about").status_code == 200


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


def test_a_password_does_not_cross_the_network_in_the_clear(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path) as server:
        add_person(server, "tanaka")
        far = {"X-Forwarded-For": "10.20.30.40"}
        body = {"login": "tanaka", "password": GOOD_PASSWORD}
        with browser_of(server, **far) as client:
            refused(client.post("/api/session", json=body), 403, "encryption_required")
            tls = {"X-Forwarded-Proto": "https"}
            assert client.post("/api/session", json=body, headers=tls).status_code == 200


def test_a_form_that_is_sent_before_its_script_is_there_puts_no_password_into_an_address(
    service: RunningServer,
) -> None:
    with browser_of(service) as client:
        page = client.get("/login").text
        forms = re.findall(r"<form [^>]*>", page)
        assert len(forms) == 2 and all('method="post"' in form for form in forms)
        sent = client.post("/login", data={"login": "tanaka", "password": GOOD_PASSWORD})
        assert sent.status_code >= 400 and GOOD_PASSWORD not in sent.text
