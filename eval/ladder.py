"""Conditions side by side against the product: what each part earns, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.comparison import Difference, common_pairs, difference_of
from eval.conditions import DEFAULT_CONDITION
from eval.labels import share
from eval.metric_list import LADDER, Metric, metric
from eval.results import EvalResult
from eval.summary import Estimate, estimate

METRICS: tuple[Metric, ...] = tuple(metric(name) for name in LADDER)
_SURE = 0.05
_VERY_SURE = 0.01

NOTE = (
    "かっこの中は95％信頼区間、そのあとは製品の既定との差（ポイント）です。"
    "† は差が偶然だけで生じる確からしさが5％未満、‡ は1％未満であることを示します"
    "（同じ設問どうしの並べ替え検定、両側。多くの条件を同時に見ることへの補正はしていません）。"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One condition: its figures, and how they differ from the reference, by metric name.

    `differences` is empty for the reference itself and lacks metrics without common questions.
    """

    condition: str
    title: str
    figures: Mapping[str, Estimate]
    differences: Mapping[str, Difference]


def ladder(results: Sequence[EvalResult]) -> list[Rung]:
    """A rung per result, in their order. The reference is the product, else the first result.

    Raises ResultFileError when a result shares no question with the reference.
    """
    if not results:
        return []
    products = [result for result in results if result.condition == DEFAULT_CONDITION]
    reference = (products or list(results))[0]
    return [_rung(result, reference) for result in results]


def _rung(result: EvalResult, reference: EvalResult) -> Rung:
    differences: dict[str, Difference] = {}
    if result is not reference:
        pairs = common_pairs(reference, result)
        found = {metric.name: difference_of(metric, pairs) for metric in METRICS}
        differences = {name: each for name, each in found.items() if each.count}
    return Rung(
        condition=result.condition,
        title=result.title,
        figures={metric.name: estimate(metric, result.rows) for metric in METRICS},
        differences=differences,
    )


def ladder_table(rungs: Sequence[Rung]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the ladder as text."""
    head = ["条件", *(metric.label for metric in METRICS)]
    rows = [
        [f"{rung.title}（{rung.condition}）", *(_cell(rung, metric.name) for metric in METRICS)]
        for rung in rungs
    ]
    return head, rows


def _cell(rung: Rung, name: str) -> str:
    found = rung.figures[name]
    if not found.count:
        return "―"
    low, high = (f"{100 * edge:.0f}" for edge in (found.interval.low, found.interval.high))
    text = f"{share(found.value)}（{low}～{high}）"
    if name in rung.differences:
        text += f" {_difference(rung.differences[name])}"
    return text


def _difference(found: Difference) -> str:
    mark = "‡" if found.p_value < _VERY_SURE else "†" if found.p_value < _SURE else ""
    return f"{100 * found.delta:+.1f}{mark}"
