"""Counters that mean the same, in one spelling."""

import re

import pytest

from rag.counters import counter_pattern, one_spelling


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("人", "326名"),
        ("名", "326人"),
        ("手続", "24手続き"),
        ("手続き", "24手続"),
        ("か所", "3箇所"),
        ("か所", "4ヵ所"),
        ("%", "40パーセント"),
        ("か月", "6ヶ月"),
        ("事業", "70の個別事業"),
        ("手続", "1758の手続き"),
        ("シナリオ", "54のシナリオ"),
    ],
)
def test_a_counter_is_found_in_each_of_its_spellings(asked: str, written: str) -> None:
    assert re.fullmatch(rf"\d+{counter_pattern(asked)}", written)


@pytest.mark.parametrize(
    ("asked", "written"), [("件", "326人"), ("%", "3割"), ("台", "5枚"), ("件", "5の事件")]
)
def test_other_counters_are_other_counters(asked: str, written: str) -> None:
    assert not re.fullmatch(rf"\d+{counter_pattern(asked)}", written)


def test_one_spelling_is_its_own_spelling() -> None:
    for counter in ("名", "手続き", "カ所", "パーセント", "ライセンス"):
        assert one_spelling(one_spelling(counter)) == one_spelling(counter)
        assert counter_pattern(counter) == counter_pattern(one_spelling(counter))
