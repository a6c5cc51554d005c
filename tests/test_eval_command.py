"""`shiori eval run` from question file to report."""

import json
from pathlib import Path

import pytest
from eval_support import write_documents
from typer.testing import CliRunner

from eval.cli import app
from eval.errors import QuestionFileError
from eval.questions import load_dataset
from eval.results import read_results

QUESTION_LINE = {
    "id": "r1",
    "question": "RPAの導入で2020年度に削減した業務時間は？",
    "type": "fact_number",
    "answer": "1,975時間",
    "must_include": [["1975時間"]],
    "must_not_include": [],
    "evidence": [{"doc": "plan2", "quote": "1,975時間の業務時間を削減"}],
}


@pytest.mark.slow
def test_the_command_scores_all_baselines_in_one_run(tmp_path: Path) -> None:
    write_documents(tmp_path / "docs")
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(QUESTION_LINE, ensure_ascii=False), encoding="utf-8")
    arguments = ["run", "--dataset", str(questions), "--documents", str(tmp_path / "docs")]
    arguments += ["--data-dir", str(tmp_path / "var"), "--condition", "baselines"]
    arguments += ["--condition", "without-structure", "--json", str(tmp_path / "out.json")]
    for suffix in ("html", "md", "json"):
        arguments += ["--report", str(tmp_path / f"report.{suffix}")]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    results = read_results(tmp_path / "out.json").results
    assert [r.condition for r in results] == [
        "product",
        "dense",
        "lemma",
        "tutorial",
        "without-structure",
    ]
    for result in results:
        (row,) = result.rows
        assert row.verdict.all10 is True, result.condition
        assert row.verdict.answer is True, result.condition
        assert row.verdict.inexact_citations == 0, result.condition
    for suffix in ("html", "md", "json"):
        report = (tmp_path / f"report.{suffix}").read_text(encoding="utf-8")
        assert "一般的なRAGの作り方" in report
    printed = CliRunner().invoke(app, [*arguments[:7], "--json", "-"])
    assert json.loads(printed.stdout)["results"][0]["condition"] == "product"


def test_a_missing_question_file_gives_one_sentence(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["run", "--dataset", str(tmp_path / "none.jsonl")])
    assert ran.exit_code == 1
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "none.jsonl" in ran.stderr


def test_a_report_of_unknown_form_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["run", "--report", str(tmp_path / "out.pdf")])
    assert ran.exit_code == 1
    assert "out.pdf" in ran.stderr


def test_only_some_questions_can_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    lines = [QUESTION_LINE, QUESTION_LINE | {"id": "r2", "type": "list"}]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    dataset = load_dataset([path])
    assert [question.id for question in dataset.only(["list"]).questions] == ["r2"]
    assert [question.id for question in dataset.only(["r1"]).questions] == ["r1"]
    assert dataset.only([]) == dataset
    with pytest.raises(QuestionFileError, match="r9"):
        dataset.only(["r9"])
