"""How figures are written, and the figures of a run as records for other programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from eval.failures import cause_counts, worst_failures
from eval.labels import CAUSES, share, type_label
from eval.ladder import Rung, ladder
from eval.metric_list import BY_TYPE, RIGHT, Metric, metric
from eval.results import CaseResult, EvalResult
from eval.significance import Interval
from eval.summary import Estimate, estimate, figures_by_type, refusal_table, summarise

REPORTED_BY_TYPE: tuple[Metric, ...] = (RIGHT, *(metric(name) for name in BY_TYPE))


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A condition minus the product, with its 95 % interval and its p-value."""

    delta: float
    interval: Interval
    p_value: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    id: str
    type: str
    question: str
    gold: str
    short_answer: str | None
    answer: str
    cause: str
    cause_label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ConditionFigures:
    """One condition. `changes` are against the product and empty for the product itself."""

    condition: str
    title: str
    questions: int
    figures: Mapping[str, Estimate]
    changes: Mapping[str, Change]
    by_type: Mapping[str, Mapping[str, Estimate]]
    refusals: Mapping[str, Mapping[str, int]]
    causes: Mapping[str, int]
    worst: tuple[Failure, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFigures:
    dataset: str
    dataset_sha256: str
    documents: str
    documents_sha256: str
    started: str
    versions: Mapping[str, str]
    conditions: tuple[ConditionFigures, ...]


_RUN_FIGURES = TypeAdapter(RunFigures)


def figure(metric: Metric, found: Estimate) -> str:
    """The estimate with its interval, in the unit of the metric."""
    if found.count == 0:
        return "―"
    low, high = found.interval.low, found.interval.high
    if metric.unit == "割合":
        return f"{share(found.value)}（{share(low)}～{share(high)}）"
    return f"{found.value:.1f}{metric.unit}（{low:.1f}～{high:.1f}）"


def type_table(rows: Sequence[CaseResult]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the figures per question type, as text."""
    found = figures_by_type(rows, REPORTED_BY_TYPE)
    body = [
        [
            type_label(name),
            str(figures[RIGHT.name].count),
            *(figure(metric, figures[metric.name]) for metric in REPORTED_BY_TYPE),
        ]
        for name, figures in found.items()
    ]
    return ["種類", "設問数", *(metric.label for metric in REPORTED_BY_TYPE)], body


def run_figures(results: Sequence[EvalResult]) -> RunFigures:
    """The figures of all conditions of a run. Raises ValueError when there is no result."""
    if not results:
        raise ValueError("a report needs at least one result")
    main = results[0]
    return RunFigures(
        dataset=main.dataset,
        dataset_sha256=main.dataset_sha256,
        documents=main.documents,
        documents_sha256=main.documents_sha256,
        started=main.started,
        versions=main.versions,
        conditions=tuple(
            _condition(result, rung) for result, rung in zip(results, ladder(results), strict=True)
        ),
    )


def figures_json(results: Sequence[EvalResult]) -> str:
    """The figures as JSON. Raises ValueError when there is no result."""
    return _RUN_FIGURES.dump_json(run_figures(results), indent=1).decode() + "\n"


def _condition(result: EvalResult, rung: Rung) -> ConditionFigures:
    return ConditionFigures(
        condition=result.condition,
        title=result.title,
        questions=len(result.rows),
        figures={RIGHT.name: estimate(RIGHT, result.rows)} | summarise(result.rows),
        changes={
            name: Change(
                delta=found.delta,
                interval=found.interval,
                p_value=found.p_value,
                count=found.count,
            )
            for name, found in rung.differences.items()
        },
        by_type=figures_by_type(result.rows, REPORTED_BY_TYPE),
        refusals=refusal_table(result.rows),
        causes={str(cause): count for cause, count in cause_counts(result.rows).items()},
        worst=tuple(
            Failure(
                id=row.id,
                type=row.type,
                question=row.question,
                gold=row.gold,
                short_answer=row.short_answer,
                answer=row.answer,
                cause=str(row.cause),
                cause_label=CAUSES[row.cause],
            )
            for row in worst_failures(result.rows)
            if row.cause is not None
        ),
    )
