"""The question sets of eval/data: well formed, disjoint, and true to the sample corpus."""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from corpus_pages import CORPUS, page_texts

from eval.questions import load_dataset

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "eval" / "data"
ANSWERED_TYPES = {
    "fact_number",
    "fact_text",
    "date_period",
    "who_department",
    "definition",
    "list",
    "table_lookup",
    "yes_no",
    "compare_over_time",
    "conflict",
    "multi_hop_same_doc",
    "multi_hop_cross_doc",
    "aggregate",
    "followup",
}
REFUSED_TYPES = {"unanswerable", "out_of_scope"}
LONGEST_QUOTE_CHARS = 80


def rows(split: str) -> list[dict[str, Any]]:
    lines = (DATA / split / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


def normalised(text: str) -> str:
    """As answers are judged: NFKC, lower case, no white space, no separators in figures."""
    return re.sub(r"[\s,，、]", "", unicodedata.normalize("NFKC", text).lower())


@cache
def pages_of(doc: str) -> dict[int | None, str]:
    """The text of each page (1-based) without white space; text files have the one page None."""
    path = CORPUS / doc
    if path.suffix == ".pdf":
        return {n: without_space(text) for n, text in enumerate(page_texts(path), start=1)}
    return {None: without_space(path.read_text(encoding="utf-8"))}


def supports(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [*row["evidence"], *row.get("alt_evidence", [])]


ALL = [*rows("dev"), *rows("test")]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row["id"])
def test_every_evidence_quote_stands_on_its_page(row: dict[str, Any]) -> None:
    for evidence in supports(row):
        quote = evidence["quote"]
        assert 2 <= len(quote) <= LONGEST_QUOTE_CHARS
        pages = pages_of(evidence["doc"])
        assert evidence["page"] in pages, (evidence["doc"], evidence["page"])
        assert without_space(quote) in pages[evidence["page"]], evidence


@pytest.mark.parametrize(
    "row",
    [row for row in ALL if row["evidence"] and not row.get("computed", False)],
    ids=lambda row: row["id"],
)
def test_what_an_answer_must_contain_stands_on_the_cited_pages(row: dict[str, Any]) -> None:
    cited = "".join(pages_of(e["doc"])[e["page"]] for e in supports(row))
    text = normalised(cited)
    for group in row["must_include"]:
        assert any(normalised(alternative) in text for alternative in group), group


@pytest.mark.parametrize("row", ALL, ids=lambda row: row["id"])
def test_the_gold_answer_passes_its_own_judgement(row: dict[str, Any]) -> None:
    answer = normalised(row["answer"])
    assert not [word for word in row["must_not_include"] if normalised(word) in answer]
    if row["type"] in REFUSED_TYPES:
        return
    for group in row["must_include"]:
        assert any(normalised(alternative) in answer for alternative in group), group


def test_identifiers_are_unique_and_dev_and_test_share_no_question() -> None:
    assert len({row["id"] for row in ALL}) == len(ALL)
    wording = [normalised(row["question"]) for row in ALL if row["type"] != "followup"]
    assert len(set(wording)) == len(wording)


def test_all_types_and_all_documents_are_asked_in_both_splits() -> None:
    documents = {path.name for path in CORPUS.glob("*.pdf")}
    documents |= {"online-procedures-2025.md", "net-monitor-survey-2021-2025.txt"}
    for split in ("dev", "test"):
        found = rows(split)
        assert {row["type"] for row in found} == ANSWERED_TYPES | REFUSED_TYPES
        assert {e["doc"] for row in found for e in row["evidence"]} == documents


def test_the_sets_are_large_enough_and_split_about_evenly() -> None:
    types = Counter(row["type"] for row in ALL)
    assert len(ALL) >= 130
    assert types["unanswerable"] >= 15
    assert types["out_of_scope"] >= 8
    assert 0.50 <= len(rows("dev")) / len(ALL) <= 0.60
    for name, count in types.items():
        in_dev = sum(row["type"] == name for row in rows("dev"))
        assert abs(in_dev - 0.55 * count) < 1, name


def test_the_gate_is_a_small_mixed_part_of_dev() -> None:
    gate = rows("gate")
    dev = {row["id"]: row for row in rows("dev")}
    assert len(gate) == 24
    assert all(row == dev[row["id"]] for row in gate)
    assert all(row["difficulty"] <= 2 for row in gate)
    assert len({row["type"] for row in gate}) >= 10
    # The gate reads only the shorter documents; every one of them is asked about.
    assert len({e["doc"] for row in gate for e in row["evidence"]}) == 5


@pytest.mark.parametrize("row", ALL, ids=lambda row: row["id"])
def test_only_refusals_have_no_evidence_and_only_followups_have_a_history(
    row: dict[str, Any],
) -> None:
    assert bool(row["evidence"]) == (row["type"] in ANSWERED_TYPES)
    assert bool(row.get("history")) == (row["type"] == "followup")
    assert row["difficulty"] in (1, 2, 3)
    if row["type"] == "multi_hop_cross_doc":
        documents = {e["doc"] for e in row["evidence"]}
        assert len(documents) >= 2


@pytest.mark.parametrize("split", ["dev", "test", "gate"])
def test_the_evaluation_reads_the_files(split: str) -> None:
    dataset = load_dataset([DATA / split / "questions.jsonl"])
    assert len(dataset.questions) == len(rows(split))
