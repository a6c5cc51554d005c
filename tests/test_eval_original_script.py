"""The figures agree with the original script, where it is beside the checkout."""

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eval_support import answer, citation, page_text, passage

from eval.questions import Question, read_questions
from eval.runner import case_result
from eval.summary import right_by_type, summarise
from rag.types import Answer, AnswerStatus

SHARED_QUESTIONS = Path(__file__).parents[2] / "shared" / "questions"


def as_reply(given_answer: Answer) -> dict[str, Any]:
    """The fields of the HTTP answer that the original script reads."""
    return {
        "status": str(given_answer.status),
        "answer": given_answer.text,
        "short_answer": given_answer.short_answer,
        "citations": [asdict(cited) for cited in given_answer.citations],
        "passages": [asdict(shown) for shown in given_answer.passages],
    }


@pytest.fixture
def original_script() -> Iterator[ModuleType]:
    path = SHARED_QUESTIONS / "measure.py"
    if not path.is_file():
        pytest.skip("the original script is not beside the checkout")
    spec = importlib.util.spec_from_file_location("original_measure", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


def original_figures(
    script: ModuleType,
    replies: dict[str, dict[str, Any]],
    gold: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """What the script reports when the server gives these replies, by question text."""
    monkeypatch.setattr(script, "post", lambda base, path, body: replies[body["question"]])
    monkeypatch.setattr("sys.argv", ["measure.py", str(gold), "--out", str(out)])
    script.main()
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report


def varied_answers(asked: Question, place: int) -> Answer:
    """An answer made of the question's own gold, damaged in a way that turns with `place`."""
    status = list(AnswerStatus)[place % 5] if place % 3 == 0 else AnswerStatus.ANSWERED
    words = [group[-1] for group in asked.must_include]
    text = "、".join(words[: len(words) - (place % 5 == 1)]) + "[1]。"
    text += "あ" * (500 if place % 6 == 2 else 0)
    text += asked.must_not_include[0] if asked.must_not_include and place % 4 == 3 else ""
    source = f"{asked.evidence[0].doc if asked.evidence else 'none'}.txt"
    quotes = [evidence.quote for evidence in asked.evidence][place % 4 == 1 :]
    texts = ["前置き"] * (place % 8) + ["甲" + quote + "乙" for quote in quotes]
    shown = [
        replace(passage("plan", 3, rank, shown_text), source=source)
        for rank, shown_text in enumerate(texts, start=1)
    ]
    cited = [
        replace(
            citation("plan", 3, "227人"),
            quote=quote[: 4 if place % 9 == 4 else len(quote) - place % 3],
            source=source,
            verified=place % 10 != 0,
        )
        for quote in quotes
    ]
    return answer(
        text,
        status=status,
        short_answer=words[0] if words and place % 3 else None,
        citations=tuple(cited),
        passages=tuple(shown),
    )


# The script leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_figures_equal_those_of_the_original_script(
    original_script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = SHARED_QUESTIONS / "dev.jsonl"
    questions = read_questions(gold)
    # Two questions of the file may share their words; the replies are then the same.
    answers = {q.question: varied_answers(q, place) for place, q in enumerate(questions)}
    report = original_figures(
        original_script,
        {text: as_reply(given_answer) for text, given_answer in answers.items()},
        gold,
        tmp_path / "out.json",
        monkeypatch,
    )
    rows = [case_result(q, answers[q.question], 0.01, page_text) for q in questions]
    assert_same_figures(rows, report)
    # The comparison is worth something only when every rule says yes and no.
    for name in ("answer", "short", "all@5", "all@10", "cited_all", "false_refusal"):
        assert 0 < report["summary"][name] < 1, name


def assert_same_figures(rows: list[Any], report: dict[str, Any]) -> None:
    figures = summarise(rows)
    theirs = report["summary"]
    for name in (
        "answer",
        "short",
        "includes_any_length",
        "all@5",
        "all@10",
        "cited_all",
        "false_refusal",
        "refusal_unanswerable",
        "declined_out_of_scope",
    ):
        assert round(figures[name].value, 3) == theirs[name], name
    assert sum(row.verdict.unverified_citations for row in rows) == theirs["unverified_citations"]
    assert round(figures["mean_chars"].value, 1) == theirs["mean_chars"]
    by_type = {name: round(found.value, 3) for name, found in right_by_type(rows).items()}
    assert by_type == theirs["by_type"]
    for mine, their in zip(rows, report["rows"], strict=True):
        assert (mine.verdict.answer or False) == their["correct"], mine.id
        assert mine.verdict.short_answer == their["short"], mine.id
        assert mine.verdict.too_long == their["too_long"], mine.id
        assert mine.verdict.any10 == their["any10"], mine.id
