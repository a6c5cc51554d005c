"""Spans of years without a date's marks: 「森委員（2009～2016）」「第4期 2011～ 2014 年度」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPAN = re.compile(
    r"(?<![\d,.])(?:19|20)\d\d年?度?\s*[~〜～-]\s*"
    r"(?:(?P<until>(?:19|20)\d\d(?![\d,.])|現在)\s*(?:年度?)?)?"
)
_BEFORE = re.compile(r"[^、。／\n()（）]*[、（(\s]*$")
# Of names side by side the last is meant: 「宮田 先生 上野先生（2015～）」.
_LAST_WORD = re.compile(r"(?:\S+\s+)?\S{1,3}$|\S+$")


@dataclass(frozen=True, slots=True)
class YearSpan:
    """Whose years they are, the years as written, and whether an end is told."""

    said: str
    told: str
    closed: bool


def year_spans(text: str) -> Iterator[YearSpan]:
    """The spans of `text`, each with the word before it ("" where there is none)."""
    end = 0
    for match in _SPAN.finditer(text):
        before = _BEFORE.search(text, end, match.start())
        word = _LAST_WORD.search(before.group().strip(" 、（(\n\u3000")) if before else None
        yield YearSpan(
            word.group() if word else "", match.group().strip(), match["until"] is not None
        )
        end = match.end() + (text[match.end() : match.end() + 1] in tuple(")）"))
