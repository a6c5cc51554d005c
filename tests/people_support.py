"""A service with accounts, and browsers of the people in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from api_support import RunningServer, ScriptedAssistant, app_for, registered_index, running

from api.dependencies import Services
from api.people.gate import PLAIN_COOKIE
from rag.registry import people

GOOD_PASSWORD = "霧島の朝は五時半に始まる"
QUESTION = {"question": "月平均利用者数は？"}
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def service_with_accounts(data_dir: Path, **values: object) -> Iterator[RunningServer]:
    """One document, `plan`, and accounts (SHIORI_AUTH=local unless `values` say otherwise)."""
    with (
        registered_index(data_dir) as index,
        running(app_for(ScriptedAssistant(index), **({"auth": "local"} | values))) as server,
    ):
        yield server


def services_of(server: RunningServer) -> Services:
    services = server.app.state.services
    assert isinstance(services, Services)
    return services


def browser_of(server: RunningServer, **headers: str) -> httpx.Client:
    """A client that keeps cookies and sends what a browser sends from the service's own page."""
    return httpx.Client(
        base_url=server.url, timeout=30, trust_env=False, headers=OWN_PAGE | headers
    )


def add_person(
    server: RunningServer, login: str, *, password: str = GOOD_PASSWORD, **values: object
) -> str:
    """A person who has chosen `password` already ("" for none); returns the id."""
    services = services_of(server)
    person, _ = services.gate.accounts.add(
        login,
        login,
        password=password,
        **values,  # type: ignore[arg-type]
    )
    with services.index.database.write() as connection:
        people.change(connection, person.id, must_change=False)
    return person.id


@contextmanager
def signed_in(
    server: RunningServer, login: str, password: str = GOOD_PASSWORD
) -> Iterator[httpx.Client]:
    with browser_of(server) as client:
        response = client.post("/api/session", json={"login": login, "password": password})
        assert response.status_code == 200, response.text
        yield client


@contextmanager
def browsing(server: RunningServer, login: str) -> Iterator[httpx.Client]:
    """As `signed_in`, without the tenth of a second that a password takes."""
    gate = services_of(server).gate
    session = gate.sessions.begin(gate.accounts.find(login))
    with browser_of(server, Cookie=f"{PLAIN_COOKIE}={session}") as client:
        yield client


def refused(response: httpx.Response, status: int, code: str) -> str:
    """The message of a refusal that has this status and code."""
    assert response.status_code == status, response.text
    body = response.json()
    body = body.get("error", body)
    assert body["code"] == code
    return str(body["message"])
