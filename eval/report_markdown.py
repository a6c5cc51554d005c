"""The report of a run as Markdown: the figures, the ladder, the types and the worst failures."""

from collections.abc import Iterable, Sequence

from eval.failures import cause_counts, worst_failures
from eval.figures import figure, type_table
from eval.labels import CAUSES, DESERVED, share, status_label, type_label
from eval.ladder import NOTE, ladder, ladder_table
from eval.metric_list import METRICS
from eval.results import CaseResult, EvalResult
from eval.summary import refusal_table, summarise

_ESCAPED = str.maketrans({"|": "｜", "\n": " ", "<": "＜"})


def render_markdown(results: Sequence[EvalResult]) -> str:
    """The report over all conditions of a run; the details are those of the first.

    Raises ValueError when there is no result.
    """
    if not results:
        raise ValueError("a report needs at least one result")
    main = results[0]
    parts = [
        "# 回答品質の評価報告",
        _introduction(main),
        "## まとめ",
        _summary(main),
    ]
    if len(results) > 1:
        parts += ["## 条件の比較", ladder_markdown(results), NOTE]
    parts += [
        "## 設問の種類別",
        markdown_table(*type_table(main.rows)),
        "## 断り方",
        _refusals(main),
        "## 失敗の原因",
        _causes(main),
        "## 主な失敗",
        *(_failure(row) for row in worst_failures(main.rows)),
        "## 測定の条件",
        _provenance(main),
    ]
    return "\n\n".join(parts) + "\n"


def ladder_markdown(results: Sequence[EvalResult]) -> str:
    """The conditions of a run against the product, a row each."""
    return markdown_table(*ladder_table(ladder(results)))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what would break it in a cell is replaced."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def _plain(text: str) -> str:
    return text.translate(_ESCAPED)


def _introduction(main: EvalResult) -> str:
    right = sum(row.right for row in main.rows)
    return (
        f"文書「{main.documents}」について {len(main.rows)} 問を尋ね、条件「{main.title}」では "
        f"{right} 問（{share(right / max(1, len(main.rows)))}）に正しく答えるか、正しく断りました。"
        "かっこの中は95％信頼区間です。"
    )


def _summary(main: EvalResult) -> str:
    found = summarise(main.rows)
    rows = [
        [metric.label, figure(metric, found[metric.name]), str(found[metric.name].count)]
        for metric in METRICS
    ]
    return markdown_table(["指標", "値", "設問数"], rows)


def _refusals(main: EvalResult) -> str:
    counts = refusal_table(main.rows)
    statuses = sorted({status for row in counts.values() for status in row})
    rows = [
        [label, *(str(counts[kind].get(status, 0)) for status in statuses)]
        for kind, label in DESERVED.items()
    ]
    return markdown_table(["質問の性質", *map(status_label, statuses)], rows)


def _causes(main: EvalResult) -> str:
    counted = cause_counts(main.rows)
    if not counted:
        return "失敗はありません。"
    rows = [[CAUSES[cause], str(count)] for cause, count in counted.items()]
    return markdown_table(["原因", "設問数"], rows)


def _failure(row: CaseResult) -> str:
    cause = CAUSES[row.cause] if row.cause is not None else ""
    lines = [
        f"### {row.id}　{_plain(row.question)}",
        "",
        f"- 種類: {type_label(row.type)}",
        f"- 正解: {_plain(row.gold)}",
        f"- 短い答え: {_plain(row.short_answer or '―')}",
        f"- 回答: {_plain(row.answer) or '（本文なし）'}",
        f"- 原因: {cause}",
    ]
    return "\n".join(lines)


def _provenance(main: EvalResult) -> str:
    facts = {
        "設問": f"{main.dataset}（SHA-256 {main.dataset_sha256[:16]}…）",
        "文書": f"{main.documents}（SHA-256 {main.documents_sha256[:16]}…）",
        "開始": main.started,
        **{f"設定 {name}": value for name, value in main.settings.items()},
        **{f"版 {name}": value for name, value in main.versions.items() if value},
    }
    return markdown_table(["項目", "値"], [[name, value] for name, value in facts.items()])
