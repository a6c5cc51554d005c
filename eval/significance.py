"""How sure a figure is: bootstrap intervals and a paired randomisation test, both seeded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2_000
PERMUTATIONS = 10_000
# 2^16 sign patterns are enumerated in a few milliseconds; beyond that they are drawn.
EXACT_DIFFERENCES = 16
_ROWS_AT_ONCE = 500
# Sums of floats that differ only by rounding count as equal.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def bootstrap_interval(
    values: Sequence[float],
    statistic: Callable[[Sequence[float]], float] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap interval (Efron 1979) of a statistic over questions, default the mean.

    `values` holds one value per question. Raises ValueError when it is empty or the level is not
    between 0 and 1.
    """
    if not values:
        raise ValueError("no values to resample")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    drawn: list[float] = []
    for first in range(0, resamples, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, resamples - first)
        picked = sample[generator.integers(0, sample.size, size=(rows, sample.size))]
        if statistic is None:
            drawn.extend(picked.mean(axis=1).tolist())
        else:
            drawn.extend(statistic(row.tolist()) for row in picked)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Interval(float(low), float(high))


def randomisation_p_value(
    first: Sequence[float],
    second: Sequence[float],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> float:
    """Two-sided p-value of the paired randomisation test (Fisher 1935) on the mean difference.

    Under the hypothesis of no difference each pair may be swapped, which flips the sign of its
    difference. Up to 16 pairs that differ, all 2^n sign patterns are counted; beyond that,
    `permutations` patterns are drawn and p = (1 + as extreme) / (1 + drawn). Raises ValueError
    when the sequences differ in length or are empty.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} values cannot be paired")
    if not first:
        raise ValueError("no pairs to compare")
    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    differences = differences[np.abs(differences) > _TOLERANCE]
    if differences.size == 0:
        return 1.0
    threshold = abs(float(differences.sum())) - _TOLERANCE
    if differences.size <= EXACT_DIFFERENCES:
        patterns = np.arange(2**differences.size)[:, None] >> np.arange(differences.size) & 1
        sums = (2 * patterns - 1) @ differences
        return float(np.mean(np.abs(sums) >= threshold))
    generator = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, permutations, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, permutations - start)
        signs = generator.integers(0, 2, size=(rows, differences.size)) * 2 - 1
        extreme += int(np.count_nonzero(np.abs(signs @ differences) >= threshold))
    return (1 + extreme) / (1 + permutations)
