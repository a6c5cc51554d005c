"""From what was read for a question to the text that is shown: which form the answer takes.

In this order: rows counted or listed, a calculation, the row at a place in an order, the values a
question chooses between, and else the best units. Every piece keeps its exact quote.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.asked_names import told_name
from rag.calculation import Calculation
from rag.calculations import calculation
from rag.composition import (
    MAX_LONG_ANSWER_CHARACTERS,
    Chosen,
    Composition,
    compose,
    compose_table,
)
from rag.conflicts import (
    Disagreement,
    Statement,
    conflict_warning,
    conflicting,
    statements_of,
)
from rag.current_first import current_first
from rag.dating import DateSource, Figure, dated, figures
from rag.editions import editions, label, warnings_for
from rag.extraction import LONGEST_ANSWER, LONGEST_LONG_ANSWER, headed, select, wants_length
from rag.focus import focus
from rag.listed_headings import listed_headings
from rag.listed_rows import listed_rows
from rag.mixed_tables import (
    namesakes,
    of_mixed_tables,
    option_first,
    sure_first,
    told_apart,
    told_elsewhere,
)
from rag.named_series import named_series
from rag.office_lines import office_on_line
from rag.pointing import Pointed, pointed_first, short_words
from rag.premises import premise_warning, units_for_alternatives
from rag.priors import time_asked
from rag.question import Question, QuestionKind
from rag.refusal import RefusalSignals
from rag.scoring import Candidate, Evidence, Signals, Term
from rag.sections import section_asked
from rag.short_answers import MAX_SHORT_ANSWER_CHARACTERS, short_answer
from rag.table_groups import GroupedRows, grouped_rows
from rag.table_order import OrderedRow, ordered_answer, ordered_row
from rag.table_pairing import PAIRING_LOST, pairing_lost
from rag.table_rows import lost_heads, tells_cell
from rag.tables import matching_rows
from rag.telling_first import telling_first
from rag.text import normal
from rag.types import AnswerWarning, Chunk, Citation, Document, Page
from rag.units import Unit, units_of
from rag.verdicts import verdict

_TABLE_CHUNKS = 24  # best chunks whose table may be counted or ordered
# A date that the page states, not the document's own.
_STATED = frozenset({DateSource.COLUMN, DateSource.CAPTION, DateSource.HEADING})
_TOLD = frozenset({*_STATED, DateSource.OWN})
_DEVELOPMENT = re.compile(r"推移|移り変わり|経過|どう変わってき|歩み")
_NEAR_BEST = 0.75  # share of the best score from which a row is about the question
_MOST_STATES = 5
_LONGEST_SENTENCE = 250
_ROOM_BESIDE_CALCULATION = 290  # characters; of more no piece may lose its place
LOST_PAIRING = "pairing_lost"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read for one question: the units with their scores, best first."""

    question: Question
    terms: list[Term]
    candidates: list[Candidate]
    evidence: list[Evidence]
    signals: RefusalSignals
    chunks: list[Chunk]  # ranked, best first
    pointed: Pointed | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers take pages, documents and tables from, on one day."""

    documents: Mapping[str, Document]
    page: Callable[[str, int], Page]
    chunks_of: Callable[[str], Sequence[Chunk]]
    as_of: date


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer without its status: text with markers, short form, citations, warnings."""

    text: str
    short: str | None
    citations: tuple[Citation, ...]
    warnings: tuple[AnswerWarning, ...] = ()


def counted(reading: Reading, sources: Sources) -> Composed | None:
    """Rows counted, listed or grouped: certain by itself, as every word of the question is met."""
    question = reading.question
    best = reading.chunks[:_TABLE_CHUNKS]
    counts = question.asks(QuestionKind.LIST, QuestionKind.COUNT, QuestionKind.NUMBER)
    table = matching_rows(question, best, sources.chunks_of) if counts else None
    if table is not None:
        composition, count = compose_table(question, table, sources.page, sources.documents)
        return _composed(composition, count, question, sources)
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
    shown = [Chosen(_evidence_of(part.unit, evidence), part.line) for part in found.parts]
    if not found.named:
        # What the figures are of is told by the sentence or the rows that have them.
        units = list(dict.fromkeys(item.evidence for item in shown))
        whole = select(question, terms, evidence, first=units)
        told = " ".join(normal(item.text) for item in whole)
        if not all(part.number in told for part in found.parts):
            whole = [Chosen(item, headed(item.unit.text, item.unit)) for item in units]
        if sum(len(item.text) for item in whole) <= _ROOM_BESIDE_CALCULATION:
            shown = whole
    composition = _compose(shown, question, sources)
    text = f"計算すると、{found.text}\n{composition.text}"
    return _composed(replace(composition, text=text), found.short, question, sources)


