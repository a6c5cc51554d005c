"""What the reader learns from, as stored between building and training.

Texts are numbers of pieces of the bundled vocabulary. Spans are (first, last) piece, both inside.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.errors import EvaluationError

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicCase:
    """A question of JaQuAD. Sentences are given by their places in `PublicPart.sentences`.

    `article` and `paragraph` are the others of the same article (nearest to the question first)
    and of the same paragraph, without those that hold the answer too.
    """

    question: list[int]
    title: list[int]
    sentence: int
    span: Span
    article: list[int]
    paragraph: list[int]


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicPart:
    sentences: list[list[int]]
    cases: list[PublicCase]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadUnit:
    """A unit as the reader sees it. `places` says where in `text` each piece begins and ends.

    `gold`: it is the evidence, or a part of it. `complete`: it has all strings that the answer
    must have, so that it may not be counted as wrong where it is not the evidence.
    """

    text: str
    pieces: list[int]
    places: list[tuple[int, int]]
    gold: bool
    complete: bool
    span: Span | None  # the answer


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductCase:
    """A question over documents, with the units that the product reads for it, best first."""

    dataset: str
    id: str
    question: list[int]
    answerable: bool
    units: list[ReadUnit]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    train: PublicPart
    dev: PublicPart
    product: list[ProductCase]

    def pieces(self) -> set[int]:
        """Every number that occurs."""
        return {number for text in self._texts() for number in text}

    def _texts(self) -> Iterator[list[int]]:
        for part in (self.train, self.dev):
            yield from part.sentences
            for case in part.cases:
                yield from (case.question, case.title)
        for asked in self.product:
            yield asked.question
            yield from (unit.pieces for unit in asked.units)


_CASES = TypeAdapter(Cases)


def write_cases(path: Path, cases: Cases) -> None:
    path.write_bytes(gzip.compress(_CASES.dump_json(cases), mtime=0))


def read_cases(path: Path) -> Cases:
    """Raises EvaluationError where the file cannot be read or holds something else."""
    try:
        return _CASES.validate_json(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValidationError) as error:
        raise EvaluationError(
            f"{path} を読めません（{error}）。python -m eval.reader.cases で作り直してください。"
        ) from error
