"""What is in an index, without searching: documents, pages, chunks, originals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from rag.errors import UnknownDocumentError, UnknownPageError
from rag.registry import TurnLog, documents
from rag.stores import Contents, Stores
from rag.types import Chunk, Document, Page


class IndexReader:
    """The documents in force. Every method may be called from any thread."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self.turn_log = TurnLog(stores.database)

    @property
    def stores(self) -> Stores:
        """What the index stands on, for the modules of this package."""
        return self._stores

    @property
    def _contents(self) -> Contents:
        return self._stores.contents

    @property
    def data_dir(self) -> Path:
        return self._stores.data_dir

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Within the block every reading of this thread sees the same state of the index.

        A writer waits for it, so that it is for one retrieval, not for writing an answer.
        """
        with self._stores.switch.reading():
            yield self

    @property
    def version(self) -> str:
        """Changes whenever the content does."""
        return self._contents.version

    @property
    def embedder_name(self) -> str:
        return self._stores.embedder.info.name

    @property
    def chunk_count(self) -> int:
        return self._contents.chunk_count

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many chunks the token occurs; replaced chunks may count until `compact`."""
        return self._stores.lexical.document_frequency(term, channel)

    def documents(self) -> list[Document]:
        """All documents, ordered by source."""
        return list(self._contents.documents.values())

    def document(self, document_id: str) -> Document:
        """Raises `UnknownDocumentError`."""
        try:
            return self._contents.documents[document_id]
        except KeyError:
            raise unknown_document(document_id) from None

    def page(self, document_id: str, number: int) -> Page:
        """Raises `UnknownDocumentError` or `UnknownPageError`."""
        contents = self._contents
        document = self.document(document_id)
        page = contents.page(document_id, number)
        if page is None:
            raise UnknownPageError(
                f"文書「{document.title}」に {number} ページはありません"
                f"（全 {document.page_count} ページ）。"
            )
        return page

    def pages(self, document_id: str) -> list[Page]:
        """All pages in order. Raises `UnknownDocumentError`."""
        self.document(document_id)
        with self._stores.database.read() as connection:
            return documents.pages_of(connection, document_id)

    def chunk(self, chunk_id: str) -> Chunk | None:
        return next(iter(self.chunks([chunk_id])), None)

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        """The chunks in the order of `ids`; ids without a chunk are left out."""
        # Taken once: when a change takes effect meanwhile, what is read now goes into the cache
        # that is thrown away.
        contents = self._contents
        cache = contents.chunk_cache
        found = {chunk_id: cache[chunk_id] for chunk_id in ids if chunk_id in cache}
        missing = [chunk_id for chunk_id in ids if chunk_id not in found]
        if missing:
            with self._stores.database.read() as connection:
                read = {c.id: c for c in documents.chunks_by_id(connection, missing)}
            found |= read
            contents.remember(read.values())
        return [found[chunk_id] for chunk_id in ids if chunk_id in found]

    def chunks_of(self, document_id: str, page: int | None = None) -> list[Chunk]:
        """The chunks of a document or of one of its pages, in order; none for an unknown id."""
        contents = self._contents
        if page is not None:
            return list(contents.page_chunks(document_id, page))
        with self._stores.database.read() as connection:
            read = documents.chunks_of(connection, document_id)
        contents.remember(read)
        return read

    def chunks_of_document(self, document_id: str) -> tuple[Chunk, ...]:
        """As `chunks_of`, kept for the next question about it, whoever asks."""
        return self._contents.document_chunks(document_id)

    def learned(self, document_id: str) -> dict[str, Any]:
        """A place for what is learned from the text of a document, empty when that changes.

        Every view of the index shares it. What is put there for an unknown id is not kept.
        """
        contents = self._contents
        return contents.learned.get(document_id, {}) if document_id in contents.documents else {}

    def neighbours(self, chunk_id: str, before: int = 1, after: int = 1) -> list[Chunk]:
        """The chunk and those beside it in its document, in order; none for an unknown id."""
        with self._stores.database.read() as connection:
            return documents.neighbours(connection, chunk_id, before, after)

    def original(self, document_id: str) -> Path:
        """The file as it came in. Raises `UnknownDocumentError`, also when no file was kept."""
        document = self.document(document_id)
        path = self._stores.originals.path(document.content_hash)
        if not path.is_file():
            raise UnknownDocumentError(
                f"文書「{document.title}」の元のファイルは保存されていません。"
            )
        return path


def unknown_document(document_id: str) -> UnknownDocumentError:
    return UnknownDocumentError(
        f"文書「{document_id}」は登録されていません。文書の一覧を確認してください。"
    )
