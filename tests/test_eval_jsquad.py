"""Passage retrieval over paragraphs, with the search of the product."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval_support import PLAN_TEXTS as TEXTS
from fakes import NgramEmbeddings

from eval.benchmarks.jsquad import fill_index, read_task, sample_queries, score
from eval.errors import ConditionError, QuestionFileError
from rag.index import Index


def write_retrieval_task(folder: Path) -> None:
    folder.mkdir()
    corpus = [
        {"_id": f"p{number}", "title": "計画", "text": text} for number, text in enumerate(TEXTS)
    ]
    queries = [
        {"_id": "k1", "text": "RPAの導入で削減した業務時間"},
        {"_id": "k2", "text": "キャッシュレス決済の利用率"},
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
