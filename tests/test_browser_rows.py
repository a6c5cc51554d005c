"""Rows of tables are shown as tables; the words of the answer stay the same."""

from collections.abc import Callable
from typing import Any

import pytest
from browser_support import Visit
from playwright.sync_api import Page

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

TOGETHER = (
    "事業名：窓口改革／担当課：市民課／予算：1,200千円[1]",
    "事業名：在宅勤務／担当課：人事課／予算：△80千円[2]",
    "来庁者は減っています。[3]",
    "担当：総務課／備考：なし[4]",
    "手続：転入／期限：14日以内に届け出る。窓口：市民課[5]",
    "旧計画では、事業：電子申請／担当：税務課／予算：10千円[6]",
    "一つ目／二つ目／三つ目[7]",
)


def grouped(page: Page, lines: tuple[str, ...]) -> list[Any]:
    found: list[Any] = page.evaluate(
        """async (lines) => {
          const { groupRows } = await import('/static/js/answer-rows.js');
          return groupRows(lines);
        }""",
        list(lines),
    )
    return found


def test_rows_under_the_same_heads_stand_together_and_sentences_stay(visit: Visit) -> None:
    first, sentence, short, alone, *rest = grouped(visit.page, TOGETHER)
    assert [row["markers"] for row in first] == ["[1]", "[2]"]
    assert first[1]["cells"] == [["事業名", "在宅勤務"], ["担当課", "人事課"], ["予算", "△80千円"]]
    assert alone[0]["cells"][1:] == [["期限", "14日以内に届け出る。"], ["窓口", "市民課"]]
    assert [sentence, short, *rest] == [TOGETHER[2], TOGETHER[3], *TOGETHER[5:]]


def test_an_answer_of_rows_is_a_table_with_its_sources(visit_with: Callable[..., Visit]) -> None:
    visit = visit_with(width=390, height=844)
    visit.page.wait_for_selector(".example")
    shown = visit.page.evaluate(
        """async (lines) => {
          const { groupRows, rowsTable } = await import('/static/js/answer-rows.js');
          const marked = (text) => [text];
          const place = document.createElement('div');
          place.className = 'answer-text';
          const groups = groupRows(lines).filter(Array.isArray);
          place.append(...groups.map((rows) => rowsTable(rows, marked)));
          document.getElementById('conversation-scroll').prepend(place);
          const text = (selector) => [...place.querySelectorAll(selector)].map((e) => e.textContent);
          return {
            heads: text('th[scope=col]'), names: text('th[scope=row]'),
            figures: text('.answer-figure'), terms: text('dt'), cells: text('dd'),
            wide: document.documentElement.scrollWidth > innerWidth,
          };
        }""",
        list(TOGETHER),
    )
    assert shown["heads"] == ["事業名", "担当課", "予算"]
    assert shown["names"] == ["窓口改革[1]", "在宅勤務[2]"]
    assert shown["figures"] == ["1,200千円", "△80千円"]
    assert shown["terms"] == ["手続", "期限", "窓口"]
    assert shown["cells"] == ["転入[5]", "14日以内に届け出る。", "市民課"]
    assert not shown["wide"]
