"""Numbers as sentences write them: with scale, counter, sign and bound, in digits or kanji."""

import re
from dataclasses import dataclass
from decimal import Decimal

from rag.counters import one_spelling

MAX_DIGITS = 15  # longer runs are identifiers, not quantities

SCALES = {
    "十": Decimal(10),
    "百": Decimal(100),
    "千": Decimal(10**3),
    "万": Decimal(10**4),
    "百万": Decimal(10**6),
    "億": Decimal(10**8),
    "兆": Decimal(10**12),
}
_COUNTER = (
    r"パーセント|%|ポイント|pt|割|円|時間|分(?!の)|秒|か月|ヶ月|箇月|カ月|月|日間|日|年度|年間|か年|ヶ年|カ年|年|手続き?|施設|事業|件|人|名|回|箇所|か所|カ所|ヶ所"
    r"|台|枚|種類|業務|団体|校|社|課|部|世帯|歳|代|本|通|票|位|番|項目|倍|点|つ|個|冊|戸|棟|組|室|km|kg|kwh|gb|mb|レイヤー|シナリオ|アプリ|システム|名義|ページ|頁"
)
_SCALE = r"百万|[十百千万億兆]"
_DIGITS = r"\d[\d,]*(?:\.\d+)?"
# 「1億2,000万円」 is one number; so is 「3万5千」.
_NUMBER = re.compile(
    rf"(?P<sign>[▲△▼]|マイナス|(?<![\d\w~)）])-)?\s*(?P<number>{_DIGITS}\s*(?:{_SCALE})?(?:{_DIGITS}(?:{_SCALE}))*)"
    rf"\s*(?P<scale>千|百万|億)?(?:の(?=手続|業務|施設|事業|機能))?(?P<counter>{_COUNTER})?"
)
_PART = re.compile(rf"({_DIGITS})\s*({_SCALE})?")
_KANJI = "〇一二三四五六七八九"
_KANJI_NUMBER = re.compile(
    rf"(?<![第一-鿿\d.,])(?P<number>[{_KANJI}十百千]{{1,8}}万?)(?P<counter>{_COUNTER})(?!者|別|次|部|定|方)"
)
_NOT_COUNTED = frozenset(
    {
        "一部",
        "一名",
        "一件",
        "一回",
        "一点",
        "一つ",
        "一番",
        "一年",
        "一日",
        "十分",
        "一時間",
        "一本",
        "一室",
        "一組",
    }
)
_AT_LEAST = re.compile(
    r"(?:\([^)]{0,20}\))?\s*(?:を|は|も)?\s*(?:以上|超(?!過)|突破|余り?(?=[、。がをの]))"
)
_AT_MOST = re.compile(r"(?:\([^)]{0,20}\))?\s*(?:を|に|は|も)?\s*(?:以下|以内|未満|満たない|届か)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` with its scale, always positive; `bound` is 1 for 以上, -1 for 未満, else 0."""

    value: Decimal
    counter: str  # in one spelling, "" where none is written
    negative: bool
    bound: int
    start: int
    end: int


def quantities(normalised: str) -> list[Quantity]:
    """Every number of a normalised text, in text order. Shares in tenths are per cent."""
    found = [_quantity(match, normalised) for match in _NUMBER.finditer(normalised)]
    found += [_kanji(match) for match in _KANJI_NUMBER.finditer(normalised)]
    return sorted((q for q in found if q is not None), key=lambda q: q.start)


def digits_value(text: str) -> Decimal | None:
    """The value of 「1億2,000万」; None for a run too long to be a quantity."""
    total = Decimal(0)
    for digits, scale in _PART.findall(text):
        plain = digits.replace(",", "").rstrip(".")
        if not plain or len(plain) > MAX_DIGITS:
            return None
        total += Decimal(plain) * SCALES.get(scale, Decimal(1))
    return total


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    value = digits_value(match.group("number"))
    if value is None:
        return None
    value *= SCALES.get(match.group("scale") or "", Decimal(1))
    return _built(value, match, text, bool(match.group("sign")))


def _kanji(match: re.Match[str]) -> Quantity | None:
    if match.group() in _NOT_COUNTED:
        return None
    value = kanji_value(match.group("number"))
    return None if value is None else _built(value, match, match.string, False)


def kanji_value(text: str) -> Decimal | None:
    """「二百三十」 is 230, 「二〇二五」 2025."""
    if all(character in _KANJI for character in text):
        return Decimal("".join(str(_KANJI.index(character)) for character in text))
    total, part, digit = Decimal(0), Decimal(0), Decimal(0)
    for character in text:
        if character in _KANJI:
            digit = Decimal(_KANJI.index(character))
        elif character == "万":
            total += (part + digit) * 10_000
            part = digit = Decimal(0)
        else:
            part += (digit or Decimal(1)) * SCALES[character]
            digit = Decimal(0)
    return total + part + digit


def _built(value: Decimal, match: re.Match[str], text: str, negative: bool) -> Quantity:
    counter = one_spelling(match.group("counter") or "")
    if counter == "割":
        value, counter = value * 10, "%"
    if counter in ("カ月", "箇月"):
        counter = "か月"
    bound = bool(_AT_LEAST.match(text, match.end())) - bool(_AT_MOST.match(text, match.end()))
    return Quantity(value, counter, negative, bound, match.start(), match.end())
