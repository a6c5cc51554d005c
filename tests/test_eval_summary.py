"""Figures of a run: percentiles, metrics, result files."""

from pathlib import Path

import pytest
from eval_support import answer, page_text, question

from eval.metrics import (
    median,
    percentile_95,
)
from eval.results import EvalResult, ResultFile, read_results, write_results
from eval.runner import case_result
from eval.summary import refusal_table, right_by_type, summarise
from rag.types import AnswerStatus


def test_percentiles_follow_their_definition() -> None:
    assert median([3.0, 1.0, 2.0, 10.0]) == (2.0 + 3.0) / 2
    assert percentile_95([float(n) for n in range(1, 101)]) == 95.0
    assert percentile_95([1.0]) == 1.0
    assert percentile_95([2.0, 1.0]) == 1.0


def test_the_summary_counts_only_questions_to_which_a_rule_applies() -> None:
    rows = [
        case_result(question(id="a"), answer(), 0.010, page_text),
        case_result(question(id="b"), answer("226人です。"), 0.020, page_text),
        case_result(
            question(id="c", type="unanswerable", evidence=()),
            answer("ありません", status=AnswerStatus.NO_EVIDENCE, short_answer=None, citations=()),
            0.060,
            page_text,
        ),
    ]
    figures = summarise(rows)
    assert (figures["answer"].value, figures["answer"].count) == (1 / 2, 2)
    assert (figures["refusal_unanswerable"].value, figures["refusal_unanswerable"].count) == (1, 1)
    assert figures["declined_out_of_scope"].count == 0
    assert (figures["citations_exact"].value, figures["citations_exact"].count) == (1, 2)
    assert figures["cited_when_correct"].count == 1
    assert figures["p50_ms"].value == pytest.approx(1e3 * 0.020)
    assert figures["answer"].interval.low <= 1 / 2 <= figures["answer"].interval.high
    assert right_by_type(rows)["unanswerable"].value == 1
    assert refusal_table(rows) == {
        "evidence": {"answered": 2},
        "unanswerable": {"no_evidence": 1},
        "out_of_scope": {},
    }


def test_results_are_records_that_survive_json(tmp_path: Path) -> None:
    row = case_result(question(), answer(), 0.01, page_text)
    result = EvalResult(
        condition="product",
        title="製品",
        settings={"top_k": "10"},
        dataset="d",
        dataset_sha256="0",
        documents="corpus",
        documents_sha256="1",
        versions={"index": "1"},
        started="2026-01-01T00:00:00+09:00",
        rows=(row,),
    )
    path = tmp_path / "deep" / "result.json"
    write_results(path, ResultFile(results=(result,)))
    assert read_results(path).condition("product") == result
