"""What a run says on the terminal."""

from eval.failures import cause_counts
from eval.figures import figure
from eval.labels import CAUSES, type_label
from eval.ladder import NOTE
from eval.metric_list import METRICS
from eval.report_markdown import ladder_markdown
from eval.results import EvalResult
from eval.summary import summarise


def failures_text(result: EvalResult) -> str:
    """Every question that went wrong, grouped by cause, for a terminal."""
    lines = [f"\n■ 誤った設問（{result.title}）"]
    for cause, count in cause_counts(result.rows).items():
        lines.append(f"□ {CAUSES[cause]}（{count}問）")
        for row in (row for row in result.rows if row.cause is cause):
            lines += [
                f"  {row.id}　{type_label(row.type)}　{row.question}",
                f"    正解: {row.gold}",
                f"    短い答え: {row.short_answer or '―'}",
                f"    回答: {' '.join(row.answer.split())[:200]}",
            ]
    return "\n".join(lines)


def summary_text(results: list[EvalResult]) -> str:
    """The figures for a terminal: one a line of a single condition, else a table of all."""
    if len(results) > 1:
        return f"{ladder_markdown(results)}\n\n{NOTE}"
    lines: list[str] = []
    for result in results:
        found = summarise(result.rows)
        lines += ["", f"■ {result.title}（{result.condition}）　{len(result.rows)}問"]
        lines += [
            f"  {metric.label}\t{figure(metric, found[metric.name])}\t{found[metric.name].count}問"
            for metric in METRICS
        ]
    return "\n".join(lines).lstrip()
