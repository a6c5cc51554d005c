"""What an answer is made from and made into: one text with markers, its notes, its warnings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.composition import Chosen, Composition, compose
from rag.dating import DateSource, dated
from rag.editions import editions, label, warnings_for
from rag.extraction import LONGEST_ANSWER, LONGEST_LONG_ANSWER, wants_length
from rag.pointing import Pointed
from rag.priors import time_asked
from rag.question import Question, QuestionKind
from rag.refusal import RefusalSignals
from rag.scoring import Candidate, Evidence, Signals, Term
from rag.short_answers import MAX_SHORT_ANSWER_CHARACTERS
from rag.types import AnswerWarning, Chunk, Citation, Document, Page
from rag.units import Unit, units_of

# A date that the page states, not the document's own.
STATED = frozenset({DateSource.COLUMN, DateSource.CAPTION, DateSource.HEADING})


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


def joined(
    chosen: Sequence[Chosen], shorts: Sequence[str], question: Question, sources: Sources
) -> Composed:
    """The answer of several parts."""
    together = "／".join(dict.fromkeys(shorts))
    short = together if 0 < len(together) <= MAX_SHORT_ANSWER_CHARACTERS else None
    return composed(composition_of(chosen, question, sources), short, question, sources)


def composition_of(chosen: Sequence[Chosen], question: Question, sources: Sources) -> Composition:
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
        return found.phrase if found is not None and found.source in STATED else ""

    return compose(
        chosen,
        sources.page,
        sources.documents,
        lambda document_id: label(known[document_id]),
        date_of,
    )


def composed(
    composition: Composition, short: str | None, question: Question, sources: Sources
) -> Composed:
    """The answer with its warnings about documents that are not in force."""
    asked = time_asked(question, sources.as_of)
    warnings: list[AnswerWarning] = []
    # Who asks for the old plan knows that it is old; the text names it as old all the same.
    if not (asked.previous or asked.past):
        known = editions(sources.documents.values(), sources.as_of)
        warnings = warnings_for((c.document_id for c in composition.citations), known)
    return Composed(composition.text, short, composition.citations, tuple(warnings))


def unit_of(chunk: Chunk, sources: Sources) -> Unit:
    """The first unit of a chunk, which of a row is the whole."""
    return units_of(chunk, sources.page(chunk.document_id, chunk.page))[0]


def evidence_of(unit: Unit, evidence: Sequence[Evidence]) -> Evidence:
    """The scored evidence of a unit; unscored for a row that was not among the candidates."""
    place = (unit.chunk.id, unit.start)
    for item in evidence:
        if (item.unit.chunk.id, item.unit.start) == place:
            return item
    silent = Signals(**dict.fromkeys(Signals.__dataclass_fields__, 0.0))
    return Evidence(unit, 0.0, silent)
