"""Cases of the reader, of a few made-up lines and of the questions over the sample."""

import json
from pathlib import Path

import pytest
from fakes import NgramEmbeddings
from reader_support import CONTEXT, DOCUMENT, OTHER, QUESTIONS, ROOT, asked

from eval.questions import Question, read_questions
from eval.reader.case_file import (
    ProductCase,
    PublicPart,
)
from eval.reader.examples import Marks
from eval.reader.jaquad import read_jaquad
from eval.reader.product import product_cases
from rag.e5.model_file import bundled
from rag.e5.vocabulary import Vocabulary, opened


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return opened(bundled())


@pytest.fixture(scope="module")
def marks(vocabulary: Vocabulary) -> Marks:
    return Marks(vocabulary.file.begin, vocabulary.file.end)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """JaQuAD of one article of two paragraphs; the last answer goes over two sentences."""
    paragraphs = [
        {"context": context, "qas": [asked(q, c, a) for c, q, a in QUESTIONS if c == context]}
        for context in (CONTEXT, OTHER)
    ]
    paragraphs[0]["qas"].append(asked("どんな図書館か", CONTEXT, "開館した。設計は"))
    stored = {"version": "x", "data": [{"title": "市立図書館", "paragraphs": paragraphs}]}
    folder = tmp_path / "jaquad"
    folder.mkdir()
    for part in ("train", "dev"):
        path = folder / f"jaquad_{part}_0000.json"
        path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
def part(folder: Path, vocabulary: Vocabulary) -> PublicPart:
    return read_jaquad(folder, "train", vocabulary.tokeniser)


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    """The development questions that one document of the sample corpus answers alone."""
    return [
        question
        for question in read_questions(ROOT / "eval/data/dev/questions.jsonl")
        if all(evidence.doc == DOCUMENT.name for evidence in question.evidence)
    ]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, vocabulary: Vocabulary) -> list[ProductCase]:
    found = product_cases(
        DOCUMENT,
        [ROOT / "eval/data/dev/questions.jsonl"],
        tmp_path_factory.mktemp("cache"),
        NgramEmbeddings(),
        vocabulary.tokeniser,
    )
    return list(found)
