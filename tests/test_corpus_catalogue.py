"""The sample corpus as committed: complete, readable, marked as a sample, and rebuildable."""

import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pdfplumber
import pytest
from corpus_pages import CORPUS, page_texts
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

MAX_PDF_BYTES = 5 * 1024 * 1024
MIN_PAGES = 80
NOT_DOCUMENTS = {"README.md", "build.py", "catalog.toml"}
KINDS = {"計画", "監査報告", "会議資料", "報告", "調査結果"}
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")

PDFS = sorted(CORPUS.glob("*.pdf"))


def catalogue() -> list[dict[str, object]]:
    documents = tomllib.loads((CORPUS / "catalog.toml").read_text(encoding="utf-8"))["documents"]
    assert isinstance(documents, list)
    return documents


def fonts_of(pdf: Path) -> dict[str, bool]:
    """Font name → whether its font program is inside the file."""
    fonts: dict[str, bool] = {}
    for page in PdfReader(pdf).pages:
        resources = page["/Resources"]
        assert isinstance(resources, DictionaryObject)
        for reference in resources.get("/Font", {}).values():
            font = reference.get_object()
            for part in font.get("/DescendantFonts", [font]):
                descriptor = part.get_object()["/FontDescriptor"].get_object()
                embedded = any(key in descriptor for key in ("/FontFile2", "/FontFile3"))
                fonts[str(font["/BaseFont"])] = embedded
    return fonts


def test_the_catalogue_and_the_folder_name_the_same_files() -> None:
    in_folder = {path.name for path in CORPUS.iterdir() if path.is_file()} - NOT_DOCUMENTS
    listed = [document["file"] for document in catalogue()]
    assert sorted(in_folder) == sorted(map(str, listed))


def test_every_catalogue_entry_is_complete_and_its_dates_are_in_order() -> None:
    files = {document["file"] for document in catalogue()}
    for document in catalogue():
        for field in ("title", "publisher", "department"):
            assert document[field], f"{document['file']} has no {field}"
        assert document["kind"] in KINDS
        assert isinstance(document["issued"], date)
        if "valid_from" in document:
            start, end = document["valid_from"], document["valid_until"]
            assert isinstance(start, date) and isinstance(end, date)
            assert start < end
        assert document.get("successor", document["file"]) in files


def test_a_plan_is_followed_by_the_plan_that_starts_when_it_ends() -> None:
    documents = {str(document["file"]): document for document in catalogue()}
    chain = ["digital-city-hall-plan-2018-2021.pdf"]
    while "successor" in documents[chain[-1]]:
        follower = str(documents[chain[-1]]["successor"])
        end, start = documents[chain[-1]]["valid_until"], documents[follower]["valid_from"]
        assert isinstance(end, date) and isinstance(start, date)
        assert (start - end).days == 1
        chain.append(follower)
    assert chain[1:] == ["dx-plan-2022-2025.pdf", "dx-plan-2026-2029.pdf"]


def test_the_pdfs_are_at_least_80_pages_and_at_most_5_megabytes_in_all() -> None:
    assert sum(len(page_texts(pdf)) for pdf in PDFS) >= MIN_PAGES
    assert sum(pdf.stat().st_size for pdf in PDFS) <= MAX_PDF_BYTES


@pytest.mark.parametrize("pdf", PDFS, ids=lambda pdf: pdf.name)
def test_every_page_has_japanese_text_that_can_be_extracted(pdf: Path) -> None:
    for number, text in enumerate(page_texts(pdf), start=1):
        assert len(JAPANESE.findall(text)) >= 20, f"page {number} of {pdf.name}"
        assert "\ufffd" not in text, f"page {number} of {pdf.name}"


@pytest.mark.parametrize("pdf", PDFS, ids=lambda pdf: pdf.name)
def test_every_font_is_embedded(pdf: Path) -> None:
    fonts = fonts_of(pdf)
    assert fonts
    assert all(fonts.values()), fonts


@pytest.mark.parametrize("name", [str(document["file"]) for document in catalogue()])
def test_the_beginning_of_every_document_says_that_it_is_a_sample(name: str) -> None:
    path = CORPUS / name
    first = page_texts(path)[0] if path.suffix == ".pdf" else path.read_text("utf-8")[:400]
    beginning = "".join(first.split())
    assert "見本文書" in beginning
    assert "公式な文書ではありません" in beginning


@pytest.mark.parametrize("pdf", PDFS, ids=lambda pdf: pdf.name)
def test_printed_page_numbers_lag_behind_the_pages_of_the_file(pdf: Path) -> None:
    printed = {
        number: int(found.group(1))
        for number, text in enumerate(page_texts(pdf), start=1)
        if (found := re.search(r"- (\d+) -\s*$", text))
    }
    assert len(printed) >= 3
    assert {number - label for number, label in printed.items()} <= set(range(1, 12))


def test_a_table_that_runs_over_a_page_repeats_its_header() -> None:
    with pdfplumber.open(CORPUS / "five-less-report-2025.pdf") as pdf:
        before, after = (page.find_tables() for page in pdf.pages[-2:])
        header = ["分野", "年", "できごと"]
        assert before[-1].extract()[0] == header
        assert after[0].extract()[0] == header
        assert after[0].extract()[-1][1] == "2023年"


def test_the_committed_pdfs_are_what_the_sources_give() -> None:
    pytest.importorskip("typst")
    pytest.importorskip("pylopdf_fonts_jp")
    finished = subprocess.run(
        [sys.executable, str(CORPUS / "build.py"), "--check"], capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr
