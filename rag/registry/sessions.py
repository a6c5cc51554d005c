"""Sessions of people, and names that somebody failed to sign in with. Times are ISO 8601, UTC."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from rag.registry.people import Person, person_of
from rag.registry.schema import failed_logins, people, sessions

MAX_FAILED_NAMES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """`id_hash` is the SHA-256 of the random id that only the person's browser has."""

    id_hash: str
    person_id: str
    kind: str  # "browser" or "token"
    label: str = ""
    created_at: str
    last_seen_at: str
    expires_at: str


def begin(connection: Connection, session: Session) -> None:
    connection.execute(insert(sessions), asdict(session))


def find(connection: Connection, id_hash: str) -> tuple[Session, Person] | None:
    """The session with its person as both are now."""
    statement = (
        select(people, *(column.label(f"session_{column.name}") for column in sessions.c))
        .join(people, people.c.id == sessions.c.person_id)
        .where(sessions.c.id_hash == id_hash)
    )
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    session = Session(**{column.name: row[f"session_{column.name}"] for column in sessions.c})
    return session, person_of(row)


def seen(connection: Connection, id_hash: str, at: str) -> None:
    connection.execute(
        update(sessions).where(sessions.c.id_hash == id_hash).values(last_seen_at=at)
    )


def of_person(connection: Connection, person_id: str) -> list[Session]:
    """Oldest first."""
    statement = select(sessions).where(sessions.c.person_id == person_id)
    rows = connection.execute(statement.order_by(sessions.c.created_at)).mappings()
    return [Session(**row) for row in rows]


def end(connection: Connection, id_hash: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.id_hash == id_hash))


def end_all(connection: Connection, person_id: str, kind: str | None = None) -> int:
    """End every session of a person, or those of one kind; returns how many there were."""
    statement = delete(sessions).where(sessions.c.person_id == person_id)
    if kind is not None:
        statement = statement.where(sessions.c.kind == kind)
    return connection.execute(statement).rowcount


def forget_expired(connection: Connection, now: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))


def failures(connection: Connection, login_hash: str) -> tuple[int, str, str]:
    """(failures in a row, time of the last, locked until); (0, "", "") for an unknown name."""
    statement = select(
        failed_logins.c.failures, failed_logins.c.last_at, failed_logins.c.locked_until
    ).where(failed_logins.c.login_hash == login_hash)
    row = connection.execute(statement).first()
    return (row.failures, row.last_at, row.locked_until) if row else (0, "", "")


def note_failure(
    connection: Connection, login_hash: str, count: int, at: str, locked_until: str
) -> None:
    """Keep the count; the oldest names go when there are more than `MAX_FAILED_NAMES`."""
    values = {"failures": count, "last_at": at, "locked_until": locked_until}
    statement = insert_or_update(failed_logins).values(login_hash=login_hash, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["login_hash"], set_=values))
    kept = connection.scalar(select(func.count()).select_from(failed_logins)) or 0
    if kept > MAX_FAILED_NAMES:
        oldest = (
            select(failed_logins.c.login_hash)
            .order_by(failed_logins.c.last_at)
            .limit(kept - MAX_FAILED_NAMES)
        )
        connection.execute(delete(failed_logins).where(failed_logins.c.login_hash.in_(oldest)))


def forget_failures(connection: Connection, login_hash: str) -> None:
    connection.execute(delete(failed_logins).where(failed_logins.c.login_hash == login_hash))
