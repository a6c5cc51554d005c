"""Why an answer failed, and which failures are worst."""

from collections.abc import Sequence

from eval.metrics import SHORT_TYPES, Verdict
from eval.questions import Question
from eval.results import CaseResult, Cause

# A confident wrong statement misleads its reader; a refusal or a long answer only costs time.
_SEVERITY = {
    Cause.FAILED: 0,
    Cause.NOT_REFUSED: 1,
    Cause.WRONG_VALUE: 2,
    Cause.FALSE_REFUSAL: 3,
    Cause.NOT_RETRIEVED: 4,
    Cause.NOT_EXTRACTED: 5,
    Cause.TOO_LONG: 6,
}
_UNKNOWN_DIFFICULTY = 2


def cause_of(question: Question, verdict: Verdict, short_answer: str | None) -> Cause | None:
    """None when the answer is right: correct, or declined where nothing answers the question.

    A wrong value is a forbidden string in the answer, or a short answer without the required
    strings although the evidence was retrieved.
    """
    if not question.has_evidence:
        return None if verdict.declined else Cause.NOT_REFUSED
    if verdict.answer:
        return None
    if verdict.declined:
        return Cause.FALSE_REFUSAL
    if verdict.forbidden:
        return Cause.WRONG_VALUE
    if verdict.includes and verdict.too_long:
        return Cause.TOO_LONG
    if not verdict.all10:
        return Cause.NOT_RETRIEVED
    if question.type in SHORT_TYPES and short_answer:
        return Cause.WRONG_VALUE
    return Cause.NOT_EXTRACTED


def worst_failures(rows: Sequence[CaseResult], count: int = 10) -> list[CaseResult]:
    """The failures that mislead most first, then the easier question, then by id."""

    def order(row: CaseResult) -> tuple[int, int, str]:
        severity = _SEVERITY[row.cause] if row.cause is not None else len(_SEVERITY)
        difficulty = _UNKNOWN_DIFFICULTY if row.difficulty is None else row.difficulty
        return severity, difficulty, row.id

    return sorted((row for row in rows if row.cause is not None), key=order)[:count]
