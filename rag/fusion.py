"""Fusing the scores of several indexes.

Weighted score fusion beat reciprocal rank fusion on four Japanese retrieval sets; see
docs/decisions/0004-fusion.md.
"""

from collections.abc import Mapping, Sequence

from rag.types import Hit


def min_max(hits: Sequence[Hit]) -> dict[str, float]:
    """Scores scaled to 0..1 over the given hits; 1 for all when they are equal."""
    if not hits:
        return {}
    scores = [hit.score for hit in hits]
    low, high = min(scores), max(scores)
    if high == low:
        return {hit.chunk_id: 1.0 for hit in hits}
    return {hit.chunk_id: (hit.score - low) / (high - low) for hit in hits}


def fuse(channels: Mapping[str, Sequence[Hit]], weights: Mapping[str, float]) -> list[Hit]:
    """Weighted sum of the min-max scaled scores, best first, ties by chunk id.

    A chunk that a channel did not return counts as 0 there. Channels without a weight are left
    out.
    """
    fused: dict[str, float] = {}
    for channel, hits in channels.items():
        weight = weights.get(channel, 0.0)
        if weight == 0.0:
            continue
        for chunk_id, score in min_max(hits).items():
            fused[chunk_id] = fused.get(chunk_id, 0.0) + weight * score
    return sorted(
        (Hit(chunk_id, score) for chunk_id, score in fused.items()),
        key=lambda hit: (-hit.score, hit.chunk_id),
    )


def reciprocal_rank(channels: Mapping[str, Sequence[Hit]], constant: int = 60) -> list[Hit]:
    """Reciprocal rank fusion (Cormack et al. 2009): sum of 1 / (constant + rank)."""
    fused: dict[str, float] = {}
    for hits in channels.values():
        for rank, hit in enumerate(hits, start=1):
            fused[hit.chunk_id] = fused.get(hit.chunk_id, 0.0) + 1.0 / (constant + rank)
    return sorted(
        (Hit(chunk_id, score) for chunk_id, score in fused.items()),
        key=lambda hit: (-hit.score, hit.chunk_id),
    )
