"""What a person does with whole conversations: name them, delete them."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from rag.registry.database import Database
from rag.registry.schema import conversation_titles, feedback, turns
from rag.registry.turns import TurnState

# What of a deleted answer stays for statistics: how it ended, nothing that was said.
_COUNTED = ("status", "mode")


@dataclass(frozen=True, kw_only=True, slots=True)
class ConversationReceipt:
    """What a deletion took out; `left` counts turns that still hold text (0)."""

    turns: int
    notes: int  # of feedback
    reports: int
    left: int


class ConversationShelf:
    """Safe to share between threads; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rename(self, conversation_id: str, owner: str, title: str) -> bool:
        """Whether the owner has such a conversation; "" takes the name back."""
        key = {"conversation_id": conversation_id, "owner": owner}
        with self._database.write() as connection:
            if not _count(connection, conversation_id, owner):
                return False
            connection.execute(delete(conversation_titles).filter_by(**key))
            if title:
                connection.execute(insert(conversation_titles).values(**key, title=title))
        return True

    def remove(self, conversation_id: str, owner: str) -> ConversationReceipt | None:
        """Take the text of all its turns out, down to the files; None where there is no such one.

        The turns stay as numbers without text (when, 部署, how it ended), or statistics would
        shrink afterwards. Reports that were made from it are withdrawn.
        """
        with self._database.write() as connection:
            own = (turns.c.conversation_id == conversation_id, turns.c.owner == owner)
            found = connection.execute(select(turns.c.id, turns.c.answer).where(*own)).all()
            if not found:
                return None
            ids = [row.id for row in found]
            for row in found:
                connection.execute(
                    update(turns)
                    .where(turns.c.id == row.id)
                    .values(conversation_id="", question="", answer=_counted(row.answer))
                )
            # An answer that is still being written finds nothing to be written to.
            connection.execute(
                update(turns)
                .where(turns.c.id.in_(ids), turns.c.state == TurnState.RUNNING)
                .values(state=TurnState.CUT_BY_USER)
            )
            said = feedback.c.turn_id.in_(ids)
            notes = _number(connection, said, feedback.c.note != "")
            reports = _number(connection, said, feedback.c.reported_at != "")
            connection.execute(
                update(feedback)
                .where(said)
                .values(
                    note="",
                    reply="",
                    document_id="",
                    office="",
                    reported_at="",
                    settled_at="",
                    settled_by="",
                )
            )
            connection.execute(
                delete(conversation_titles).filter_by(conversation_id=conversation_id, owner=owner)
            )
            left = _count(connection, conversation_id, owner)
        self._database.forget_removed()
        return ConversationReceipt(turns=len(ids), notes=notes, reports=reports, left=left)


def _count(connection: Connection, conversation_id: str, owner: str) -> int:
    statement = (
        select(func.count())
        .select_from(turns)
        .where(turns.c.conversation_id == conversation_id, turns.c.owner == owner)
    )
    return connection.scalar(statement) or 0


def _number(connection: Connection, *where: object) -> int:
    statement = select(func.count()).select_from(feedback).where(*where)  # type: ignore[arg-type]
    return connection.scalar(statement) or 0


def _counted(answer: str) -> str:
    if not answer:
        return ""
    whole = json.loads(answer)
    return json.dumps({name: whole[name] for name in _COUNTED if name in whole})
