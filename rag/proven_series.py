"""Figures whose years were printed apart from them, where a total proves which belongs to which.

「2019年度2020年度2021年度 計 … 924時間1,975時間271時間3,170時間」: as many figures as heads, and the last is the
sum of the others. Without a total nothing says that the order is kept, and nothing is assumed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from rag.date_phrases import DatePhrase, date_phrases
from rag.dating import DateSource, Dating, Figure
from rag.text import normal
from rag.types import ChunkKind
from rag.units import Unit

_LEAST_YEARS = 2
_TOTAL = re.compile(r"[\s・、／|]*(?:合計|総計|計)")
_GAP = re.compile(r"[\s・、／|]*")


def dated_by_total(unit: Unit, figures: Sequence[Figure]) -> list[Figure]:
    """The figures, those of one proven series with the year of each, the others as they are."""
    found = list(figures)
    if unit.kind is ChunkKind.TABLE_ROW:
        return found
    heads = _heads_with_total(unit)
    runs = [run for run in _runs(unit, figures) if heads and len(run) == len(heads) + 1]
    proven = [run for run in runs if _is_total(run)]
    for run in proven:
        for head, figure in zip(heads, run[:-1], strict=True):
            found[found.index(figure)] = replace(figure, dating=_dating(head))
        found.remove(run[-1])
    return found


def _heads_with_total(unit: Unit) -> list[DatePhrase]:
    """The only row of years in the unit that ends in 計, left to right; else nothing."""
    phrases = [phrase for phrase in date_phrases(unit.text) if not phrase.spans_years]
    rows: list[list[DatePhrase]] = []
    for phrase in phrases:
        if rows and _GAP.fullmatch(unit.text[rows[-1][-1].end : phrase.start]):
            rows[-1].append(phrase)
        else:
            rows.append([phrase])
    found = [
        row
        for row in rows
        if len(row) >= _LEAST_YEARS and _TOTAL.match(normal(unit.text[row[-1].end :]))
    ]
    return found[0] if len(found) == 1 else []


def _runs(unit: Unit, figures: Sequence[Figure]) -> list[list[Figure]]:
    """Figures of one counter that stand next to each other."""
    runs: list[list[Figure]] = []
    for figure in figures:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.counter == figure.counter
            and _GAP.fullmatch(unit.text[last.end : figure.start])
        ):
            runs[-1].append(figure)
        else:
            runs.append([figure])
    return runs


def _is_total(run: Sequence[Figure]) -> bool:
    *parts, total = (Decimal(str(figure.value)) for figure in run)
    return sum(parts) == total and all(part > 0 for part in parts)


def _dating(head: DatePhrase) -> Dating:
    return Dating(
        phrase=head.text,
        year=head.year,
        last_year=head.last_year,
        fiscal=head.fiscal,
        month=head.month,
        day=head.day,
        source=DateSource.COLUMN,
    )
