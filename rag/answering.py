"""From what was read for a question to the text that is shown: which form the answer takes.

In this order: rows counted or listed, a calculation, the row at a place in an order, the values a
question chooses between, and else the best units. Every piece keeps its exact quote.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.asked_names import told_name
from rag.composed import (
    STATED,
    Composed,
    Reading,
    Sources,
    composed,
    composition_of,
    evidence_of,
    unit_of,
)
from rag.composition import Chosen
from rag.conflicts import Disagreement, conflict_warning, conflicting, statements_of
from rag.current_first import current_first
from rag.dating import DateSource, dated, figures
from rag.editions import editions
from rag.extraction import select
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
from rag.question import Question, QuestionKind
from rag.scoring import Evidence
from rag.sections import section_asked
from rag.short_answers import short_answer
from rag.table_pairing import PAIRING_LOST, pairing_lost
from rag.table_rows import lost_heads, tells_cell
from rag.telling_first import telling_first
from rag.types import AnswerWarning
from rag.verdicts import verdict

_TOLD = frozenset({*STATED, DateSource.OWN})
_DEVELOPMENT = re.compile(r"推移|移り変わり|経過|どう変わってき|歩み")
_MOST_STATES = 5
LOST_PAIRING = "pairing_lost"


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
        items = [Chosen(evidence_of(unit, evidence), f"・{unit.text}") for unit in listed]
        return composed(composition_of(items, question, sources), None, question, sources)
    rows = listed_rows(question, evidence, sources.chunks_of)
    if rows:
        shown = [
            Chosen(evidence_of(unit_of(row.chunk, sources), evidence), f"・{row.text}")
            for row in rows
        ]
        return composed(composition_of(shown, question, sources), None, question, sources)
    first = units_for_alternatives(question, terms, evidence)
    if not first and mixed:
        first = namesakes(best.unit, evidence)
    if not first and disagreement is not None:
        first = _both_values(question, disagreement)
    chosen = _in_time(question, select(question, terms, evidence, first=first), sources)
    chosen = told_apart(chosen)
    section = section_asked(question, chosen[0].evidence.unit, sources.chunks_of(document.id), page)
    if section is not None and chosen[0].evidence is best:
        named = Chosen(evidence_of(section, evidence), f"「{section.text}」にあります。")
        chosen = [named, chosen[0]]
    composition = composition_of(chosen, question, sources)
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
    answer = composed(composition, short, question, sources)
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
