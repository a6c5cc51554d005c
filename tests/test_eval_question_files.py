"""Question files are read, or refused with file and line."""

import json
from pathlib import Path

import pytest

from eval.errors import QuestionFileError
from eval.questions import Evidence, load_dataset, read_questions
from rag.types import Turn

GOOD_LINE = json.dumps(
    {
        "id": "a1",
        "question": "何人？",
        "type": "fact_number",
        "answer": "227人",
        "must_include": [["227"]],
        "must_not_include": [],
        "evidence": [{"doc": "plan", "quote": "227人", "page": 3}],
        "history": [{"question": "前の質問", "answer": "前の回答"}],
    }
)


def test_a_question_file_becomes_records(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\ufeff" + GOOD_LINE + "\n\n", encoding="utf-8")
    (read,) = read_questions(path)
    assert read.evidence == (Evidence(doc="plan", quote="227人", page=3),)
    assert read.query(top_k=7).history == (Turn(question="前の質問", answer="前の回答"),)
    assert read.query(top_k=7).top_k == 7


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "2 行目.*行全体"),
        ('{"id": "b"}', "2 行目.*question"),
        (GOOD_LINE, "2 行目: id a1 は 1 行目"),
        (GOOD_LINE.replace("a1", "b").replace('[["227"]]', '["227"]'), "2 行目.*must_include"),
        (GOOD_LINE.replace("a1", "b").replace('[["227"]]', "[[]]"), "2 行目.*空の組"),
        (GOOD_LINE.replace("a1", " "), "2 行目.*空にできません"),
        (GOOD_LINE.replace("must_not_include", "must_not_inclued"), "2 行目.*must_not_include"),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{GOOD_LINE}\n{line}\n", encoding="utf-8")
    with pytest.raises(QuestionFileError, match=rf"bad\.jsonl の {message}"):
        read_questions(path)


def test_unreadable_and_empty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match=r"none\.jsonl"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(QuestionFileError, match="一つもありません"):
        read_questions(tmp_path / "empty.jsonl")
    (tmp_path / "sjis.jsonl").write_bytes("設問".encode("cp932"))
    with pytest.raises(QuestionFileError, match="UTF-8"):
        read_questions(tmp_path / "sjis.jsonl")
    with pytest.raises(QuestionFileError, match="--dataset"):
        load_dataset([])


def test_two_files_make_one_dataset_with_one_hash(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text(GOOD_LINE)
    second.write_text(GOOD_LINE.replace("a1", "b1"))
    both = load_dataset([first, second])
    assert [read.id for read in both.questions] == ["a1", "b1"]
    assert both.sha256 != load_dataset([first]).sha256
    with pytest.raises(QuestionFileError, match="id a1 は"):
        load_dataset([first, first])
