"""Measures of a ranked list by their published formulas."""

import math
from collections.abc import Mapping, Sequence


def dcg(gains: Sequence[float], k: int) -> float:
    """Discounted cumulative gain, sum of gain / log2(rank + 1) over the first k ranks.

    Järvelin and Kekäläinen (2002), in the form that trec_eval computes.
    """
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains[:k], start=1))


def ndcg(ranked: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """DCG of the ranked ids over the DCG of the best possible order; 0 when nothing is relevant.

    An id that occurs twice counts once, at its first place.
    """
    order = list(dict.fromkeys(ranked))
    best = dcg(sorted(relevance.values(), reverse=True), k)
    return dcg([relevance.get(name, 0.0) for name in order], k) / best if best else 0.0
