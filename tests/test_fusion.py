"""Fusion of scores: expected values written as arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fusion import fuse, min_max, reciprocal_rank
from rag.types import Hit

DENSE = [Hit("a", 0.9), Hit("b", 0.8), Hit("c", 0.5)]
LEMMA = [Hit("b", 12.0), Hit("d", 6.0), Hit("a", 4.0)]


def as_pairs(hits: list[Hit]) -> list[tuple[str, float]]:
    return [(hit.chunk_id, pytest.approx(hit.score)) for hit in hits]


def test_scores_are_scaled_between_the_least_and_the_best() -> None:
    assert min_max(DENSE) == pytest.approx({"a": 1, "b": (0.8 - 0.5) / (0.9 - 0.5), "c": 0})


def test_equal_scores_all_count_fully() -> None:
    assert min_max([Hit("a", 3.0), Hit("b", 3.0)]) == {"a": 1.0, "b": 1.0}
    assert min_max([Hit("a", 0.0)]) == {"a": 1.0}
    assert min_max([]) == {}


def test_fused_scores_are_the_weighted_sum_of_the_scaled_ones() -> None:
    fused = fuse({"dense": DENSE, "lemma": LEMMA}, {"dense": 0.4, "lemma": 0.6})
    assert as_pairs(fused) == [
        ("b", 0.4 * (0.8 - 0.5) / (0.9 - 0.5) + 0.6 * 1),
        ("a", 0.4 * 1 + 0.6 * 0),
        ("d", 0.6 * (6 - 4) / (12 - 4)),
        ("c", 0.0),
    ]


def test_a_channel_without_a_weight_has_no_say() -> None:
    assert fuse({"dense": DENSE, "lemma": LEMMA}, {"dense": 1.0, "lemma": 0.0}) == fuse(
        {"dense": DENSE}, {"dense": 1.0}
    )
    assert fuse({"other": LEMMA}, {"dense": 1.0}) == []


def test_equal_scores_stand_in_the_order_of_their_ids() -> None:
    hits = [Hit("z", 1.0), Hit("m", 1.0), Hit("b", 1.0)]
    assert [hit.chunk_id for hit in fuse({"dense": hits}, {"dense": 1.0})] == ["b", "m", "z"]
    channels = {"dense": [Hit("z", 1.0)], "lemma": [Hit("b", 1.0)]}
    assert [hit.chunk_id for hit in reciprocal_rank(channels)] == ["b", "z"]


def test_reciprocal_ranks_add_up() -> None:
    fused = reciprocal_rank({"dense": DENSE, "lemma": LEMMA}, constant=60)
    assert as_pairs(fused) == [
        ("b", 1 / (60 + 2) + 1 / (60 + 1)),
        ("a", 1 / (60 + 1) + 1 / (60 + 3)),
        ("d", 1 / (60 + 2)),
        ("c", 1 / (60 + 3)),
    ]


HITS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.floats(-5, 5)), unique_by=lambda pair: pair[0]
).map(lambda pairs: [Hit(*pair) for pair in pairs])


@given(HITS, HITS)
def test_every_chunk_found_is_ranked_once_best_first(dense: list[Hit], lemma: list[Hit]) -> None:
    channels, weights = {"dense": dense, "lemma": lemma}, {"dense": 0.4, "lemma": 0.6}
    for fused in (fuse(channels, weights), reciprocal_rank(channels)):
        assert sorted(hit.chunk_id for hit in fused) == sorted({h.chunk_id for h in dense + lemma})
        assert fused == sorted(fused, key=lambda hit: (-hit.score, hit.chunk_id))
    assert all(0 <= hit.score <= 1 + 1e-9 for hit in fuse(channels, weights))


@given(HITS, HITS)
def test_the_order_of_the_channels_does_not_matter(dense: list[Hit], lemma: list[Hit]) -> None:
    weights = {"dense": 0.4, "lemma": 0.6}
    assert fuse({"dense": dense, "lemma": lemma}, weights) == fuse(
        {"lemma": lemma, "dense": dense}, weights
    )
