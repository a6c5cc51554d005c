"""The reader's weights as they lie in the package: `weights.npz`, written by `eval.reader.export`.

Matrices are of 8 bits, (outputs, inputs), with a scale for each output under the same name and
「.s」. `places` (most, hidden) is added to the tokens by their place, `kinds` (2, hidden) to those of
the question and of the passages; `heads.w` (4, hidden) and `heads.b` (4,) make of each state the
logits `START`, `END`, `ANSWERED` and `HOLDS`.
"""

from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.e5.graph import Floats

START, END, ANSWERED, HOLDS = range(4)
HEADS = 4
_FILE = "weights.npz"
_EACH_HEAD = 32  # of 384, as in the model it was made from


class ReaderWeights:
    """Weights of a graph (`rag.e5.graph.Weights`) and what goes before and after its layers."""

    epsilon = 1e-12

    def __init__(self) -> None:
        with files("rag.reader").joinpath(_FILE).open("rb") as file, np.load(file) as stored:
            self._stored: dict[str, npt.NDArray[Any]] = dict(stored)
        self.places: Floats = self._stored["places"].astype(np.float32)
        self.kinds: Floats = self._stored["kinds"].astype(np.float32)
        self.hidden = self.places.shape[1]
        self.heads = self.hidden // _EACH_HEAD
        self.inner = len(self._stored["l0.fi.w"])
        self.layers = sum(name.endswith(".fi.w") for name in self._stored)

    def floats(self, name: str) -> Floats:
        """(n,) as stored."""
        return self._stored[name].astype(np.float32)

    def matrix(self, name: str, inputs: int) -> Floats:
        """(outputs, inputs) of weights."""
        scales: Floats = self._stored[f"{name}.s"]
        return self._stored[name].reshape(-1, inputs) * scales[:, None]
