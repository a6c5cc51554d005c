"""What an index stands on: registry, both derived indexes and originals, opened and in agreement."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from rag import derived, manifest
from rag.adoption import adopt_when_opening, forget_outdated
from rag.background import giving_way
from rag.embedding import Embedder
from rag.errors import EmbeddingModelError, IndexDamagedError, ShioriError
from rag.lexical import TantivyLexical
from rag.locking import FolderLock, ReadWriteLock
from rag.memory import keep_large_blocks_apart
from rag.originals import Originals
from rag.registry import Database, TurnLog, documents, journal, vectors
from rag.registry.database import REGISTRY_FILE
from rag.registry.vectors import Vector
from rag.staging import forget_staging
from rag.types import Chunk, Document, Page
from rag.vectors import ChromaVectors

log = logging.getLogger(__name__)

ORIGINALS_FOLDER = "blobs"
MAX_CACHED_CHUNKS = 20_000  # about 2 kB each
DEFAULT_BATCH_SIZE = 16  # chunks; only sets how often progress is reported and kept

Progress = Callable[[int], None]


def no_progress(_: int) -> None:
    """For callers who do not want to hear how far embedding is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """The documents in force at one moment."""

    documents: Mapping[str, Document]  # by id, ordered by source
    revisions: Mapping[str, int]  # by document id
    chunk_count: int
    version: str
    # What is read again and again; a view for some readers shares it, and asks for no more than
    # they may see. Reading 250 chunks from the registry takes 5 ms, half the time of a search.
    chunk_cache: dict[str, Chunk] = field(default_factory=dict)
    page: Callable[[str, int], Page | None]
    page_chunks: Callable[[str, int], tuple[Chunk, ...]]
    document_chunks: Callable[[str], tuple[Chunk, ...]]
    # By document id: what was learned from its text. It stays until that document changes.
    learned: Mapping[str, dict[str, Any]]

    def remember(self, chunks: Collection[Chunk]) -> None:
        if len(self.chunk_cache) + len(chunks) <= MAX_CACHED_CHUNKS:
            self.chunk_cache.update((chunk.id, chunk) for chunk in chunks)


