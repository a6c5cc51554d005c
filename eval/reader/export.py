"""Weights as the runtime reads them: `python -m eval.reader.export WEIGHTS OUT.npz`.

Matrices of the layers become whole numbers of 8 bits with a scale for each output, and what is
added to the tokens stays in 16; `rag/reader/weights.py` tells of the names.
"""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.errors import EvaluationError
from eval.reader.command import exit_status

_MATRIX = re.compile(r"l\d+\.(q|k|v|ao|fi|fo)\.w")
_ADDED = ("places", "kinds")
_MOST = 127  # of 8 bits with a sign
Arrays = dict[str, npt.NDArray[Any]]


def in_eight_bits(weights: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """Each matrix (outputs, inputs) as int8, with its scales (outputs,) under its name and 「.s」."""
    found: Arrays = {}
    for name, weight in weights.items():
        if not _MATRIX.fullmatch(name):
            found[name] = weight.astype(np.float16 if name in _ADDED else np.float32)
            continue
        exact = weight.astype(np.float32)
        scales = np.abs(exact).max(axis=1) / np.float32(_MOST)
        # An output without weights: any scale but 0 leaves it at 0.
        scales[scales == 0] = 1
        found[name] = np.rint(exact / scales[:, None]).astype(np.int8)
        found[f"{name}.s"] = scales
    return found


def stored_weights(path: Path) -> Arrays:
    """Float32 weights that training or `export` wrote, matrices of 8 bits multiplied out.

    Raises EvaluationError where the file is something else.
    """
    try:
        with np.load(path) as stored:
            arrays: Arrays = dict(stored)
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} を読めません（{error}）。") from error
    if "heads.w" not in arrays:
        raise EvaluationError(f"{path}: eval.reader.train の重みではありません。")
    scales = {name: arrays.pop(f"{name}.s") for name in list(arrays) if f"{name}.s" in arrays}
    exact = {name: array.astype(np.float32) for name, array in arrays.items()}
    return exact | {name: exact[name] * scale[:, None] for name, scale in scales.items()}


def export(weights: Path, out: Path) -> None:
    """Raises EvaluationError where `weights` is not what training writes."""
    np.savez_compressed(out, allow_pickle=False, **in_eight_bits(stored_weights(weights)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="written by eval.reader.train")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    return exit_status(lambda: export(arguments.weights, arguments.out))


if __name__ == "__main__":
    sys.exit(main())
