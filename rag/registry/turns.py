"""Questions and answers as they were asked: a turn is recorded before its answer is known."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, and_, func, insert, select, update

from rag.registry.blanking import blank_answer
from rag.registry.citations import keep_citations
from rag.registry.database import Database
from rag.registry.schema import conversation_titles, documents, turns

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
    template: str = ""  # id of the template it was made with, "" for a question


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    id: str
    first_question: str
    title: str  # as its owner calls it, "" for the first question
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
        template: str = "",
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
                    template=template,
                )
            )
        return turn_id

    def finish_turn(
        self,
        turn_id: str,
        answer: str,
        state: TurnState,
        rests_on: Collection[str] = (),
        cited: Collection[tuple[str, int]] = (),
    ) -> None:
        """Record how the turn ended. Only the first call for a turn counts.

        `cited` are documents and pages (0 without pages) that the answer quotes. The answer's text is left out when a document of `rests_on` (ids) was removed meanwhile.
        """
        with self._database.write() as connection:
            finished = connection.execute(
                update(turns)
                .where(turns.c.id == turn_id, turns.c.state == TurnState.RUNNING)
                .values(answer=answer, state=state)
            )
            wanted = {*rests_on, *(document_id for document_id, _ in cited)}
            if not wanted:
                return
            there = set(
                connection.scalars(select(documents.c.id).where(documents.c.id.in_(wanted)))
            )
            if finished.rowcount and cited:
                keep_citations(connection, turn_id, cited, there)
            if not there.issuperset(rests_on):
                blank_answer(connection, turn_id)

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
            return [_recorded(row) for row in connection.execute(statement)]

    def turn(self, turn_id: str) -> RecordedTurn | None:
        """One turn, whoever asked; None for an unknown id and for one that was deleted."""
        statement = select(turns).where(turns.c.id == turn_id, turns.c.conversation_id != "")
        with self._database.read() as connection:
            row = connection.execute(statement).first()
        return None if row is None else _recorded(row)

    def questions(self, owner: str) -> dict[str, list[str]]:
        """What a person asked, by conversation, in order."""
        statement = (
            select(turns.c.conversation_id, turns.c.question)
            .where(turns.c.owner == owner, turns.c.conversation_id != "")
            .order_by(turns.c.sequence)
        )
        asked: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for conversation_id, question in connection.execute(statement):
                asked.setdefault(conversation_id, []).append(question)
        return asked

    def conversations(self, limit: int = 1_000, owner: str | None = None) -> list[Conversation]:
        """Conversations, the one asked last first; with `owner` only that person's."""
        grouped = (
            select(
                turns.c.conversation_id,
                func.min(turns.c.sequence).label("first"),
                func.max(turns.c.sequence).label("last"),
                func.count().label("turn_count"),
            )
            .where(turns.c.conversation_id != "")  # of a deleted one
            .group_by(turns.c.conversation_id)
        )
        if owner is not None:
            grouped = grouped.where(turns.c.owner == owner)
        spans = grouped.subquery()
        first, last = turns.alias(), turns.alias()
        statement = (
            select(
                spans.c.conversation_id,
                spans.c.turn_count,
                first.c.question,
                conversation_titles.c.title,
                first.c.asked_at.label("started_at"),
                last.c.asked_at.label("last_asked_at"),
            )
            .join(first, first.c.sequence == spans.c.first)
            .join(last, last.c.sequence == spans.c.last)
            .outerjoin(
                conversation_titles,
                and_(
                    conversation_titles.c.conversation_id == spans.c.conversation_id,
                    conversation_titles.c.owner == first.c.owner,
                ),
            )
            .order_by(spans.c.last.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                Conversation(
                    id=row.conversation_id,
                    first_question=row.question,
                    title=row.title or "",
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


def _recorded(row: Row[Any]) -> RecordedTurn:
    return RecordedTurn(
        id=row.id,
        conversation_id=row.conversation_id,
        asked_at=datetime.fromisoformat(row.asked_at),
        question=row.question,
        answer=row.answer,
        state=TurnState(row.state),
        owner=row.owner,
        department=row.department,
        template=row.template,
    )
