"""Numbers as sheets write them: reading, writing, and finding those of a sentence."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rag.grounding.quantities import MAX_DIGITS, SCALES
from rag.temporal import years
from rag.text import normal

_PLAIN = re.compile(
    r"([-+▲△▼−]?)\s*(\d[\d,]*(?:\.\d+)?|\.\d+)\s*([一-鿿ァ-ヶa-z%‰℃°㎡㎥か箇]{0,8}(?:/[一-鿿a-z]{1,3})?)"
)
_BLANK = frozenset({"", "-", "ー", "—", "―", "…", "・", "/", "n/a", "なし", "記載なし"})
_IN_TEXT = re.compile(r"(?<![\d.])\d[\d,]*(?:\.\d+)?")
_SCALED = re.compile(r"^(百万|千|万|億)")


@dataclass(frozen=True, slots=True)
class ReadNumber:
    number: Decimal
    unit: str  # what stands behind it, "" for nothing


def is_blank(text: str) -> bool:
    """Whether a cell counts as not filled in: empty, or a dash."""
    return normal(text).strip() in _BLANK


def read_number(text: str) -> ReadNumber | None:
    """The number that a whole cell says, None when it says something else.

    「１，２３４人」 → 1234, 人; 「▲5.2%」 → -5.2, %; 「約300」 and 「集計中」 → None.
    """
    match = _PLAIN.fullmatch(normal(text).strip())
    if not match or sum(c.isdigit() for c in match.group(2)) > MAX_DIGITS:
        return None
    try:
        number = Decimal(match.group(2).replace(",", ""))
    except InvalidOperation:
        return None
    return ReadNumber(
        -number if match.group(1) in ("-", "▲", "△", "▼", "−") else number, match.group(3)
    )


def write_number(number: Decimal) -> str:
    """With thousands separators and without needless zeros: 1234.50 → 「1,234.5」."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Mentions:
    """The years and the other numbers that a text speaks of."""

    years: frozenset[int]
    numbers: frozenset[Decimal]


def mentions(text: str) -> Mentions:
    """Years (in either calendar, as Western years) and numbers of `text`.

    A number before 千, 万, 百万 or 億 is given by its value: 「12千円」 is 12,000.
    """
    found = normal(text)
    year_mentions = years(found)
    bare = list(found)
    for mention in year_mentions:
        bare[mention.start : mention.end] = " " * (mention.end - mention.start)
    rest = "".join(bare)
    numbers: set[Decimal] = set()
    for match in _IN_TEXT.finditer(rest):
        digits = match.group().replace(",", "").rstrip(".")
        if not digits or len(digits) > MAX_DIGITS:
            continue
        scaled = _SCALED.match(rest[match.end() :])
        numbers.add(Decimal(digits) * (SCALES[scaled.group(1)] if scaled else 1))
    return Mentions(frozenset(m.year for m in year_mentions), frozenset(numbers))
