"""The figures of a run by name: what each says and how it is read off a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.metrics import median, percentile_95
from eval.results import CaseResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """`value` gives one number per question, or None where the rule does not apply."""

    name: str
    label: str
    definition: str
    value: Callable[[CaseResult], float | None]
    higher_is_better: bool = True
    statistic: Callable[[Sequence[float]], float] | None = None  # None is the mean
    unit: str = "割合"


RIGHT = Metric(
    name="right",
    label="正しく答えた、または正しく断った",
    definition="正しく答えた設問と、断るべきところで断った設問の割合です。",
    value=lambda row: row.right,
)

_AFFIRMATIVE_LIMITS = "一覧・表・比較・複合の設問は800字、その他は400字"

METRICS: tuple[Metric, ...] = (
    Metric(
        name="answer",
        label="回答の正しさ",
        definition=(
            "根拠のある設問のうち、回答済みまたは一部回答で、必要な語をすべて含み、誤りの語を含まず、"
            f"字数の上限（{_AFFIRMATIVE_LIMITS}）に収まる回答の割合です。"
        ),
        value=lambda row: row.verdict.answer,
    ),
    Metric(
        name="short",
        label="短い答えの正しさ",
        definition=(
            "数値・名称・日付・担当課・定義の設問のうち、"
            "120字以内の短い答えだけで必要な語がそろう割合です。"
        ),
        value=lambda row: row.verdict.short_answer,
    ),
    Metric(
        name="includes_any_length",
        label="必要な語がそろう（字数不問）",
        definition="字数や状態を問わず、回答の本文に必要な語がすべて入っている割合です。",
        value=lambda row: row.verdict.includes,
    ),
    Metric(
        name="all@5",
        label="根拠の検索（上位5件）",
        definition="設問の根拠となる文が、すべて上位5件の検索結果の本文に入っている割合です。",
        value=lambda row: row.verdict.all5,
    ),
    Metric(
        name="all@10",
        label="根拠の検索（上位10件）",
        definition="設問の根拠となる文が、すべて上位10件の検索結果の本文に入っている割合です。",
        value=lambda row: row.verdict.all10,
    ),
    Metric(
        name="pages@5",
        label="根拠ページの検索（上位5件）",
        definition="根拠の（文書、ページ）が、すべて上位5件の検索結果に含まれる割合です。",
        value=lambda row: row.verdict.pages5,
    ),
    Metric(
        name="pages@10",
        label="根拠ページの検索（上位10件）",
        definition="根拠の（文書、ページ）が、すべて上位10件の検索結果に含まれる割合です。",
        value=lambda row: row.verdict.pages10,
    ),
    Metric(
        name="citations_exact",
        label="出典の正確さ",
        definition=(
            "出典を付けた回答のうち、すべての引用が、保存されたページの本文と一字一句同じである"
            "割合です。評価のつど、索引の本文と照らし直しています。"
        ),
        value=lambda row: (
            row.verdict.inexact_citations == 0 if row.verdict.citation_count else None
        ),
    ),
    Metric(
        name="cited_all",
        label="出典が根拠を示す",
        definition="根拠のある設問のうち、付けた出典の引用が根拠の文をすべて示している割合です。",
        value=lambda row: row.verdict.cited_all,
    ),
    Metric(
        name="cited_when_correct",
        label="正しい回答の出典が根拠を示す",
        definition="正しい回答のうち、付けた出典の引用が根拠の文をすべて示している割合です。",
        value=lambda row: row.verdict.cited_all if row.verdict.answer else None,
    ),
    Metric(
        name="refusal_precision",
        label="断り方の適合率",
        definition=(
            "回答を控えた設問のうち、文書に答えのない設問か対象外の依頼であった割合です。"
            "低いと、答えられる質問まで断っています。"
        ),
        value=lambda row: row.deserves_refusal if row.verdict.declined else None,
    ),
    Metric(
        name="refusal_recall",
        label="断り方の再現率",
        definition=(
            "文書に答えのない設問と対象外の依頼のうち、回答を控えた割合です。"
            "低いと、根拠のないことを答えています。"
        ),
        value=lambda row: row.verdict.declined if row.deserves_refusal else None,
    ),
    Metric(
        name="refusal_unanswerable",
        label="答えのない設問を断る",
        definition="文書に答えのない設問のうち、回答を控えた割合です。",
        value=lambda row: row.verdict.unanswerable_refused,
    ),
    Metric(
        name="refusal_named",
        label="答えのない設問を「根拠なし」と示す",
        definition="文書に答えのない設問のうち、状態が「根拠なし」であった割合です。",
        value=lambda row: row.verdict.unanswerable_named,
    ),
    Metric(
        name="declined_out_of_scope",
        label="対象外の依頼を断る",
        definition="雑談や一般知識など対象外の設問のうち、回答を控えた割合です。",
        value=lambda row: row.verdict.out_of_scope_declined,
    ),
    Metric(
        name="false_refusal",
        label="誤って断った割合",
        definition="根拠のある設問のうち、回答を控えてしまった割合です。低いほど良い値です。",
        value=lambda row: row.verdict.false_refusal,
        higher_is_better=False,
    ),
    Metric(
        name="mean_chars",
        label="回答の平均文字数",
        definition="すべての設問の回答の文字数の平均です。",
        value=lambda row: float(len(row.answer)),
        higher_is_better=False,
        unit="字",
    ),
    Metric(
        name="p50_ms",
        label="応答時間の中央値",
        definition="質問を受けてから回答ができるまでの時間の中央値です（通信の時間を含みません）。",
        value=lambda row: 1e3 * row.seconds,
        higher_is_better=False,
        statistic=median,
        unit="ミリ秒",
    ),
    Metric(
        name="p95_ms",
        label="応答時間の95パーセント点",
        definition="95％の質問がこの時間以内に答えられたという時間です（通信の時間を含みません）。",
        value=lambda row: 1e3 * row.seconds,
        higher_is_better=False,
        statistic=percentile_95,
        unit="ミリ秒",
    ),
)

# What a condition of the ladder is judged by, and what is shown per type of question.
LADDER = ("answer", "short", "all@5", "all@10", "refusal_unanswerable", "false_refusal")
BY_TYPE = ("short", "all@5", "all@10", "cited_when_correct", "false_refusal")


def metric(name: str) -> Metric:
    """Raises KeyError for a name that is not in METRICS."""
    return {known.name: known for known in METRICS}[name]
