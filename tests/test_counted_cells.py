"""What the bare numbers of a table count."""

import pytest

from rag.counted_cells import (
    counter_of_head,
    counter_under,
    counts_other,
    share_beside,
    with_counter,
)


@pytest.mark.parametrize(
    ("cell", "head", "asked", "told"),
    [
        ("34", "取り扱い件数 電子", (), "34件"),
        ("80", "回答数", ("人",), "80人"),
        ("80", "回答数", ("名",), "80名"),
        ("11", "回収数", ("通",), "11通"),
        ("1,204", "利用者数", (), "1,204人"),
        ("12", "職員数（人）", (), "12人"),
        ("250", "金額(単位：千円)", (), "250千円"),
        ("7", "手続き数", (), "7手続"),
        ("69,000", "決済額 電子", (), "69,000"),  # in yen or thousands of yen
        ("12", "1件当たり件数", (), "12"),
        ("30.87%", "件数 比率", (), "30.87%"),
        ("独自集計", "件数", (), "独自集計"),
        ("34件", "件数", (), "34件"),
        ("3", "備考", (), "3"),
    ],
)
def test_a_bare_number_gets_the_counter_of_its_head(
    cell: str, head: str, asked: tuple[str, ...], told: str
) -> None:
    assert with_counter(cell, head, asked) == told


def test_yen_are_no_cases_and_what_is_not_told_may_be_anything() -> None:
    assert counts_other("決済額", ("件",))
    assert counts_other("参加者数", ("件",))
    assert not counts_other("参加者数", ("名",))
    assert not counts_other("実績", ("件",))
    assert not counts_other("決済額", ("円",))
    assert counter_under("順位") == ""


def test_a_share_belongs_to_the_only_count_beside_it() -> None:
    heads = ("選択肢", "回答数", "回答率")
    assert share_beside(heads, ("講習会", "141", "35%"), 1) == 2
    assert share_beside(heads, ("講習会", "141", "35%"), 2) is None
    two = ("区分", "件数 計", "件数 電子", "電子の比率")
    assert share_beside(two, ("本庁", "690", "213", "30.87%"), 1) is None


@pytest.mark.parametrize(
    ("head", "counter", "told"),
    [
        ("電子申請件数", "件", "件"),
        ("利用者数", "人", "人"),
        ("人口（千人）", "人", "千人"),
        ("予算現額（千円）", "円", "千円"),
        ("予算現額（千円）", "千円", "千円"),
        ("予算現額（百万円）", "千円", None),
        ("予算現額", "円", None),
        ("件数", "人", None),
    ],
)
def test_a_head_says_in_what_its_bare_figures_are_counted(
    head: str, counter: str, told: str | None
) -> None:
    assert counter_of_head(head, counter) == told
