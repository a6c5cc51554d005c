"""Fixtures for all tests: no test reaches beyond this machine."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import NgramEmbeddings
from running_order import place_of
from temporary_folder import use_memory

from rag.index import Index

OFFLINE_SITE = Path(__file__).parent / "offline"

use_memory()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: what is begun last must not keep one worker alone at work."""
    items.sort(key=lambda item: place_of(item.path.name))


class OutsideConnectionError(AssertionError):
    """Something tried to reach another machine."""


def is_loopback(address: Any) -> bool:
    """Whether a socket address (of any family) stays on this machine."""
    if not isinstance(address, tuple):
        return True  # AF_UNIX: a path
    host = address[0]
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_outside_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deny every connection and name look-up that leaves the machine."""

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if not is_loopback(arguments[-1]):
                raise OutsideConnectionError(f"connection to {arguments[-1]!r}")
            return method(self, *arguments)

        return call

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_loopback((name, 0)):
            raise OutsideConnectionError(f"look-up of {host!r}")
        return resolve(host, *arguments, **options)

    resolve = socket.getaddrinfo
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def offline_environment() -> dict[str, str]:
    """Environment for a child Python process in which the same connections are denied."""
    path = os.pathsep.join(filter(None, [str(OFFLINE_SITE), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path}


@pytest.fixture
def embedder() -> NgramEmbeddings:
    return NgramEmbeddings()


@pytest.fixture
def index(tmp_path: Path, embedder: NgramEmbeddings) -> Iterator[Index]:
    """An empty index with the n-gram embedder, in `tmp_path / "var"`."""
    with Index.open(tmp_path / "var", embedder) as opened:
        yield opened
