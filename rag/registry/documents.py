"""Documents, their pages and chunks: writing a document whole, reading it in parts."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from rag.entries import entry_key
from rag.registry.schema import chunks, citations, documents, pages
from rag.types import Chunk, ChunkKind, Document, Page

# SQLite takes at most 32,766 parameters in one statement.
_IDS_PER_STATEMENT = 5_000
_DOCUMENT_COLUMNS = [column for column in documents.c if column.name != "revision"]
# What a person said that holds for a new content too; dates are those of one content.
_OF_EVERY_EDITION = frozenset({"kind", "department"})
_PAGE, _CHUNK = ([field.name for field in fields(kind)] for kind in (Page, Chunk))
_CHUNK_COLUMNS = [column for column in chunks.c if column.name != "text_hash"]


def text_hash(search_text: str) -> str:
    """The key under which the vector of a chunk's text for searching is kept."""
    return hashlib.sha256(search_text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def put(
    connection: Connection,
    document: Document,
    document_pages: Sequence[Page],
    document_chunks: Sequence[Chunk],
    revision: int,
) -> None:
    """Write `document` with all its pages and chunks in place of what has its id.

    Labels stay where the new document brings none: a new content is no new decision on readers.
    """
    old = chunk_ids(connection, document.id)
    document = _with_labels(connection, document)
    connection.execute(delete(documents).where(documents.c.id == document.id))
    connection.execute(insert(documents), asdict(document) | {"revision": revision})
    _insert_parts(connection, document_pages, document_chunks)
    _repoint_duplicates(connection, set(old) - {chunk.id for chunk in document_chunks})


def _with_labels(connection: Connection, document: Document) -> Document:
    row = (
        connection.execute(select(documents).where(documents.c.id == document.id))
        .mappings()
        .first()
    )
    if row is None:
        return document
    kept = _document(row)
    said = set(kept.described) - set(document.described)
    if kept.content_hash != document.content_hash:
        said &= _OF_EVERY_EDITION
    return replace(
        document,
        groups=document.groups or kept.groups,
        confidentiality=document.confidentiality or kept.confidentiality,
        described=tuple(sorted({*document.described, *said})),
        **{name: getattr(kept, name) for name in said},
    )


def describe(connection: Connection, document_id: str, values: Mapping[str, object]) -> None:
    """Set what is said of a document, by column. Neither its texts nor its chunks are touched."""
    connection.execute(update(documents).where(documents.c.id == document_id).values(**values))


def _insert_parts(
    connection: Connection, document_pages: Sequence[Page], document_chunks: Sequence[Chunk]
) -> None:
    if document_pages:
        connection.execute(insert(pages), [_columns(page, _PAGE) for page in document_pages])
    if document_chunks:
        connection.execute(
            insert(chunks),
            [
                _columns(chunk, _CHUNK) | {"text_hash": text_hash(chunk.search_text)}
                for chunk in document_chunks
            ],
        )


def _columns(part: Page | Chunk, names: Sequence[str]) -> dict[str, object]:
    """As `asdict`, which copies all it finds and took most of the time of a transaction."""
    return {name: getattr(part, name) for name in names}


def recut(
    connection: Connection,
    document: Document,
    document_pages: Sequence[Page],
    document_chunks: Sequence[Chunk],
    revision: int,
) -> None:
    """Pages and chunks anew for a document that stays; what else refers to it is not touched."""
    connection.execute(
        update(documents)
        .where(documents.c.id == document.id)
        .values(**asdict(document), revision=revision)
    )
    for table in (chunks, pages):
        connection.execute(delete(table).where(table.c.document_id == document.id))
    _insert_parts(connection, document_pages, document_chunks)


def remove(connection: Connection, document_id: str) -> None:
    """Delete the document with its pages and chunks. No error when there is none."""
    old = chunk_ids(connection, document_id)
    own = select(documents.c.source, documents.c.successor).where(documents.c.id == document_id)
    for source, successor in connection.execute(own).all():
        follow(connection, source, successor)
    connection.execute(delete(documents).where(documents.c.id == document_id))
    connection.execute(delete(citations).where(citations.c.document_id == document_id))
    _repoint_duplicates(connection, set(old))


def follow(connection: Connection, source: str, new: str) -> None:
    """Old versions that `source` superseded are followed by `new` instead."""
    connection.execute(
        update(documents)
        .where(documents.c.successor == source, documents.c.superseded_on.is_not(None))
        .values(successor=new)
    )


def supersede(connection: Connection, document_id: str, successor: str, on: date | None) -> None:
    """Note that `successor` (a source) took the document's place; None takes that back."""
    connection.execute(
        update(documents)
        .where(documents.c.id == document_id)
        .values(successor=successor, superseded_on=on)
    )


def _repoint_duplicates(connection: Connection, gone: set[str]) -> None:
    """The first remaining copy of a passage that went becomes the original of the others."""
    copies: dict[str, list[str]] = defaultdict(list)
    for ids in _slices(sorted(gone)):
        rows = connection.execute(
            select(chunks.c.id, chunks.c.duplicate_of)
            .where(chunks.c.duplicate_of.in_(ids))
            .order_by(chunks.c.id)
        )
        for chunk_id, original in rows:
            copies[original].append(chunk_id)
    for first, *others in copies.values():
        connection.execute(update(chunks).where(chunks.c.id == first).values(duplicate_of=""))
        for ids in _slices(others):
            connection.execute(
                update(chunks).where(chunks.c.id.in_(ids)).values(duplicate_of=first)
            )


def all_documents(connection: Connection) -> dict[str, tuple[Document, int]]:
    """Every document with its revision, by id, ordered by source."""
    rows = connection.execute(select(documents).order_by(documents.c.source)).mappings()
    return {row["id"]: (_document(row), row["revision"]) for row in rows}


def revisions(connection: Connection) -> dict[str, int]:
    """The revision in force of every document, by id."""
    rows = connection.execute(select(documents.c.id, documents.c.revision))
    return {document_id: revision for document_id, revision in rows}


def page(connection: Connection, document_id: str, number: int) -> Page | None:
    statement = select(pages).where(pages.c.document_id == document_id, pages.c.number == number)
    row = connection.execute(statement).mappings().first()
    return Page(**row) if row else None


def pages_of(connection: Connection, document_id: str) -> list[Page]:
    """The pages in order."""
    statement = select(pages).where(pages.c.document_id == document_id).order_by(pages.c.number)
    return [Page(**row) for row in connection.execute(statement).mappings()]


def chunks_by_id(connection: Connection, ids: Iterable[str]) -> list[Chunk]:
    """The chunks in the order of `ids`; ids without a chunk are left out."""
    wanted = list(ids)
    found: dict[str, Chunk] = {}
    for part in _slices(wanted):
        for chunk in _chunks(connection, select(*_CHUNK_COLUMNS).where(chunks.c.id.in_(part))):
            found[chunk.id] = chunk
    return [found[chunk_id] for chunk_id in wanted if chunk_id in found]


def chunks_of(connection: Connection, document_id: str, page: int | None = None) -> list[Chunk]:
    """The chunks of a document, or of one of its pages, in order."""
    statement = select(*_CHUNK_COLUMNS).where(chunks.c.document_id == document_id)
    if page is not None:
        statement = statement.where(chunks.c.page == page)
    return list(_chunks(connection, statement.order_by(chunks.c.ordinal)))


def neighbours(connection: Connection, chunk_id: str, before: int, after: int) -> list[Chunk]:
    """The chunk with up to `before` and `after` chunks beside it in its document, in order."""
    own = select(chunks.c.document_id, chunks.c.ordinal).where(chunks.c.id == chunk_id)
    row = connection.execute(own).first()
    if row is None:
        return []
    document_id, ordinal = row
    statement = (
        select(*_CHUNK_COLUMNS)
        .where(chunks.c.document_id == document_id)
        .where(chunks.c.ordinal.between(ordinal - before, ordinal + after))
        .order_by(chunks.c.ordinal)
    )
    return list(_chunks(connection, statement))


def chunk_ids(connection: Connection, document_id: str) -> list[str]:
    statement = select(chunks.c.id).where(chunks.c.document_id == document_id)
    return list(connection.scalars(statement.order_by(chunks.c.ordinal)))


def page_count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(pages)) or 0


def chunk_count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(chunks)) or 0


def entry_keys(connection: Connection, document_id: str | None = None) -> dict[str, str]:
    """What the derived indexes must hold, of all documents or of one: entry key -> text hash."""
    statement = select(chunks.c.id, documents.c.revision, chunks.c.text_hash).join(documents)
    if document_id is not None:
        statement = statement.where(chunks.c.document_id == document_id)
    statement = statement.order_by(chunks.c.id)
    return {
        entry_key(chunk, revision): digest
        for chunk, revision, digest in connection.execute(statement)
    }


def _chunks(connection: Connection, statement: Select[Any]) -> Iterator[Chunk]:
    for row in connection.execute(statement).mappings():
        yield Chunk(**{**row, "kind": ChunkKind(row["kind"])})


def _document(row: RowMapping | Mapping[str, Any]) -> Document:
    return Document(**{column.name: row[column.name] for column in _DOCUMENT_COLUMNS})


def _slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        yield ids[start : start + _IDS_PER_STATEMENT]
