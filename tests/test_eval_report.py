"""The HTML report and the comparison of two runs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from eval_report_support import result, row
from typer.testing import CliRunner

from eval.charts import Bar, histogram, share_bars
from eval.cli import app
from eval.comparison import compare, comparison_text, render_comparison
from eval.errors import ResultFileError
from eval.figures import figure
from eval.markup import element, table
from eval.metric_list import METRICS
from eval.report import render_report
from eval.results import (
    Cause,
    EvalResult,
    ResultFile,
    read_results,
    write_results,
)
from eval.significance import Interval
from eval.summary import Estimate


class Outline(HTMLParser):
    """Ids, link targets and balance of a page."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.links += [found["href"] or ""] if "href" in found else []
        self.loaded += [found["src"] or ""] if "src" in found else []
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self._open.pop() == tag

    def close(self) -> None:
        super().close()
        assert self._open == []


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


def test_the_report_loads_nothing_and_runs_nothing() -> None:
    page = render_report([result([row(1), row(2, Cause.FORBIDDEN)])])
    found = outline(page)
    assert not found.tags & {"script", "link", "img", "iframe", "object"}
    assert found.loaded == []
    assert not re.search(r"https?:|url\(|@import", page)


def test_every_link_of_the_report_has_its_place_and_no_place_occurs_twice() -> None:
    rows = [row(1), row(2, Cause.FORBIDDEN), row(3, Cause.NOT_RETRIEVED, type="新しい 種類")]
    found = outline(render_report([result(rows), result(rows, title="意味検索だけ")]))
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)
    assert {"q-q001", "q-q002", "q-q003", "worst-q002", "worst-q003"} <= set(found.ids)
    assert "worst-q001" not in found.ids


def test_the_report_names_every_metric_with_its_definition_and_interval() -> None:
    page = render_report([result([row(n) for n in range(1, 9)])])
    for metric in METRICS:
        assert metric.label in page
        assert metric.definition in page
    assert "100.0%（100.0%～100.0%）" in page
    assert "製品の既定" in page
    assert "8 問" in page


def test_the_report_shows_at_most_ten_failures_with_their_cause() -> None:
    page = render_report([result([row(n, Cause.TOO_LONG) for n in range(1, 15)])])
    assert page.count('id="worst-') == 10
    assert page.count('id="q-') == 14
    assert "長すぎる" in page


def test_text_of_documents_cannot_become_markup() -> None:
    evil = row(1, Cause.FORBIDDEN, answer="<script>alert(1)</script>", question='"><b>')
    page = render_report([result([evil])])
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    outline(page)


def test_filters_leave_only_the_cases_of_their_class() -> None:
    page = render_report([result([row(1), row(2, Cause.NOT_RETRIEVED)])])
    assert "#only-not_retrieved:target~.cases .case:not(.not_retrieved){display:none}" in page
    assert 'href="#only-not_retrieved"' in page
    cases = re.findall(r'id="q-(q\d+)" class="([^"]+)"', page)
    assert dict(cases)["q002"].split() == ["case", "wrong", "type-fact_number", "not_retrieved"]
    assert "#only-forbidden" not in page


def test_a_report_without_results_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        render_report([])


def test_a_figure_that_was_not_measured_is_a_dash() -> None:
    nothing = Estimate(value=0.0, interval=Interval(0.0, 0.0), count=0)
    assert figure(METRICS[0], nothing) == "―"
    time = next(metric for metric in METRICS if metric.name == "p50_ms")
    found = Estimate(value=12.34, interval=Interval(10, 15), count=3)
    assert figure(time, found) == "12.3ミリ秒（10.0～15.0）"


def test_bars_are_as_long_as_their_values() -> None:
    picture = share_bars("試し", [Bar(label="甲", value=0.5, low=0.25, high=0.75, note="4問")])
    width = float(re.findall(r'<rect [^>]*width="([\d.]+)"', picture)[0])
    low, high = re.findall(r'<line x1="([\d.]+)"[^>]* x2="([\d.]+)"', picture)[0]
    assert float(high) - float(low) == pytest.approx(width)
    assert "50.0%" in picture
    assert 'aria-label="試し"' in picture


def test_a_histogram_counts_every_value_once() -> None:
    picture = histogram("時間", [0.0, 10.0, 10.0, 10.0], "ミリ秒", bins=2)
    heights = [float(h) for h in re.findall(r'<rect [^>]*height="([\d.]+)"', picture)]
    assert heights[0] * 3 == pytest.approx(heights[1], abs=0.2)
    assert "3問" in picture
    outline(histogram("空", [], "ミリ秒"))