def _from_order(ordered: OrderedRow, reading: Reading, sources: Sources) -> Composed | None:
    """The row at the place asked for, and what else answers; None for a row beside the point."""
    question, terms, evidence = reading.question, reading.terms, reading.evidence
    found = _evidence_of(_unit_of(ordered.chunk, sources), evidence)
    best = evidence[0].unit.chunk
    of_best = (
        best.document_id == ordered.chunk.document_id and best.heading == ordered.chunk.heading
    )
    if found.score < _NEAR_BEST * evidence[0].score and not (of_best and best.heading):
        return None
    short, sentence = ordered_answer(question, ordered)
    if len(sentence) > _LONGEST_SENTENCE:
        sentence = focus(question, terms, found.unit, _LONGEST_SENTENCE)
    shown = [Chosen(found, re.sub(r"\s+", " ", sentence))]
    shown += select(question, terms, evidence, 2, shown)[:1]
    if question.asks(QuestionKind.DATE) or len(short) > MAX_SHORT_ANSWER_CHARACTERS:
        short = short_answer(question, terms, [found]) or ""
    return _composed(_compose(shown, question, sources), short or None, question, sources)


def _from_groups(groups: GroupedRows, reading: Reading, sources: Sources) -> Composed:
    """How many rows each office has, each with its first row as source."""
    shown = [
        Chosen(
            _evidence_of(_unit_of(rows[0], sources), reading.evidence),
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
    return _composed(composition, short, reading.question, sources)


def from_units(reading: Reading, sources: Sources) -> Composed:
    """The best units, with what they disagree on and a verdict where one is plain."""
    question, terms = reading.question, reading.terms
    evidence = telling_first(question, terms, reading.evidence)
    if evidence is reading.evidence:
        evidence = option_first(question, evidence, sources.page)
    known_editions = editions(sources.documents.values(), sources.as_of)
    evidence = current_first(question, evidence, known_editions, sources.as_of)
    # What a rule puts first is told word for word.
    pointed = reading.pointed if evidence is reading.evidence else None
    evidence = pointed_first(question, pointed, evidence)
    evidence = sure_first(evidence, sources.page, sources.chunks_of)
    statements = statements_of(question, terms, evidence, sources.page, sources.documents)
    best = evidence[0]
    document = sources.documents[best.unit.chunk.document_id]
    page = sources.page(document.id, best.unit.chunk.page)
    # Figures that lost their labels contradict nothing.
    mixed = of_mixed_tables(best.unit, page, sources.chunks_of(document.id))
    lost = mixed or (
        question.asks(QuestionKind.NUMBER)
        and (pairing_lost(best.unit, page, terms) or lost_heads(question, best.unit.chunk))
    )
    disagreement = None if lost else conflicting(statements)
    listed = listed_headings(
        question, terms, evidence, sources.chunks_of, sources.page
    ) or named_series(question, evidence, sources.chunks_of, sources.page)
    if listed:
        items = [Chosen(_evidence_of(unit, evidence), f"・{unit.text}") for unit in listed]
        return _composed(_compose(items, question, sources), None, question, sources)
    rows = listed_rows(question, evidence, sources.chunks_of)
    if rows:
        shown = [
            Chosen(_evidence_of(_unit_of(row.chunk, sources), evidence), f"・{row.text}")
            for row in rows
        ]
        return _composed(_compose(shown, question, sources), None, question, sources)
    first = units_for_alternatives(question, terms, evidence)
    if not first and mixed:
        first = namesakes(best.unit, evidence)
    if not first and disagreement is not None:
        first = _both_values(question, disagreement)
    chosen = _in_time(question, select(question, terms, evidence, first=first), sources)
    chosen = told_apart(chosen)
    section = section_asked(question, chosen[0].evidence.unit, sources.chunks_of(document.id), page)
    if section is not None and chosen[0].evidence is best:
        named = Chosen(_evidence_of(section, evidence), f"「{section.text}」にあります。")
        chosen = [named, chosen[0]]
    composition = _compose(chosen, question, sources)
    short = section.text if section is not None else _short(reading, evidence, pointed)
    warnings: list[AnswerWarning] = []
    known = figures(best.unit, page, document)
    decided = verdict(question, terms, best, known)
    if decided is not None and chosen and chosen[0].evidence is best:
        composition = replace(composition, text=f"{decided.value}。{composition.text}")
        short = f"{decided.value}。{short}" if short and len(short) < 110 else f"{decided.value}。"
    if lost:
        composition = replace(composition, text=f"{composition.text}\n{PAIRING_LOST}")
        warnings.append(AnswerWarning(LOST_PAIRING, PAIRING_LOST))
        short = None
    elif told_elsewhere(best, evidence):
        short = None  # the answer names the questions of the survey beside the figures
    found = disagreement and conflict_warning(disagreement)
    warnings += [w for w in (found, premise_warning(question, terms, best, known)) if w]
    answer = _composed(composition, short, question, sources)
    return replace(answer, warnings=(*warnings, *answer.warnings))


def _in_time(question: Question, chosen: list[Chosen], sources: Sources) -> list[Chosen]:
    """Who asks how something has developed reads from the oldest to the newest."""
    if not _DEVELOPMENT.search(question.normalised):
        return chosen
    when = []
    for item in chosen:
        unit = item.evidence.unit
        document = sources.documents[unit.chunk.document_id]
        when.append(dated(unit, sources.page(document.id, unit.chunk.page), document))
    known = [found for found in when if found is not None and found.source in _TOLD]
    if len(known) < len(chosen):
        return chosen
    return [chosen[i] for i in sorted(range(len(chosen)), key=lambda i: known[i].order)]


def _both_values(question: Question, found: Disagreement) -> list[Evidence]:
    """The units of two values: a contradiction as it is told, a development in time order where
    the question compares, else newest first. Who asks for one year gets that year only."""
    said = list(found.statements)
    if not found.same_date and not question.asks(QuestionKind.COMPARE):
        if question.years:
            return []
        said.reverse()
    told = list(dict.fromkeys(statement.evidence for statement in said))
    if found.same_date or not question.asks(QuestionKind.COMPARE):
        return told[:2]
    return (
        told[:_MOST_STATES]
        if _DEVELOPMENT.search(question.normalised)
        else [told[0], *told[1:][-1:]]
    )


def part_of(
    reading: Reading, parts: int, taken: Sequence[Chosen]
) -> tuple[list[Chosen], str | None]:
    """What one of several `parts` of a question shows beside what is `taken`, and its short form."""
    question, terms = reading.question, reading.terms
    evidence = telling_first(question, terms, reading.evidence)
    chosen = select(question, terms, evidence, parts, taken)
    return chosen, short_answer(question, terms, evidence)


def _short(reading: Reading, evidence: Sequence[Evidence], pointed: Pointed | None) -> str | None:
    office = office_on_line(reading.question, reading.terms, evidence, reading.candidates)
    if office is not None:
        return office or None
    if name := told_name(reading.question, reading.terms, evidence):
        return name[1]
    short = short_answer(reading.question, reading.terms, evidence)
    if short and tells_cell(reading.question, reading.terms, evidence[0].unit.chunk, short):
        return short
    return short_words(reading.question, pointed, short)


def joined(
    chosen: Sequence[Chosen], shorts: Sequence[str], question: Question, sources: Sources
) -> Composed:
    """The answer of several parts."""
    together = "／".join(dict.fromkeys(shorts))
    short = together if 0 < len(together) <= MAX_SHORT_ANSWER_CHARACTERS else None
    return _composed(_compose(chosen, question, sources), short, question, sources)


def _compose(chosen: Sequence[Chosen], question: Question, sources: Sources) -> Composition:
    """The pieces in one text, with old documents named as old and figures dated.

    What these notes add may cost the last piece its place.
    """
    limit = LONGEST_LONG_ANSWER if wants_length(question) or _is_long(chosen) else LONGEST_ANSWER
    pieces = list(chosen)
    composition = _with_notes(pieces, question, sources)
    while len(composition.text) > limit and len(pieces) > 1:
        pieces.pop()
        composition = _with_notes(pieces, question, sources)
    return composition


def _is_long(chosen: Sequence[Chosen]) -> bool:
    """Whether the pieces were given more room than a plain answer has."""
    return sum(len(item.text) for item in chosen) > LONGEST_ANSWER


def _with_notes(chosen: Sequence[Chosen], question: Question, sources: Sources) -> Composition:
    known = editions(sources.documents.values(), sources.as_of)

    def date_of(unit: Unit) -> str:
        if not question.asks(QuestionKind.NUMBER, QuestionKind.COMPARE):
            return ""
        document = sources.documents[unit.chunk.document_id]
        found = dated(unit, sources.page(document.id, unit.chunk.page), document)
        return found.phrase if found is not None and found.source in _STATED else ""

    return compose(
        chosen,
        sources.page,
        sources.documents,
        lambda document_id: label(known[document_id]),
        date_of,
    )


def _composed(
    composition: Composition, short: str | None, question: Question, sources: Sources
) -> Composed:
    asked = time_asked(question, sources.as_of)
    warnings: list[AnswerWarning] = []
    # Who asks for the old plan knows that it is old; the text names it as old all the same.
    if not (asked.previous or asked.past):
        known = editions(sources.documents.values(), sources.as_of)
        warnings = warnings_for((c.document_id for c in composition.citations), known)
    return Composed(composition.text, short, composition.citations, tuple(warnings))


def _unit_of(chunk: Chunk, sources: Sources) -> Unit:
    return units_of(chunk, sources.page(chunk.document_id, chunk.page))[0]


def _evidence_of(unit: Unit, evidence: Sequence[Evidence]) -> Evidence:
    """The scored evidence of a unit; unscored for a row that was not among the candidates."""
    place = (unit.chunk.id, unit.start)
    for item in evidence:
        if (item.unit.chunk.id, item.unit.start) == place:
            return item
    silent = Signals(**dict.fromkeys(Signals.__dataclass_fields__, 0.0))
    return Evidence(unit, 0.0, silent)
