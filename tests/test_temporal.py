"""和暦 and 西暦: read, written in the other calendar, and never guessed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.temporal import era_year, fiscal_year, other_calendar, parse_date, years
from rag.text import normal


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("令和元年", [(2018 + 1, False)]),
        ("令和４年度", [(2018 + 4, True)]),
        ("平成30年3月", [(1988 + 30, False)]),
        ("昭和 64 年", [(1925 + 64, False)]),
        ("R3年度", [(2018 + 3, True)]),
        ("H31.4", [(1988 + 31, False)]),
        ("2022年度から2025年度", [(2022, True), (2025, True)]),
        ("2021.8.3", [(2021, False)]),
        ("2022年度（令和4年度）", [(2022, True), (2018 + 4, True)]),
        ("令和8年と2019年", [(2018 + 8, False), (2019, False)]),
        ("約2,022件", []),
        ("12022年", []),
        ("PR3.5", []),  # no era inside a word
        ("R3", []),  # a label of something, until a date follows
        ("年度ごと", []),
    ],
)
def test_years_are_read_in_both_calendars(text: str, found: list[tuple[int, bool]]) -> None:
    assert [(mention.year, mention.fiscal) for mention in years(normal(text))] == found


def test_a_mention_covers_what_is_written() -> None:
    text = "前年の令和4年度と2023年は"
    assert [text[m.start : m.end] for m in years(text)] == ["令和4年度", "2023年"]


@pytest.mark.parametrize(
    ("year", "written"),
    [
        (2019, "令和元年"),
        (2018, "平成30年"),
        (1989, "平成元年"),
        (1988, "昭和63年"),
        (1926, "昭和元年"),
        (1925, "1925年"),
        (2026, "令和8年"),
    ],
)
def test_a_year_is_written_in_its_era(year: int, written: str) -> None:
    assert era_year(year) == written


@given(st.integers(1926, 2079))
def test_an_era_year_reads_back_as_the_same_year(year: int) -> None:
    assert [mention.year for mention in years(era_year(year))] == [year]


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("令和4年3月の会議は？", "2022年"),
        ("2022年度の実績は？", "令和4年度"),
        ("令和元年度は？", "2019年度"),
        ("2022年（令和4年）の計画は？", ""),
        ("2022年度と2022年度は？", "令和4年度"),
        ("窓口の場所は？", ""),
    ],
)
def test_a_question_is_completed_with_the_other_calendar(question: str, added: str) -> None:
    assert other_calendar(question) == added


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和４年３月31日策定", date(2022, 3, 31)),
        ("2021.8.3開催", date(2021, 8, 3)),
        ("2021/12/24", date(2021, 12, 24)),
        ("平成30年3月", date(2018, 3, 1)),
        ("2022年（令和4年）3月", date(2022, 3, 1)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("昨年度ではなく2024年2月29日", date(2024, 2, 29)),
    ],
)
def test_a_date_is_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    ["2021年13月", "2023年2月29日", "令和4年0月", "2021年", "3月31日", "", "令和4年度の計画"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_an_impossible_date_does_not_hide_the_next_one() -> None:
    assert parse_date("2021年13月1日、正しくは2022年1月1日") == date(2022, 1, 1)


@given(st.dates(date(1990, 1, 1), date(2050, 12, 31)))
def test_a_written_date_reads_back(day: date) -> None:
    assert parse_date(f"{era_year(day.year)}{day.month}月{day.day}日") == day
    assert parse_date(f"{day.year}年{day.month}月{day.day}日（木）") == day


def test_the_fiscal_year_turns_in_april() -> None:
    assert fiscal_year(date(2022, 4, 1)) == 2022
    assert fiscal_year(date(2022, 4, 1) - timedelta(days=1)) == 2022 - 1
