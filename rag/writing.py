"""Putting documents in and taking them out, so that a crash leaves the old or the new state.

The order: journal, vectors, original, entries of the new revision (which nobody sees yet), then
one transaction in the registry that makes the change take effect, then removal of what the old
revision left behind. Killed anywhere, the next start finds the old or the new state.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from rag.background import with_pauses
from rag.compaction import compact
from rag.disk import DiskLimits, naming_full_disk
from rag.entries import entry_key
from rag.errors import ShioriError
from rag.memory import give_back_memory
from rag.registry import documents, journal, vectors
from rag.registry.blanking import blank_answers
from rag.registry.draft_blanking import blank_drafts
from rag.stores import Progress, Stores
from rag.tokens import analyse
from rag.types import Chunk, Document, Page, RemovalReceipt

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """A document on its way in, with the file it was read from, if that is to be kept."""

    document: Document
    pages: Sequence[Page]
    chunks: Sequence[Chunk]
    original: bytes | Path | None = None

    def keys(self, revision: int) -> list[str]:
        return [entry_key(chunk.id, revision) for chunk in self.chunks]


class Writer:
    """The one writer of an index; calls from several threads wait for each other."""

    def __init__(self, stores: Stores, limits: DiskLimits) -> None:
        self._stores = stores
        self._limits = limits
        self._unsettled: list[tuple[int, list[str]]] = []  # (revision, keys not in force)
        self.turn = threading.Lock()

    def put(
        self, incoming: Incoming, on_embedded: Progress, kept: Incoming | None = None
    ) -> list[str]:
        """Put `incoming` in, and `kept`, the old version of it, beside; both at once.

        Returns the keys of the entries whose place it took.
        """
        batch = [incoming, kept] if kept else [incoming]
        for part in batch:
            if any(not chunk.id.startswith(f"{part.document.id}:") for chunk in part.chunks):
                raise ValueError("a chunk id does not start with the id of its document")
        stores = self._stores
        with self.turn, naming_full_disk(stores.data_dir):
            self._settle()
            self._limits.prepare_to_write(stores.data_dir, stores.database.size_bytes())
            with stores.database.write() as connection:
                revision = journal.begin(connection, "put", incoming.document.id)
                old = list(documents.entry_keys(connection, incoming.document.id))
            keys = [key for part in batch for key in part.keys(revision)]

            def write(connection: Connection) -> None:
                for part in batch:
                    documents.put(connection, part.document, part.pages, part.chunks, revision)
                if kept:
                    documents.follow(connection, incoming.document.source, kept.document.source)
                    documents.supersede(
                        connection,
                        kept.document.id,
                        kept.document.successor,
                        kept.document.superseded_on,
                    )

            try:
                for part in batch:
                    self._stage(part, revision, on_embedded)
                self._take_effect(revision, write)
            except BaseException:
                if not self._is_in_force(revision):
                    self._try_to_clear(revision, keys)
                raise
            self._try_to_clear(revision, old)
            return old

    def _stage(self, incoming: Incoming, revision: int, on_embedded: Progress) -> None:
        """Everything that takes time, invisible until the registry names the new revision."""
        stores, chunks = self._stores, incoming.chunks
        hashes = [documents.text_hash(chunk.search_text) for chunk in chunks]
        texts = dict(zip(hashes, (chunk.search_text for chunk in chunks), strict=True))
        with stores.database.read() as connection:
            ready = vectors.known(connection, stores.space, list(texts))
        new = {digest: text for digest, text in texts.items() if digest not in ready}
        if len(new) < len(chunks):
            on_embedded(len(chunks) - len(new))
        ready |= stores.embed(new, on_embedded)
        if incoming.original is not None:
            stores.originals.keep(incoming.original, incoming.document.content_hash)
        keys = incoming.keys(revision)
        if keys:
            owners = [incoming.document.id] * len(keys)
            stores.vectors.add(keys, owners, np.stack([ready[digest] for digest in hashes]))
            stores.lexical.add(
                keys, owners, (analyse(chunk.search_text) for chunk in with_pauses(chunks))
            )

    def _take_effect(self, revision: int, write: Callable[[Connection], None]) -> None:
        """One transaction, from whose end on `revision` is what readers get."""
        stores = self._stores
        with ExitStack() as exclusive:
            with stores.database.write() as connection:
                write(connection)
                journal.write_manifest(connection, {journal.GENERATION: str(revision)})
                # Readers wait only from here to the end: for the commit and the exchange.
                exclusive.enter_context(stores.switch.writing())
            stores.load()

    def _is_in_force(self, revision: int) -> bool:
        with self._stores.database.read() as connection:
            return journal.generation(connection) == revision

    def describe(self, document_id: str, write: Callable[[Connection], None]) -> None:
        """Change only what is said of a document."""
        stores = self._stores
        with self.turn, naming_full_disk(stores.data_dir):
            with stores.database.write() as connection:
                revision = journal.begin(connection, "describe", document_id)
            self._take_effect(revision, write)
            self._try_to_clear(revision, [])

    def supersede(self, document_id: str, successor: str, on: date | None) -> None:
        self.describe(
            document_id,
            lambda connection: documents.supersede(connection, document_id, successor, on),
        )

    def _try_to_clear(self, revision: int, keys: Sequence[str]) -> None:
        """Clear now, or at the next change, or at the next start: the journal remembers."""
        try:
            self._clear(revision, keys)
        except (KeyboardInterrupt, SystemExit):
            raise
        # What is in force is on the disk already; Rust panics are no `Exception`.
        except BaseException as error:
            log.warning("不要になった索引項目を取り除けません。あとで片付けます: %s", error)
            self._unsettled.append((revision, list(keys)))

    def _settle(self) -> None:
        """What could not be cleared before, as on a full disk."""
        while self._unsettled:
            self._clear(*self._unsettled[-1])
            self._unsettled.pop()

    def _clear(self, revision: int, keys: Sequence[str]) -> None:
        """Take out what is not in force, and close the journal entry."""
        stores = self._stores
        if keys:
            stores.vectors.remove(keys)
            stores.lexical.remove(keys)
        stores.forget_unused_originals()
        with stores.database.write() as connection:
            journal.finish(connection, revision)
            if keys:
                vectors.forget_unused(connection, stores.space)
        give_back_memory()

    def remove(self, document: Document) -> RemovalReceipt:
        stores = self._stores
        blanked = 0

        def write(connection: Connection) -> None:
            nonlocal blanked
            texts = [page.text for page in documents.pages_of(connection, document.id)]
            blanked = blank_answers(connection, document.id, texts)
            blank_drafts(connection, document.id, texts)
            documents.remove(connection, document.id)

        with self.turn, naming_full_disk(stores.data_dir):
            self._settle()
            with stores.database.write() as connection:
                revision = journal.begin(connection, "remove", document.id)
                keys = list(documents.entry_keys(connection, document.id))
            pages, dense, lexical = self.held(document.id, keys)
            self._take_effect(revision, write)
            self._try_to_clear(revision, keys)
            self._try_to_compact()
            return RemovalReceipt(
                document_id=document.id,
                source=document.source,
                pages=pages,
                chunks=len(keys),
                vectors=dense,
                lexical_entries=lexical,
                left=sum(self.held(document.id, keys)),
                blanked_answers=blanked,
            )

    def held(self, document_id: str, keys: Sequence[str]) -> tuple[int, int, int]:
        """(pages in the registry, entries in the dense index, entries in the lexical index)."""
        with self._stores.database.read() as connection:
            pages = len(documents.pages_of(connection, document_id))
        dense, lexical = self._stores.vectors.keys(), self._stores.lexical.keys()
        return pages, len(dense.intersection(keys)), len(lexical.intersection(keys))

    def compact(self) -> None:
        with self.turn, naming_full_disk(self._stores.data_dir):
            self._settle()
            compact(self._stores)

    def _try_to_compact(self) -> None:
        try:
            compact(self._stores)
        except (KeyboardInterrupt, SystemExit, ShioriError):
            raise
        except BaseException as error:
            log.warning("索引ファイルを詰められません。次の起動時に行います: %s", error)
