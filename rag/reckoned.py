"""Answers out of whole tables and out of calculation: rows counted and grouped, places, sums."""

import re
from dataclasses import replace

from rag.calculation import Calculation
from rag.calculations import calculation
from rag.composed import Composed, Reading, Sources, composed, composition_of, evidence_of, unit_of
from rag.composition import MAX_LONG_ANSWER_CHARACTERS, Chosen, compose, compose_table
from rag.conflicts import Statement, statements_of
from rag.dating import Figure, figures
from rag.extraction import headed, select
from rag.focus import focus
from rag.question import QuestionKind
from rag.scoring import NEAR_BEST
from rag.short_answers import MAX_SHORT_ANSWER_CHARACTERS, short_answer
from rag.table_groups import GroupedRows, grouped_rows
from rag.table_order import OrderedRow, ordered_answer, ordered_row
from rag.tables import matching_rows
from rag.text import normal
from rag.units import Unit

_TABLE_CHUNKS = 24  # best chunks whose table may be counted or ordered
_LONGEST_SENTENCE = 250
_ROOM_BESIDE_CALCULATION = 290  # characters; of more no piece may lose its place


def counted(reading: Reading, sources: Sources) -> Composed | None:
    """Rows counted, listed or grouped: certain by itself, as every word of the question is met."""
    question = reading.question
    best = reading.chunks[:_TABLE_CHUNKS]
    counts = question.asks(QuestionKind.LIST, QuestionKind.COUNT, QuestionKind.NUMBER)
    table = matching_rows(question, best, sources.chunks_of) if counts else None
    if table is not None:
        composition, count = compose_table(question, table, sources.page, sources.documents)
        return composed(composition, count, question, sources)
    groups = grouped_rows(question, best, sources.chunks_of)
    if groups is not None:
        return _from_groups(groups, reading, sources)
    return None


def worked_out(reading: Reading, sources: Sources) -> Composed | None:
    """A calculation, or the row at a place in an order; None where neither is asked for."""
    question, evidence = reading.question, reading.evidence
    best = reading.chunks[:_TABLE_CHUNKS]

    def figures_of(unit: Unit) -> list[Figure]:
        chunk = unit.chunk
        page = sources.page(chunk.document_id, chunk.page)
        return figures(unit, page, sources.documents[chunk.document_id])

    def statements() -> list[Statement]:
        return statements_of(question, reading.terms, evidence, sources.page, sources.documents)

    found = calculation(question, evidence, figures_of, statements, sources.as_of)
    if found is not None:
        return _from_calculation(found, reading, sources)
    ordered = ordered_row(question, best, sources.chunks_of, sources.page)
    if ordered is not None:
        return _from_order(ordered, reading, sources)
    return None


def _from_calculation(found: Calculation, reading: Reading, sources: Sources) -> Composed:
    """The calculation, and below it what its figures stand in."""
    question, terms, evidence = reading.question, reading.terms, reading.evidence
    shown = [Chosen(evidence_of(part.unit, evidence), part.line) for part in found.parts]
    if not found.named:
        # What the figures are of is told by the sentence or the rows that have them.
        units = list(dict.fromkeys(item.evidence for item in shown))
        whole = select(question, terms, evidence, first=units)
        told = " ".join(normal(item.text) for item in whole)
        if not all(part.number in told for part in found.parts):
            whole = [Chosen(item, headed(item.unit.text, item.unit)) for item in units]
        if sum(len(item.text) for item in whole) <= _ROOM_BESIDE_CALCULATION:
            shown = whole
    composition = composition_of(shown, question, sources)
    text = f"計算すると、{found.text}\n{composition.text}"
    return composed(replace(composition, text=text), found.short, question, sources)


def _from_order(ordered: OrderedRow, reading: Reading, sources: Sources) -> Composed | None:
    """The row at the place asked for, and what else answers; None for a row beside the point."""
    question, terms, evidence = reading.question, reading.terms, reading.evidence
    found = evidence_of(unit_of(ordered.chunk, sources), evidence)
    best = evidence[0].unit.chunk
    of_best = (
        best.document_id == ordered.chunk.document_id and best.heading == ordered.chunk.heading
    )
    if found.score < NEAR_BEST * evidence[0].score and not (of_best and best.heading):
        return None
    short, sentence = ordered_answer(question, ordered)
    if len(sentence) > _LONGEST_SENTENCE:
        sentence = focus(question, terms, found.unit, _LONGEST_SENTENCE)
    shown = [Chosen(found, re.sub(r"\s+", " ", sentence))]
    shown += select(question, terms, evidence, 2, shown)[:1]
    if question.asks(QuestionKind.DATE) or len(short) > MAX_SHORT_ANSWER_CHARACTERS:
        short = short_answer(question, terms, [found]) or ""
    return composed(composition_of(shown, question, sources), short or None, question, sources)


def _from_groups(groups: GroupedRows, reading: Reading, sources: Sources) -> Composed:
    """How many rows each office has, each with its first row as source."""
    shown = [
        Chosen(
            evidence_of(unit_of(rows[0], sources), reading.evidence),
            f"{name}：{len(rows)}{groups.unit}",
        )
        for name, rows in groups.groups
    ]
    kept, used = [], 0
    for item in shown:
        used += len(item.text) + 5
        if used <= MAX_LONG_ANSWER_CHARACTERS:
            kept.append(item)
    composition = compose(kept, sources.page, sources.documents)
    short = groups.text if len(groups.text) <= MAX_SHORT_ANSWER_CHARACTERS else None
    return composed(composition, short, reading.question, sources)
