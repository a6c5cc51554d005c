"""The edition in force answers before an older one that says as much."""

from collections.abc import Mapping, Sequence
from datetime import date

from rag.editions import Edition, Standing
from rag.priors import tells_of_previous, time_asked
from rag.question import Question, QuestionKind
from rag.scoring import Evidence, put_first

_LOOKED_AT = 8
_AS_GOOD = 0.9  # of the score of the old unit, and of what it holds of the question's words


def current_first(
    question: Question, evidence: Sequence[Evidence], known: Mapping[str, Edition], as_of: date
) -> Sequence[Evidence]:
    """First a unit of the edition in force, where the best is of an older one and no better.

    Not where the question is about the past or another year, compares, or names its document.
    """
    asked = time_asked(question, as_of)
    if asked.previous or asked.past or asked.years or question.asks(QuestionKind.COMPARE):
        return evidence
    best = evidence[0]
    newer = _in_force(best.unit.chunk.document_id, known)
    if not newer:
        return evidence
    found = next(
        (
            e
            for e in evidence[1:_LOOKED_AT]
            if e.unit.chunk.document_id == newer and _says_as_much(e, best)
        ),
        None,
    )
    return put_first(found, evidence)


def _says_as_much(unit: Evidence, best: Evidence) -> bool:
    mine, others = unit.signals, best.signals
    return (
        unit.score >= _AS_GOOD * best.score
        and mine.context >= _AS_GOOD * others.context
        and mine.form >= others.form
        and mine.typed >= others.typed
        and not mine.elsewhere
        and not tells_of_previous("\n".join((*unit.unit.chunk.heading, unit.unit.text)))
    )


def _in_force(document: str, known: Mapping[str, Edition]) -> str:
    """The id of the later edition in force of a document that is superseded, "" without one."""
    seen = {document}
    edition = known[document]
    if edition.standing is not Standing.SUPERSEDED:
        return ""
    while edition.standing is Standing.SUPERSEDED:
        if not edition.following or edition.following in seen:
            return ""
        seen.add(edition.following)
        edition = known[edition.following]
    return edition.document.id if edition.standing is Standing.CURRENT else ""
