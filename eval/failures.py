"""Why an answer failed, and which failures are worst."""

from collections import Counter
from collections.abc import Sequence

from eval.metrics import Verdict
from eval.questions import Question
from eval.results import CaseResult, Cause

# A confident wrong statement misleads its reader; a refusal or a long answer only costs time.
_SEVERITY = (
    Cause.FAILED,
    Cause.NOT_REFUSED,
    Cause.FORBIDDEN,
    Cause.NOT_SELECTED,
    Cause.NOT_RETRIEVED,
    Cause.NOT_CONCLUDED,
    Cause.CUT,
    Cause.FALSE_REFUSAL,
    Cause.TOO_LONG,
)
_UNKNOWN_DIFFICULTY = 2


def cause_of(question: Question, verdict: Verdict) -> Cause | None:
    """None when the answer is right: correct, or declined where nothing answers the question.

    Otherwise the step at which it went wrong, told from strings alone: what was declined, said,
    cited and retrieved, in this order. The citations come before the passages because an answer
    may rest on text that is not among the ten passages.
    """
    if not question.has_evidence:
        return None if verdict.declined else Cause.NOT_REFUSED
    if verdict.answer:
        return None
    if verdict.declined:
        return Cause.FALSE_REFUSAL
    if verdict.forbidden:
        return Cause.FORBIDDEN
    if verdict.includes and verdict.too_long:
        return Cause.TOO_LONG
    if verdict.cited_words:
        return Cause.CUT
    if verdict.cited_all:
        return Cause.NOT_CONCLUDED
    return Cause.NOT_SELECTED if verdict.all10 else Cause.NOT_RETRIEVED


def cause_counts(rows: Sequence[CaseResult]) -> dict[Cause, int]:
    """How many questions failed of each cause, most frequent first, ties by severity."""
    found = Counter(row.cause for row in rows if row.cause is not None)
    return {cause: found[cause] for cause in sorted(found, key=lambda c: (-found[c], _rank(c)))}


def worst_failures(rows: Sequence[CaseResult], count: int = 10) -> list[CaseResult]:
    """The failures that mislead most first, then the easier question, then by id."""

    def order(row: CaseResult) -> tuple[int, int, str]:
        difficulty = _UNKNOWN_DIFFICULTY if row.difficulty is None else row.difficulty
        return _rank(row.cause), difficulty, row.id

    return sorted((row for row in rows if row.cause is not None), key=order)[:count]


def _rank(cause: Cause | None) -> int:
    return len(_SEVERITY) if cause is None else _SEVERITY.index(cause)
