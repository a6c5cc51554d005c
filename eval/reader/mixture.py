"""Batches of examples out of one or several sources of cases."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from eval.errors import EvaluationError
from eval.reader.examples import Example

_AHEAD = 16  # batches made at once, so that examples of like length lie together


@dataclass(frozen=True, slots=True)
class Source:
    """Makes examples of `count` cases by their number; None where one gives none this time."""

    count: int
    make: Callable[[int, random.Random], Example | None]
    batch: int  # examples in each batch


def batches(sources: Sequence[Source], seed: int) -> Iterator[list[Example]]:
    """Without end; each with examples of every source, all of them about as long.

    In each source every case comes once before any comes again. Raises EvaluationError where a
    source gives no example.
    """
    chance = random.Random(seed)
    streams = [_examples(source, chance) for source in sources]
    while True:
        parts = [
            _by_length(islice(stream, source.batch * _AHEAD), source.batch)
            for stream, source in zip(streams, sources, strict=True)
        ]
        together = [[e for part in row for e in part] for row in zip(*parts, strict=True)]
        chance.shuffle(together)
        yield from together


def _examples(source: Source, chance: random.Random) -> Iterator[Example]:
    while True:
        given = 0
        for number in chance.sample(range(source.count), source.count):
            example = source.make(number, chance)
            if example is not None:
                given += 1
                yield example
        if not given:
            raise EvaluationError(
                f"{source.count} 件の設問から学習の例が一つも作れません。"
                "python -m eval.reader.cases に渡した設問と文書を確かめてください。"
            )


def _by_length(examples: Iterator[Example], size: int) -> list[list[Example]]:
    ordered = sorted(examples, key=lambda example: len(example.row.pieces))
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
