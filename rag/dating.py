"""The date that the figures of a unit belong to, and where that date stands.

Nearest first: the figure's own words, its column head or row, a note or caption beside it, its
headings, and only then the document. Nothing is derived from what is not written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.counters import one_spelling
from rag.date_phrases import DatePhrase, Says, date_phrases, within_year
from rag.text import normal, normalise
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import Unit

_AROUND = 220  # characters before and after a unit in which its caption or note may stand
_CAPTION_CHARACTERS = 45
_NOTE = re.compile(r"^[\s　]*(?:[※*＊]|\(?注|◇|○|\()|時点|現在")
_CAPTION = re.compile(r"^[\s　]*(?:図|表|【|グラフ|※|＜|〈)|時点|現在")
_NUMBER = re.compile(
    r"(?<![\da-z])(?<!\d[.,])(?:約|延べ|計)?\s*(?<!※)(?P<sign>[-△▲](?=\d))?(?P<digits>\d[\d,]*+(?:\.\d+)?+)\s*(?P<scale>万|億|千)?+(?P<unit>"
    r"パーセント|%|ポイント|割|円|千円|万円|億円|百万円|時間|分|手続き?|施設|事業|件|人|名|回|箇所|か所|カ所|ヶ所|台|枚|"
    r"種類|業務|団体|校|社|課|世帯|歳|本|通|票|位|番|項目|レイヤー|シナリオ|アプリ|年間|か年|か月|ヶ月|日間|ページ|冊|トン|ヘクタール|キロメートル|棟|頭|匹|橋|基(?!準|本|礎|盤|金))?+(?![月章節条号]|[日時](?!間))"
)
_DIGIT = re.compile(r"\d")
_SCALE = {"": 1, "千": 1_000, "万": 10_000, "億": 100_000_000}
_MONEY = {"千円": 1_000, "万円": 10_000, "百万円": 1_000_000, "億円": 100_000_000}


class DateSource(StrEnum):
    OWN = "own"  # beside the figure itself
    COLUMN = "column"  # its column head or another cell of its row
    CAPTION = "caption"  # a caption or note right by it
    HEADING = "heading"
    DOCUMENT = "document"  # 策定日 or 対象期間


@dataclass(frozen=True, kw_only=True, slots=True)
class Dating:
    """`phrase` is as written, but for the document's own date, which is 「2022年3月策定」."""

    phrase: str
    year: int  # Western; fiscal where `fiscal`
    last_year: int  # differs from `year` for a span of years
    fiscal: bool
    month: int | None
    day: int | None
    source: DateSource

    @property
    def order(self) -> tuple[int, int, int]:
        """Sorts by time; a fiscal year counts as its April, a calendar year as its January."""
        year, month = self.last_year, self.month or (4 if self.fiscal else 1)
        # 「2025年度（11月末）」 lies in 2025, 「2025年度（2月末）」 in 2026.
        return (year + (self.fiscal and month < 4), month, self.day or 0)

    def same_time(self, other: "Dating") -> bool:
        """Whether both name the same year or span, and no different months."""
        if (self.year, self.last_year) != (other.year, other.last_year):
            return False
        months = self.month, other.month
        return None in months or months[0] == months[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number of a unit with its counter. `unit.text[start:end]` is how it is written."""

    text: str
    value: float  # 「1.2万人」 is 12000.0
    counter: str  # 件, %, 人, … in one spelling; "" where none is written
    start: int
    end: int
    dating: Dating | None


def dated(unit: Unit, page: Page, document: Document) -> Dating | None:
    """The one date that the figures of `unit` belong to.

    None where the unit gives several (ask `figures` for each) or nothing gives any.
    """
    own = {
        (found.year, found.last_year, found.month, found.day): found
        for found in (figure.dating for figure in figures(unit, page, document))
        if found is not None
    }
    if own:
        return next(iter(own.values())) if len(own) == 1 else None
    phrases = _states(date_phrases(unit.text))
    if len({(phrase.year, phrase.last_year) for phrase in phrases}) == 1:
        return _dating(phrases[0], unit.text, DateSource.OWN)
    return None if phrases else surrounding_date(unit, page, document)


def surrounding_date(unit: Unit, page: Page, document: Document) -> Dating | None:
    """The date of what `unit` stands in: caption or note, nearest heading, document."""
    return (
        _row_date(unit.chunk) or _caption_date(unit, page) or _heading_date(unit.chunk)
    ) or document_date(document)


def document_date(document: Document) -> Dating | None:
    """策定日, else 対象期間."""
    if document.issued is not None:
        day = document.issued
        verb = "策定" if document.kind == "計画" else ""
        return Dating(
            phrase=f"{day.year}年{day.month}月{verb}",
            year=day.year,
            last_year=day.year,
            fiscal=False,
            month=day.month,
            day=None,  # a date of issue without a day is stored as the first
            source=DateSource.DOCUMENT,
        )
    first, last = document.valid_from, document.valid_until
    if first is None or last is None:
        return None
    return Dating(
        phrase=f"{first.year}年{first.month}月〜{last.year}年{last.month}月",
        year=first.year,
        last_year=last.year,
        fiscal=False,
        month=None,
        day=None,
        source=DateSource.DOCUMENT,
    )


def figures(unit: Unit, page: Page, document: Document) -> list[Figure]:
    """The numbers of `unit` in text order, each with its date. Dates are no numbers."""
    text = unit.text
    if not _DIGIT.search(normal(text)):
        return []
    mapped = normalise(text)
    phrases = date_phrases(text, bare=unit.chunk.kind is ChunkKind.TABLE_ROW)
    parts = _part_ranges(unit)
    around = surrounding_date(unit, page, document)
    found: list[Figure] = []
    for match in _NUMBER.finditer(mapped.text):
        start, end = mapped.source_range(*match.span())
        if any(start < phrase.end and phrase.start < end for phrase in phrases):
            continue
        counter = match.group("unit") or ""
        if not text[mapped.source_range(*match.span("digits"))[0]].isdecimal():
            continue  # ①, ⑵
        found.append(
            Figure(
                text=text[start:end].strip(),
                value=_value(match, counter),
                counter=_counter(counter),
                start=start,
                end=end,
                dating=None
                if _in_series(text, start, phrases)
                else _figure_date(text, start, end, phrases, parts, unit.kind) or around,
            )
        )
    return found


def _counter(counter: str) -> str:
    return "円" if counter in _MONEY else "%" if counter == "割" else one_spelling(counter)


def _value(match: re.Match[str], counter: str) -> float:
    value = float(match.group("digits").replace(",", "").rstrip("."))
    value *= _SCALE[match.group("scale") or ""] * _MONEY.get(counter, 1)
    value *= 10 if counter == "割" else 1  # 「8割」 is 80 %
    return -value if match.group("sign") else value


def _figure_date(
    text: str,
    start: int,
    end: int,
    phrases: Sequence[DatePhrase],
    parts: Sequence[tuple[int, int]],
    kind: ChunkKind,
) -> Dating | None:
    """The date in brackets right after the figure, else the last one before it that is a state.

    In a table row only dates of the same cell (its head included) count; in prose those of the
    same sentence or, between labels without full stops, of the labels before.
    """
    for phrase in phrases:
        between = text[end : phrase.start]
        if phrase.start >= end and re.fullmatch(r"[\s　]*[(（【]", between):
            return _dating(phrase, text, DateSource.OWN)
    low, high = next(((a, b) for a, b in parts if a <= start < b), (0, len(text)))
    if kind is not ChunkKind.TABLE_ROW:
        low = max(text.rfind("。", 0, start) + 1, low if kind is ChunkKind.LIST else 0)
    before = [phrase for phrase in phrases if low <= phrase.start and phrase.end <= start]
    for phrase in reversed(_states(before)):
        source = DateSource.COLUMN if kind is ChunkKind.TABLE_ROW else DateSource.OWN
        if phrase is before[-1] or kind is not ChunkKind.TABLE_ROW:
            return _dating(phrase, text[:high], source)
    if kind is ChunkKind.LIST and parts and low >= parts[0][1]:
        return _lead_in_date(text, parts[0], phrases)
    return None


def _in_series(text: str, start: int, phrases: Sequence[DatePhrase]) -> bool:
    """Whether the last dates before a figure are heads in a row (「2019年度 2020年度 計 9件 20件」).

    Which figure belongs to which is lost then, and guessing would be inventing.
    """
    before = [phrase for phrase in phrases if phrase.end <= start][-2:]
    if len(before) < 2:
        return False
    return bool(re.fullmatch(r"[\s　/／・、と,]*", text[before[0].end : before[1].start]))


def _lead_in_date(text: str, lead: tuple[int, int], phrases: Sequence[DatePhrase]) -> Dating | None:
    """The date of the line that a list stands under, which is no item itself."""
    inside = [phrase for phrase in phrases if lead[0] <= phrase.start and phrase.end <= lead[1]]
    if text[lead[0] : lead[1]].endswith("。") or len(inside) != 1:
        return None
    return _dating(inside[0], text[: lead[1]], DateSource.OWN) if _states(inside) else None


def _states(phrases: Sequence[DatePhrase]) -> list[DatePhrase]:
    return [phrase for phrase in phrases if phrase.says in (Says.STATE, Says.PLAIN)]


def _dating(phrase: DatePhrase, text: str, source: DateSource) -> Dating:
    """The phrase as a date; 「2025年度 227人(11月末時点)」 is of 2025年度（11月末時点）."""
    written, month = phrase.text, phrase.month
    if month is None and not phrase.spans_years:
        within = within_year(text, phrase.end)
        following = [p.start for p in date_phrases(text) if p.start >= phrase.end]
        if within and (not following or within[0] < following[0]):
            note = text[within[0] : within[1]].strip("()（） 　")
            written, month = f"{phrase.text}（{note}）", within[2]
    return Dating(
        phrase=written,
        year=phrase.year,
        last_year=phrase.last_year,
        fiscal=phrase.fiscal,
        month=month,
        day=phrase.day,
        source=source,
    )


def _part_ranges(unit: Unit) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    position = 0
    for part in unit.parts:
        position = unit.text.index(part, position)
        ranges.append((position, position + len(part)))
        position += len(part)
    return ranges


def _row_date(chunk: Chunk) -> Dating | None:
    """The one cell of a row that is nothing but a date, or stands under 年, 年度 or 年月."""
    if chunk.kind is not ChunkKind.TABLE_ROW:
        return None
    dates: list[DatePhrase] = []
    for index, cell in enumerate(chunk.cells):
        head = chunk.columns[index] if len(chunk.columns) == len(chunk.cells) else ""
        phrases = date_phrases(cell, bare=True)
        whole = phrases and len(phrases[0].text) >= len(cell.strip()) - 1
        if whole and (index == 0 or re.search(r"年度?$|年月|時期|時点", normal(head))):
            dates.append(phrases[0])
    return _dating(dates[0], dates[0].text, DateSource.COLUMN) if len(dates) == 1 else None


def _caption_date(unit: Unit, page: Page) -> Dating | None:
    """The date of the caption above or the note below, if it says which state is shown."""
    above = page.text[max(0, unit.start - _AROUND) : unit.start].split("\n")[1:]
    below = page.text[unit.end : unit.end + _AROUND].split("\n")[:-1]
    near = [(line, _CAPTION) for line in reversed(above)] + [(line, _NOTE) for line in below]
    for line, pattern in near:
        line = line.strip()
        if not line or len(line) > _CAPTION_CHARACTERS or line.endswith("。"):
            continue
        if pattern.search(line):
            phrases = [p for p in date_phrases(line) if p.says is Says.STATE or _is_table(line)]
            phrases = _states(phrases)
            if len(phrases) == 1:
                return _dating(phrases[0], line, DateSource.CAPTION)
    return None


def _is_table(line: str) -> bool:
    return bool(re.match(r"(?:図|表|【|グラフ)", line))


def _heading_date(chunk: Chunk) -> Dating | None:
    """The date of the nearest heading that has one; titles of plans with their years have none."""
    for heading in reversed(chunk.heading):
        phrases = [p for p in _states(date_phrases(heading, bare=True)) if not p.spans_years]
        if len(phrases) == 1 and not re.search(r"計画|プラン|構想|ビジョン", heading):
            return _dating(phrases[0], heading, DateSource.HEADING)
    return None
