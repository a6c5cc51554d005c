"""The report as Markdown and as figures for other programs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval_report_support import RIGHT, WRONG, result, row
from eval_support import answer, page_text, question

from eval.cli import report_form
from eval.errors import EvaluationError
from eval.figures import figures_json, run_figures, type_table
from eval.labels import CAUSES
from eval.metric_list import METRICS, metric
from eval.report import render_report
from eval.report_markdown import markdown_table, render_markdown
from eval.results import CaseResult, Cause
from eval.runner import case_result
from eval.summary import estimate
from eval.terminal import failures_text, summary_text
from rag.types import AnswerStatus

PRODUCT = result([row(1), row(2, Cause.FORBIDDEN), row(3, Cause.CUT, type="list")])
DENSE = result([row(1, Cause.CUT), row(2, Cause.CUT), row(3)], condition="dense", title="意味検索")


def sections(markdown: str) -> list[str]:
    return [line[3:] for line in markdown.splitlines() if line.startswith("## ")]


def test_markdown_has_the_figures_the_types_and_the_worst_failures() -> None:
    text = render_markdown([PRODUCT])
    assert "条件の比較" not in sections(text)
    for known in METRICS:
        assert f"| {known.label} |" in text
    assert "| 列挙 | 1 |" in text
    assert text.index("### q002") < text.index("### q003")
    for part in ("- 正解: 正解2", "- 回答: 回答2です[1]。", f"- 原因: {CAUSES[Cause.FORBIDDEN]}"):
        assert part in text


def test_several_conditions_are_compared_in_all_forms() -> None:
    both = [PRODUCT, DENSE]
    assert "条件の比較" in sections(render_markdown(both))
    assert "意味検索（dense）" in render_markdown(both)
    assert "意味検索（dense）" in render_report(both)
    assert "意味検索（dense）" in summary_text(both)
    assert json.loads(figures_json(both))["conditions"][1]["changes"]["answer"]["count"] == 3


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 4), (5, 1)])
def test_the_summary_has_a_column_for_each_condition_while_they_fit(
    count: int, columns: int
) -> None:
    results = [replace(PRODUCT, condition=f"c{n}", title=f"条件{n}") for n in range(count)]
    page = render_report(results)
    summary = page[page.index('id="summary"') : page.index('id="ladder"')]
    assert summary.count('scope="col"') == columns + 2
    steps = page[page.index('id="ladder"') : page.index('id="definitions"')]
    assert [f"条件{n}（c{n}）" in steps for n in range(count)] == [count > 1] * count


def test_text_of_documents_cannot_break_a_markdown_table() -> None:
    assert markdown_table(["甲|乙"], [["一\n二<br>"]]) == "| 甲｜乙 |\n| --- |\n| 一 二＜br> |"
    evil = row(1, Cause.CUT, question="# 見出し\n| 表 |", answer="一行目\n\n## 二行目")
    text = render_markdown([result([evil])])
    assert [name for name in sections(text) if "二行目" in name] == []


def test_the_figures_survive_json_and_name_each_failure() -> None:
    read = json.loads(figures_json([PRODUCT]))
    (condition,) = read["conditions"]
    assert condition["figures"]["answer"]["value"] == pytest.approx(1 / 3)
    assert condition["figures"]["right"]["count"] == 3
    assert condition["by_type"]["list"]["right"]["value"] == 0
    assert condition["causes"] == {"forbidden": 1, "cut": 1}
    assert condition["changes"] == {}
    first = condition["worst"][0]
    assert (first["id"], first["gold"], first["cause"]) == ("q002", "正解2", "forbidden")
    assert first["cause_label"] == CAUSES[Cause.FORBIDDEN]


@pytest.mark.parametrize("render", [render_markdown, figures_json])
def test_every_form_refuses_to_report_nothing(render: object) -> None:
    assert callable(render)
    with pytest.raises(ValueError, match="at least one"):
        render([])


def test_figures_per_type_count_only_the_questions_of_the_type() -> None:
    head, (facts, lists) = type_table(PRODUCT.rows)
    assert facts[:2] == ["数値", "2"]
    assert lists[:2] == ["列挙", "1"]
    assert len(head) == len(facts)
    both = run_figures([PRODUCT]).conditions[0].by_type
    assert both["fact_number"]["right"].value == 1 / 2


def test_refusals_have_precision_and_recall() -> None:
    refused = replace(RIGHT, answer=False, declined=True, false_refusal=True)
    nothing = replace(RIGHT, answer=None, includes=None, false_refusal=None)
    rows: list[CaseResult] = [
        *(row(n, verdict=refused, cause=Cause.FALSE_REFUSAL) for n in range(1, 3)),
        *(row(n, verdict=replace(nothing, declined=True), cause=None) for n in range(3, 6)),
        row(6, verdict=nothing, cause=Cause.NOT_REFUSED),
        row(7),
    ]
    assert estimate(metric("refusal_precision"), rows).value == 3 / 5
    assert estimate(metric("refusal_recall"), rows).value == 3 / 4


def test_a_question_that_was_judged_knows_what_it_deserves() -> None:
    refused = answer(status=AnswerStatus.NO_EVIDENCE)
    with_evidence = case_result(question(), refused, 0.1, page_text)
    without = case_result(question(type="unanswerable", evidence=()), refused, 0.1, page_text)
    assert (with_evidence.deserves_refusal, without.deserves_refusal) == (False, True)


def test_the_suffix_decides_the_form_of_a_report() -> None:
    assert report_form(Path("a.html")) is render_report
    assert report_form(Path("a.MD")) is render_markdown
    assert report_form(Path("a.json")) is figures_json
    with pytest.raises(EvaluationError, match=r"a\.pdf"):
        report_form(Path("a.pdf"))


def test_failures_are_listed_by_cause_with_question_gold_and_answer() -> None:
    text = failures_text(result([row(1, Cause.CUT), row(2), row(3, Cause.CUT, verdict=WRONG)]))
    assert f"□ {CAUSES[Cause.CUT]}（2問）" in text
    assert "q002" not in text
    assert "正解: 正解3" in text
