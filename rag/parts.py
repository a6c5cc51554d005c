"""The parts of a question that asks several things, each read by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rag.composed import Reading
from rag.facets import Facet
from rag.scoring import NEAR_BEST, Evidence
from rag.text import key
from rag.types import Chunk


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question that asks several things, as it was read."""

    facet: Facet
    ranked: Sequence[tuple[Chunk, float]]
    reading: Reading


def without_rival(reading: Reading, facet: Facet) -> Reading:
    """`reading` without what stands under a heading that names the other of two things compared.

    What names the thing itself comes first, if it is nearly as good as the best.
    """
    if not facet.rival:
        return reading
    own, rival = key(facet.label), key(facet.rival)
    evidence = [
        found
        for found in reading.evidence
        for place in [key("\n".join(found.unit.chunk.heading))]
        if rival not in place or own in place
    ]
    if not evidence:
        return reading
    least = NEAR_BEST * evidence[0].score

    def beside_the_point(found: Evidence) -> bool:
        place = key("\n".join((*found.unit.chunk.heading, found.unit.text)))
        return found.score < least or own not in place or found.signals.brief > 0

    return replace(reading, evidence=sorted(evidence, key=beside_the_point))


def same_place(parts: Sequence[Part]) -> bool:
    """Whether one unit is the best for every part: then it is one answer."""
    best = {(e.unit.chunk.id, e.unit.start) for part in parts for e in part.reading.evidence[:1]}
    return len(best) == 1


def interleaved(
    ranked: Sequence[tuple[Chunk, float]], others: Sequence[Sequence[tuple[Chunk, float]]]
) -> list[tuple[Chunk, float]]:
    """The best of each ranking in turn, each chunk once."""
    if not others:
        return list(ranked)
    seen: dict[str, tuple[Chunk, float]] = {}
    for turn in zip_longest(*others, ranked):
        for pair in turn:
            if pair is not None:
                seen.setdefault(pair[0].id, pair)
    return list(seen.values())


def with_further(
    ranked: Sequence[tuple[Chunk, float]],
    others: Sequence[Sequence[tuple[Chunk, float]]],
    keep: int,
) -> list[tuple[Chunk, float]]:
    """The best of further rankings, behind the `keep` best of `ranked` and no better than those.

    For searches with other words: what they alone find is read as well, and nothing is lost.
    """
    if not any(others) or len(ranked) < keep:
        return list(ranked) if not any(others) else interleaved(ranked, others)
    score = ranked[keep - 1][1]
    known = {chunk.id for chunk, _ in ranked[:keep]}
    new = [
        (chunk, min(score, found))
        for chunk, found in interleaved((), [other[:keep] for other in others])
        if chunk.id not in known
    ]
    added = {chunk.id for chunk, _ in new}
    rest = [pair for pair in ranked[keep:] if pair[0].id not in added]
    return [*ranked[:keep], *new, *rest]
