"""A person leaves pages out or accepts a document: in the index, by HTTP and on the command line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import ScriptedAssistant, app_for, running
from fakes import NgramEmbeddings
from isolation_support import pdf_of_streams

from ingest.pipeline import ingest_bytes
from ingest.review import ReviewError, accept, exclude_pages, page_numbers
from rag.index import Index

SENTENCES = [
    "The fee for a certificate of residence is 300 yen at every counter.",
    "Bicycles found on the road are kept for sixty days in the northern park.",
    "The library lends ten books to each reader for two weeks at a time.",
]
NAME = "手引き.pdf"


def guide(*sentences: str) -> bytes:
    return pdf_of_streams([f"BT /F1 9 Tf 10 150 Td ({text}) Tj ET".encode() for text in sentences])


@pytest.fixture
def filled(index: Index) -> Index:
    report = ingest_bytes(NAME, guide(*SENTENCES), index)
    assert report.added == (NAME,), report.failures
    return index


def found_pages(index: Index, words: str) -> set[int]:
    hits = [*index.lexical_search(words, "surface", 10), *index.vector_search(words, 10)]
    return {chunk.page for chunk in index.chunks([hit.chunk_id for hit in hits])}


def test_an_excluded_page_is_in_no_search_and_comes_back(filled: Index) -> None:
    (document,) = filled.documents()
    assert 2 in found_pages(filled, "bicycles park")
    exclude_pages(filled, document, [2])
    (document,) = filled.documents()
    assert document.excluded_pages == (2,) and document.page_count == 3
    assert found_pages(filled, "bicycles park") == {1, 3}
    assert {chunk.page for chunk in filled.chunks_of(document.id)} == {1, 3}
    assert "Bicycles" in filled.page(document.id, 2).text  # it can still be looked at
    status = filled.status()
    assert status.agree and status.chunks == status.vectors == status.lexical_entries
    exclude_pages(filled, document, [])
    assert 2 in found_pages(filled, "bicycles park")


def test_the_decision_survives_a_restart_and_reading_the_same_file_again(tmp_path: Path) -> None:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        ingest_bytes(NAME, guide(*SENTENCES), index)
        exclude_pages(index, index.documents()[0], [1, 3])
        accept(index, index.documents()[0], True)
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        ingest_bytes(NAME, guide(*SENTENCES), index, force=True)
        (document,) = index.documents()
        assert document.excluded_pages == (1, 3) and document.accepted
        assert {chunk.page for chunk in index.chunks_of(document.id)} == {2}


def test_another_content_needs_a_new_decision(filled: Index) -> None:
    exclude_pages(filled, filled.documents()[0], [1])
    accept(filled, filled.documents()[0], True)
    ingest_bytes(NAME, guide(*reversed(SENTENCES)), filled)
    (document,) = filled.documents()
    assert document.excluded_pages == () and not document.accepted


@pytest.mark.parametrize(
    ("pages", "said"),
    [([4], "4ページはありません（全3ページ）"), ([0], "0ページ"), ([1, 2, 3], "すべてのページ")],
)
def test_what_cannot_be_left_out_is_refused_and_nothing_changes(
    filled: Index, pages: list[int], said: str
) -> None:
    with pytest.raises(ReviewError, match=said):
        exclude_pages(filled, filled.documents()[0], pages)
    assert filled.documents()[0].excluded_pages == ()
    assert found_pages(filled, "bicycles park") == {1, 2, 3}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("3-5", (3, 4, 5)), ("8,3", (3, 8)), ("1, 2、4-4", (1, 2, 4)), ("３-４", (3, 4))],
)
def test_page_numbers_are_read(text: str, numbers: tuple[int, ...]) -> None:
    assert page_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "a", "3-", "-3", "1;2", "5-x"])
def test_wrong_page_numbers_are_named(text: str) -> None:
    with pytest.raises(ReviewError, match="指定"):
        page_numbers(text)


@pytest.fixture
def client(filled: Index) -> Iterator[httpx.Client]:
    with running(app_for(ScriptedAssistant(filled))) as server, server.client() as client:
        yield client


def test_the_report_and_the_decision_go_over_http(client: httpx.Client) -> None:
    (document,) = client.get("/api/documents").json()["documents"]
    assert document["quality"]["tables"] == 0 and document["excluded_pages"] == []
    path = f"/api/documents/{document['id']}"
    report = client.get(f"{path}/quality").json()
    assert report["pages"] == 3 and report["near_duplicates"] == []
    changed = client.patch(path, json={"excluded_pages": [3, 2], "accepted": True})
    assert changed.status_code == 200
    assert changed.json()["excluded_pages"] == [2, 3] and changed.json()["accepted"]
    assert client.get(path).json()["excluded_pages"] == [2, 3]
    assert client.patch(path, json={"accepted": False}).json()["excluded_pages"] == [2, 3]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"excluded_pages": [9]}, 422),
        ({"excluded_pages": [0]}, 422),
        ({"excluded_pages": ["1"]}, 422),
        ({"excluded_pages": [1, 2, 3]}, 422),
        ({"pages": [1]}, 422),
    ],
)
def test_a_decision_that_cannot_be_is_refused_in_japanese(
    client: httpx.Client, body: dict[str, object], status: int
) -> None:
    (document,) = client.get("/api/documents").json()["documents"]
    response = client.patch(f"/api/documents/{document['id']}", json=body)
    assert response.status_code == status
    assert set(response.json()) == {"code", "message"} and "。" in response.json()["message"]


def test_an_unknown_document_has_no_report(client: httpx.Client) -> None:
    assert client.get("/api/documents/nowhere/quality").status_code == 404
    assert client.patch("/api/documents/nowhere", json={"accepted": True}).status_code == 404


def shiori(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )


def test_the_command_line_reports_excludes_and_accepts(tmp_path: Path) -> None:
    folder, data = tmp_path / "files", str(tmp_path / "var")
    folder.mkdir()
    (folder / NAME).write_bytes(guide(*SENTENCES))
    (folder / "写し.pdf").write_bytes(guide(*SENTENCES) + b"\n")
    looked = shiori("ingest", str(folder), "--check", "--data-dir", data)
    assert (
        "「手引き.pdf」\n  品質: 3ページ" in looked.stdout and "登録はしていません" in looked.stdout
    )
    assert not Path(data).exists()
    taken = json.loads(shiori("ingest", str(folder), "--json", "--data-dir", data).stdout)
    assert [report["pages"] for report in taken["quality"]] == [3, 3]
    assert taken["quality"][0]["near_duplicates"][0]["shared"] == 1
    done = shiori("documents", "exclude", NAME, "--pages", "2-3", "--data-dir", data)
    assert done.returncode == 0 and "検索から外したページ: 2、3" in done.stdout
    shiori("documents", "include", NAME, "--pages", "3", "--data-dir", data)
    shiori("documents", "accept", NAME, "--data-dir", data)
    shown = shiori("documents", "show", NAME, "--data-dir", data).stdout
    assert "検索から外したページ: 2\n" in shown and "確認済み" in shown
    assert "よく似た文書: 「写し.pdf」（文の67%が共通）" in shown
    wrong = shiori("documents", "exclude", NAME, "--pages", "9", "--data-dir", data)
    assert (
        wrong.returncode == 1
        and wrong.stderr.count("\n") == 1
        and "9ページはありません" in wrong.stderr
    )
