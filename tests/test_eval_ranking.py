"""nDCG by its published formula."""

import math

import pytest

from eval.benchmarks.ranking import ndcg


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    relevance = {"a": 3.0, "b": 2.0, "c": 1.0}
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    found = 2 / math.log2(2) + 3 / math.log2(4)
    assert ndcg(["b", "x", "a"], relevance, 10) == pytest.approx(found / ideal)
    assert ndcg(["a", "b", "c"], relevance, 10) == 1.0
    assert ndcg(["x", "y", "p"], {"p": 1.0}, 10) == 1 / math.log2(3 + 1)


def test_ndcg_ends_at_k_and_counts_a_repeated_id_once() -> None:
    assert ndcg(["x"] * 3 + ["p"], {"p": 1.0}, 2) == 1 / math.log2(2 + 1)
    assert ndcg(["x", "y", "p"], {"p": 1.0}, 2) == 0.0
    assert ndcg(["p", "p"], {"p": 1.0, "q": 1.0}, 10) == pytest.approx(
        1 / (1 / math.log2(2) + 1 / math.log2(3))
    )
    assert ndcg(["p"], {}, 10) == 0.0
