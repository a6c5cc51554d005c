"""Different values for one thing: at different dates a development, at the same date a conflict.

Two units speak of the same thing when the words around their figures are nearly the same. Rows of
one table never do: they are about different things in the same words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.counters import one_spelling
from rag.date_phrases import date_phrases
from rag.dating import DateSource, Dating, Figure, figures
from rag.question import Question
from rag.scoring import Evidence, Term, coverage
from rag.table_rows import of_one_table
from rag.text import key
from rag.types import AnswerWarning, Chunk, ChunkKind, Document, Page

CONFLICT = "conflicting_values"

_LOOKED_AT = 12  # best units compared
_CLOSE_SCORE = 0.6  # share of the best score that still speaks of the thing asked
_LEAST_COVERAGE = 0.5
_ALIKE = 0.6  # share of common bigrams of two labels
_SAME_ROW = 0.8  # likeness of the names of two rows of different tables
_LEAST_LABEL = 6  # characters of a label that say what a figure is

GetPage = Callable[[str, int], Page]


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One value for the thing asked about, with where and when it is said."""

    evidence: Evidence
    figure: Figure
    label: str  # the words right before the figure, without dates and figures
    document: Document

    @property
    def dating(self) -> Dating | None:
        return self.figure.dating

    @property
    def place(self) -> tuple[str, int, int]:
        unit = self.evidence.unit
        return unit.chunk.document_id, unit.chunk.page, unit.start + self.figure.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Statements of one thing with different values.

    `same_date` tells a contradiction, newest document first, from a development, in time order.
    """

    statements: tuple[Statement, ...]
    same_date: bool


def statements_of(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    get_page: GetPage,
    documents: Mapping[str, Document],
) -> list[Statement]:
    """The values of the asked counter in the best units, best unit first.

    Empty when the question asks for no counter (件, %, 人, …).
    """
    wanted = {one_spelling(unit) for unit in question.units}
    if not wanted or not evidence:
        return []
    found: list[Statement] = []
    for candidate in evidence[:_LOOKED_AT]:
        unit = candidate.unit
        if candidate.score < _CLOSE_SCORE * evidence[0].score:
            break
        document = documents[unit.chunk.document_id]
        page = get_page(document.id, unit.chunk.page)
        for figure in figures(unit, page, document):
            if one_spelling(figure.counter) not in wanted:
                continue
            name = label_of(unit.text, figure, unit.chunk)
            place = "\n".join((name, *unit.chunk.heading))
            if coverage(terms, place) >= _LEAST_COVERAGE and len(name) >= _LEAST_LABEL:
                found.append(
                    Statement(evidence=candidate, figure=figure, label=name, document=document)
                )
    return found


def conflicting(statements: Sequence[Statement]) -> Disagreement | None:
    """What the statements disagree about, or None when they agree or speak of different things.

    The thing is that of the first statement: of the best unit. A contradiction needs two places
    with the same date, neither of them taken from the document alone unless both are.
    """
    if not statements:
        return None
    first = statements[0]
    same = [first, *(s for s in statements[1:] if same_thing(first, s))]
    rivals = [s for s in same[1:] if _differ(first, s)]
    if not rivals:
        return None
    at_once = [s for s in rivals if _same_date(first, s)]
    if at_once:
        newest = sorted([first, at_once[0]], key=_issued, reverse=True)
        return Disagreement(statements=tuple(newest), same_date=True)
    by_time = _one_for_each_date(same)
    if len(by_time) < 2:
        return None
    return Disagreement(statements=tuple(by_time), same_date=False)


def conflict_warning(found: Disagreement) -> AnswerWarning | None:
    """The warning that two places of the same date differ; None for a development over time."""
    if not found.same_date:
        return None
    told = "、".join(f"「{s.document.title}」では{s.figure.text}" for s in found.statements)
    return AnswerWarning(
        CONFLICT, f"文書によって値が異なります（{told}）。両方の出典を確かめてください。"
    )


def label_of(text: str, figure: Figure, chunk: Chunk) -> str:
    """The words that say what the figure counts, without dates and numbers."""
    sentence = text[max(text.rfind("。", 0, figure.start) + 1, figure.start - 60) : figure.start]
    if chunk.kind is ChunkKind.TABLE_ROW:
        part = text[text.rfind("／", 0, figure.start) + 1 : figure.start]
        sentence = f"{_row_name(chunk)}{part}"
    for phrase in reversed(date_phrases(sentence, bare=True)):
        sentence = sentence[: phrase.start] + sentence[phrase.end :]
    return re.sub(r"[\d,.]+|[^\w]", "", key(sentence))


def _row_name(chunk: Chunk) -> str:
    """The first cell of a row that is more than a number or a date."""
    names = (c for c in chunk.cells if re.search(r"[^\d\s,.%○年月日]{2}", c))
    return key(next(names, ""))


def same_thing(one: Statement, other: Statement) -> bool:
    """Whether two figures count the same: like labels, and no rows of one table beside each other."""
    a, b = one.evidence.unit.chunk, other.evidence.unit.chunk
    rows = a.kind is ChunkKind.TABLE_ROW and b.kind is ChunkKind.TABLE_ROW and a.id != b.id
    if rows and of_one_table(a, b):
        return False
    if rows and _likeness(_row_name(a), _row_name(b)) < _SAME_ROW:
        return False
    if one_spelling(one.figure.counter) != one_spelling(other.figure.counter):
        return False
    return one.place != other.place and _likeness(one.label, other.label) >= _ALIKE


def _likeness(a: str, b: str) -> float:
    """Dice coefficient of the character bigrams of two labels, 0..1."""
    one, two = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (a, b))
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def _differ(one: Statement, other: Statement) -> bool:
    a, b = one.figure.value, other.figure.value
    rounded = any(re.search(r"約|ほど|程度", s.figure.text) for s in (one, other))
    return abs(a - b) > (0.05 if rounded else 1e-9) * max(abs(a), abs(b))


def _same_date(one: Statement, other: Statement) -> bool:
    """Whether two places say it of one date. Within one unit two figures are never rivals."""
    if one.evidence.unit == other.evidence.unit or not one.dating or not other.dating:
        return False
    by_document = {DateSource.DOCUMENT is s.dating.source for s in (one, other) if s.dating}
    return len(by_document) == 1 and one.dating.same_time(other.dating)


def _one_for_each_date(statements: Sequence[Statement]) -> list[Statement]:
    """The best statement of each date, in time order; what has no date is left out."""
    best: dict[tuple[int, int, int], Statement] = {}
    for statement in statements:
        if statement.dating:
            best.setdefault(statement.dating.order, statement)
    return [best[order] for order in sorted(best)]


def _issued(statement: Statement) -> date:
    return statement.document.issued or date.min
