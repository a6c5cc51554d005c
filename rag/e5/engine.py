"""Vectors of texts by multilingual-e5-small."""

from pathlib import Path

import numpy as np

from rag.e5.graph import OUTPUT, Graph
from rag.e5.model_file import Floats, ModelFile
from rag.e5.session import Session
from rag.e5.vocabulary import opened


class Engine:
    """One processor for each call; calls of several threads run side by side.

    The same text gives the same vector to the byte, in every thread and whoever else computes.
    Raises `ModelFileError` without a sound file.
    """

    def __init__(self, path: Path) -> None:
        vocabulary = opened(path)
        self._file = file = vocabulary.file
        self._tokeniser = vocabulary.tokeniser
        self._fixed = (
            file.floats("emb.pos").reshape(-1, file.hidden) + file.floats("emb.type")[: file.hidden]
        )
        self._session = Session(_mean_of_tokens(file))

    @property
    def dimension(self) -> int:
        return int(self._file.hidden)

    def vector(self, text: str) -> Floats:
        """(dimension,), of length 1. `text` begins with 「query: 」 or 「passage: 」.

        A text of more tokens than the model reads at once is read in parts, whose means count by
        their tokens.
        """
        numbers = self._tokeniser.numbers(text)
        size = self._file.longest - 2
        parts = [numbers[start : start + size] for start in range(0, len(numbers), size)] or [[]]
        total = sum((self._mean(part) * max(len(part), 1) for part in parts), start=np.float32(0))
        vector = np.asarray(total, dtype=np.float32)
        return vector / np.float32(max(float(np.linalg.norm(vector)), 1e-6))

    def _mean(self, numbers: list[int]) -> Floats:
        whole = [self._file.begin, *numbers, self._file.end]
        tokens = self._file.rows("emb.word", whole) + self._fixed[: len(whole)]
        mean: Floats = self._session.run(tokens)[0]
        return mean


def _mean_of_tokens(file: ModelFile) -> bytes:
    """The model from (1, n, hidden) embedded tokens to (1, hidden)."""
    graph = Graph(file)
    axes = graph.constant("axes", np.array([1]))
    graph.add("ReduceMean", graph.encoder(), axes, keepdims=0, out=OUTPUT)
    return graph.finished((1, file.hidden))
