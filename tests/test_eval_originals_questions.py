"""The questions about the original documents: well formed, disjoint, true to the originals.

The originals are not part of the repository; the checks that need them run where they lie beside
the checkout.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eval.questions import load_dataset

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "eval" / "data" / "originals"
ORIGINALS = Path(__file__).resolve().parents[2] / "shared" / "originals"
SPLITS = ("dev", "test", "dev2", "test2", "dev3", "train", "test3", "train2", "test4")
HELD_OUT = ("test", "test2", "test3", "test4")  # only to report; nothing is fitted to them
DRAWN_SPLITS = ("dev", "test")  # the others were written apart, by reading for them
REFUSED_TYPES = {"unanswerable", "out_of_scope"}
MIN_QUOTE_CHARS = 8
MAX_QUOTE_CHARS = 80

needs_originals = pytest.mark.skipif(
    not any(ORIGINALS.glob("*.txt")), reason="the originals are not beside the checkout"
)


def rows(split: str) -> list[dict[str, Any]]:
    lines = (DATA / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def normalised(text: str) -> str:
    """As answers are judged: NFKC, lower case, no white space, separators, marks or tags."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"<[^>]+>|\*\*|\]\([^)]*\)|\[(?!\d+\])", "", text)
    return re.sub(r"[\s,，、]", "", text).lower()


def bare(question: str) -> str:
    """The letters and digits alone: a question with another full stop is the same question."""
    return re.sub(r"[\W_]", "", normalised(question))


@cache
def original(doc: str) -> str:
    """The normalised text of the one original whose file name begins with `doc`."""
    (path,) = ORIGINALS.glob(f"{doc}_*.txt")
    return normalised(path.read_text(encoding="utf-8"))


ROWS = [row for split in SPLITS for row in rows(split)]
ANSWERED = [row for row in ROWS if row["type"] not in REFUSED_TYPES]
each_question = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
each_answered = pytest.mark.parametrize("row", ANSWERED, ids=lambda row: row["id"])


def passages(row: dict[str, Any]) -> list[dict[str, str]]:
    return [*row["evidence"], *row.get("alt_evidence", ())]


@pytest.mark.parametrize("split", SPLITS)
def test_the_runner_reads_every_question_of_the_file(split: str) -> None:
    dataset = load_dataset([DATA / f"{split}.jsonl"])
    assert [question.id for question in dataset.questions] == [row["id"] for row in rows(split)]


def test_ids_and_questions_are_unique_over_all_files() -> None:
    ids = [row["id"] for row in ROWS]
    asked = [(row["question"], json.dumps(row.get("history"))) for row in ROWS]
    assert len(set(ids)) == len(ids)
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("split", HELD_OUT)
def test_a_held_out_set_shares_no_question_with_any_other_set(split: str) -> None:
    # A follow-up is worded by its history, but no held-out set may lean on that either.
    asked_elsewhere = {
        bare(row["question"]): row["id"]
        for other in SPLITS
        if other != split
        for row in rows(other)
    }
    # Ids only: a failure must not print a held-out question.
    shared = [
        (row["id"], asked_elsewhere[bare(row["question"])])
        for row in rows(split)
        if bare(row["question"]) in asked_elsewhere
    ]
    assert shared == []


def test_the_second_and_fourth_of_five_questions_of_a_type_are_in_test() -> None:
    test_ids = {row["id"] for row in rows("test")}
    places: dict[str, int] = {}
    drawn = [row for split in DRAWN_SPLITS for row in rows(split)]
    for row in sorted(drawn, key=lambda row: str(row["id"])):
        place = places.get(row["type"], 0)
        places[row["type"]] = place + 1
        assert (row["id"] in test_ids) == (place % 5 in (1, 3)), row["id"]


@pytest.mark.parametrize(
    ("split", "fewest"),
    [
        ("dev2", 20),
        ("test2", 12),
        ("dev3", 60),
        ("train", 340),
        ("test3", 50),
        ("train2", 570),
        ("test4", 40),
    ],
)
def test_the_later_sets_have_enough_unanswerable_questions_to_judge_refusal(
    split: str, fewest: int
) -> None:
    assert sum(row["type"] == "unanswerable" for row in rows(split)) >= fewest


@each_question
def test_only_questions_to_be_refused_have_no_evidence(row: dict[str, Any]) -> None:
    assert bool(row["evidence"]) == (row["type"] not in REFUSED_TYPES)


@each_question
def test_quotes_are_short(row: dict[str, Any]) -> None:
    for piece in passages(row):
        assert MIN_QUOTE_CHARS <= len(piece["quote"]) <= MAX_QUOTE_CHARS, piece["quote"]


@each_answered
def test_the_gold_answer_passes_its_own_judgement(row: dict[str, Any]) -> None:
    answer = normalised(row["answer"])
    for group in row["must_include"]:
        assert any(normalised(text) in answer for text in group), group
    assert not any(normalised(text) in answer for text in row["must_not_include"])


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["type"] == "followup"], ids=lambda row: row["id"]
)
def test_a_followup_has_the_turns_before_it(row: dict[str, Any]) -> None:
    assert all(turn["question"] and turn["answer"] for turn in row["history"])
    assert row["history"]


@needs_originals
@each_answered
def test_every_quote_stands_in_its_original(row: dict[str, Any]) -> None:
    for piece in passages(row):
        assert normalised(piece["quote"]) in original(piece["doc"]), piece["quote"]


@needs_originals
@pytest.mark.parametrize(
    "row", [row for row in ANSWERED if not row.get("computed")], ids=lambda row: row["id"]
)
def test_every_must_include_group_stands_in_a_cited_original(row: dict[str, Any]) -> None:
    cited = [original(piece["doc"]) for piece in row["evidence"]]
    for group in row["must_include"]:
        assert any(normalised(text) in doc for text in group for doc in cited), group
