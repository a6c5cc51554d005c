"""The agreed rules of judging, written down as hand-made answers with the verdict each deserves.

Whoever measures the service from outside judges by the same rules, so that a change of these
verdicts is a change of the agreement.
"""

from dataclasses import replace
from typing import Any

import pytest
from eval_support import answer, citation, page_text, passage, question

from eval.metrics import LONG_TYPES, SHORT_TYPES, Verdict, judge
from eval.questions import Evidence
from rag.types import AnswerStatus

AUDIT = Evidence(doc="audit", quote="早期に策定されたい")
TWO_PLACES = {"evidence": (Evidence(doc="plan", quote="227人"), AUDIT)}
ALL_TYPES = (
    "aggregate",
    "compare_over_time",
    "conflict",
    "date_period",
    "definition",
    "fact_number",
    "fact_text",
    "followup",
    "list",
    "multi_hop_cross_doc",
    "multi_hop_same_doc",
    "table_lookup",
    "who_department",
    "yes_no",
)


def verdict(asked: dict[str, Any], changes: dict[str, Any]) -> Verdict:
    return judge(question(**asked), answer(**changes), page_text)


@pytest.mark.parametrize(
    ("text", "asked", "right"),
    [
        ("227人です[1]。", {}, True),
        ("２２７ 人 です。", {}, True),
        ("2,2、7人", {}, True),
        ("**227**人", {}, True),
        ("<b>227</b>人", {}, True),
        ("[227人](plan.pdf)", {}, True),
        ("22[1]7人", {}, True),
        ("二百二十七人", {}, True),
        ("22.7人", {}, False),
        ("227名", {}, False),
        ("227人、当初は300人", {}, False),
        ("227人、当初は30[2]0人", {}, False),
        ("DX戦略課", {"must_include": (("dx戦略課",), ("DX",))}, True),
        ("DX戦略課", {"must_include": (("DX戦略課",), ("電話",))}, False),
        ("何か", {"must_include": (), "must_not_include": ()}, True),
    ],
)
def test_an_answer_has_a_string_of_each_group_and_no_forbidden_one(
    text: str, asked: dict[str, Any], right: bool
) -> None:
    assert verdict(asked, {"text": text}).answer is right


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_long_answers_are_allowed_for_seven_types_only(kind: str) -> None:
    long = kind in {
        "aggregate",
        "compare_over_time",
        "conflict",
        "list",
        "multi_hop_cross_doc",
        "multi_hop_same_doc",
        "table_lookup",
    }
    assert (kind in LONG_TYPES) is long
    limit = 800 if long else 400
    fits = "227人" + "。" * (limit - 4)
    assert verdict({"type": kind}, {"text": fits}).answer is True
    longer = verdict({"type": kind}, {"text": fits + "。"})
    assert (longer.answer, longer.too_long, longer.includes) == (False, True, True)


@pytest.mark.parametrize("kind", ALL_TYPES)
def test_short_answers_count_for_five_types_only(kind: str) -> None:
    counts = kind in {"fact_number", "fact_text", "date_period", "who_department", "definition"}
    assert (kind in SHORT_TYPES) is counts
    assert verdict({"type": kind}, {}).short_answer is (True if counts else None)


@pytest.mark.parametrize(
    ("short", "right"),
    [
        ("227人", True),
        ("227人[1]", True),
        ("227人" + "。" * 116, True),
        ("227人" + "。" * 117, False),
        ("", False),
        (None, False),
        ("[1]", False),
        ("226人", False),
        # A forbidden string spoils the answer, not the short answer.
        ("227人か300人", True),
    ],
)
def test_a_short_answer_is_there_complete_and_within_120_characters(
    short: str | None, right: bool
) -> None:
    assert verdict({}, {"short_answer": short}).short_answer is right


def test_a_short_answer_counts_whatever_the_status() -> None:
    assert verdict({}, {"status": AnswerStatus.NO_EVIDENCE}).short_answer is True


