"""How much the service is used: counts without texts, for statistics.

Turns whose conversation was deleted stay as numbers and are counted; what was said in them is gone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select

from rag.registry.database import Database
from rag.registry.schema import draft_batches, draft_sheets, feedback, turns
from rag.registry.turns import TurnState

UNANSWERED = ("no_evidence", "partial")


@dataclass(frozen=True, kw_only=True, slots=True)
class Uses:
    """So many turns of one person in one month that ended alike."""

    month: str  # 2026-04, local time
    owner: str
    department: str
    template: str  # "" for a question
    status: str  # of the answer, "" where there is none
    verdict: str
    outcome: str
    count: int
    minutes: int  # saved, all together


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedSheets:
    """So many second evaluations that became 確定 in one month."""

    month: str
    department: str  # of who handed the batch in
    owner: str
    edited: bool  # a person wrote another text than the machine
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UnansweredQuestion:
    question: str  # as recorded: nothing personal
    month: str
    department: str
    owner: str
    status: str
    asked_at: datetime  # UTC


class UsageLog:
    """Safe to share between threads; only reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def uses(self, since: str, until: str) -> list[Uses]:
        """From month `since` to month `until` (2026-04), both included."""
        month = _month(turns.c.asked_at)
        keys = [
            month.label("month"),
            turns.c.owner,
            turns.c.department,
            turns.c.template,
            _status().label("status"),
            func.coalesce(feedback.c.verdict, "").label("verdict"),
            func.coalesce(feedback.c.outcome, "").label("outcome"),
        ]
        statement = (
            select(
                *keys,
                func.count().label("count"),
                func.coalesce(func.sum(feedback.c.minutes), 0).label("minutes"),
            )
            .outerjoin(feedback, feedback.c.turn_id == turns.c.id)
            .where(month >= since, month <= until, turns.c.state != TurnState.RUNNING)
            .group_by(*keys)
        )
        return [Uses(**row) for row in self._rows(statement)]

    def fixed_sheets(self, since: str, until: str) -> list[FixedSheets]:
        month = _month(draft_sheets.c.fixed_at)
        keys = [
            month.label("month"),
            draft_batches.c.department,
            draft_batches.c.owner,
            draft_sheets.c.text.is_not(None).label("edited"),
        ]
        statement = (
            select(*keys, func.count().label("count"))
            .join(draft_batches, draft_batches.c.id == draft_sheets.c.batch_id)
            .where(draft_sheets.c.fixed_at != "", month >= since, month <= until)
            .group_by(*keys)
        )
        return [
            FixedSheets(**{**row, "edited": bool(row["edited"])}) for row in self._rows(statement)
        ]

    def unanswered(self, since: str, until: str, limit: int = 2_000) -> list[UnansweredQuestion]:
        """Questions with no answer, or none to a part of them, the newest first."""
        month = _month(turns.c.asked_at)
        statement = (
            select(
                turns.c.question,
                month.label("month"),
                turns.c.department,
                turns.c.owner,
                _status().label("status"),
                turns.c.asked_at,
            )
            .where(
                and_(month >= since, month <= until),
                turns.c.question != "",
                _status().in_(UNANSWERED),
            )
            .order_by(turns.c.sequence.desc())
            .limit(limit)
        )
        return [
            UnansweredQuestion(**{**row, "asked_at": datetime.fromisoformat(row["asked_at"])})
            for row in self._rows(statement)
        ]

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


def _month(column: Any) -> Any:
    """The month of a time in UTC, where the machine stands."""
    return func.strftime("%Y-%m", func.datetime(column, "localtime"))


def _status() -> Any:
    return case((turns.c.answer != "", func.json_extract(turns.c.answer, "$.status")), else_="")
