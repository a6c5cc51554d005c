"""Two runs side by side: questions won and lost, and how sure each difference is."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.charts import Bar, share_bars
from eval.errors import ResultFileError
from eval.labels import CAUSES, share, status_label, type_label
from eval.markup import Html, element, join, page, section, table
from eval.metric_list import METRICS, RIGHT, Metric
from eval.results import CaseResult, EvalResult
from eval.significance import Interval, bootstrap_interval, randomisation_p_value
from eval.summary import right_by_type

# Percentiles of time have no per-question difference to test.
_COMPARED = tuple(metric for metric in METRICS if metric.statistic is None)
_SECONDS = Metric(
    name="mean_ms",
    label="応答時間の平均",
    definition="",
    value=lambda row: 1e3 * row.seconds,
    higher_is_better=False,
    unit="ミリ秒",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One metric over the questions to which it applies in both runs. `delta` is B minus A."""

    metric: Metric
    first: float
    second: float
    delta: float
    interval: Interval  # 95 %, of the delta
    p_value: float
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """B against A over the questions both have. Pairs are (row of A, row of B)."""

    first: EvalResult
    second: EvalResult
    differences: tuple[Difference, ...]
    won: tuple[tuple[CaseResult, CaseResult], ...]
    lost: tuple[tuple[CaseResult, CaseResult], ...]
    common: int
    only_first: int
    only_second: int

    @property
    def same_questions(self) -> bool:
        return self.first.dataset_sha256 == self.second.dataset_sha256

    @property
    def same_documents(self) -> bool:
        return self.first.documents_sha256 == self.second.documents_sha256


def compare(first: EvalResult, second: EvalResult) -> Comparison:
    """Raises ResultFileError when the two runs have no question in common."""
    pairs = common_pairs(first, second)
    found = [difference_of(metric, pairs) for metric in (RIGHT, *_COMPARED, _SECONDS)]
    return Comparison(
        first=first,
        second=second,
        differences=tuple(difference for difference in found if difference.count),
        won=tuple((a, b) for a, b in pairs if b.right and not a.right),
        lost=tuple((a, b) for a, b in pairs if a.right and not b.right),
        common=len(pairs),
        only_first=len(first.rows) - len(pairs),
        only_second=len(second.rows) - len(pairs),
    )


def common_pairs(first: EvalResult, second: EvalResult) -> list[tuple[CaseResult, CaseResult]]:
    """The rows of both runs for each question they share. Raises ResultFileError for none."""
    by_id = {row.id: row for row in second.rows}
    pairs = [(row, by_id[row.id]) for row in first.rows if row.id in by_id]
    if not pairs:
        raise ResultFileError(
            "二つの評価結果に共通の設問がありません。同じ設問ファイルの結果を指定してください。"
        )
    return pairs


def difference_of(metric: Metric, pairs: Sequence[tuple[CaseResult, CaseResult]]) -> Difference:
    """Second minus first over the pairs to which the metric applies; `count` 0 without any."""
    values = [(metric.value(a), metric.value(b)) for a, b in pairs]
    paired = [(float(a), float(b)) for a, b in values if a is not None and b is not None]
    if not paired:
        nothing = Interval(0.0, 0.0)
        return Difference(
            metric=metric, first=0, second=0, delta=0, interval=nothing, p_value=1.0, count=0
        )
    a_values, b_values = [a for a, _ in paired], [b for _, b in paired]
    deltas = [b - a for a, b in paired]
    return Difference(
        metric=metric,
        first=sum(a_values) / len(paired),
        second=sum(b_values) / len(paired),
        delta=sum(deltas) / len(paired),
        interval=bootstrap_interval(deltas),
        p_value=randomisation_p_value(a_values, b_values),
        count=len(paired),
    )


def _value(metric: Metric, value: float) -> str:
    return share(value) if metric.unit == "割合" else f"{value:.1f}{metric.unit}"


def _delta(metric: Metric, value: float) -> str:
    return f"{100 * value:+.1f}pt" if metric.unit == "割合" else f"{value:+.1f}{metric.unit}"


