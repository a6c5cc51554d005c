"""和暦, 西暦 and 年度: reading dates, writing the other calendar, and periods of documents."""

import re
from dataclasses import dataclass
from datetime import date

from rag.text import normalise

# First Western year of each era minus one: 令和1年 = 2019.
ERA_OFFSETS = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988, "s": 1925}
_ERA_NAMES = (("令和", 2019), ("平成", 1989), ("昭和", 1926))

_ERA_YEAR = re.compile(
    r"(令和|平成|昭和)\s*(元|\d{1,2})\s*年(度)?|(?<![a-z])([rhs])\s*(\d{1,2})(?=[.年/度])(?:年)?(度)?"
)
_WESTERN_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*(?:年(度)?|(?=[./-]\d))")
_MONTH_DAY = re.compile(
    r"\s*(?:\([^)]{1,8}\)\s*)?年?(?:度)?\s*[./-]?\s*(\d{1,2})\s*(?:月|[./-])\s*(?:(\d{1,2})\s*日?)?"
)


@dataclass(frozen=True, slots=True)
class YearMention:
    """A year as written: `year` is Western, `fiscal` where 年度 is said."""

    year: int
    fiscal: bool
    start: int
    end: int
    era: bool


def years(text: str) -> list[YearMention]:
    """Every year mentioned in `text` (already normalised), in text order."""
    found: list[YearMention] = []
    for match in _ERA_YEAR.finditer(text):
        era, number, fiscal = (
            (match.group(1), match.group(2), match.group(3))
            if match.group(1)
            else (match.group(4), match.group(5), match.group(6))
        )
        year = ERA_OFFSETS[era] + (1 if number == "元" else int(number))
        found.append(YearMention(year, bool(fiscal), match.start(), match.end(), True))
    for match in _WESTERN_YEAR.finditer(text):
        found.append(
            YearMention(
                int(match.group(1)), bool(match.group(2)), match.start(), match.end(), False
            )
        )
    return sorted(found, key=lambda mention: mention.start)


def era_year(year: int) -> str:
    """The year in 和暦: 2022 → 「令和4年」, 2019 → 「令和元年」."""
    for name, first in _ERA_NAMES:
        if year >= first:
            number = year - first + 1
            return f"{name}{'元' if number == 1 else number}年"
    return f"{year}年"


def other_calendar(text: str) -> str:
    """The years of `text` written in the calendar it does not use, blank-separated.

    「令和4年3月」 gives 「2022年」; 「2022年度」 gives 「令和4年度」. Added to a query, so that a
    question finds documents written in either calendar.
    """
    normalised = normalise(text).text
    extra: list[str] = []
    for mention in years(normalised):
        written = f"{mention.year}年" if mention.era else era_year(mention.year)
        written += "度" if mention.fiscal else ""
        if written not in normalised and written not in extra:
            extra.append(written)
    return " ".join(extra)


def parse_date(text: str) -> date | None:
    """The first full or year-month date in `text`; the day is 1 where it is not given."""
    normalised = normalise(text).text
    for mention in years(normalised):
        match = _MONTH_DAY.match(normalised, mention.end)
        if not match:
            continue
        try:
            return date(mention.year, int(match.group(1)), int(match.group(2) or 1))
        except ValueError:
            continue
    return None


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year (from April) that `day` belongs to."""
    return day.year if day.month >= 4 else day.year - 1
