"""A service with accounts, and browsers of the people in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from api_support import RunningServer, ScriptedAssistant, app_for, registered_index, running

from api.dependencies import Services

GOOD_PASSWORD = "霧島の朝は五時半に始まる"
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


def add_person(server: RunningServer, login: str, **values: object) -> str:
    """A person who has chosen `GOOD_PASSWORD`; returns the id."""
    accounts = services_of(server).gate.accounts
    person, _ = accounts.add(login, login, **values)  # type: ignore[arg-type]
    accounts.choose_password(person, GOOD_PASSWORD)
    return person.id


@contextmanager
def signed_in(
    server: RunningServer, login: str, password: str = GOOD_PASSWORD
) -> Iterator[httpx.Client]:
    with browser_of(server) as client:
        response = client.post("/api/session", json={"login": login, "password": password})
        assert response.status_code == 200, response.text
        yield client
