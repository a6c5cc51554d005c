"""Examples made at random out of cases: another choice of units, in another order, each time."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.reader.case_file import ProductCase, PublicCase, PublicPart, ReadUnit, Span
from rag.reader.row import Row, in_a_row

UNITS = 8  # of those that the product reads
_MOST_OTHERS = 5


@dataclass(frozen=True, slots=True)
class Marks:
    """The pieces that begin and end a text."""

    begin: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """What the reader sees and should say. What is not known teaches nothing.

    `holds`: by the place of the mark at the end of a unit, whether the unit has the evidence.
    """

    row: Row
    span: Span | None
    answered: bool | None
    holds: Mapping[int, bool]


def from_public(
    case: PublicCase, part: PublicPart, marks: Marks, chance: random.Random
) -> Example | None:
    """The sentence with the answer among others of its article, or (two of five) only others.

    None where there are no others to show, or the answer came to lie beyond what is read.
    """

    def unit(number: int) -> list[int]:
        return (case.title if chance.random() < 0.5 else []) + part.sentences[number]

    units = [unit(number) for number in _others(case, chance)]
    if chance.random() < 0.4:
        row = in_a_row(case.question, units, marks.begin, marks.end)
        holds = {end: False for _, end in row.passages}
        return Example(row=row, span=None, answered=False, holds=holds) if units else None
    place = 0 if chance.random() < 0.5 else chance.randint(0, min(len(units), 3))
    lead = case.title if chance.random() < 0.5 else []
    units.insert(place, lead + part.sentences[case.sentence])
    row = in_a_row(case.question, units, marks.begin, marks.end)
    span = _seen(row, place, (len(lead) + case.span[0], len(lead) + case.span[1]))
    holds = {end: number == place for number, (_, end) in enumerate(row.passages)}
    return Example(row=row, span=span, answered=True, holds=holds) if span else None


def _others(case: PublicCase, chance: random.Random) -> list[int]:
    """Sentences without the answer: first those of the paragraph, the nearest, or any of the near."""
    count = chance.randint(1, _MOST_OTHERS)
    near = list(case.article)
    if chance.random() < 0.4:
        others = [number for number in case.article if number not in case.paragraph]
        near = [*chance.sample(case.paragraph, len(case.paragraph)), *others]
    if chance.random() < 0.6:
        return near[:count]
    return chance.sample(case.article, min(count, len(case.article)))


def from_product(case: ProductCase, marks: Marks, chance: random.Random) -> Example | None:
    """The units as the product read them; at times some left out, in another order, or no gold.

    None without units, and where neither a span nor whether it is answered can be told.
    """
    units = case.units[:UNITS]
    luck = chance.random()
    if luck < 0.3 and len(units) > 2:
        units = [unit for unit in units if chance.random() < 0.75] or units[:1]
    elif luck > 0.8:
        order = sorted(range(len(units)), key=lambda place: place + 3 * chance.random())
        units = [units[place] for place in order]
    if case.answerable and chance.random() < 0.25:
        units = [unit for unit in units if not unit.gold and not unit.complete]
    row = in_a_row(case.question, [unit.pieces for unit in units], marks.begin, marks.end)
    read = units[: len(row.passages)]
    spans = [(place, unit.span) for place, unit in enumerate(read) if unit.span]
    span = _seen(row, *spans[0]) if spans else None
    answered = _answered(case, read, units)
    if not units or (span is None and answered is None):
        return None
    holds = {
        end: unit.gold
        for unit, (_, end) in zip(read, row.passages, strict=True)
        if unit.gold or not unit.complete
    }
    return Example(row=row, span=span, answered=answered, holds=holds)


def _answered(
    case: ProductCase, read: Sequence[ReadUnit], given: Sequence[ReadUnit]
) -> bool | None:
    """Not known where what answers may not be the evidence, or is not read any more."""
    if case.answerable and any(unit.gold for unit in read):
        return True
    if case.answerable and any(unit.gold or unit.complete for unit in given):
        return None
    return False


def _seen(row: Row, passage: int, span: Span) -> Span | None:
    """Where the span of a passage lies in the row, None where it is not read to its end."""
    if passage >= len(row.passages):
        return None
    start, end = row.passages[passage]
    return (start + span[0], start + span[1]) if start + span[1] < end else None
