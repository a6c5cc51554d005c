"""The HTML report of a run: readable without knowing the code, without scripts, in one file."""

import re
from collections.abc import Iterable, Sequence

from eval.charts import Bar, histogram, share_bars
from eval.failures import cause_counts, worst_failures
from eval.figures import figure, type_table
from eval.labels import CAUSES, DESERVED, share, status_label, type_label
from eval.ladder import NOTE, ladder, ladder_table
from eval.markup import Html, element, join, page, section, table
from eval.metric_list import METRICS
from eval.results import CaseResult, EvalResult
from eval.summary import refusal_table, right_by_type, summarise

_MOST_COLUMNS = 4
_STATUS_ORDER = ("answered", "partial", "no_evidence", "out_of_scope", "blocked", "failed")


def render_report(results: Sequence[EvalResult]) -> str:
    """The report over all conditions of a run; the details are those of the first.

    Raises ValueError when there is no result.
    """
    if not results:
        raise ValueError("a report needs at least one result")
    main = results[0]
    return page(
        "回答品質の評価報告",
        _introduction(main, results),
        _contents(),
        _summary(results),
        _ladder(results),
        _definitions(),
        _types(main),
        _latency(main),
        _refusals(main),
        _failures(main),
        _all_cases(main.rows),
        _provenance(main),
        style=_filter_rules(main.rows),
    )


def _introduction(main: EvalResult, results: Sequence[EvalResult]) -> Html:
    right = sum(row.right for row in main.rows)
    sentence = (
        f"文書「{main.documents}」について {len(main.rows)} 問を尋ね、"
        f"条件「{main.title}」では {right} 問（{share(right / max(1, len(main.rows)))}）に"
        "正しく答えるか、正しく断りました。"
    )
    others = "、".join(result.title for result in results[1:])
    compared = Html("")
    if others:
        compared = element(
            "p",
            f"あわせて測った条件: {others}。二つ目からの条件の応答時間は、"
            "質問の埋め込みを使い回すため短めに出ます。",
        )
    return join(
        [
            element("p", sentence),
            compared,
            element(
                "p",
                "かっこの中は95％信頼区間です。同じ種類の別の設問で測り直したとき、"
                "値がどの程度動きうるかの目安になります。設問が少なく全問が同じ結果のときは、"
                "区間が実際より狭く出ます。",
                class_="note",
            ),
        ]
    )


def _contents() -> Html:
    links = {
        "summary": "まとめ",
        "ladder": "条件の比較",
        "definitions": "指標の定義",
        "types": "種類別",
        "latency": "応答時間",
        "refusals": "断り方",
        "failures": "主な失敗",
        "cases": "すべての設問",
        "provenance": "測定の条件",
    }
    return element("nav", *(element("a", text, href=f"#{name}") for name, text in links.items()))


def _summary(results: Sequence[EvalResult]) -> Html:
    # Side by side as long as the columns fit a page; the ladder below has a row for each.
    shown = results if len(results) <= _MOST_COLUMNS else results[:1]
    figures = [summarise(result.rows) for result in shown]
    rows = [
        [
            element("a", metric.label, href=f"#metric-{metric.name}"),
            *(figure(metric, found[metric.name]) for found in figures),
            str(figures[0][metric.name].count),
        ]
        for metric in METRICS
    ]
    head = ["指標", *(result.title for result in shown), "対象の設問数"]
    return section("まとめ", table("指標の値と95％信頼区間", head, rows), id_="summary")


def _ladder(results: Sequence[EvalResult]) -> Html:
    if len(results) < 2:
        told = element("p", "この評価では一つの条件だけを測りました。")
    else:
        head, rows = ladder_table(ladder(results))
        told = join([element("p", NOTE, class_="note"), table("条件と製品の既定の差", head, rows)])
    return section("条件の比較", told, id_="ladder")


def _definitions() -> Html:
    terms = [
        join(
            [
                element("dt", metric.label, id_=f"metric-{metric.name}"),
                element("dd", metric.definition),
            ]
        )
        for metric in METRICS
    ]
    note = (
        "語の照合では、全角と半角、大文字と小文字、空白、読点、カンマ、書式記号の違いを無視します。"
        "代わりの根拠が認められている設問では、それが見つかれば根拠がそろったものとします。"
    )
    return section("指標の定義", element("dl", *terms), element("p", note), id_="definitions")


def _types(main: EvalResult) -> Html:
    bars = [
        Bar(
            label=type_label(name),
            value=found.value,
            low=found.interval.low,
            high=found.interval.high,
            note=f"{found.count}問",
        )
        for name, found in right_by_type(main.rows).items()
    ]
    lead = "正しく答えた割合です。答えのない質問と対象外の依頼では、回答を控えた割合です。"
    return section(
        "設問の種類別",
        element("p", lead),
        share_bars("設問の種類別に正しかった割合", bars),
        table("設問の種類別の値と95％信頼区間", *type_table(main.rows)),
        id_="types",
    )


