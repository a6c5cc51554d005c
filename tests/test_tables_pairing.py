"""Labels and figures that extraction set apart are recognised, whole rows are left alone."""

from ingest.reading import cut
from rag.scoring import Term
from rag.table_pairing import ambiguous_row, orphan_shares, pairing_lost
from rag.types import Page
from rag.units import Unit, units_of

SCATTERED = """ 問8 利用目的を教えてください。

在宅勤務

その他

342

選択肢 回答数 回答率

57 17%

メールの受信

通信教育の受講 21 6%

77%

65%

61%
 問9 次の質問です。

回覧板 180 44%

新聞 165 41%

テレビの番組 152 37%
"""


def units(text: str) -> tuple[Page, list[Unit]]:
    page = Page(document_id="d", number=1, text=text)
    return page, [unit for chunk in cut((page,), "調査") for unit in units_of(chunk, page)]


def one(found: list[Unit], text: str) -> Unit:
    return next(unit for unit in found if text in unit.text)


def test_labels_and_figures_apart_have_lost_their_pairing() -> None:
    page, found = units(SCATTERED)
    assert pairing_lost(one(found, "57 17%"), page)


def test_rows_and_labels_that_a_figure_follows_have_not_lost_theirs() -> None:
    page, found = units(SCATTERED)
    assert not pairing_lost(one(found, "新聞"), page)
    page, found = units("市民課\n12人\n税務課\n8人\n総務課\n5人\n")
    assert not any(pairing_lost(unit, page) for unit in found)


def test_a_line_with_the_label_asked_for_and_its_figures_is_enough() -> None:
    page, found = units(SCATTERED)
    unit = one(found, "57 17%")
    terms = (Term("通信教育", ("通信教育",), (), 1.0),)
    inside = Unit(
        unit.chunk, SCATTERED.index("在宅"), SCATTERED.index("77%"), unit.parts, unit.kind
    )
    assert pairing_lost(inside, page)
    assert not pairing_lost(inside, page, terms)


def test_the_same_label_with_other_figures_on_the_page_is_ambiguous() -> None:
    text = "掲示板 94 23%\n写真共有 33 8%\n動画 20 5%\n\n掲示板 36 12%\n地図 15 4%\n音楽 11 3%\n"
    page, found = units(text)
    assert ambiguous_row(one(found, "94"), page)
    assert not ambiguous_row(one(found, "写真共有"), page)


def test_shares_without_a_label_are_those_of_the_same_printed_page() -> None:
    page = Page(document_id="d", number=1, text=SCATTERED)
    start = SCATTERED.index("通信教育")
    assert orphan_shares(page, start, start + 10) == [17.0, 77.0, 65.0, 61.0]
    start = SCATTERED.index("新聞")
    assert orphan_shares(page, start, start + 2) == []
