"""A question and passages as the reader sees them, in training as in use: one row of pieces."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
MOST_PIECES = 160  # read at once; it was trained with as many
_MOST_OF_QUESTION = 48
_LEAST_OF_PASSAGE = 8  # a passage of which less would be read is left out
_LONGEST_SPAN = 30  # pieces
_STARTS = 10  # places that may begin the answer


@dataclass(frozen=True, slots=True)
class Row:
    """`passages` says where each begins and ends; the mark at its end stands where it ends."""

    pieces: list[int]
    of_question: int  # how many of the pieces, with the marks around it
    passages: list[tuple[int, int]]


def in_a_row(
    question: Sequence[int], passages: Iterable[Sequence[int]], begin: int, end: int
) -> Row:
    """Between the marks `begin` and `end`; of the passages as many as are read at once."""
    pieces = [begin, *question[:_MOST_OF_QUESTION], end]
    row = Row(pieces, len(pieces), [])
    for passage in passages:
        room = MOST_PIECES - len(pieces) - 1
        if room < _LEAST_OF_PASSAGE:
            break
        first = len(pieces)
        pieces += passage[:room]
        row.passages.append((first, len(pieces)))
        pieces.append(end)
    return row


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a row most likely has the answer: pieces of a passage, the last one inside."""

    sure: float  # the logits of its beginning and end together
    passage: int
    first: int
    last: int


def surest(row: Row, starts: Floats, ends: Floats) -> Spot:
    """For the logits (len(row.pieces),) that the answer begins and ends at each piece.

    Raises ValueError where the row has no passage.
    """
    return max(
        (
            _surest(number, starts[first:end], ends[first:end])
            for number, (first, end) in enumerate(row.passages)
        ),
        key=lambda spot: spot.sure,
    )


def _surest(passage: int, starts: Floats, ends: Floats) -> Spot:
    best = Spot(-np.inf, passage, 0, 0)
    for first in np.argsort(-starts, kind="stable")[:_STARTS]:
        last = first + int(np.argmax(ends[first : first + _LONGEST_SPAN]))
        sure = float(starts[first] + ends[last])
        if sure > best.sure:
            best = Spot(sure, passage, int(first), int(last))
    return best