def _cells(difference: Difference) -> list[str]:
    metric, interval = difference.metric, difference.interval
    between = f"{_delta(metric, interval.low)}～{_delta(metric, interval.high)}"
    return [
        metric.label,
        _value(metric, difference.first),
        _value(metric, difference.second),
        f"{_delta(metric, difference.delta)}（{between}）",
        f"{difference.p_value:.3f}" if difference.p_value >= 0.001 else "0.001未満",
        str(difference.count),
    ]


_HEAD = ("指標", "A", "B", "差 B−A（95％信頼区間）", "p値", "設問数")


def _remarks(comparison: Comparison) -> list[str]:
    remarks = [
        f"A: {comparison.first.title}（{comparison.first.started}）",
        f"B: {comparison.second.title}（{comparison.second.started}）",
        f"共通の {comparison.common} 問を比べました。"
        f"Bで正しくなった設問は {len(comparison.won)} 問、"
        f"誤りになった設問は {len(comparison.lost)} 問です。",
    ]
    if comparison.only_first or comparison.only_second:
        remarks.append(
            f"一方にしかない設問（A {comparison.only_first} 問、B {comparison.only_second} 問）は"
            "含めていません。"
        )
    if not comparison.same_questions:
        remarks.append("注意: 設問ファイルの内容が異なります。判定の基準も異なるおそれがあります。")
    if not comparison.same_documents:
        remarks.append("注意: 文書の内容が異なります。")
    return remarks


def comparison_text(comparison: Comparison) -> str:
    """The comparison for a terminal: one metric a line, then the questions won and lost."""
    lines = [*_remarks(comparison), "", "\t".join(_HEAD)]
    lines += ["\t".join(_cells(difference)) for difference in comparison.differences]
    for title, pairs in (
        ("正しくなった設問", comparison.won),
        ("誤りになった設問", comparison.lost),
    ):
        lines += ["", f"{title}（{len(pairs)}）"]
        lines += [f"  {a.id}\t{type_label(a.type)}\t{a.question}" for a, _ in pairs]
    return "\n".join(lines)


def render_comparison(comparison: Comparison) -> str:
    """The comparison as one HTML page that loads nothing."""
    note = (
        "p値は、AとBの違いが偶然だけでこれ以上に開く確からしさです（対応のある並べ替え検定、両側）。"
        "0.05を下回れば偶然とは考えにくいといえます。"
        "指標ごとの値で、多くの指標を同時に見ることへの補正はしていません。"
    )
    return page(
        "評価結果の比較",
        *(element("p", remark) for remark in _remarks(comparison)),
        section(
            "指標の差",
            table("AとBの値と差", _HEAD, [_cells(d) for d in comparison.differences]),
            element("p", note, class_="note"),
            id_="differences",
        ),
        section(
            "設問の種類別",
            _types("A", comparison.first),
            _types("B", comparison.second),
            id_="types",
        ),
        _changed("Bで正しくなった設問", comparison.won, "won"),
        _changed("Bで誤りになった設問", comparison.lost, "lost"),
    )


def _types(letter: str, result: EvalResult) -> Html:
    bars = [
        Bar(
            label=type_label(name),
            value=found.value,
            low=found.interval.low,
            high=found.interval.high,
            note=f"{found.count}問",
        )
        for name, found in right_by_type(result.rows).items()
    ]
    title = f"{letter}: {result.title}"
    return join([element("h3", title), share_bars(title, bars)])


def _changed(title: str, pairs: Sequence[tuple[CaseResult, CaseResult]], anchor: str) -> Html:
    rows = [[a.id, a.question, a.gold, _outcome(a), _outcome(b)] for a, b in pairs]
    head = ["設問", "質問", "正解", "Aの回答", "Bの回答"]
    return section(title, table(f"{len(pairs)}問", head, rows), id_=anchor)


def _outcome(row: CaseResult) -> Html:
    cause = f"（{CAUSES[row.cause]}）" if row.cause is not None else ""
    return join([element("strong", f"{status_label(row.status)}{cause}"), element("p", row.answer)])
