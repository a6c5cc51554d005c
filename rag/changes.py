"""What lies between the figures of one thing at two times, from one place or from two."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from rag.asked_change import AskedChange
from rag.calculation import Calculation, Part, divided, subtracted
from rag.conflicts import Statement, same_thing
from rag.date_phrases import date_phrases
from rag.dating import DateSource, Figure
from rag.figure_pairs import as_written, date_of, is_bound, pair_of
from rag.proven_series import dated_by_total
from rag.question import Question
from rag.text import normal
from rag.types import ChunkKind
from rag.units import Unit
from rag.year_tables import counted_by_head

_NEVER_COUNTED = frozenset({"", "位", "番", "歳", "年間", "か年"})
_LABEL = re.compile(r"([一-鿿ァ-ヶー]{2,8}数|(?<![一-鿿])[一-鿿](?:\s[一-鿿])+\s数)\s*[:は]?\s*$")
_SAYS_CHANGE = re.compile(
    r"\s*(?:の|も|ほど|程度)?(?:増|減|削減|上昇|低下|短縮|縮減|改善|向上|アップ|ダウン|多|少な)"
)
_CLAUSE = re.compile(r"[^、。\n]+")


def change(
    question: Question, asked: AskedChange, unit: Unit, figures: Sequence[Figure], today: date
) -> Calculation | None:
    """What the question asks for, from the `figures` of one unit; None where anything is unsure."""
    figures = dated_by_total(unit, counted_by_head(asked, unit, figures))
    pairs = []
    for counter in dict.fromkeys(figure.counter for figure in figures):
        if counter in _NEVER_COUNTED or asked.counter not in (None, counter):
            continue
        counted = [figure for figure in figures if figure.counter == counter]
        if pair := pair_of(asked, unit, counted) or pair_of(
            asked, unit, _meant(question, unit, counted)
        ):
            pairs.append(pair)
    if len(pairs) != 1:
        return None
    first, second = pairs[0]
    last = second[1].dating
    if asked.past and last is not None and last.year > today.year:
        return None
    if _says_itself(unit, figures, asked):
        return None
    one, two = (Part(name, as_written(figure), unit) for name, figure in (first, second))
    if not {number.replace(",", "") for number in asked.since} <= {
        part.number.replace(",", "") for part in (one, two)
    }:
        return None
    if asked.times:
        return divided(one, two)
    return subtracted(one, two, asked.direction)


def _meant(question: Question, unit: Unit, figures: Sequence[Figure]) -> list[Figure]:
    """Those of the one clause that says all of the question's words that the unit says."""
    if unit.kind is ChunkKind.TABLE_ROW:
        return []
    text = normal(unit.text)
    if len(text) != len(unit.text):
        return []
    words = [word for word in question.words if word in text]
    clauses = [
        match.span()
        for match in _CLAUSE.finditer(text)
        if all(word in match.group() for word in words)
    ]
    if not words or len(clauses) != 1:
        return []
    low, high = clauses[0]
    return [figure for figure in figures if low <= figure.start and figure.end <= high]


def between_statements(asked: AskedChange, statements: Sequence[Statement]) -> Calculation | None:
    """From what two places say of one thing, each of one of the two years asked for.

    None unless each year has one value, under a like label, with a date that is not only that of
    the document.
    """
    if len(asked.years) != 2:
        return None
    found: list[Statement] = []
    for years in asked.years:
        of_year = [s for s in statements if _is_of(s.figure, years)]
        if len({as_written(s.figure) for s in of_year}) != 1:
            return None
        found.append(of_year[0])
    early, late = sorted(found, key=lambda s: s.dating.order if s.dating else ())
    if any(is_bound(s.evidence.unit, s.figure) or s.figure.value < 0 for s in found):
        return None
    if not same_thing(early, late):
        return None
    one, two = (
        Part(date_of(s.evidence.unit, s.figure), as_written(s.figure), s.evidence.unit)
        for s in (early, late)
    )
    return divided(one, two) if asked.times else subtracted(one, two, asked.direction)


def since_last_time(
    question: Question,
    asked: AskedChange,
    units: Sequence[Unit],
    figures_of: Callable[[Unit], Sequence[Figure]],
) -> Calculation | None:
    """From what is said of last time and, under the very same label elsewhere, of this time.

    「※前回調査：2014年に実施、回答数494人」 and 「回答数：407人」 of one document, for a question that says
    回答. None unless each has one value.
    """
    if not asked.since_last or len(asked.years) > 1:
        return None
    told = [
        (unit, figure, label)
        for unit in units
        if unit.kind is not ChunkKind.TABLE_ROW
        for figure in figures_of(unit)
        if figure.counter == asked.counter
        and (label := _label(unit, figure))
        and label.removesuffix("数") in question.normalised
    ]
    last = [entry for entry in told if _is_last(asked, entry[0])]
    if len({(label, as_written(figure)) for _, figure, label in last}) != 1:
        return None
    old_unit, old, label = last[0]
    this = [
        (unit, figure)
        for unit, figure, other in told
        if other == label
        and not _is_last(asked, unit)
        and unit.chunk.document_id == old_unit.chunk.document_id
    ]
    if len({as_written(figure) for _, figure in this}) != 1:
        return None
    unit, new = this[0]
    if any(is_bound(*place) for place in ((old_unit, old), (unit, new))):
        return None
    one = Part("前回", as_written(old), old_unit, label)
    two = Part("今回", as_written(new), unit, label)
    return divided(one, two) if asked.times else subtracted(one, two, asked.direction)


def _is_last(asked: AskedChange, unit: Unit) -> bool:
    """Whether the unit is of last time, and of no other year than the question says."""
    years = {phrase.year for phrase in date_phrases(unit.text)}
    return "前回" in unit.text and (not asked.years or bool(asked.years[0] & years))


def _label(unit: Unit, figure: Figure) -> str:
    """The word right before a figure that says what it counts: 「回答数」."""
    match = _LABEL.search(normal(unit.text[max(0, figure.start - 16) : figure.start]))
    return re.sub(r"\s", "", match[1]) if match else ""


def _is_of(figure: Figure, years: frozenset[int]) -> bool:
    dating = figure.dating
    if dating is None or dating.source is DateSource.DOCUMENT:
        return False
    return dating.year == dating.last_year and dating.year in years


def _says_itself(unit: Unit, figures: Sequence[Figure], asked: AskedChange) -> bool:
    """Whether the source states the difference: 「20ポイント減少し」 needs no calculation."""
    counters = {asked.counter, "ポイント"} if asked.counter else None
    return any(
        _SAYS_CHANGE.match(normal(unit.text[figure.end : figure.end + 6]))
        for figure in figures
        if counters is None or figure.counter in counters
    )
