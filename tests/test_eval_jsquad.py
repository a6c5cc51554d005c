"""Passage retrieval over paragraphs, with the search of the product."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval_support import PLAN_TEXTS as TEXTS
from fakes import NgramEmbeddings

from eval.benchmarks.extractive import exact_match, f1, holds, score_answers
from eval.benchmarks.jsquad import answer_text, sample_queries, score
from eval.benchmarks.jsquad_task import fill_index, read_task
from eval.errors import ConditionError, QuestionFileError
from rag.assistant import Assistant
from rag.index import Index


def write_retrieval_task(folder: Path) -> None:
    folder.mkdir()
    corpus = [
        {"_id": f"p{number}", "title": "計画", "text": text} for number, text in enumerate(TEXTS)
    ]
    queries = [
        {"_id": "k1", "text": "RPAの導入で削減した業務時間", "answers": ["1,975時間"]},
        {"_id": "k2", "text": "キャッシュレス決済の利用率", "answers": ["12.5%", "12.5"]},
    ]
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        written = [json.dumps(line, ensure_ascii=False) for line in lines]
        (folder / name).write_text("\n".join(written), encoding="utf-8")
    (folder / "qrels.tsv").write_text("k1\tp1\t1\nk2\tp2\t1\n")


def test_paragraphs_are_ranked_by_the_search_of_the_product(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    task = read_task(tmp_path / "task")
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        fill_index(index, task)
        version = index.version
        fill_index(index, task)
        assert index.version == version
        scores = score(index, task, ["dense", "lemma", "product"], sample_queries(task, 0))
        with pytest.raises(ConditionError, match="tutorial"):
            score(index, task, ["tutorial"], ["k1"])
    assert [(found.condition, found.ndcg, found.queries) for found in scores] == [
        ("dense", 1.0, 2),
        ("lemma", 1.0, 2),
        ("product", 1.0, 2),
    ]


def test_a_bad_line_of_a_retrieval_task_is_named(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    (tmp_path / "task" / "qrels.tsv").write_text("k1\tp1\t1\nk2 p2 1\n")
    with pytest.raises(QuestionFileError, match=r"qrels\.tsv の 2 行目"):
        read_task(tmp_path / "task")
    with pytest.raises(QuestionFileError, match=r"corpus\.jsonl"):
        read_task(tmp_path)


def test_drawn_queries_are_the_same_each_time(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    task = replace(read_task(tmp_path / "task"), queries={f"k{n:03}": "問" for n in range(100)})
    drawn = sample_queries(task, 10)
    assert len(set(drawn)) == 10
    assert drawn == sample_queries(task, 10)
    assert drawn != sample_queries(task, 10, seed=1)
    assert sample_queries(task, 0) == sample_queries(task, 200) == list(task.queries)


def test_answers_are_compared_without_width_marks_and_punctuation() -> None:
    assert exact_match("「１，９７５時間」[1]", ["1,975 時間"]) == 1
    assert exact_match("1,975時間である", ["1,975時間"]) == 0
    assert exact_match("", ["東京"]) == 0
    assert holds("約1,975時間を削減した[1]。", ["2000時間", "1975時間"]) == 1
    assert holds("約1,975時間", ["、"]) == 0


def test_f1_counts_the_shared_characters_of_the_best_gold_answer() -> None:
    # 3 of the 5 characters given are among the 4 of the gold answer.
    precision, recall = 3 / 5, 3 / 4
    expected = 2 * precision * recall / (precision + recall)
    assert f1("東京都千代", ["東京都庁"]) == pytest.approx(expected)
    assert f1("東京都千代", ["大阪", "東京都千代"]) == 1
    assert f1("東東", ["東"]) == pytest.approx(2 / 3)
    assert f1("東京", ["大阪"]) == f1("", ["大阪"]) == f1("東京", []) == 0


def test_the_answers_of_the_product_are_scored_over_all_paragraphs(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    task = read_task(tmp_path / "task")
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        fill_index(index, task)
        found = score_answers(Assistant(index), task, list(task.queries))
        with pytest.raises(QuestionFileError, match="k1"):
            score_answers(Assistant(index), replace(task, answers={"k1": ()}), ["k1"])
    assert len(found.f1) == len(found.declined) == 2
    assert all(f >= e for f, e in zip(found.f1, found.exact, strict=True))
    assert all(h >= e for h, e in zip(found.short_holds, found.exact, strict=True))
    assert "短い答えのF1" in answer_text(found)


def test_gold_answers_that_are_no_texts_are_named(tmp_path: Path) -> None:
    write_retrieval_task(tmp_path / "task")
    path = tmp_path / "task" / "queries.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('["1,975時間"]', "[1975]"))
    with pytest.raises(QuestionFileError, match=r"queries\.jsonl の 1 行目"):
        read_task(tmp_path / "task")
