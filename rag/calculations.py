"""The calculation that a question asks for, of whichever kind, from the best units."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from rag.asked_change import asked_change
from rag.calculation import Calculation
from rag.changes import between_statements, change, since_last_time
from rag.conflicts import Statement
from rag.dating import Figure
from rag.named_things import named_things
from rag.question import Question
from rag.remainders import may_be_left, remainder
from rag.scoring import Evidence
from rag.sums import of_names
from rag.survey_returns import asks_unreturned, unreturned
from rag.tables import is_total
from rag.text import key
from rag.types import ChunkKind
from rag.units import Unit
from rag.year_tables import between_rows

_NEAR_BEST = 0.9  # share of the best score from which a unit is about the question
_NEAR_TABLE = 0.6  # the same of a row: of two years the other may hold fewer words of the question
_ROWS = 30


def calculation(
    question: Question,
    evidence: Sequence[Evidence],
    figures_of: Callable[[Unit], Sequence[Figure]],
    statements: Callable[[], Sequence[Statement]],
    today: date,
) -> Calculation | None:
    """A change over time, what is left of a whole, or a sum or difference of things named.

    `statements` are the values of the counter asked for in the best units (`statements_of`).
    None where none is asked for, or anything is unsure: of several results none is given.
    """
    if not evidence:
        return None
    units = [e.unit for e in evidence if e.score >= _NEAR_BEST * evidence[0].score]
    asked, things = asked_change(question), named_things(question)
    found: list[Calculation | None] = []
    if asked is not None and things is None:
        rivals = _rivals(question, [e.unit for e in evidence])
        found = [
            change(question, asked, unit, figures_of(unit), today)
            for unit in units
            if unit not in rivals
        ]
        rows = [e.unit for e in evidence[:_ROWS] if e.score >= _NEAR_TABLE * evidence[0].score]
        found.append(between_rows(question, asked, rows, figures_of))
        if not any(found):
            found = [between_statements(asked, statements())]
        if not any(found):
            wide = [e.unit for e in evidence[:_ROWS]]
            found = [since_last_time(question, asked, wide, figures_of)]
    if not any(found) and may_be_left(question):
        found = [remainder(question, unit) for unit in units]
    if not any(found) and asks_unreturned(question):
        found = [unreturned(question, unit) for unit in units]
    results = {result.short: result for result in reversed(found) if result is not None}
    if results:
        return next(iter(results.values())) if len(results) == 1 else None
    return of_names(question, things, evidence) if things is not None else None


def _rivals(question: Question, units: Sequence[Unit]) -> list[Unit]:
    """Rows that the question names no better than another row of the same table.

    Where it names none of them, the row of the total is the one that is meant.
    """
    tables: dict[tuple[str, tuple[str, ...]], list[Unit]] = {}
    for unit in units:
        if unit.kind is ChunkKind.TABLE_ROW:
            tables.setdefault((unit.chunk.document_id, unit.chunk.columns), []).append(unit)
    return [unit for rows in tables.values() for unit in rows if unit is not _meant(question, rows)]


def _meant(question: Question, rows: Sequence[Unit]) -> Unit | None:
    """The one row of a table that the question names best, or the total where it names none."""
    said = [_said(question, row) for row in rows]
    best = [row for row, pairs in zip(rows, said, strict=True) if pairs == max(said)]
    if len(best) > 1 and not any(said):
        best = [row for row in rows if is_total(row.chunk)]
    return best[0] if len(best) == 1 else None


def _said(question: Question, row: Unit) -> int:
    """How many pairs of characters of the row's words the question says."""
    text = key(question.text)
    words = " ".join(key(cell) for cell in row.chunk.cells if not re.match(r"[\d△▲-]", key(cell)))
    return len({words[at : at + 2] for at in range(len(words) - 1) if words[at : at + 2] in text})
