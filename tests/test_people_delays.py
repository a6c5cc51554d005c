"""Who guesses passwords has to wait, and who asks without a pause."""

import threading
from pathlib import Path

import pytest
from api_support import RunningServer
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

from api.people.throttle import RateLimit

pytest_plugins = ["people_fixtures"]


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
    service: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_of(service).gate, "addresses", RateLimit(3))
    with browser_of(service) as client:
        codes = [
            client.post(
                "/api/session", json={"login": f"n{number}", "password": "x" * 12}
            ).status_code
            for number in range(6)
        ]
        assert codes == [401] * 3 + [429] * 3


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
