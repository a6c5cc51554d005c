"""Searching an index: hits of one channel that are in force, within the documents asked for."""

from collections.abc import Callable, Sequence

from rag.entries import document_of, split_key
from rag.index_reader import IndexReader
from rag.tokens import analyse
from rag.types import Hit


class SearchableIndex(IndexReader):
    """What retrieval and answers need. Every method may be called from any thread."""

    def vector_search(
        self, query: str | Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by cosine similarity to a text or a vector, best first, ties by chunk id."""
        # Model and index belong together, and a new generation exchanges both.
        with self._stores.switch.reading():
            scope = self._within(document_ids)
            if scope is None:
                return []
            embedder = self._stores.embedder
            vector = embedder.embed_query(query) if isinstance(query, str) else query
            return self._in_force(lambda n: self._stores.vectors.search(vector, n, scope), k)

    def lexical_search(
        self, query: str, channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by BM25 over "surface", "lemma" or "bigram", best first, ties by chunk id."""
        terms = getattr(analyse(query), channel)
        with self._stores.switch.reading():
            scope = self._within(document_ids)
            if scope is None:
                return []
            return self._in_force(
                lambda n: self._stores.lexical.search_terms(terms, channel, n, scope), k
            )

    def close(self) -> None:
        """A view has nothing of its own to close."""

    def _within(self, document_ids: Sequence[str]) -> Sequence[str] | None:
        """The filter for both indexes, () for no filter; None when nothing can be found."""
        return document_ids

    def _in_force(self, search: Callable[[int], list[Hit]], k: int) -> list[Hit]:
        """The first `k` hits whose document is among the contents with the revision of the entry."""
        revisions = self._contents.revisions
        count = k
        while True:
            found = search(count)
            hits = [
                Hit(chunk_id, hit.score)
                for hit in found
                for chunk_id, revision in [split_key(hit.chunk_id)]
                if revisions.get(document_of(chunk_id)) == revision
            ]
            if len(hits) >= k or len(found) < count:
                return hits[:k]
            count *= 2
