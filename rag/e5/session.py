"""A graph that onnxruntime computes."""

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
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def run(self, tokens: Floats) -> Floats:
        """What the graph finds for (n, hidden) embedded tokens."""
        found: Floats = self._session.run([OUTPUT], {INPUT: tokens[np.newaxis]})[0]
        return found
