"""Shortening a long unit to the parts that answer, without cutting inside any of them."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.forms import has_form
from rag.question import Question, QuestionKind
from rag.scoring import Term, coverage
from rag.types import ChunkKind
from rag.units import Unit, join_parts


def focus(question: Question, terms: Sequence[Term], unit: Unit, limit: int) -> str:
    """The unit's text, or the run of its parts within `limit` that answers best.

    The first part (a lead-in, the row's name) is kept where it fits: it says what the rest is.
    A single part longer than `limit` stays whole.
    """
    unit = _without_numbers(question, unit)
    text = unit.text
    if len(text) <= limit or len(unit.parts) == 1:
        return text
    if (
        unit.kind is ChunkKind.LIST
        and question.asks(QuestionKind.LIST)
        and len(text) <= 1.5 * limit
    ):
        return text
    head, rest = _head(unit, limit)
    best: tuple[float, list[str]] = (-1.0, [])
    for first in range(len(rest)):
        run: list[str] = []
        for part in rest[first:]:
            if run and len(join_parts([*head, *run, part], unit.kind)) > limit:
                break
            run.append(part)
        body = join_parts(run, unit.kind)
        value = coverage(terms, body) + 0.6 * has_form(question, body) - 0.01 * first
        if value > best[0]:
            best = (value, run)
    return join_parts([*head, *best[1]], unit.kind)


# Not the year that names a row of a chronicle.
_ROW_NUMBER = re.compile(
    r"^(?:[^：]{0,6}no\.?|番号)：[\d,.-]+$|^(?!(?:19|20)\d\d$)\d{1,5}$", re.IGNORECASE
)


def _without_numbers(question: Question, unit: Unit) -> Unit:
    """A row without its running numbers, unless the question is about numbers of rows."""
    if unit.kind is not ChunkKind.TABLE_ROW or re.search(r"番|no", question.normalised):
        return unit
    # Without column heads a bare number is a running number only where the row begins.
    parts = tuple(
        part
        for index, part in enumerate(unit.parts)
        if not _ROW_NUMBER.match(part) or (index > 0 and "：" not in part)
    )
    return replace(unit, parts=parts) if len(parts) >= 2 else unit


def _head(unit: Unit, limit: int) -> tuple[list[str], list[str]]:
    """The parts that name the unit, and the others."""
    count = 0
    names = 3 if unit.kind is ChunkKind.TABLE_ROW else 1
    while count < min(names, len(unit.parts) - 1) and len(unit.parts[count]) <= 60:
        count += 1
    return list(unit.parts[:count]), list(unit.parts[count:])
