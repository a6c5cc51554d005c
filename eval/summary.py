"""What a run amounts to: estimates with intervals, over all questions and per type."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.metric_list import METRICS, RIGHT, Metric
from eval.results import CaseResult
from eval.significance import Interval, bootstrap_interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A figure with its 95 % interval over `count` questions; `count` 0 means not measured."""

    value: float
    interval: Interval
    count: int


def metric_values(metric: Metric, rows: Sequence[CaseResult]) -> list[float]:
    """One number per question to which the metric applies, in the order of the rows."""
    values = (metric.value(row) for row in rows)
    return [float(value) for value in values if value is not None]


def estimate(metric: Metric, rows: Sequence[CaseResult], seed: int = 0) -> Estimate:
    """The metric over these rows with its 95 % bootstrap interval."""
    values = metric_values(metric, rows)
    if not values:
        return Estimate(value=0.0, interval=Interval(0.0, 0.0), count=0)
    value = metric.statistic(values) if metric.statistic else sum(values) / len(values)
    interval = bootstrap_interval(values, metric.statistic, seed=seed)
    return Estimate(value=value, interval=interval, count=len(values))


def summarise(rows: Sequence[CaseResult]) -> dict[str, Estimate]:
    """Every metric by its name, in the order of METRICS."""
    return {metric.name: estimate(metric, rows) for metric in METRICS}


def right_by_type(rows: Sequence[CaseResult]) -> dict[str, Estimate]:
    """Share of right answers (correct, or declined where that is right) per question type."""
    return {name: found[RIGHT.name] for name, found in figures_by_type(rows, (RIGHT,)).items()}


def figures_by_type(
    rows: Sequence[CaseResult], metrics: Sequence[Metric]
) -> dict[str, dict[str, Estimate]]:
    """The metrics by their names per question type, types in the order of their names."""
    types = sorted({row.type for row in rows})
    return {
        name: {
            metric.name: estimate(metric, [row for row in rows if row.type == name])
            for metric in metrics
        }
        for name in types
    }


def refusal_table(rows: Sequence[CaseResult]) -> dict[str, dict[str, int]]:
    """Counts of questions: what the question deserves (row) by what it got (column).

    Rows `evidence`, `unanswerable`, `out_of_scope`; columns are the statuses that occur.
    """
    table: dict[str, dict[str, int]] = {"evidence": {}, "unanswerable": {}, "out_of_scope": {}}
    for row in rows:
        kind = row.type if row.type in table else "evidence"
        table[kind][row.status] = table[kind].get(row.status, 0) + 1
    return table
