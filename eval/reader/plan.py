"""How long and how the reader is trained."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def _option(default: int, help_: str) -> Any:
    return field(default=default, metadata={"help": help_})


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The defaults are what the weights in `rag/reader/` were made with, within a few steps."""

    pretraining_steps: int = _option(1750, "steps of the twelve layers on JaQuAD")
    distillation_steps: int = _option(2050, "steps of the six layers on JaQuAD")
    product_steps: int = _option(700, "steps on the product's questions, in each fold and at last")
    folds: int = _option(5, "parts of the product's questions, each held out once")
    batch: int = _option(64, "examples of a step")
    public_share: int = _option(50, "percent of JaQuAD beside the product's questions")
    seed: int = _option(1, "of every choice")


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """A reader to go on with, instead of learning JaQuAD first.

    `learnt` names the question sets it has learnt: they are learnt again, but nothing is said of
    them, because no reader is left that has not seen them.
    """

    weights: Path  # written by eval.reader.train or eval.reader.export
    learnt: frozenset[str] = frozenset()
