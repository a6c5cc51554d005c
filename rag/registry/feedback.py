"""What people say of answers: whether they helped, what they saved, what is wrong with them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from rag.registry.database import Database
from rag.registry.schema import feedback, turns

_TURNS_PER_STATEMENT = 5_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """Of one turn, by the person who asked. Times are ISO 8601, UTC, "" for never."""

    turn_id: str
    owner: str = ""
    department: str = ""  # 部/課 of the owner at that time
    template: str = ""  # as of the turn
    given_at: str = ""
    verdict: str = ""  # useful, wrong or ""
    category: str = ""
    note: str = ""
    outcome: str = ""  # as_is, edited, unused or ""
    minutes: int = 0  # saved, by the standard of the time it was given
    document_id: str = ""
    office: str = ""  # 所管課 that the report is for
    reported_at: str = ""
    settled_at: str = ""
    settled_by: str = ""
    reply: str = ""

    @property
    def reported(self) -> bool:
        return bool(self.reported_at)


class FeedbackLog:
    """Safe to share between threads; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, turn_ids: Collection[str]) -> dict[str, Feedback]:
        """By turn id; turns of which nothing was said are left out."""
        wanted = list(turn_ids)
        found: dict[str, Feedback] = {}
        with self._database.read() as connection:
            for start in range(0, len(wanted), _TURNS_PER_STATEMENT):
                part = wanted[start : start + _TURNS_PER_STATEMENT]
                statement = select(feedback).where(feedback.c.turn_id.in_(part))
                for row in connection.execute(statement).mappings():
                    found[row["turn_id"]] = Feedback(**row)
        return found

    def keep(self, said: Feedback) -> bool:
        """Write what is said in place of what was; False when the turn is gone.

        `given_at` and a new report get the time of now.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        said = replace(said, given_at=now)
        with self._database.write() as connection:
            there = connection.scalar(
                select(turns.c.id).where(turns.c.id == said.turn_id, turns.c.conversation_id != "")
            )
            if there is None:
                return False
            connection.execute(delete(feedback).where(feedback.c.turn_id == said.turn_id))
            connection.execute(insert(feedback).values(**asdict(said)))
        return True

    def reports(self) -> list[Feedback]:
        """All reports, the newest first."""
        statement = (
            select(feedback)
            .where(feedback.c.reported_at != "")
            .order_by(feedback.c.reported_at.desc(), feedback.c.turn_id)
        )
        with self._database.read() as connection:
            return [Feedback(**row) for row in connection.execute(statement).mappings()]

    def settle(self, turn_id: str, by: str, reply: str, *, settled: bool = True) -> None:
        """Note that an office has dealt with a report, or that it has to look again."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.write() as connection:
            connection.execute(
                update(feedback)
                .where(feedback.c.turn_id == turn_id, feedback.c.reported_at != "")
                .values(
                    settled_at=now if settled else "",
                    settled_by=by if settled else "",
                    reply=reply if settled else "",
                )
            )


def forget_words(connection: Connection, turn_ids: Collection[str], document_id: str) -> None:
    """With a document goes what was written about answers from it, and what it was reported for."""
    withdrawn = {"document_id": "", "office": "", "reported_at": "", "settled_at": ""}
    withdrawn |= {"settled_by": "", "note": "", "reply": ""}
    about = feedback.c.document_id == document_id
    connection.execute(update(feedback).where(about).values(**withdrawn))
    ids = list(turn_ids)
    for start in range(0, len(ids), _TURNS_PER_STATEMENT):
        part = ids[start : start + _TURNS_PER_STATEMENT]
        connection.execute(
            update(feedback).where(feedback.c.turn_id.in_(part)).values(note="", reply="")
        )
