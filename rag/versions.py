"""Old versions (旧版): which documents answer on a given day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rag.types import Chunk, Document, Page


def in_force(documents: Mapping[str, Document], as_of: date | None) -> dict[str, Document]:
    """The documents that answer on `as_of` (today when None), by id.

    An old version answers for the days before it was superseded, and its successor does not
    answer for those days.
    """
    day = as_of or date.today()
    not_yet = {
        document.successor
        for document in documents.values()
        if document.superseded_on and document.superseded_on > day
    }
    return {
        key: document
        for key, document in documents.items()
        if document.source not in not_yet
        and (document.superseded_on is None or document.superseded_on > day)
    }


def as_old_version(
    document: Document,
    pages: list[Page],
    chunks: list[Chunk],
    *,
    new_id: str,
    new_source: str,
    superseded_on: date,
) -> tuple[Document, list[Page], list[Chunk]]:
    """The same document under another id and source, superseded by what takes its place."""

    def renamed(chunk_id: str) -> str:
        owner, colon, ordinal = chunk_id.rpartition(":")
        return f"{new_id}:{ordinal}" if colon and owner == document.id else chunk_id

    kept = replace(
        document,
        id=new_id,
        source=new_source,
        successor=document.source,
        superseded_on=superseded_on,
    )
    return (
        kept,
        [replace(page, document_id=new_id) for page in pages],
        [
            replace(
                chunk,
                id=renamed(chunk.id),
                document_id=new_id,
                duplicate_of=renamed(chunk.duplicate_of),
            )
            for chunk in chunks
        ],
    )