def _latency(main: EvalResult) -> Html:
    plot = histogram("応答時間の分布", [1e3 * row.seconds for row in main.rows], "ミリ秒")
    lead = "横軸は質問を受けてから回答ができるまでの時間（ミリ秒）、縦軸は設問の数です。"
    return section("応答時間の分布", element("p", lead), plot, id_="latency")


def _refusals(main: EvalResult) -> Html:
    counts = refusal_table(main.rows)
    occurring = {status for row in counts.values() for status in row}
    statuses = [status for status in _STATUS_ORDER if status in occurring]
    rows = [
        [label, *(str(counts[kind].get(status, 0)) for status in statuses)]
        for kind, label in DESERVED.items()
    ]
    head = ["質問の性質", *map(status_label, statuses)]
    return section(
        "断り方",
        element("p", "行は質問の性質、列は実際の応答の状態で、数字は設問の数です。"),
        table("質問の性質と応答の状態", head, rows),
        id_="refusals",
    )


def _failures(main: EvalResult) -> Html:
    counted = [
        [element("a", CAUSES[cause], href=f"#only-{cause}"), str(number)]
        for cause, number in cause_counts(main.rows).items()
    ]
    worst = worst_failures(main.rows)
    lead = (
        "誤った内容を断定した例を先に、断った例や長すぎる例を後に、"
        "同じ原因では易しい設問を先に並べています。"
    )
    return section(
        "主な失敗",
        table("失敗の原因", ["原因", "設問数"], counted),
        element("p", lead),
        *(_case(row, "worst") for row in worst),
        id_="failures",
    )


def _case(row: CaseResult, prefix: str) -> Html:
    facts = [
        ("種類", type_label(row.type)),
        ("正解", row.gold),
        ("状態", status_label(row.status)),
        ("短い答え", row.short_answer or "―"),
    ]
    if row.resolved_question not in ("", row.question):
        facts.insert(1, ("解釈した質問", row.resolved_question))
    if row.cause is not None:
        facts.append(("原因", CAUSES[row.cause]))
    if row.error:
        facts.append(("失敗の内容", row.error))
    if row.citations:
        facts.append(("出典", _sources((c.source, c.page, ()) for c in row.citations)))
    if row.passages:
        facts.append(
            ("検索の上位", _sources((p.source, p.page, p.heading) for p in row.passages[:5]))
        )
    listed = join(join([element("dt", name), element("dd", content)]) for name, content in facts)
    return element(
        "article",
        element("h3", f"{row.id}　{row.question}"),
        element("dl", listed, class_="facts"),
        element("p", row.answer or "（回答の本文なし）", class_="answer"),
        id_=f"{prefix}-{row.id}",
        class_=" ".join(["case", *_classes(row)]),
    )


def _sources(places: Iterable[tuple[str, int, tuple[str, ...]]]) -> Html:
    shown = [
        f"{source} p.{number}" + (f"（{heading[-1]}）" if heading else "")
        for source, number, heading in places
    ]
    return join(shown, "<br>")


def _classes(row: CaseResult) -> list[str]:
    verdict = "right" if row.cause is None else "wrong"
    return [verdict, f"type-{_token(row.type)}", *([str(row.cause)] if row.cause else [])]


def _token(text: str) -> str:
    """Text that can stand in a class name or an anchor."""
    return re.sub(r"[^\w-]", "_", text)


def _filters(rows: Sequence[CaseResult]) -> dict[str, str]:
    """Class of the cases that stay, by the label of the filter."""
    found = {"正しいもの": "right", "誤ったもの": "wrong"}
    found |= {CAUSES[cause]: str(cause) for cause in CAUSES if any(r.cause == cause for r in rows)}
    found |= {type_label(name): f"type-{_token(name)}" for name in sorted({r.type for r in rows})}
    return found


def _filter_rules(rows: Sequence[CaseResult]) -> str:
    """A link to `#only-x` leaves the cases of class x: the browser filters, no script does."""
    return "".join(
        f"#only-{name}:target~.cases .case:not(.{name}){{display:none}}"
        for name in _filters(rows).values()
    )


def _all_cases(rows: Sequence[CaseResult]) -> Html:
    filters = _filters(rows)
    anchors = [element("span", id_=f"only-{name}", class_="filter") for name in filters.values()]
    links = [element("a", "すべて", href="#cases")]
    links += [element("a", label, href=f"#only-{name}") for label, name in filters.items()]
    return section(
        "すべての設問",
        *anchors,
        element("nav", "表示を絞る: ", join(links, " "), class_="filters"),
        element("div", *(_case(row, "q") for row in rows), class_="cases"),
        id_="cases",
    )


def _provenance(main: EvalResult) -> Html:
    facts = {
        "条件": f"{main.title}（{main.condition}）",
        "設問": f"{main.dataset}（SHA-256 {main.dataset_sha256[:16]}…）",
        "文書": f"{main.documents}（SHA-256 {main.documents_sha256[:16]}…）",
        "開始": main.started,
        **{f"設定 {name}": value for name, value in main.settings.items()},
        **{f"版 {name}": value for name, value in main.versions.items() if value},
    }
    listed = join(join([element("dt", k), element("dd", v)]) for k, v in facts.items())
    return section("測定の条件", element("dl", listed, class_="facts"), id_="provenance")
