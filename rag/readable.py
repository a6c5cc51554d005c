"""The part of an index that some readers may see. For them nothing else is there.

Everything that answers, suggests, counts or learns words works on an index; given this one, it
knows no other document. The filter acts in both indexes before the best hits are taken, and again
where hits are held against the registry.
"""

from collections.abc import Callable, Collection, Sequence
from hashlib import sha256

from rag.entries import document_of
from rag.errors import UnknownDocumentError
from rag.index_reader import IndexReader, unknown_document
from rag.searching import SearchableIndex
from rag.stores import Contents
from rag.types import Chunk, Document

MayRead = Callable[[Document], bool]


class ReadableIndex(SearchableIndex):
    """The documents for which `may_read` is true now; labels that change count at once."""

    def __init__(self, whole: IndexReader, may_read: MayRead) -> None:
        super().__init__(whole.stores)
        self._may_read = may_read
        self._seen: tuple[Contents, Contents] | None = None

    @property
    def _contents(self) -> Contents:
        whole = self._stores.contents  # another object after every change
        seen = self._seen
        if seen is None or seen[0] is not whole:
            seen = whole, self._readable_of(whole)
            self._seen = seen
        return seen[1]

    def _readable_of(self, whole: Contents) -> Contents:
        documents = {
            key: document for key, document in whole.documents.items() if self._may_read(document)
        }
        scope = sha256("\n".join(sorted(documents)).encode()).hexdigest()[:8]
        return Contents(
            documents=documents,
            revisions={key: whole.revisions[key] for key in documents},
            chunk_count=sum(document.chunk_count for document in documents.values()),
            version=f"{whole.version}-{scope}",
            chunk_cache=whole.chunk_cache,
            page=whole.page,
            page_chunks=whole.page_chunks,
            document_chunks=whole.document_chunks,
            learned=whole.learned,
        )

    def _within(self, document_ids: Sequence[str]) -> Sequence[str] | None:
        readable = self._contents.documents
        if not readable:
            return None
        if not document_ids:
            # No filter only where nothing is hidden: an empty list would mean everything.
            return () if len(readable) == len(self._stores.contents.documents) else [*readable]
        return [key for key in document_ids if key in readable] or None

    def document_frequency(self, term: str, channel: str) -> int:
        """As for the whole index, so that words of hidden documents do not show."""
        contents = self._contents
        readable, whole = contents.documents, self._stores.contents.documents
        if not readable:
            return 0
        if len(readable) == len(whole):
            return super().document_frequency(term, channel)
        lexical = self._stores.lexical
        return lexical.counted(
            (contents.version, term, channel),
            lambda: lexical.count(term, channel, **_scope_of(readable, whole)),
        )

    def document(self, document_id: str) -> Document:
        """Raises `UnknownDocumentError`, for a hidden document as for one that does not exist."""
        document = self._stores.contents.documents.get(document_id)
        if document is None or not self._may_read(document):
            raise unknown_document(document_id)
        return document

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        return super().chunks([key for key in ids if self._knows(document_of(key))])

    def chunks_of(self, document_id: str, page: int | None = None) -> list[Chunk]:
        return super().chunks_of(document_id, page) if self._knows(document_id) else []

    def chunks_of_document(self, document_id: str) -> tuple[Chunk, ...]:
        return super().chunks_of_document(document_id) if self._knows(document_id) else ()

    def neighbours(self, chunk_id: str, before: int = 1, after: int = 1) -> list[Chunk]:
        if not self._knows(document_of(chunk_id)):
            return []
        return super().neighbours(chunk_id, before, after)

    def _knows(self, document_id: str) -> bool:
        try:
            self.document(document_id)
        except UnknownDocumentError:
            return False
        return True


def _scope_of(readable: Collection[str], whole: Collection[str]) -> dict[str, list[str]]:
    """The shorter way to say which documents: these, or all but those."""
    if len(readable) * 2 < len(whole):
        return {"within": [*readable]}
    return {"without": [key for key in whole if key not in readable]}
