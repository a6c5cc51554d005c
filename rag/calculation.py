"""One calculation as it is shown: 「227人（2025年度）－140人（2024年度）＝87人です。」

Every figure stays as it is written in its source; only the result is new.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from rag.counters import one_spelling
from rag.units import Unit

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_ROUNDED = re.compile(r"^約|[ほ程][ど度]$")
_TENTH = Decimal("0.1")


class Direction(StrEnum):
    """Which way a question takes the second of two figures to lie from the first."""

    UP = "up"
    DOWN = "down"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Part:
    """One figure: its name or date, the figure as written, where it stands."""

    name: str
    figure: str
    unit: Unit
    head: str = ""  # of the column that a bare figure stands in

    @property
    def number(self) -> str:
        """The digits as written: 「1,200」 of 「約1,200件」."""
        match = _NUMBER.search(self.figure)
        assert match is not None
        return match.group()

    @property
    def value(self) -> Decimal:
        return Decimal(self.number.replace(",", ""))

    @property
    def counter(self) -> str:
        """What stands behind the number, as written: 「手続き」."""
        match = _NUMBER.search(self.figure)
        assert match is not None
        return self.figure[match.end() :].strip()

    @property
    def is_rounded(self) -> bool:
        return bool(_ROUNDED.search(self.figure))

    @property
    def line(self) -> str:
        """The figure as it is told beside its source: 「市民課の件数：1,200件」."""
        return f"{self.name}{'の' if self.head else ''}{self.head}：{self.figure}"

    @property
    def shown(self) -> str:
        """The figure with its name: 「227人（2025年度、11月末時点）」."""
        name = re.sub(r"[（(](.*?)[）)]", r"、\1", self.name)
        return f"{self.figure}（{name}）"


@dataclass(frozen=True, slots=True)
class Calculation:
    """`text` is one Japanese sentence without markers; `parts` are to be cited in their order."""

    text: str
    short: str
    parts: tuple[Part, ...]
    named: bool = False  # the names of the parts say what the figures are of


def added(parts: Sequence[Part]) -> Calculation | None:
    """The sum; None where the figures do not count in the same unit."""
    if not _same_counter(parts):
        return None
    total = sum((part.value for part in parts), Decimal(0))
    result = _result(total, parts, parts[0].counter)
    said = "＋".join(part.shown for part in parts)
    return Calculation(f"{said}＝{result}です。", result, tuple(parts))


def subtracted(
    first: Part,
    second: Part,
    asked: Direction = Direction.EITHER,
    words: tuple[str, str] = ("の減少", "の増加"),
) -> Calculation | None:
    """The larger less the smaller; of shares the difference in ポイント.

    `asked` is how the question takes `second` to lie from `first`; where it lies the other way,
    the result says so in `words`, of less and of more. None where the figures do not count in the
    same unit, or are equal.
    """
    if not _same_counter((first, second)) or first.value == second.value:
        return None
    ordered = tuple(sorted((first, second), key=lambda part: -part.value))
    larger, smaller = ordered
    counter = "ポイント" if one_spelling(larger.counter) == "%" else larger.counter
    result = _result(larger.value - smaller.value, ordered, counter)
    told = Direction.UP if second.value > first.value else Direction.DOWN
    if asked is not Direction.EITHER and told is not asked:
        result += words[told is Direction.UP]
    return Calculation(f"{larger.shown}－{smaller.shown}＝{result}です。", result, ordered)


def divided(first: Part, second: Part) -> Calculation | None:
    """How many times `first` `second` is, to one decimal place; None without a same unit."""
    if not _same_counter((first, second)) or not first.value:
        return None
    exact = second.value / first.value
    times = exact.quantize(_TENTH, ROUND_HALF_UP)
    rounded = times != exact or first.is_rounded or second.is_rounded
    result = f"{'約' if rounded else ''}{_written(times)}倍"
    text = f"{second.shown}÷{first.shown}＝{result}です。"
    return Calculation(text, result, (second, first))


def _same_counter(parts: Sequence[Part]) -> bool:
    return len({one_spelling(part.counter) for part in parts}) == 1


def _result(value: Decimal, parts: Sequence[Part], counter: str) -> str:
    about = "約" if any(part.is_rounded for part in parts) else ""
    return f"{about}{_written(value)}{counter}"


def _written(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
