"""What the reader is given of a unit, and the words it points at."""

import re
from collections.abc import Sequence

from rag.counters import ANY_COUNTER
from rag.focus import focus
from rag.question import Question
from rag.scoring import Term
from rag.text import key, normal
from rag.units import Unit

_FOCUSED = 120  # characters of a unit, at whole parts
_LONGEST = 160  # with its heading, and where a single part is longer

_FIGURE = r"[\d,.，．]"
_UNIT = rf"(?:年度?|月|日|時|分|階|代|{ANY_COUNTER})"
_TO = r"\s*(?:[~〜～]|から)\s*"
# What belongs to a figure that the words begin or end with: 「20～」24「階」.
_BEFORE = re.compile(rf"\d{_FIGURE}*(?P<unit>{_UNIT}?){_TO}$")
_REST = re.compile(rf"{_FIGURE}*\s*{_UNIT}?(?:{_TO}\d{_FIGURE}*{_UNIT}?)?")
_PARTICLE = re.compile(r"(?<=[^ぁ-ゖ])[にをはがでへと]$")
_BRACKETS = tuple(zip("（(「『【［[〔", "）)」』】］]〕", strict=True))
_BORDER = " \u3000、。，．,・：:／/\n\t-－→↓"


def passage_of(question: Question, terms: Sequence[Term], unit: Unit) -> str:
    """The parts of a unit that answer best, after the heading they stand under."""
    text = focus(question, terms, unit, _FOCUSED)
    heading = unit.chunk.heading[-1] if unit.chunk.heading else ""
    if heading and key(heading) not in key(text):
        text = f"{heading}：{text}"
    return text[:_LONGEST]


def words_at(passage: str, start: int, end: int) -> str:
    """The words between two places, with figures whole and without what does not belong to them."""
    while start < end and passage[start] in _BORDER:
        start += 1
    if passage[start:end][:1].isdigit():
        while start > 0 and re.match(_FIGURE, passage[start - 1]):
            start -= 1
        before = _BEFORE.search(passage, 0, start)
        if before and before["unit"] in passage[start:end]:
            start = before.start()
    if normal(passage[start:end])[-1:].isdigit() and (rest := _REST.match(passage, end)):
        end = rest.end()
    words = _PARTICLE.sub("", passage[start:end].strip(_BORDER))
    for opening, closing in _BRACKETS:
        if words.count(closing) > words.count(opening):
            words = words.rstrip(_BORDER).removesuffix(closing).removeprefix(closing)
        if words.count(opening) > words.count(closing):
            words = words.removeprefix(opening).removesuffix(opening)
    return words.strip(_BORDER)