@pytest.mark.parametrize(
    ("status", "answered"),
    [
        (AnswerStatus.ANSWERED, True),
        (AnswerStatus.PARTIAL, True),
        (AnswerStatus.NO_EVIDENCE, False),
        (AnswerStatus.OUT_OF_SCOPE, False),
        (AnswerStatus.BLOCKED, False),
    ],
)
def test_two_statuses_answer_and_three_decline(status: AnswerStatus, answered: bool) -> None:
    given = verdict({}, {"status": status})
    assert (given.answer, given.declined, given.false_refusal) == (
        answered,
        not answered,
        not answered,
    )
    nothing = verdict({"type": "unanswerable", "evidence": ()}, {"status": status})
    assert (nothing.answer, nothing.unanswerable_refused) == (None, not answered)
    off_topic = verdict({"type": "out_of_scope", "evidence": ()}, {"status": status})
    assert (off_topic.false_refusal, off_topic.out_of_scope_declined) == (None, not answered)


@pytest.mark.parametrize(
    ("asked", "places", "first_five", "first_ten", "any_of_ten"),
    [
        ({}, ["plan"], True, True, True),
        ({}, ["audit"] * 4 + ["plan"], True, True, True),
        ({}, ["audit"] * 5 + ["plan"], False, True, True),
        ({}, ["audit"] * 10 + ["plan"], False, False, False),
        ({}, [], False, False, False),
        (TWO_PLACES, ["plan"], False, False, True),
        (TWO_PLACES, ["plan", "audit"], True, True, True),
        # One equally good passage stands for all places of the evidence.
        (TWO_PLACES | {"alt_evidence": (AUDIT,)}, ["audit"], True, True, True),
    ],
)
def test_retrieval_needs_all_evidence_among_the_first_passages(
    asked: dict[str, Any],
    places: list[str],
    first_five: bool,
    first_ten: bool,
    any_of_ten: bool,
) -> None:
    pages = {"plan": 3, "audit": 1}
    shown = tuple(passage(name, pages[name], rank) for rank, name in enumerate(places, start=1))
    given = verdict(asked, {"passages": shown})
    assert (given.all5, given.all10, given.any10) == (first_five, first_ten, any_of_ten)


def test_evidence_found_in_another_document_does_not_count() -> None:
    elsewhere = replace(passage("plan", 3), source="audit-2025.pdf")
    assert verdict({}, {"passages": (elsewhere,)}).all10 is False
    named_longer = replace(passage("plan", 3), source="planning.pdf")
    assert verdict({}, {"passages": (named_longer,)}).all10 is True


@pytest.mark.parametrize(
    ("quotes", "asked", "carried"),
    [
        (["2025年度の生成AIの月平均利用者数は227人であった。"], {}, True),
        (["平均利用者数は227"], {}, True),  # a part of the evidence, 8 characters or more
        (["利用者数は22"], {}, False),  # 7 characters
        (["担当はDX戦略課。"], {}, False),
        ([], {}, False),
        (["月平均利用者数は227人"], TWO_PLACES, False),
        (["担当はDX戦略課。"], {"alt_evidence": (Evidence(doc="plan", quote="DX戦略課"),)}, True),
    ],
)
def test_citations_carry_the_evidence_they_contain_or_are_a_long_part_of(
    quotes: list[str], asked: dict[str, Any], carried: bool
) -> None:
    cited = tuple(citation("plan", 3, quote) for quote in quotes)
    assert verdict(asked, {"citations": cited}).cited_all is carried


def test_a_citation_that_does_not_stand_there_is_counted_whatever_it_says() -> None:
    moved = replace(citation("plan", 3, "227人"), start=0, end=4, verified=True)
    given = verdict({}, {"citations": (moved, citation("plan", 3, "227人"))})
    assert (given.inexact_citations, given.unverified_citations) == (1, 0)
