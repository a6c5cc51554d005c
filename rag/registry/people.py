"""People: who has an account, in which 部/課, with which roles and groups."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, insert, select, update

from rag.registry.schema import people


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One account. Times are ISO 8601 in UTC."""

    id: str
    login: str  # normalised, unique
    name: str
    department: str = ""  # 部/課
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    password_hash: str = ""  # "" when the person cannot sign in with a password
    password_set_at: str = ""
    must_change: bool = False
    disabled: bool = False
    created_at: str


def add(connection: Connection, person: Person) -> None:
    connection.execute(insert(people), asdict(person))


def change(connection: Connection, person_id: str, **values: object) -> None:
    """Set the given columns of one person."""
    connection.execute(update(people).where(people.c.id == person_id).values(**values))


def by_login(connection: Connection, login: str) -> Person | None:
    row = connection.execute(select(people).where(people.c.login == login)).mappings().first()
    return person_of(row) if row else None


def by_id(connection: Connection, person_id: str) -> Person | None:
    row = connection.execute(select(people).where(people.c.id == person_id)).mappings().first()
    return person_of(row) if row else None


def everybody(connection: Connection) -> Sequence[Person]:
    """All accounts, ordered by login name."""
    rows = connection.execute(select(people).order_by(people.c.login)).mappings()
    return [person_of(row) for row in rows]


def person_of(row: RowMapping) -> Person:
    """The person in a row that has every column of `people`."""
    return Person(**{column.name: row[column.name] for column in people.c})
