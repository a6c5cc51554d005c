"""A service with four people, as a pytest plugin for the tests of signing in."""

from collections.abc import Iterator

import pytest
from api_support import RunningServer
from people_support import add_person, service_with_accounts, services_of

from api.people.throttle import RateLimit


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """`tanaka`, `sato`, `suzuki` and `kato`. All tests come from one address, which may try often."""
    with service_with_accounts(tmp_path_factory.mktemp("local")) as server:
        services_of(server).gate.addresses = RateLimit(10_000)
        for login in ("tanaka", "sato", "suzuki", "kato"):
            add_person(server, login)
        yield server
