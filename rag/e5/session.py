"""A graph that onnxruntime computes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import onnxruntime

from rag.e5.graph import INPUT, OUTPUT, Floats


class Session:
    """One processor for each call; calls of several threads run side by side."""

    def __init__(self, model: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Kept for the next call, it would grow with the longest text; a call is no slower without.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        with _file_of(model) as place:
            self._session = onnxruntime.InferenceSession(
                place, options, providers=["CPUExecutionProvider"]
            )

    def run(self, tokens: Floats) -> Floats:
        """What the graph finds for (n, hidden) embedded tokens."""
        found: Floats = self._session.run([OUTPUT], {INPUT: tokens[np.newaxis]})[0]
        return found


@contextmanager
def _file_of(content: bytes) -> Iterator[str]:
    """A file that lies in memory only. A session made from bytes keeps them: 22 MB for nothing."""
    with os.fdopen(os.memfd_create("shiori-model"), "wb") as file:
        file.write(content)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"
