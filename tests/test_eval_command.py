"""`shiori eval run` from question file to report."""

import json
from pathlib import Path

import pytest
from eval_support import write_documents
from typer.testing import CliRunner

from eval.cli import app
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
    arguments += ["--json", str(tmp_path / "out.json"), "--report", str(tmp_path / "out.html")]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    results = read_results(tmp_path / "out.json").results
    assert [r.condition for r in results] == ["product", "dense", "lemma", "tutorial"]
    for result in results:
        (row,) = result.rows
        assert row.verdict.all10 is True, result.condition
        assert row.verdict.answer is True, result.condition
        assert row.verdict.inexact_citations == 0, result.condition
    assert "一般的なRAGの作り方" in (tmp_path / "out.html").read_text(encoding="utf-8")
    printed = CliRunner().invoke(app, [*arguments[:7], "--json", "-"])
    assert json.loads(printed.stdout)["results"][0]["condition"] == "product"


def test_a_missing_question_file_gives_one_sentence(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["run", "--dataset", str(tmp_path / "none.jsonl")])
    assert ran.exit_code == 1
    assert len(ran.stderr.strip().splitlines()) == 1
    assert "none.jsonl" in ran.stderr
