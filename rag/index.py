"""The index: one object over the registry, the two derived indexes and the originals.

The registry is the truth. A document is put in or taken out in this order: journal, vectors,
original, entries of the new revision (which nobody sees yet), then one transaction in the
registry that makes the change take effect, then removal of what the old revision left behind.
Killed anywhere, the next `open` finds the old or the new state and clears the rest away.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import numpy as np

from rag import derived, manifest
from rag.embedding import Embedder
from rag.entries import document_of, entry_key, split_key
from rag.errors import (
    EmbeddingModelError,
    IndexDamagedError,
    UnknownDocumentError,
    UnknownPageError,
)
from rag.lexical import TantivyLexical
from rag.locking import FolderLock, ReadWriteLock
from rag.originals import Originals
from rag.registry import Database, TurnLog, documents, journal, vectors
from rag.tokens import analyse
from rag.types import Chunk, Document, Hit, IndexStatus, Page, RemovalReceipt
from rag.vectors import ChromaVectors

log = logging.getLogger(__name__)

REGISTRY_FILE = "registry.sqlite3"
ORIGINALS_FOLDER = "blobs"
DEFAULT_BATCH_SIZE = 16

Progress = Callable[[int], None]


def _ignore(_: int) -> None:
    pass


class Index:
    """The documents of one data folder, open for searching and for one writer at a time.

    Every method may be called from any thread. Readers never wait for embedding, only for the
    moment in which a change takes effect.
    """

    def __init__(self, data_dir: Path, embedder: Embedder, batch_size: int) -> None:
        self.data_dir = data_dir
        self.embedder = embedder
        self._batch_size = batch_size
        self._space = embedder.info.fingerprint
        self._switch = ReadWriteLock()
        self._writer = threading.Lock()
        self._closed = False
        self._lock = FolderLock(data_dir)
        try:
            self._database = Database(data_dir / REGISTRY_FILE)
        except BaseException:
            self._lock.release()
            raise
        self._originals = Originals(data_dir / ORIGINALS_FOLDER)
        self.turn_log = TurnLog(self._database)
        self._vectors: ChromaVectors
        self._lexical: TantivyLexical

    @classmethod
    def open(
        cls,
        data_dir: Path,
        embedder: Embedder,
        *,
        chunker_version: str = "",
        batch_size: int = DEFAULT_BATCH_SIZE,
        mend: bool = False,
        on_embedded: Progress = _ignore,
    ) -> Self:
        """The index in `data_dir`, made when there is none, with every cut-off operation settled.

        With `mend`, an index made by another embedder or tokenizer is made over (which embeds
        every chunk, calling `on_embedded` with the number of each batch) instead of refused.
        Chunks of another chunker stay as they are then: put the documents in again and call
        `set_chunker_version`.

        Raises `IndexLockedError` when another process has the folder, `IndexMismatchError` when
        it was made with other settings, `IndexDamagedError` when the registry cannot be read.
        """
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexDamagedError(
                f"データフォルダ「{data_dir}」を作れません。場所と権限を確認してください。"
                f"（{error.strerror}）"
            ) from error
        index = cls(data_dir, embedder, batch_size)
        try:
            index._start(chunker_version, mend, on_embedded)
        except BaseException:
            index.close()
            raise
        return index

    def _start(self, chunker_version: str, mend: bool, on_embedded: Progress) -> None:
        wanted = manifest.of_indexes(self.embedder.info)
        chunker = {manifest.CHUNKER: chunker_version} if chunker_version else {}
        with self._database.read() as connection:
            found = journal.read_manifest(connection)
            unfinished = journal.unfinished(connection)
            is_empty = not documents.all_documents(connection)
        differing = [] if is_empty else manifest.differences(found, wanted)
        if not mend and not is_empty:
            manifest.refuse(self.data_dir, manifest.differences(found, wanted | chunker))
        for revision, operation, document_id in unfinished:
            log.warning("中断された操作を片付けます: %s %s (%d)", operation, document_id, revision)
        self._embed_missing(on_embedded)
        self._open_derived({} if differing else found)
        with self._database.write() as connection:
            journal.write_manifest(connection, wanted | (chunker if is_empty else {}))
            for revision, _, _ in unfinished:
                journal.finish(connection, revision)
            vectors.forget_unused(connection, self._space)
        self._load()
        self._originals.forget_all_but(d.content_hash for d in self._documents.values())
        self.turn_log.close_abandoned()

    def _open_derived(self, found: dict[str, str]) -> None:
        self._vectors, dense = derived.open_or_rebuild(
            self.data_dir,
            derived.VECTORS,
            found.get(manifest.VECTORS_FOLDER, ""),
            ChromaVectors,
            lambda store: derived.check_vectors(store, self._database, self._space),
            lambda folder: derived.build_vectors(folder, self._database, self._space),
        )
        self._lexical, lexical = derived.open_or_rebuild(
            self.data_dir,
            derived.LEXICAL,
            found.get(manifest.LEXICAL_FOLDER, ""),
            TantivyLexical,
            lambda store: derived.check_lexical(store, self._database),
            lambda folder: derived.build_lexical(folder, self._database),
        )
        with self._database.write() as connection:
            journal.write_manifest(
                connection, {manifest.VECTORS_FOLDER: dense, manifest.LEXICAL_FOLDER: lexical}
            )
        derived.forget_other_folders(self.data_dir, derived.VECTORS, dense)
        derived.forget_other_folders(self.data_dir, derived.LEXICAL, lexical)

    def _load(self) -> None:
        with self._database.read() as connection:
            rows = documents.all_documents(connection)
            generation = journal.generation(connection)
        self._documents = MappingProxyType({key: document for key, (document, _) in rows.items()})
        self._revisions = MappingProxyType({key: revision for key, (_, revision) in rows.items()})
        content = "\n".join(sorted(f"{d.id} {d.content_hash}" for d in self._documents.values()))
        digest = sha256(f"{self._space}\n{content}".encode()).hexdigest()[:8]
        self._version = f"{generation}-{digest}"

    @property
    def chunker_version(self) -> str:
        """How the documents were cut into chunks; "" when nobody said."""
        with self._database.read() as connection:
            return journal.read_manifest(connection).get(manifest.CHUNKER, "")

    def set_chunker_version(self, version: str) -> None:
        """Note that all documents are cut by this version now."""
        with self._database.write() as connection:
            journal.write_manifest(connection, {manifest.CHUNKER: version})

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Within the block every reading of this thread sees the same state of the index.

        A writer waits for it, so that it is for one retrieval, not for writing an answer.
        """
        with self._switch.reading():
            yield self

    @property
    def version(self) -> str:
        """Changes whenever the content does."""
        return self._version

    def documents(self) -> list[Document]:
        """All documents, ordered by source."""
        return list(self._documents.values())

    def document(self, document_id: str) -> Document:
        """Raises `UnknownDocumentError`."""
        try:
            return self._documents[document_id]
        except KeyError:
            raise UnknownDocumentError(
                f"文書「{document_id}」は登録されていません。文書の一覧を確認してください。"
            ) from None

    def page(self, document_id: str, number: int) -> Page:
        """Raises `UnknownDocumentError` or `UnknownPageError`."""
        document = self.document(document_id)
        with self._database.read() as connection:
            page = documents.page(connection, document_id, number)
        if page is None:
            raise UnknownPageError(
                f"文書「{document.title}」に {number} ページはありません"
                f"（全 {document.page_count} ページ）。"
            )
        return page

    def pages(self, document_id: str) -> list[Page]:
        """All pages in order. Raises `UnknownDocumentError`."""
        self.document(document_id)
        with self._database.read() as connection:
            return documents.pages_of(connection, document_id)

    def chunk(self, chunk_id: str) -> Chunk | None:
        return next(iter(self.chunks([chunk_id])), None)

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        """The chunks in the order of `ids`; ids without a chunk are left out."""
        with self._database.read() as connection:
            return documents.chunks_by_id(connection, ids)

    def chunks_of(self, document_id: str, page: int | None = None) -> list[Chunk]:
        """The chunks of a document or of one of its pages, in order; none for an unknown id."""
        with self._database.read() as connection:
            return documents.chunks_of(connection, document_id, page)

    def neighbours(self, chunk_id: str, before: int = 1, after: int = 1) -> list[Chunk]:
        """The chunk and those beside it in its document, in order; none for an unknown id."""
        with self._database.read() as connection:
            return documents.neighbours(connection, chunk_id, before, after)

    def original(self, document_id: str) -> Path:
        """The file as it came in. Raises `UnknownDocumentError`, also when no file was kept."""
        document = self.document(document_id)
        path = self._originals.path(document.content_hash)
        if not path.is_file():
            raise UnknownDocumentError(f"文書「{document.title}」の元のファイルは保存されていません。")
        return path

    def vector_search(
        self, query: str | Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by cosine similarity to a text or a vector, best first, ties by chunk id."""
        vector = self.embedder.embed_query(query) if isinstance(query, str) else query
        return self._in_force(lambda n: self._vectors.search(vector, n, document_ids), k)

    def lexical_search(
        self, query: str, channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by BM25 over "surface", "lemma" or "bigram", best first, ties by chunk id."""
        terms = getattr(analyse(query), channel)
        return self._in_force(
            lambda n: self._lexical.search_terms(terms, channel, n, document_ids), k
        )

    def _in_force(self, search: Callable[[int], list[Hit]], k: int) -> list[Hit]:
        """The first `k` hits whose document has the revision they were made for."""
        with self._switch.reading():
            count = k
            while True:
                found = search(count)
                hits = [
                    Hit(chunk_id, hit.score)
                    for hit in found
                    for chunk_id, revision in [split_key(hit.chunk_id)]
                    if self._revisions.get(document_of(chunk_id)) == revision
                ]
                if len(hits) >= k or len(found) < count:
                    return hits[:k]
                count *= 2

    def status(self) -> IndexStatus:
        """Counts of all three parts, and whether they agree."""
        with self._switch.reading(), self._database.read() as connection:
            expected = set(documents.entry_keys(connection))
            pages = documents.page_count(connection)
            dense, lexical = self._vectors.keys(), self._lexical.keys()
        info = self.embedder.info
        return IndexStatus(
            version=self._version,
            documents=len(self._documents),
            pages=pages,
            chunks=len(expected),
            vectors=len(dense),
            lexical_entries=len(lexical),
            # A writer may be at work: entries not yet or no longer in force are no fault.
            agree=expected <= dense and expected <= lexical,
            embedder=info.name,
            dimension=info.dimension,
        )

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | Path | None = None,
        on_embedded: Progress = _ignore,
    ) -> None:
        """Put the document in, in place of the one with the same id, if any.

        `on_embedded` is called with the number of chunks of each batch whose vectors are ready
        (unchanged texts are ready at once). Raises `EmbeddingModelError`, and `IngestError` when
        `original` is not what the content hash says. After an error the old state is in force.
        """
        if any(not chunk.id.startswith(f"{document.id}:") for chunk in chunks):
            raise ValueError("a chunk id does not start with the id of its document")
        with self._writer:
            with self._database.write() as connection:
                revision = journal.begin(connection, "put", document.id)
                old = documents.entry_keys(connection, document.id)
            keys = [entry_key(chunk.id, revision) for chunk in chunks]
            try:
                self._stage(document, chunks, keys, original, on_embedded)
                with self._switch.writing():
                    with self._database.write() as connection:
                        documents.put(connection, document, pages, chunks, revision)
                        journal.write_manifest(connection, {journal.GENERATION: str(revision)})
                    self._load()
            except BaseException:
                self._withdraw(revision, keys)
                raise
            self._clear(revision, list(old))

    def _stage(
        self,
        document: Document,
        chunks: Sequence[Chunk],
        keys: Sequence[str],
        original: bytes | Path | None,
        on_embedded: Progress,
    ) -> None:
        """Everything that takes time, invisible until the registry names the new revision."""
        hashes = [documents.text_hash(chunk.search_text) for chunk in chunks]
        with self._database.read() as connection:
            known = vectors.known(connection, self._space, list(dict.fromkeys(hashes)))
        texts = dict(zip(hashes, (chunk.search_text for chunk in chunks), strict=True))
        new = {digest: text for digest, text in texts.items() if digest not in known}
        copies = sum(digest not in new for digest in hashes) + (
            sum(digest in new for digest in hashes) - len(new)
        )
        if copies:
            on_embedded(copies)
        known |= self._embed(new, on_embedded)
        if original is not None:
            self._originals.keep(original, document.content_hash)
        if keys:
            owners = [document.id] * len(keys)
            self._vectors.add(keys, owners, np.stack([known[digest] for digest in hashes]))
            self._lexical.add(keys, owners, [analyse(chunk.search_text) for chunk in chunks])

    def _embed(self, texts: dict[str, str], on_embedded: Progress) -> dict[str, vectors.Vector]:
        """Vectors by text hash, kept batch by batch, so that a crash loses one batch at most."""
        dimension = self.embedder.info.dimension
        made: dict[str, vectors.Vector] = {}
        hashes = list(texts)
        for start in range(0, len(hashes), self._batch_size):
            part = hashes[start : start + self._batch_size]
            matrix = np.asarray(
                self.embedder.embed_documents([texts[digest] for digest in part]), dtype=np.float32
            )
            if matrix.shape != (len(part), dimension) or not np.isfinite(matrix).all():
                raise EmbeddingModelError(
                    f"埋め込みモデル {self.embedder.info.name} が正しいベクトルを返しません"
                    f"（形 {matrix.shape}、期待 {(len(part), dimension)}）。モデルを確認してください。"
                )
            batch = dict(zip(part, matrix, strict=True))
            with self._database.write() as connection:
                vectors.put(connection, self._space, batch)
            made |= batch
            on_embedded(len(part))
        return made

    def _embed_missing(self, on_embedded: Progress) -> None:
        with self._database.read() as connection:
            missing = vectors.missing_texts(connection, self._space)
        self._embed(missing, on_embedded)

    def _withdraw(self, revision: int, keys: Sequence[str]) -> None:
        """Undo `_stage` as far as possible now; the journal makes the next `open` do the rest."""
        try:
            if keys:
                self._vectors.remove(keys)
                self._lexical.remove(keys)
            self._originals.forget_all_but(d.content_hash for d in self._documents.values())
            with self._database.write() as connection:
                journal.finish(connection, revision)
        except Exception as error:
            log.warning("取り消しの途中で失敗しました。次の起動時に片付けます: %s", error)

    def _clear(self, revision: int, old_keys: Sequence[str]) -> None:
        """Take out what is not in force any more, and close the journal entry."""
        if old_keys:
            self._vectors.remove(old_keys)
            self._lexical.remove(old_keys)
        self._originals.forget_all_but(d.content_hash for d in self._documents.values())
        with self._database.write() as connection:
            journal.finish(connection, revision)
            if old_keys:
                vectors.forget_unused(connection, self._space)

    def remove(self, document_id: str) -> RemovalReceipt:
        """Take the document out of registry, indexes and originals, down to its words.

        Raises `UnknownDocumentError`.
        """
        with self._writer:
            document = self.document(document_id)
            with self._database.write() as connection:
                revision = journal.begin(connection, "remove", document_id)
                keys = list(documents.entry_keys(connection, document_id))
                page_count = len(documents.pages_of(connection, document_id))
            dense, lexical = (len(self._vectors.keys() & set(keys)), len(self._lexical.keys() & set(keys)))
            with self._switch.writing():
                with self._database.write() as connection:
                    documents.remove(connection, document_id)
                    journal.write_manifest(connection, {journal.GENERATION: str(revision)})
                self._load()
            self._clear(revision, keys)
            self._compact()
            with self._database.read() as connection:
                left = len(documents.pages_of(connection, document_id))
                left += len(documents.chunk_ids(connection, document_id))
            left += len(self._vectors.keys() & set(keys)) + len(self._lexical.keys() & set(keys))
        return RemovalReceipt(
            document_id=document_id,
            source=document.source,
            pages=page_count,
            chunks=len(keys),
            vectors=dense,
            lexical_entries=lexical,
            left=left,
        )

    def compact(self) -> None:
        """Drop the words of replaced and removed documents from all files.

        Worth calling after many changes; `open` and `remove` do it by themselves.
        """
        with self._writer:
            self._compact()

    def _compact(self) -> None:
        if self._lexical.holds_removed():
            folder = derived.next_folder(self.data_dir, derived.LEXICAL)
            new = derived.build_lexical(self.data_dir / folder, self._database)
            with self._switch.writing():
                with self._database.write() as connection:
                    journal.write_manifest(connection, {manifest.LEXICAL_FOLDER: folder})
                self._lexical = new
            derived.forget_other_folders(self.data_dir, derived.LEXICAL, folder)
        self._database.forget_removed()

    def close(self) -> None:
        """Give the folder back. Closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        if hasattr(self, "_vectors"):
            self._vectors.close()
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