def test_markup_escapes_once_and_an_empty_table_is_a_sentence() -> None:
    assert element("p", "a<b", element("b", "&")) == "<p>a&lt;b<b>&amp;</b></p>"
    assert element("a", "x", href='"', class_="c") == '<a href="&quot;" class="c">x</a>'
    assert "<table" not in table("表", ["列"], [])


def test_a_comparison_names_the_questions_won_and_lost() -> None:
    first = result([row(1), row(2, Cause.FORBIDDEN), row(3, Cause.TOO_LONG), row(4)])
    second = result([row(4), row(3), row(2), row(1, Cause.FALSE_REFUSAL)], title="新しい版")
    compared = compare(first, second)
    assert [a.id for a, _ in compared.won] == ["q002", "q003"]
    assert [a.id for a, _ in compared.lost] == ["q001"]
    answer = next(d for d in compared.differences if d.metric.name == "answer")
    assert (answer.first, answer.second, answer.delta) == (2 / 4, 3 / 4, 1 / 4)
    # Two won and one lost: all eight sign patterns sum to at least 1 in absolute value.
    assert answer.p_value == 1.0
    assert answer.interval.low <= answer.delta <= answer.interval.high


def test_only_common_questions_are_compared_and_the_rest_is_mentioned() -> None:
    first = result([row(1), row(2)])
    second = result([row(2), row(3), row(4)], dataset_sha256="c" * 64)
    compared = compare(first, second)
    assert (compared.common, compared.only_first, compared.only_second) == (1, 1, 2)
    text = comparison_text(compared)
    assert "A 1 問、B 2 問" in text
    assert "設問ファイルの内容が異なります" in text
    with pytest.raises(ResultFileError, match="共通の設問"):
        compare(first, result([row(9)]))


def test_a_metric_without_questions_is_left_out_of_the_comparison() -> None:
    compared = compare(result([row(1)]), result([row(1)]))
    names = {difference.metric.name for difference in compared.differences}
    assert "refusal_unanswerable" not in names
    assert {"right", "answer", "short", "mean_ms"} <= names


def test_a_tiny_p_value_is_not_printed_as_zero() -> None:
    first = result([row(n, Cause.FORBIDDEN) for n in range(1, 13)])
    second = result([row(n) for n in range(1, 13)])
    text = comparison_text(compare(first, second))
    # Twelve won, none lost: 2 of 2^12 sign patterns, which is below 0.001.
    assert "0.001未満" in text
    assert "0.000" not in text


def test_a_comparison_page_loads_nothing_and_shows_both_answers() -> None:
    first = result([row(1, Cause.FORBIDDEN, answer="古い回答")])
    second = result([row(1, answer="新しい回答<i>")])
    page = render_comparison(compare(first, second))
    found = outline(page)
    assert not found.tags & {"script", "link", "img", "i"}
    assert "古い回答" in page
    assert "新しい回答&lt;i&gt;" in page


def saved(path: Path, *results: EvalResult) -> Path:
    write_results(path, ResultFile(results=results))
    return path


def test_the_command_compares_two_files(tmp_path: Path) -> None:
    first = saved(tmp_path / "a.json", result([row(1, Cause.FORBIDDEN)]))
    second = saved(tmp_path / "b.json", result([row(1)]), result([row(1)], condition="dense"))
    report = tmp_path / "out" / "report.html"
    ran = CliRunner().invoke(
        app,
        ["compare", str(first), str(second), "--condition-b", "dense", "--report", str(report)],
    )
    assert ran.exit_code == 0, ran.output
    assert "正しくなった設問（1）" in ran.stdout
    assert "q001" in report.read_text(encoding="utf-8")


def test_a_file_that_is_no_result_gives_one_sentence(tmp_path: Path) -> None:
    good = saved(tmp_path / "a.json", result([row(1)]))
    (tmp_path / "b.json").write_text('{"results": 3}')
    for arguments in (
        [str(good), str(tmp_path / "b.json")],
        [str(good), str(tmp_path / "none.json")],
        [str(good), str(good), "--condition-b", "unknown"],
    ):
        ran = CliRunner().invoke(app, ["compare", *arguments])
        assert ran.exit_code == 1
        assert ran.stdout == ""
        assert len(ran.stderr.strip().splitlines()) == 1


def test_a_result_of_another_schema_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.json", result([row(1)]))
    path.write_text(re.sub(r'"schema_version": \d+', '"schema_version": 99', path.read_text()))
    with pytest.raises(ResultFileError, match="99"):
        read_results(path)
