"""A run asks every question, judges it and keeps a row."""

from dataclasses import replace

import pytest
from eval_support import DOCUMENTS, condition, dataset
from eval_support import plan_passage as shown
from eval_support import plan_question as question
from eval_support import plan_text as page_text

from eval.baselines import paste
from eval.questions import Question
from eval.results import Cause
from eval.runner import FAILED_STATUS, run_condition
from rag.errors import UnknownPageError
from rag.types import Answer


def test_a_run_asks_every_question_in_order_and_judges_it() -> None:
    seen: list[str] = []

    def ask(asked: Question) -> Answer:
        seen.append(asked.id)
        return paste([shown(2), shown(1, 2)], page_text, 400)

    ticks: list[str] = []
    result = run_condition(
        condition(ask),
        dataset(question("a"), question("b", type="unanswerable", evidence=())),
        DOCUMENTS,
        lambda row: ticks.append(row.id),
    )
    assert seen == ticks == ["a", "b"]
    first, second = result.rows
    assert first.right
    assert first.verdict.pages5 is True
    assert first.passages[0].chunk_ids == ("plan:00002",)
    assert first.seconds > 0
    assert second.cause is Cause.NOT_REFUSED
    assert result.versions["shiori"]
    assert result.documents_sha256 == "1"


def test_a_failed_request_is_a_failed_row_and_the_rest_goes_on() -> None:
    def ask(asked: Question) -> Answer:
        if asked.id == "bad":
            raise UnknownPageError("ページがありません。")
        return paste([shown(2)], page_text, 400)

    unanswerable = question("bad", type="unanswerable", evidence=())
    result = run_condition(condition(ask), dataset(unanswerable, question("good")), DOCUMENTS)
    bad, good = result.rows
    assert (bad.status, bad.cause, bad.error) == (
        FAILED_STATUS,
        Cause.FAILED,
        "ページがありません。",
    )
    assert bad.verdict.unanswerable_refused is False
    assert good.right


def test_a_fault_of_the_program_is_not_hidden_in_a_row() -> None:
    def ask(asked: Question) -> Answer:
        raise KeyError(asked.id)

    with pytest.raises(KeyError):
        run_condition(condition(ask), dataset(question("a")), DOCUMENTS)


def test_a_citation_that_lies_is_counted_though_it_says_verified() -> None:
    def ask(asked: Question) -> Answer:
        honest = paste([shown(2)], page_text, 400)
        return replace(honest, citations=(replace(honest.citations[0], end=5),))

    (row,) = run_condition(condition(ask), dataset(question("a")), DOCUMENTS).rows
    assert row.verdict.inexact_citations == 1
    assert row.verdict.unverified_citations == 0
