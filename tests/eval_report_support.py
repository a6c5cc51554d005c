"""Rows and results that the tests of reports share."""

from dataclasses import replace

from eval.metrics import Verdict
from eval.results import CaseResult, Cause, EvalResult, QuotedCitation, RankedPassage

RIGHT = Verdict(
    answer=True,
    short_answer=True,
    includes=True,
    forbidden=False,
    too_long=False,
    all5=True,
    all10=True,
    any10=True,
    pages5=True,
    pages10=True,
    citation_count=1,
    inexact_citations=0,
    unverified_citations=0,
    cited_all=True,
    cited_words=True,
    declined=False,
    false_refusal=False,
    unanswerable_refused=None,
    unanswerable_named=None,
    out_of_scope_declined=None,
)
WRONG = replace(RIGHT, answer=False, short_answer=False, includes=False)


def row(number: int, cause: Cause | None = None, **changes: object) -> CaseResult:
    made = CaseResult(
        id=f"q{number:03}",
        type="fact_number",
        question=f"質問{number}はいくつですか",
        gold=f"正解{number}",
        difficulty=1,
        status="answered",
        short_answer="227人",
        answer=f"回答{number}です[1]。",
        resolved_question="",
        citations=(
            QuotedCitation(marker=1, source="plan.pdf", page=3, quote="227人", start=0, end=4),
        ),
        passages=(
            RankedPassage(
                rank=1, source="plan.pdf", page=3, heading=(), chunk_ids=("a:1",), score=1.0
            ),
        ),
        warnings=(),
        seconds=number / 1000,
        timings_ms={},
        verdict=RIGHT if cause is None else WRONG,
        cause=cause,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def result(rows: list[CaseResult], **changes: object) -> EvalResult:
    made = EvalResult(
        condition="product",
        title="製品の既定",
        settings={"mode": "extractive"},
        dataset="dev/questions.jsonl",
        dataset_sha256="a" * 64,
        documents="corpus",
        documents_sha256="b" * 64,
        versions={"index": "7"},
        started="2026-01-01T00:00:00+09:00",
        rows=tuple(rows),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
