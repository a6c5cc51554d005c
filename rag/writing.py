"""Putting documents in and taking them out, so that a crash leaves the old or the new state.

The order: journal, vectors, original, entries of the new revision (which nobody sees yet), then
one transaction in the registry that makes the change take effect, then removal of what the old
revision left behind. Killed anywhere, the next start finds the old or the new state.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag import derived, manifest
from rag.entries import entry_key
from rag.registry import documents, journal, vectors
from rag.stores import Progress, Stores
from rag.tokens import analyse
from rag.types import Chunk, Document, Page, RemovalReceipt

log = logging.getLogger(__name__)


class Writer:
    """The one writer of an index; calls from several threads wait for each other."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.turn = threading.Lock()

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        original: bytes | Path | None,
        on_embedded: Progress,
    ) -> None:
        if any(not chunk.id.startswith(f"{document.id}:") for chunk in chunks):
            raise ValueError("a chunk id does not start with the id of its document")
        stores = self._stores
        with self.turn:
            with stores.database.write() as connection:
                revision = journal.begin(connection, "put", document.id)
                old = documents.entry_keys(connection, document.id)
            keys = [entry_key(chunk.id, revision) for chunk in chunks]
            try:
                self._stage(document, chunks, keys, original, on_embedded)
                with stores.switch.writing():
                    with stores.database.write() as connection:
                        documents.put(connection, document, pages, chunks, revision)
                        journal.write_manifest(connection, {journal.GENERATION: str(revision)})
                    stores.load()
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
        stores = self._stores
        hashes = [documents.text_hash(chunk.search_text) for chunk in chunks]
        texts = dict(zip(hashes, (chunk.search_text for chunk in chunks), strict=True))
        with stores.database.read() as connection:
            ready = vectors.known(connection, stores.space, list(texts))
        new = {digest: text for digest, text in texts.items() if digest not in ready}
        if len(new) < len(chunks):
            on_embedded(len(chunks) - len(new))
        ready |= stores.embed(new, on_embedded)
        if original is not None:
            stores.originals.keep(original, document.content_hash)
        if keys:
            owners = [document.id] * len(keys)
            stores.vectors.add(keys, owners, np.stack([ready[digest] for digest in hashes]))
            stores.lexical.add(keys, owners, [analyse(chunk.search_text) for chunk in chunks])

    def _withdraw(self, revision: int, keys: Sequence[str]) -> None:
        """Undo `_stage` as far as possible now; the journal makes the next start do the rest."""
        try:
            self._clear(revision, keys)
        # The caller is about to see the error that matters.
        except Exception as error:
            log.warning("取り消しの途中で失敗しました。次の起動時に片付けます: %s", error)

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

    def remove(self, document: Document) -> RemovalReceipt:
        stores = self._stores
        with self.turn:
            with stores.database.write() as connection:
                revision = journal.begin(connection, "remove", document.id)
                keys = list(documents.entry_keys(connection, document.id))
            pages, dense, lexical = self._left(document.id, keys)
            with stores.switch.writing():
                with stores.database.write() as connection:
                    documents.remove(connection, document.id)
                    journal.write_manifest(connection, {journal.GENERATION: str(revision)})
                stores.load()
            self._clear(revision, keys)
            self._compact()
            return RemovalReceipt(
                document_id=document.id,
                source=document.source,
                pages=pages,
                chunks=len(keys),
                vectors=dense,
                lexical_entries=lexical,
                left=sum(self._left(document.id, keys)),
            )

    def _left(self, document_id: str, keys: Sequence[str]) -> tuple[int, int, int]:
        """(pages in the registry, entries in the dense index, entries in the lexical index)."""
        with self._stores.database.read() as connection:
            pages = len(documents.pages_of(connection, document_id))
        dense, lexical = self._stores.vectors.keys(), self._stores.lexical.keys()
        return pages, len(dense.intersection(keys)), len(lexical.intersection(keys))

    def compact(self) -> None:
        with self.turn:
            self._compact()

    def _compact(self) -> None:
        stores = self._stores
        if stores.lexical.holds_removed():
            folder = derived.next_folder(stores.data_dir, derived.LEXICAL)
            new = derived.build_lexical(stores.data_dir / folder, stores.database)
            with stores.switch.writing():
                with stores.database.write() as connection:
                    journal.write_manifest(connection, {manifest.LEXICAL_FOLDER: folder})
                    dense = journal.read_manifest(connection)[manifest.VECTORS_FOLDER]
                stores.lexical = new
            derived.forget_other_folders(stores.data_dir, [dense, folder])
        stores.database.forget_removed()