class Stores:
    """The open parts of one data folder and the locks that order their use.

    `contents` is replaced as a whole, under `switch`, when a change takes effect.
    """

    vectors: ChromaVectors
    lexical: TantivyLexical
    contents: Contents

    def __init__(self, data_dir: Path, embedder: Embedder, batch_size: int) -> None:
        try:
            # For the owner alone where it is made here: texts, questions, hashes of passwords.
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise IndexDamagedError(
                f"データフォルダ「{data_dir}」を作れません。場所と権限を確認してください。"
                f"（{error.strerror}）"
            ) from error
        keep_large_blocks_apart()
        self.data_dir = data_dir
        self.embedder = embedder
        self.space = embedder.info.fingerprint
        self._batch_size = batch_size
        self.switch = ReadWriteLock()
        self._closing = False
        self._folder_lock = FolderLock(data_dir)
        try:
            self.database = Database(data_dir / REGISTRY_FILE)
        except BaseException:
            self._folder_lock.release()
            raise
        self.originals = Originals(data_dir / ORIGINALS_FOLDER)

    def start(self, chunker_version: str, mend: bool, on_embedded: Progress) -> None:
        """Check the manifest, settle cut-off operations, open or rebuild the derived indexes."""
        forget_staging(self.data_dir)
        wanted = manifest.of_indexes(self.embedder.info)
        chunker = {manifest.CHUNKER: chunker_version} if chunker_version else {}
        adopt_when_opening(self.data_dir, self.database, wanted | chunker)
        with self.database.read() as connection:
            found = journal.read_manifest(connection)
            unfinished = journal.unfinished(connection)
            in_force = documents.revisions(connection)
        is_empty = not in_force
        if not mend and not is_empty:
            manifest.refuse(self.data_dir, manifest.differences(found, wanted | chunker))
        for revision, operation, document_id in unfinished:
            log.warning("中断された操作を片付けます: %s %s (%d)", operation, document_id, revision)
        with self.database.read() as connection:
            missing = vectors.missing_texts(connection, self.space)
        self.embed(missing, on_embedded)
        settings = {} if manifest.differences(found, wanted) else found
        self.vectors, self.lexical, folders = derived.open_indexes(
            self.data_dir, settings, self.database, self.space
        )
        with self.database.write() as connection:
            journal.write_manifest(connection, wanted | folders | (chunker if is_empty else {}))
            for revision, _, _ in unfinished:
                journal.finish(connection, revision)
            # A cut-off ingestion is likely to be tried again: its vectors are half the work.
            if not any(
                operation == "put" and in_force.get(document_id) != revision
                for revision, operation, document_id in unfinished
            ):
                vectors.forget_unused(connection, self.space)
        derived.forget_other_folders(self.data_dir, folders.values())
        self.load()
        self.forget_unused_originals()
        TurnLog(self.database).close_abandoned()
        self.database.forget_removed()
        forget_outdated(self.data_dir, self.database)

    def load(self, *, recut: bool = False) -> None:
        """Read from the registry what is in force now; with `recut` every document is another."""
        before = None if recut else getattr(self, "contents", None)
        with self.database.read() as connection:
            rows = documents.all_documents(connection)
            chunk_count = documents.chunk_count(connection)
            generation = journal.generation(connection)
        known = {key: document for key, (document, _) in rows.items()}
        content = "\n".join(sorted(f"{d.id} {d.content_hash}" for d in known.values()))
        digest = sha256(f"{self.space}\n{content}".encode()).hexdigest()[:8]
        revisions = {key: revision for key, (_, revision) in rows.items()}
        if before is not None and before.revisions.items() <= revisions.items():
            # Nothing that was there is another or gone: what was read of it stays true.
            chunk_cache = before.chunk_cache
        else:
            chunk_cache = {}
            self._read_page = lru_cache(maxsize=512)(self._page)
            self._read_page_chunks = lru_cache(maxsize=512)(self._page_chunks)
            self._read_chunks = lru_cache(maxsize=64)(self._chunks)
        read_page, read_page_chunks = self._read_page, self._read_page_chunks
        read_chunks = self._read_chunks
        self.contents = Contents(
            documents=known,
            revisions=revisions,
            chunk_count=chunk_count,
            version=f"{generation}-{digest}",
            chunk_cache=chunk_cache,
            # With the revision, so that what is not there yet is not remembered as missing.
            page=lambda key, number: read_page(key, number, revisions.get(key)),
            page_chunks=lambda key, number: read_page_chunks(key, number, revisions.get(key)),
            document_chunks=lambda key: read_chunks(key, revisions.get(key)),
            learned={
                key: before.learned[key]
                if before is not None and before.revisions.get(key) == revision
                else {}
                for key, revision in revisions.items()
            },
        )

    def _page(self, document_id: str, number: int, revision: int | None) -> Page | None:
        with self.database.read() as connection:
            return documents.page(connection, document_id, number)

    def _page_chunks(
        self, document_id: str, number: int, revision: int | None
    ) -> tuple[Chunk, ...]:
        with self.database.read() as connection:
            return tuple(documents.chunks_of(connection, document_id, number))

    def _chunks(self, document_id: str, revision: int | None) -> tuple[Chunk, ...]:
        contents = self.contents  # taken first, as by who reads single chunks
        with self.database.read() as connection:
            read = tuple(documents.chunks_of(connection, document_id))
        contents.remember(read)
        return read

    def embed(self, texts: Mapping[str, str], on_embedded: Progress) -> dict[str, Vector]:
        """Vectors of texts by text hash, kept batch by batch: a crash loses one batch at most."""
        info = self.embedder.info
        made: dict[str, Vector] = {}
        hashes = list(texts)
        for start in range(0, len(hashes), self._batch_size):
            if self._closing:
                raise ShioriError("終了処理が始まったため、取り込みを中断しました。")
            part = hashes[start : start + self._batch_size]
            wanted = [texts[digest] for digest in part]
            found = giving_way(partial(self.embedder.embed_documents, wanted))
            matrix = np.asarray(found, dtype=np.float32)
            if matrix.shape != (len(part), info.dimension) or not np.isfinite(matrix).all():
                raise EmbeddingModelError(
                    f"埋め込みモデル {info.name} が正しいベクトルを返しません（形 {matrix.shape}、"
                    f"期待 {(len(part), info.dimension)}）。モデルを確認してください。"
                )
            batch = dict(zip(part, matrix, strict=True))
            with self.database.write() as connection:
                vectors.put(connection, self.space, batch)
            made |= batch
            on_embedded(len(part))
        return made

    def forget_unused_originals(self) -> None:
        self.originals.forget_all_but(d.content_hash for d in self.contents.documents.values())

    def stop_embedding(self) -> None:
        """Make a running `embed` end after its batch."""
        self._closing = True

    def close(self) -> None:
        for store in (getattr(self, "vectors", None), getattr(self, "lexical", None)):
            if store is not None:
                derived.close_quietly(store)
        self.database.close()
        self._folder_lock.release()
