"""Operations in flight, and the manifest: with what settings the data folder was made."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from rag.registry.schema import journal, manifest

GENERATION = "generation"  # revision of the last operation that took effect


def begin(connection: Connection, operation: str, document_id: str) -> int:
    """Note that `operation` ("put" or "remove") starts; returns its revision."""
    last = connection.scalar(select(func.max(journal.c.revision))) or 0
    revision = max(last, generation(connection)) + 1
    connection.execute(
        insert(journal).values(
            revision=revision,
            operation=operation,
            document_id=document_id,
            started_at=datetime.now(UTC).isoformat(),
        )
    )
    return revision


def finish(connection: Connection, revision: int) -> None:
    connection.execute(delete(journal).where(journal.c.revision == revision))


def unfinished(connection: Connection) -> list[tuple[int, str, str]]:
    """(revision, operation, document id) of every operation that was cut off, oldest first."""
    statement = select(journal.c.revision, journal.c.operation, journal.c.document_id)
    return [(r, o, d) for r, o, d in connection.execute(statement.order_by(journal.c.revision))]


def generation(connection: Connection) -> int:
    value = connection.scalar(select(manifest.c.value).where(manifest.c.key == GENERATION))
    return int(value or 0)


def read_manifest(connection: Connection) -> dict[str, str]:
    return {
        key: value for key, value in connection.execute(select(manifest.c.key, manifest.c.value))
    }


def write_manifest(connection: Connection, values: Mapping[str, str]) -> None:
    """Set the given keys; others stay."""
    for key, value in values.items():
        statement = insert(manifest).values(key=key, value=value)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        )
