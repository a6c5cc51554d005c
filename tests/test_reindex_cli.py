"""`shiori reindex` as people run it, with and without a server on the same folder."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes import NgramEmbeddings

from api.cli import run
from ingest.reading import read_file
from rag.index import Index

SHIORI = [sys.executable, "-m", "api.cli"]
TERMINALS = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。所管は情報政策課である。\n"
QUESTION = {"question": "職員用の端末は何台更新した？"}


def shiori(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def data_dir(tmp_path) -> Path:
    (tmp_path / "端末.md").write_text(TERMINALS, encoding="utf-8")
    assert shiori("ingest", str(tmp_path / "端末.md"), "--data-dir", str(tmp_path / "var"))[0] == 0
    return tmp_path / "var"


@pytest.fixture
def server(data_dir) -> Iterator[str]:
    command = [*SHIORI, "serve", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        yield ready[ready.index("http://") :].split("（")[0]
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def test_a_running_server_switches_and_keeps_what_was_added_meanwhile(data_dir, server):
    with httpx.Client(base_url=server, timeout=60, trust_env=False) as client:
        before = client.post("/api/ask", json=QUESTION).json()
        upload = {"file": ("窓口.txt", "窓口の来庁者は令和6年度に567人であった。".encode())}
        assert client.post("/api/documents", files=upload).status_code == 201
        code, out, _ = shiori("reindex", "--data-dir", str(data_dir))
        assert code == 0 and "サーバーは新しい索引に切り替わりました" in out
        after = client.post("/api/ask", json=QUESTION).json()
        assert after["answer"] == before["answer"] and "1,234" in after["answer"]
        assert after["versions"]["index"] != before["versions"]["index"]
        assert client.get("/readyz").status_code == 200
        assert client.get("/api/documents").json()["count"] == 2
    assert not (data_dir / "next").exists()


def test_a_folder_of_another_model_is_refused_with_the_command_that_mends_it(tmp_path):
    at = ("--data-dir", str(tmp_path / "var"))
    content = TERMINALS.encode()
    read = read_file(content, "端末.md")
    with Index.open(tmp_path / "var", NgramEmbeddings(), chunker_version="0") as index:
        index.add(read.document, read.pages, read.chunks, original=content)
    code, _, errors = shiori("ask", QUESTION["question"], *at)
    assert code == 1 and "shiori reindex" in errors
    code, out, errors = shiori("reindex", *at)
    assert code == 0 and "1件の文書" in out and "読み直しています" in errors
    code, out, _ = shiori("ask", QUESTION["question"], *at)
    assert code == 0 and "1,234" in out
