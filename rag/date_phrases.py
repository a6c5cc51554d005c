"""Dates as they are written in running text, with what they say: a state, an event, a start."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rag.temporal import years
from rag.text import normal, normalise

_ERA = r"(?:令和|平成|昭和)\s*(?:元|\d{1,2})\s*年(?:度)?|(?<![a-z])[rhs]\s*\d{1,2}(?=[.年/度])(?:年)?(?:度)?"
_WESTERN = r"(?<![\d,.])(?:19|20)\d{2}\s*(?:\((?:令和|平成|昭和|[rhs])\s*(?:元|\d{1,2})\s*(?:年)?(?:度)?\)\s*年?(?:度)?|年(?:度)?|(?=[./]\s*\d)|(?=\s*[~-]\s*(?:19|20)\d{2}\s*年))"
_OTHER = (
    r"(?:\s*\((?:(?:令和|平成|昭和)\s*(?:元|\d{1,2})\s*年?(?:度)?|(?:19|20)\d{2}\s*年?(?:度)?)\))?"
)
_MONTH_OF_YEAR = r"(?:\s*[./]?\s*(?P<{0}month>\d{{1,2}})\s*(?:月|[./](?=\s*\d)|(?=末))(?:\s*(?P<{0}day>\d{{1,2}})\s*日?|\s*(?:末|初旬|上旬|中旬|下旬|頃|ごろ))?)?"
_DATE = rf"(?:{_ERA}|{_WESTERN}){_OTHER}"
_WEEKDAY = r"(?:\s*\([月火水木金土日](?:・祝)?\))?"
_PHRASE = re.compile(
    rf"(?P<first>{_DATE}){_MONTH_OF_YEAR.format('first_')}{_WEEKDAY}(?:\s*(?P<season>春|夏|秋|冬))?"
    rf"(?:\s*(?:~|から|より|-)\s*(?P<last>{_DATE}|(?<!\d)(?:19|20)\d{{2}}(?!\d)|(?=\d{{1,2}}(?:月|[./]\d)))"
    rf"{_MONTH_OF_YEAR.format('last_')}{_WEEKDAY})?"
    r"(?P<tail>\s*(?:末)?(?:時点|現在|まで))?"
)
# 「(11月末時点)」 says when within the year named before it.
_WITHIN = re.compile(r"(?<![\d年度./-])\(?(\d{1,2})月(?:末|\d{1,2}日)?(?:時点|現在|まで)\)?")
_BARE_RANGE = re.compile(r"(?<![\d,.])((?:19|20)\d{2})\s*[~-]\s*((?:19|20)\d{2})(?![\d,.%])")
_BARE_YEAR = re.compile(r"(?<![\d,.-])(?:19|20)\d{2}(?![\d,.%]|\s*[人件円枚台])")
_NUMERAL = re.compile(r"[\d元]")  # without one there is no date
_EVENT = re.compile(
    r"^\s*(?:に|の|、)?\s*(?:(?:運用|稼働|利用|供用|サービス|提供)?(?:開始|導入)|策定|制定|改[訂定]|施行|公布|設立|設置|締結|"
    r"認定|発足|開設|公表|成立|発行|提出|頃から)"
)
_START = re.compile(r"^\s*(?:頃)?(?:から|より)")


class Says(StrEnum):
    """What a date is there for."""

    STATE = "state"  # 「2025年11月末時点」: what stands beside it held then
    EVENT = "event"  # 「2022年3月に策定」: something happened then
    START = "start"  # 「2021年1月から」: since then
    PLAIN = "plain"  # 「令和3年度」 and nothing more


@dataclass(frozen=True, kw_only=True, slots=True)
class DatePhrase:
    """`text[start:end]` of the text it was found in; `last_year` ends a span of years."""

    text: str
    start: int
    end: int
    year: int  # Western
    last_year: int
    fiscal: bool
    month: int | None = None
    day: int | None = None
    says: Says = Says.PLAIN

    @property
    def spans_years(self) -> bool:
        return self.last_year != self.year

    def covers(self, year: int) -> bool:
        return self.year <= year <= self.last_year


def date_phrases(text: str, *, bare: bool = False) -> list[DatePhrase]:
    """The dates of `text` in order, as written; with `bare` also 「2025」 without 年.

    Bare years are for column heads and headings, where nothing else is meant. A year that does
    not belong to a calendar date (「2,022件」) is never taken.
    """
    return [*_date_phrases(text, bare)]


@lru_cache(maxsize=8_192)  # a unit is read for its figures, its conflicts and its label
def _date_phrases(text: str, bare: bool) -> tuple[DatePhrase, ...]:
    if not _NUMERAL.search(normal(text)):
        return ()
    mapped = normalise(text)
    found: list[DatePhrase] = []
    for match in _PHRASE.finditer(mapped.text):
        found.append(_phrase(text, mapped.source_range(*match.span()), match))
    taken = [(phrase.start, phrase.end) for phrase in found]

    def is_free(start: int, end: int) -> bool:
        return all(end <= low or high <= start for low, high in taken)

    for pattern in (_BARE_RANGE, _BARE_YEAR) if bare else ():
        for match in pattern.finditer(mapped.text):
            start, end = mapped.source_range(*match.span())
            if is_free(start, end):
                first, last = int(match.group()[:4]), int(match.group()[-4:])
                taken.append((start, end))
                found.append(
                    DatePhrase(
                        text=text[start:end],
                        start=start,
                        end=end,
                        year=first,
                        last_year=max(first, last),
                        fiscal=False,
                    )
                )
    return tuple(sorted(found, key=lambda phrase: phrase.start))


def within_year(text: str, start: int) -> tuple[int, int, int] | None:
    """The first 「(11月末時点)」 from `start` on: its range in `text` and its month."""
    mapped = normalise(text[start:])
    match = _WITHIN.search(mapped.text)
    if not match or not 1 <= int(match.group(1)) <= 12:
        return None
    low, high = mapped.source_range(*match.span())
    return start + low, start + high, int(match.group(1))


def _phrase(text: str, span: tuple[int, int], match: re.Match[str]) -> DatePhrase:
    first = _year(match.group("first"))
    last = match.group("last")
    last_year = _year(last)[0] if last else first[0]
    written = text[span[0] : span[1]].rstrip()
    month, day = match.group("first_month"), match.group("first_day")
    after = match.string[match.end() : match.end() + 12]
    return DatePhrase(
        text=written,
        start=span[0],
        end=span[0] + len(written),
        year=first[0],
        last_year=max(first[0], last_year),
        fiscal=first[1],
        month=_within(month, 12),
        day=_within(day, 31),
        says=_says(match.group("tail") or "", after),
    )


def _says(tail: str, after: str) -> Says:
    if tail.strip().endswith(("時点", "現在")):
        return Says.STATE
    if _START.match(after):
        return Says.START
    if _EVENT.match(after):
        return Says.EVENT
    return Says.STATE if tail else Says.PLAIN


def _year(written: str) -> tuple[int, bool]:
    fiscal = "度" in written
    if written[:4].isdigit():
        return int(written[:4]), fiscal
    # 「r3」 of 「r3.8」 is a year only with what follows it.
    return years(f"{written}.1")[0].year, fiscal


def _within(number: str | None, most: int) -> int | None:
    return int(number) if number and 1 <= int(number) <= most else None
