"""Questions and answers as they were asked: a turn is recorded before its answer is known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import func, insert, select, update

from rag.registry.blanking import blank_if_removed
from rag.registry.database import Database
from rag.registry.schema import turns

SOLE_OWNER = "single-user"  # of every turn where there are no accounts


class TurnState(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"
    CUT_BY_USER = "cut_by_user"
    CUT_BY_ERROR = "cut_by_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedTurn:
    id: str
    conversation_id: str
    asked_at: datetime  # UTC
    question: str
    answer: str  # JSON of the answer, or "" when there is none
    state: TurnState
    owner: str = SOLE_OWNER  # id of the person who asked
    department: str = ""  # 部/課 of that person at that time


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    id: str
    first_question: str
    started_at: datetime  # UTC
    last_asked_at: datetime  # UTC
    turn_count: int


class TurnLog:
    """The turns of one registry. Safe to share between threads; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_turn(
        self,
        conversation_id: str,
        question: str,
        turn_id: str | None = None,
        *,
        owner: str = SOLE_OWNER,
        department: str = "",
    ) -> str:
        """Record that `owner` asked `question`; returns the turn's id."""
        turn_id = turn_id or uuid4().hex
        with self._database.write() as connection:
            connection.execute(
                insert(turns).values(
                    id=turn_id,
                    conversation_id=conversation_id,
                    asked_at=datetime.now(UTC).isoformat(),
                    question=question,
                    answer="",
                    state=TurnState.RUNNING,
                    owner=owner,
                    department=department,
                )
            )
        return turn_id

    def finish_turn(
        self, turn_id: str, answer: str, state: TurnState, rests_on: Collection[str] = ()
    ) -> None:
        """Record how the turn ended. Only the first call for a turn counts.

        The answer's text is left out when a document of `rests_on` (ids) was removed meanwhile.
        """
        with self._database.write() as connection:
            connection.execute(
                update(turns)
                .where(turns.c.id == turn_id, turns.c.state == TurnState.RUNNING)
                .values(answer=answer, state=state)
            )
            blank_if_removed(connection, turn_id, rests_on)

    def turns(self, conversation_id: str, owner: str | None = None) -> list[RecordedTurn]:
        """The turns of a conversation in the order they were asked; none for an unknown id.

        With `owner` only what that person asked.
        """
        statement = (
            select(turns)
            .where(turns.c.conversation_id == conversation_id)
            .order_by(turns.c.sequence)
        )
        if owner is not None:
            statement = statement.where(turns.c.owner == owner)
        with self._database.read() as connection:
            return [
                RecordedTurn(
                    id=row.id,
                    conversation_id=row.conversation_id,
                    asked_at=datetime.fromisoformat(row.asked_at),
                    question=row.question,
                    answer=row.answer,
                    state=TurnState(row.state),
                    owner=row.owner,
                    department=row.department,
                )
                for row in connection.execute(statement)
            ]

    def conversations(self, limit: int = 1_000, owner: str | None = None) -> list[Conversation]:
        """Conversations, the one asked last first; with `owner` only that person's."""
        grouped = select(
            turns.c.conversation_id,
            func.min(turns.c.sequence).label("first"),
            func.max(turns.c.sequence).label("last"),
            func.count().label("turn_count"),
        ).group_by(turns.c.conversation_id)
        if owner is not None:
            grouped = grouped.where(turns.c.owner == owner)
        spans = grouped.subquery()
        first, last = turns.alias(), turns.alias()
        statement = (
            select(
                spans.c.conversation_id,
                spans.c.turn_count,
                first.c.question,
                first.c.asked_at.label("started_at"),
                last.c.asked_at.label("last_asked_at"),
            )
            .join(first, first.c.sequence == spans.c.first)
            .join(last, last.c.sequence == spans.c.last)
            .order_by(spans.c.last.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                Conversation(
                    id=row.conversation_id,
                    first_question=row.question,
                    started_at=datetime.fromisoformat(row.started_at),
                    last_asked_at=datetime.fromisoformat(row.last_asked_at),
                    turn_count=row.turn_count,
                )
                for row in connection.execute(statement)
            ]

    def close_abandoned(self) -> int:
        """Mark turns still running as cut by error: their process has died. Returns how many."""
        with self._database.write() as connection:
            result = connection.execute(
                update(turns)
                .where(turns.c.state == TurnState.RUNNING)
                .values(state=TurnState.CUT_BY_ERROR)
            )
            return result.rowcount
