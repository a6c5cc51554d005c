"""Why answers fail, and which failures come first."""

from dataclasses import replace
from typing import Any

import pytest
from eval_support import answer, citation, page_text, question

from eval.failures import cause_counts, cause_of, worst_failures
from eval.labels import CAUSES
from eval.metrics import (
    judge,
)
from eval.results import Cause
from eval.runner import case_result
from rag.types import AnswerStatus

DEPARTMENT = citation("plan", 3, "担当はDX戦略課。")


@pytest.mark.parametrize(
    ("changes", "asked", "cause"),
    [
        ({}, {}, None),
        ({"status": AnswerStatus.NO_EVIDENCE}, {}, Cause.FALSE_REFUSAL),
        ({"text": "300人です。"}, {}, Cause.FORBIDDEN),
        ({"text": "227人です。" + "あ" * 400}, {}, Cause.TOO_LONG),
        ({"text": "月平均の利用者数です。"}, {}, Cause.CUT),
        ({"text": "増えました。"}, {"must_include": (("増加",),)}, Cause.NOT_CONCLUDED),
        ({"text": "不明です。", "passages": (), "citations": ()}, {}, Cause.NOT_RETRIEVED),
        ({"text": "DX戦略課です。", "citations": (DEPARTMENT,)}, {}, Cause.NOT_SELECTED),
        # What is cited counts even where the ten passages do not show it.
        ({"text": "月平均の利用者数です。", "passages": ()}, {}, Cause.CUT),
        ({}, {"type": "unanswerable", "evidence": ()}, Cause.NOT_REFUSED),
        ({"status": AnswerStatus.NO_EVIDENCE}, {"type": "unanswerable", "evidence": ()}, None),
    ],
)
def test_each_failure_has_one_cause(
    changes: dict[str, Any], asked: dict[str, Any], cause: Cause | None
) -> None:
    verdict = judge(question(**asked), answer(**changes), page_text)
    assert cause_of(question(**asked), verdict) == cause


def test_misleading_failures_come_before_refusals_and_easy_questions_first() -> None:
    wrong = answer("300人です。")
    refused = answer(status=AnswerStatus.NO_EVIDENCE)
    rows = [
        case_result(question(id="refused", difficulty=1), refused, 0.1, page_text),
        case_result(question(id="hard", difficulty=3), wrong, 0.1, page_text),
        case_result(question(id="right"), answer(), 0.1, page_text),
        case_result(question(id="easy", difficulty=1), wrong, 0.1, page_text),
    ]
    assert [row.id for row in worst_failures(rows)] == ["easy", "hard", "refused"]
    assert [row.id for row in worst_failures(rows, count=1)] == ["easy"]


def test_causes_are_counted_most_frequent_first_and_the_misleading_one_at_a_tie() -> None:
    refused = answer(status=AnswerStatus.NO_EVIDENCE)
    wrong = answer("300人です。")
    given = [refused, wrong, answer(), wrong, refused, answer("227人です。" + "あ" * 400)]
    rows = [case_result(question(id=f"t{n}"), a, 0.1, page_text) for n, a in enumerate(given)]
    assert list(cause_counts(rows).items()) == [
        (Cause.FORBIDDEN, 2),
        (Cause.FALSE_REFUSAL, 2),
        (Cause.TOO_LONG, 1),
    ]


def test_every_cause_has_a_name_and_a_place_among_the_worst() -> None:
    assert set(CAUSES) == set(Cause)
    base = case_result(question(), answer("300人です。"), 0.1, page_text)
    rows = [replace(base, id=str(cause), cause=cause) for cause in Cause]
    assert {row.cause for row in worst_failures(rows)} == set(Cause)
