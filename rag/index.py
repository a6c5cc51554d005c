"""The index: one object over the registry, the two derived indexes and the originals.

The registry is the truth: texts come from it, and hits count only if it knows their revision.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from rag import manifest
from rag.adoption import Adoption, adopt_while_running
from rag.disk import NO_LIMITS, DiskLimits, naming_full_disk
from rag.embedding import Embedder
from rag.readable import MayRead, ReadableIndex
from rag.registry import Database, documents, journal
from rag.registry.database import naming_damage
from rag.searching import SearchableIndex
from rag.stores import DEFAULT_BATCH_SIZE, Progress, Stores, no_progress
from rag.types import (
    Chunk,
    Document,
    IndexStatus,
    Page,
    RemovalReceipt,
    ReplacementReceipt,
)
from rag.versions import as_old_version
from rag.writing import Incoming, Writer


class Index(SearchableIndex):
    """The documents of one data folder, open for searching and for one writer at a time.

    Every method may be called from any thread. Readers never wait for embedding, only for the
    moment in which a change takes effect.
    """

    def __init__(self, stores: Stores, limits: DiskLimits = NO_LIMITS) -> None:
        super().__init__(stores)
        self._writer = Writer(stores, limits)
        self._closed = False

    @classmethod
    def open(
        cls,
        data_dir: Path,
        embedder: Embedder,
        *,
        chunker_version: str = "",
        batch_size: int = DEFAULT_BATCH_SIZE,
        mend: bool = False,
        limits: DiskLimits = NO_LIMITS,
        on_embedded: Progress = no_progress,
    ) -> Self:
        """The index in `data_dir`, made when there is none, with every cut-off operation settled.

        With `mend`, an index made by another embedder or tokenizer is made over (which embeds
        every chunk, calling `on_embedded` with the number of each batch) instead of refused.
        Chunks of another chunker stay as they are then: put the documents in again and call
        `set_chunker_version`. `limits` say how full the disk may get.

        Raises `IndexLockedError` when another process has the folder, `IndexMismatchError` when
        it was made with other settings, `IndexDamagedError` when the registry cannot be read,
        `DiskFullError` when there is no room for what a start writes.
        """
        stores = Stores(data_dir, embedder, batch_size)
        try:
            with naming_full_disk(data_dir), naming_damage(stores.database.path):
                stores.start(chunker_version, mend, on_embedded)
        except BaseException:
            stores.close()
            raise
        return cls(stores, limits)

    @property
    def database(self) -> Database:
        """The registry, for the modules of this package."""
        return self._stores.database

    @property
    def space(self) -> str:
        """The fingerprint of the embedder, under which its vectors are kept."""
        return self._stores.space

    def adopt_next(
        self, open_embedder: Callable[[str], Embedder], chunker_version: str
    ) -> Adoption:
        """Put the next generation (`shiori reindex`) in the place of this one, if it is ready.

        Readers go on with the old one until then. `open_embedder` gets the model's setting.
        """
        with self._writer.turn, naming_full_disk(self.data_dir):
            if self._closed:
                return Adoption.NONE
            return adopt_while_running(self._stores, open_embedder, chunker_version)

    @property
    def chunker_version(self) -> str:
        """How the documents were cut into chunks; "" when nobody said."""
        with self._stores.database.read() as connection:
            return journal.read_manifest(connection).get(manifest.CHUNKER, "")

    def set_chunker_version(self, version: str) -> None:
        """Note that all documents are cut by this version now."""
        with self._stores.database.write() as connection:
            journal.write_manifest(connection, {manifest.CHUNKER: version})

    def status(self) -> IndexStatus:
        """Counts of all three parts, and whether they agree."""
        with self._stores.switch.reading(), self._stores.database.read() as connection:
            expected = set(documents.entry_keys(connection))
            pages = documents.page_count(connection)
            dense, lexical = self._stores.vectors.keys(), self._stores.lexical.keys()
        info = self._stores.embedder.info
        return IndexStatus(
            version=self._stores.contents.version,
            documents=len(self._stores.contents.documents),
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
        on_embedded: Progress = no_progress,
    ) -> None:
        """Put the document in, in place of the one with the same id, if any.

        `on_embedded` is called with the number of chunks of each batch whose vectors are ready
        (unchanged texts are ready at once). Raises `EmbeddingModelError`, `DiskFullError`, and
        `IngestError` when `original` is not what the content hash says. After an error the old
        state is in force.
        """
        incoming = Incoming(document=document, pages=pages, chunks=chunks, original=original)
        self._writer.put(incoming, on_embedded)

    def replace(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | Path | None = None,
        keep_as: tuple[str, str] | None = None,
        on: date | None = None,
        on_embedded: Progress = no_progress,
        compact: bool = True,
    ) -> ReplacementReceipt:
        """As `add` in place of a document that is there, with a receipt.

        With `keep_as` (id, source) the old one stays under that name as an old version (旧版),
        superseded on the day `on` (today when None); both take effect at once. Without it the
        words of the old one are gone from all files of the index, unless `compact` is False: then
        only after `compact` or the next start, which is for a caller that replaces many.

        Raises `UnknownDocumentError` when there is none, else as `add`.
        """
        old = self.document(document.id)
        old_pages, old_chunks = self.pages(old.id), self.chunks_of(old.id)
        kept = None
        if keep_as:
            if keep_as[0] in self._stores.contents.documents:
                raise ValueError(f"{keep_as} is there already")
            version, version_pages, version_chunks = as_old_version(
                old,
                old_pages,
                old_chunks,
                new_id=keep_as[0],
                new_source=keep_as[1],
                superseded_on=on or date.today(),
            )
            kept = Incoming(document=version, pages=version_pages, chunks=version_chunks)
        incoming = Incoming(document=document, pages=pages, chunks=chunks, original=original)
        keys = self._writer.put(incoming, on_embedded, kept)
        if compact:
            self._writer.compact()
        _, dense, lexical = self._writer.held(old.id, keys)
        return ReplacementReceipt(
            document_id=document.id,
            source=document.source,
            old_pages=len(old_pages),
            old_chunks=len(old_chunks),
            pages=len(pages),
            chunks=len(chunks),
            kept_as=keep_as[1] if keep_as else "",
            left=dense + lexical,
        )

    def label(
        self,
        document_id: str,
        *,
        groups: Sequence[str] | None = None,
        confidentiality: str | None = None,
    ) -> Document:
        """Say whose members may read the document and how confidential it is; None leaves it.

        In force for the next reading. Raises `UnknownDocumentError`.
        """
        known = self.document(document_id)
        values = {
            "groups": known.groups if groups is None else tuple(sorted(set(groups))),
            "confidentiality": known.confidentiality
            if confidentiality is None
            else confidentiality,
        }
        self._writer.describe(
            known.id, lambda connection: documents.describe(connection, known.id, values)
        )
        return self.document(document_id)

    def describe(self, document_id: str, values: Mapping[str, str | date | None]) -> Document:
        """Say something else of the document: 種別, 所管課, 策定日, 対象期間, 後継文書, 旧版になった日.

        `values` by name of the field of `Document`; they stay when the same file comes in again,
        種別 and 所管課 with a new content too. In force for the next question: nothing is embedded.
        Raises `UnknownDocumentError`.
        """
        known = self.document(document_id)
        described = tuple(sorted({*known.described, *values}))
        self._writer.describe(
            known.id,
            lambda connection: documents.describe(
                connection, known.id, {**values, "described": described}
            ),
        )
        return self.document(document_id)

    def readable(self, may_read: MayRead) -> ReadableIndex:
        """This index as somebody sees it who may read only some of the documents."""
        return ReadableIndex(self, may_read)

    def supersede(self, document_id: str, successor: str, on: date | None) -> Document:
        """Make the document an old version (旧版) from the day `on`, followed by `successor`.

        `successor` is the source of the document that takes its place, or "". With `on` None it
        is current again. Raises `UnknownDocumentError`.
        """
        self._writer.supersede(self.document(document_id).id, successor, on)
        return self.document(document_id)

    def remove(self, document_id: str) -> RemovalReceipt:
        """Take the document out of registry, indexes and originals, down to its words.

        Recorded answers that show it are blanked. Raises `UnknownDocumentError`, `DiskFullError`.
        """
        return self._writer.remove(self.document(document_id))

    def compact(self) -> None:
        """Drop the words of replaced documents from all files; worth it after many changes.

        `open` and `remove` do it by themselves.
        """
        self._writer.compact()

    def close(self) -> None:
        """Give the folder back, after readings and the batch being embedded. Twice is once."""
        self._stores.stop_embedding()
        with self._writer.turn, self._stores.switch.writing():
            if not self._closed:
                self._closed = True
                self._stores.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
