"""Vectors of texts by multilingual-e5-small."""

from pathlib import Path

import numpy as np
import onnxruntime

from rag.e5.graph import INPUT, OUTPUT, serialised
from rag.e5.model_file import Floats, ModelFile
from rag.e5.tokens import Tokeniser


class Engine:
    """One processor for each call; calls of several threads run side by side.

    The same text gives the same vector to the byte, in every thread and whoever else computes.
    Raises `ModelFileError` without a sound file.
    """

    def __init__(self, path: Path) -> None:
        self._file = file = ModelFile(path)
        self._tokeniser = Tokeniser(file.pieces, file.scores, file.normalised, file.unknown)
        self._fixed = (
            file.floats("emb.pos").reshape(-1, file.hidden) + file.floats("emb.type")[: file.hidden]
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Kept for the next call, it would grow with the longest text; a call is no slower without.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            serialised(file), options, providers=["CPUExecutionProvider"]
        )

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
        found: Floats = self._session.run([OUTPUT], {INPUT: tokens[np.newaxis]})[0][0]
        return found
