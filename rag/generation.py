"""Building the next generation of an index beside the one in use, from a copy of its registry.

It is an index like any other, in the folder `next`, with its own lock. Nothing of the data folder
is locked meanwhile, so that a server goes on answering and taking in documents; what changed is
caught up with by building again, which passes over what is built already. Killed, it goes on where
it was.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag import adoption, manifest
from rag.adoption import COPY_FILE, NEXT_FOLDER
from rag.embedding import Embedder
from rag.errors import IndexMismatchError, IngestError
from rag.index import Index
from rag.registry import Database, documents, journal, vectors
from rag.registry.database import REGISTRY_FILE, copy_registry
from rag.stores import ORIGINALS_FOLDER, Progress, no_progress
from rag.types import Chunk, Document, Page

Cut = tuple[Document, Sequence[Page], Sequence[Chunk]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """What was done to bring the next generation up to the registry."""

    built: int  # documents put in
    passed_over: int  # documents that were there already
    not_cut_again: tuple[str, ...]  # sources whose file is missing or cannot be read any more


def build_next(
    data_dir: Path,
    embedder: Embedder,
    *,
    chunker_version: str,
    cut_again: Callable[[Document, bytes], Cut],
    batch_size: int,
    on_embedded: Progress = no_progress,
) -> Built:
    """Bring the next generation of `data_dir` up to its registry as it is now.

    `cut_again` is called for every document when it was cut by another chunker; an `IngestError`
    of it, or a missing file, leaves the document cut as it is. Vectors that the registry has for
    the same texts and the same embedder are taken from there.

    Raises `IndexLockedError` when another process is building, else as `Index.add`.
    """
    folder = data_dir / NEXT_FOLDER
    with _open_next(folder, embedder, chunker_version, batch_size) as index:
        adoption.withdraw(data_dir)
        copied = folder / COPY_FILE
        _forget(copied)
        copy_registry(data_dir / REGISTRY_FILE, copied)
        source = Database(copied)
        try:
            return _bring_up(index, source, data_dir, chunker_version, cut_again, on_embedded)
        finally:
            source.close()
            _forget(copied)


def _open_next(folder: Path, embedder: Embedder, chunker_version: str, batch_size: int) -> Index:
    def opened() -> Index:
        return Index.open(folder, embedder, chunker_version=chunker_version, batch_size=batch_size)

    try:
        return opened()
    except IndexMismatchError:
        shutil.rmtree(folder)  # begun with other settings and never taken over
        return opened()


def _bring_up(
    index: Index,
    source: Database,
    data_dir: Path,
    chunker_version: str,
    cut_again: Callable[[Document, bytes], Cut],
    on_embedded: Progress,
) -> Built:
    with source.read() as connection:
        wanted = documents.all_documents(connection)
        is_cut_so = journal.read_manifest(connection).get(manifest.CHUNKER) == chunker_version
    with index.database.read() as connection:
        done = adoption.built_from(connection)
    there = {document.id for document in index.documents()}
    for key in (there | done.keys()) - wanted.keys():
        _mark(index, key, "")
        if key in there:
            index.remove(key)
    built, not_cut = 0, []
    for key, (document, revision) in wanted.items():
        state = adoption.state_of(document, revision)
        if key in there and done.get(key) == state:
            continue
        with source.read() as connection:
            cut: Cut = (
                document,
                documents.pages_of(connection, key),
                documents.chunks_of(connection, key),
            )
        if not is_cut_so:
            try:
                content = (data_dir / ORIGINALS_FOLDER / document.content_hash).read_bytes()
                again, pages, chunks = cut_again(document, content)
                if again.id != key:
                    raise IngestError(
                        f"{document.source} is registered under an id of another kind"
                    )
                cut = (replace(again, superseded_on=document.superseded_on), pages, chunks)
            except (IngestError, OSError):
                not_cut.append(document.source)
        _take_vectors(index, source, cut[2])
        index.add(*cut, on_embedded=on_embedded)
        _mark(index, key, state)
        built += 1
    index.compact()
    return Built(built=built, passed_over=len(wanted) - built, not_cut_again=tuple(not_cut))


def _mark(index: Index, document_id: str, state: str) -> None:
    with index.database.write() as connection:
        adoption.mark_built(connection, document_id, state)


def _take_vectors(index: Index, source: Database, chunks: Sequence[Chunk]) -> None:
    hashes = sorted({documents.text_hash(chunk.search_text) for chunk in chunks})
    with source.read() as connection:
        known = vectors.known(connection, index.space, hashes)
    with index.database.write() as connection:
        vectors.put(connection, index.space, known)


def _forget(copied: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        copied.with_name(f"{copied.name}{ending}").unlink(missing_ok=True)
