"""Vectors by text hash. `space` is the fingerprint of the embedder that made them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from rag.registry.schema import chunks, vectors

Vector = NDArray[np.float32]

_HASHES_PER_STATEMENT = 5_000


def put(connection: Connection, space: str, by_hash: Mapping[str, Vector]) -> None:
    """Keep vectors of shape (dimension,). One that is there already stays."""
    if by_hash:
        connection.execute(
            insert(vectors).on_conflict_do_nothing(),
            [
                {"space": space, "text_hash": digest, "vector": vector.astype("<f4").tobytes()}
                for digest, vector in by_hash.items()
            ],
        )


def known(connection: Connection, space: str, hashes: Sequence[str]) -> dict[str, Vector]:
    """Those of the wanted vectors that are kept, by text hash."""
    found: dict[str, Vector] = {}
    for start in range(0, len(hashes), _HASHES_PER_STATEMENT):
        part = hashes[start : start + _HASHES_PER_STATEMENT]
        statement = select(vectors.c.text_hash, vectors.c.vector).where(
            vectors.c.space == space, vectors.c.text_hash.in_(part)
        )
        for digest, blob in connection.execute(statement):
            found[digest] = np.frombuffer(blob, dtype="<f4")
    return found


def batches(connection: Connection, space: str) -> Iterator[dict[str, Vector]]:
    """All vectors of `space` by text hash, some thousand at a time."""
    statement = select(vectors.c.text_hash, vectors.c.vector).where(vectors.c.space == space)
    for rows in connection.execute(statement).partitions(_HASHES_PER_STATEMENT):
        yield {digest: np.frombuffer(blob, dtype="<f4") for digest, blob in rows}


def missing_texts(connection: Connection, space: str) -> dict[str, str]:
    """Text hash -> text for searching, of every chunk text without a vector in `space`."""
    have = select(vectors.c.text_hash).where(vectors.c.space == space)
    statement = (
        select(chunks.c.text_hash, func.min(chunks.c.search_text))
        .where(chunks.c.text_hash.not_in(have))
        .group_by(chunks.c.text_hash)
    )
    return {digest: search_text for digest, search_text in connection.execute(statement)}


def forget_unused(connection: Connection, space: str) -> None:
    """Delete vectors of texts that no chunk has, and those of other spaces."""
    used = select(chunks.c.text_hash)
    connection.execute(
        delete(vectors).where((vectors.c.space != space) | vectors.c.text_hash.not_in(used))
    )
