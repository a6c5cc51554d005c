"""What of a sentence can be checked to the letter: years, figures, offices, directions, names.

A slot is a place in a text that holds one of several possible values. A sentence is true to its
source when each of its slots holds the value that the source has in the same place.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rag.grounding.directions import directions
from rag.grounding.polarity import polarities
from rag.grounding.quantities import quantities
from rag.temporal import years
from rag.text import key, normal


@dataclass(frozen=True, slots=True)
class Slot:
    """`kind` says what could stand here, `value` what does. A range of the normalised text."""

    kind: str
    value: str
    start: int
    end: int


_AFTER_YEAR = re.compile(
    r"\s*(?:\([^)]{1,8}\)\s*)?(?:年度?)?\s*[./-]?\s*(\d{1,2})(?:月|[./-](?=\d)|(?![\d.]))(?:\s*(\d{1,2})日?(?!\d))?"
)
_MONTH = re.compile(r"(?<![\d./-])(\d{1,2})月(?!間)(?:\s*(\d{1,2})日(?!間))?")
_DAY = re.compile(r"(?<![\d./-])(\d{1,2})日(?!間)")
# The first year of 「2022~2025年度」 and 「令和4~7年度」 has no 年 of its own.
_RANGE = re.compile(
    r"(?<!\d)(?:(令和|平成|昭和)(元|\d{1,2})|((?:19|20)\d{2}))(?=\s*年?度?\s*(?:~|-|から|・|、|及び|と)\s*(?:令和|平成)?(?:元|\d{1,4})年(度)?)"
)
_RANGE_END = re.compile(
    r"(?:令和|平成|昭和)(?:元|\d{1,2})\s*年?度?\s*(?:~|-|・|、|から)\s*(\d{1,2})年(度)?"
)
_BARE_YEAR = re.compile(r"(?<![\d,.a-z])((?:19|20)\d{2})(?![\d,.年]|[a-z%人件円名回台])")
_ERA = {"令和": 2018, "平成": 1988, "昭和": 1925}
_RELATIVE = re.compile(r"一?昨年度?|前年度?|今年度?|本年度?|来年度?|翌年度?|当年度?")
_OFFICE = re.compile(
    r"[一-鿿ァ-ヶーa-z0-9]{1,16}?(?:委員会|審議会|協議会|推進本部|本部|事務局|センター|事務所|支所|分室|[課部局室係署省庁])(?![一-鿿ァ-ヶー])"
    r"|[一-鿿]{2,8}?[市町村県](?![一-鿿])"
)
_PLAIN_OFFICE = re.compile(
    r"^(?:各|全|当該|関係|担当|所管|主管|所属|同|本|他|両|庁内|市|一|多)?(?:課|部|局|室|係|署|省庁?|部署|部門|本部|事務局|センター|支所|委員会|審議会|協議会|都市|市町村)$"
)
_NO_OFFICE = re.compile(
    r"(?:一部|内部|外部|全部|大部|幹部|上部|下部|本部分|関係|結果|都市|市町村|教室|会議室|自分達)$"
)
_WORD_WITH_DIGITS = re.compile(r"[a-z]+[-_.]?\d[a-z0-9.]*|\d+[a-z]{1,}[a-z0-9]*")
_NUMBER_CODE = re.compile(r"(?<![\d,.])\d+(?:[-:]\d+)+(?!\d)")
_LATIN = re.compile(r"(?<![a-z0-9])[a-z][a-z]+(?:[-+&][a-z]+)*(?![a-z0-9])")
_QUOTED = re.compile(r"[「『]([^「」『』]{2,})[」』]")
_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|(?:mailto|javascript|vbscript|data|file|tel|ms-[a-z]{2,12}):|//(?=[\w.-]+/)|\\\\|www\.)[^\s、。」）)¦]+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
)
_FRACTION = re.compile(
    r"半数以?上?|過半数?|大半|半分|半減|倍増|大多数|[一二三四五六七八九\d]+分の[一二三四五六七八九十\d]+"
)
# 「大綱Ⅲ」, whose letters are plain ones after normalising.
_ROMAN = re.compile(r"(?<![a-z0-9])(?:i{1,3}|iv|vi{0,3}|ix)(?![a-z0-9])")
_ORDINAL = re.compile(r"第\s*([〇一二三四五六七八九十\d]{1,4})\s*([回次期章節条項号位年])?")


def slots(text: str) -> tuple[Slot, ...]:
    """Every slot of `text`, in text order."""
    return _slots(normal(text))


@lru_cache(maxsize=8_192)
def _slots(text: str) -> tuple[Slot, ...]:
    taken = [False] * len(text)
    found: list[Slot] = []

    def take(kind: str, value: str, start: int, end: int) -> None:
        found.append(Slot(kind, value, start, end))
        taken[start:end] = [True] * (end - start)

    for match in _ADDRESS.finditer(text):
        take("address", match.group(), *match.span())
    _take_dates(text, take, taken)
    for match in (*_NUMBER_CODE.finditer(text), *_WORD_WITH_DIGITS.finditer(text)):
        if not any(taken[match.start() : match.end()]):
            take("name", match.group(), *match.span())
    for match in _ORDINAL.finditer(text):
        if not any(taken[match.start() : match.end()]):
            take("ordinal" + (match.group(2) or ""), key(match.group(1)), *match.span())
    for match in _ROMAN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            take("ordinal", match.group(), *match.span())
    for match in _FRACTION.finditer(text):
        take("fraction", match.group(), *match.span())
    for found_number in quantities(text):
        if any(taken[found_number.start : found_number.end]):
            continue
        sign = "-" if found_number.negative else ""
        value = f"{sign}{_plain(found_number.value)}{'<=>'[found_number.bound + 1]}"
        take(f"#{found_number.counter}", value, found_number.start, found_number.end)
        if found_number.negative:
            found.append(Slot("way 増減", "-", found_number.start, found_number.end))
    for match in _LATIN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            found.append(Slot("name", match.group(), *match.span()))
    found += [Slot("relative", m.group(), *m.span()) for m in _RELATIVE.finditer(text)]
    found += [
        Slot("office", match.group(), *match.span())
        for match in _OFFICE.finditer(text)
        if not _PLAIN_OFFICE.match(match.group()) and not _NO_OFFICE.search(match.group())
    ]
    found += [Slot("quote", key(m.group(1)), *m.span()) for m in _QUOTED.finditer(text)]
    found += [Slot(f"way {d.group}", d.side, d.start, d.end) for d in directions(text)]
    found += [Slot(f"is {p.lemma}", p.said, p.start, p.end) for p in polarities(text)]
    return tuple(sorted(found, key=lambda slot: (slot.start, slot.end)))


def _take_dates(text: str, take: Callable[[str, str, int, int], None], taken: list[bool]) -> None:
    for mention in years(text):
        if any(taken[mention.start : mention.end]):
            continue
        take("year", f"{mention.year}{'fy' if mention.fiscal else ''}", mention.start, mention.end)
        after = _AFTER_YEAR.match(text, mention.end)
        if after and 1 <= int(after.group(1)) <= 12:
            take("month", str(int(after.group(1))), *after.span(1))
            end = after.end(1)
            if after.group(2) and 1 <= int(after.group(2)) <= 31:
                take("day", str(int(after.group(2))), *after.span(2))
                end = after.end()
            taken[mention.end : end] = [True] * (end - mention.end)
    for match in _RANGE.finditer(text):
        if not any(taken[match.start() : match.end()]):
            era, number, western, fiscal = match.groups()
            year = int(western) if western else _ERA[era] + (1 if number == "元" else int(number))
            take("year", f"{year}{'fy' if fiscal else ''}", *match.span())
    for match in _RANGE_END.finditer(text):
        era = match.group()[:2]
        year = _ERA[era] + int(match.group(1))
        if not taken[match.start(1)]:
            take("year", f"{year}{'fy' if match.group(2) else ''}", match.start(1), match.end())
    for match in _MONTH.finditer(text):
        if not taken[match.start()] and 1 <= int(match.group(1)) <= 12:
            take("month", str(int(match.group(1))), match.start(), match.end(1) + 1)
            if match.group(2):
                take("day", str(int(match.group(2))), match.start(2), match.end())
    for match in _DAY.finditer(text):
        if not taken[match.start()]:
            take("day", str(int(match.group(1))), *match.span())
    for match in _BARE_YEAR.finditer(text):
        if not any(taken[match.start() : match.end()]):
            take("year", f"{match.group(1)}?", *match.span())


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def same_value(said: Slot, found: Slot) -> bool:
    """Whether a source's slot carries what the sentence's says."""
    if said.kind == "year":
        return said.value[:4] == found.value[:4] and (
            said.value[4:] == found.value[4:] or "?" in (said.value + found.value)
        )
    if said.kind == "office":
        return said.value.endswith(found.value) or found.value.endswith(said.value)
    return said.value == found.value


def comparable(said: Slot, found: Slot) -> bool:
    """Whether the two could stand for each other: the same counter, or one without."""
    if said.kind.startswith("#") and found.kind.startswith("#"):
        # 「9つの事業」 counts whatever is counted.
        return said.kind == found.kind or bool({"#", "#つ"} & {said.kind, found.kind})
    return said.kind == found.kind
