"""The whole catalogue of bad files in one folder: each comes to its end, and none stops another."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from bad_inputs_support import JAPANESE, LIMITS, BadInput, Expected
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS
from fakes import NgramEmbeddings

from ingest.inspection import remarks
from ingest.names import document_id
from ingest.pipeline import ingest
from ingest.report import IngestReport
from rag.index import Index
from rag.types import Document

CATALOGUE: list[BadInput] = [*PDFS, *WORDS, *SHEETS, *TEXTS]
# Numbers whose outcome is held elsewhere, by file and test.
ELSEWHERE = {
    22: ("test_loaders_docx.py", "test_ruby_is_not_mixed_into_words"),
    23: ("test_ingest_pdf.py", "test_two_columns_are_read_one_after_the_other"),
    57: ("test_loaders_xlsx.py", "test_numbers_and_dates_are_shown_as_in_the_cell"),
}
GOOD = {f"{first}良い文書.txt": f"{JAPANESE}受付は{first}番窓口。\n" for first in "0あ漢龠"}
SLOW = {9, 10, 11, 12, 13, 28, 29, 30, 35, 37, 49, 50, 63, 64, 65, 74}


@dataclass(frozen=True)
class Ingested:
    report: IngestReport
    index: Index

    def refusal(self, name: str) -> str:
        return next((f.message for f in self.report.failures if f.source == name), "")

    def document(self, name: str) -> Document | None:
        found = [d for d in self.index.documents() if d.id == document_id(name)]
        return found[0] if found else None


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingested]:
    folder = tmp_path_factory.mktemp("catalogue")
    for case in CATALOGUE:
        (folder / case.name).write_bytes(case.content())
    for name, text in GOOD.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Index.open(tmp_path_factory.mktemp("data"), NgramEmbeddings()) as index:
        yield Ingested(ingest([folder], index, limits=LIMITS), index)


@pytest.mark.parametrize("case", CATALOGUE, ids=str)
def test_every_bad_file_comes_to_its_end(case: BadInput, ingested: Ingested) -> None:
    document, refusal = ingested.document(case.name), ingested.refusal(case.name)
    if case.expected is Expected.REFUSED:
        assert document is None
        assert case.says in refusal and case.name in refusal
        assert re.search("[\u3041-\u309f]", refusal) and refusal.endswith("。")
        assert "Error" not in refusal and "Traceback" not in refusal
        return
    assert refusal == "" and document is not None
    text = "\n".join(page.text for page in ingested.index.pages(document.id))
    assert case.holds in text
    assert not case.lacks or case.lacks not in text
    assert ingested.index.chunks_of(document.id)
    warning = "\n".join(document.warnings)
    assert bool(warning) == (case.expected is Expected.WARNED), warning
    assert case.says in warning


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("見えない字.txt", "制御用の文字"),
        ("混ざった語.txt", "「デジタルデバйд」"),
        ("異体字.txt", "外字が1字"),
    ],
)
def test_odd_letters_are_pointed_out_in_the_quality_report(
    name: str, said: str, ingested: Ingested
) -> None:
    document = ingested.document(name)
    assert document is not None
    assert any(said in sentence for sentence in remarks(document))


@pytest.mark.parametrize("name", GOOD)
def test_every_good_file_among_them_is_found(name: str, ingested: Ingested) -> None:
    hits = ingested.index.lexical_search(f"{name[0]}番窓口の受付", "bigram", 20)
    assert document_id(name) in {hit.chunk_id.rpartition(":")[0] for hit in hits}


def test_the_report_names_every_file_once(ingested: Ingested) -> None:
    report = ingested.report
    named = [*report.added, *report.replaced, *(f.source for f in report.failures)]
    assert sorted(named) == sorted([*(case.name for case in CATALOGUE), *GOOD])
    status = ingested.index.status()
    assert status.agree and status.chunks == status.vectors == status.lexical_entries


class NoIndex:
    """Takes documents in and keeps nothing: for what is about reading alone."""

    def documents(self) -> list[Document]:
        return []

    def add(self, document: Document, *_: object, **__: object) -> None: ...


def test_the_order_of_the_files_makes_no_difference(ingested: Ingested, tmp_path: Path) -> None:
    cases = [case for case in CATALOGUE if case.number not in SLOW]
    for case in cases:
        (tmp_path / case.name).write_bytes(case.content())
    paths = [tmp_path / case.name for case in cases]
    random.Random(12).shuffle(paths)
    report = ingest(paths, NoIndex(), limits=LIMITS)
    names = {path.name for path in paths}
    assert set(report.added) == names & set(ingested.report.added)
    assert {f.source: f.message for f in report.failures} == {
        f.source: f.message for f in ingested.report.failures if f.source in names
    }


def test_nothing_came_out_of_an_archive_onto_the_disk(ingested: Ingested) -> None:
    assert not Path("/tmp/shiori-out").exists()
    assert not (ingested.index.data_dir.parent / "shiori-out").exists()


def test_every_number_of_the_catalogue_is_covered() -> None:
    numbers = {case.number for case in CATALOGUE} | set(ELSEWHERE)
    assert numbers == set(range(1, 78))
    assert len({case.name for case in CATALOGUE}) == len(CATALOGUE)
    for file, test in ELSEWHERE.values():
        source = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert f"def {test}(" in source
