"""Searching an index: hits of one channel that are in force, within the documents asked for."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from rag.entries import document_of, split_key
from rag.index_reader import IndexReader
from rag.tokens import terms_of
from rag.types import Hit

# How many hits, within which documents (ids; () for all).
Search = Callable[[int, Sequence[str]], list[Hit]]

_SPARE = 1.25  # hits are not spread evenly over the documents


class SearchableIndex(IndexReader):
    """What retrieval and answers need. Every method may be called from any thread."""

    def vector_search(
        self, query: str | Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by cosine similarity to a text or a vector, best first, ties by chunk id."""
        # Model and index belong together, and a new generation exchanges both.
        with self._stores.switch.reading():
            embedder = self._stores.embedder
            vector = embedder.embed_query(query) if isinstance(query, str) else query
            return self._best(
                lambda n, scope: self._stores.vectors.search(vector, n, scope), k, document_ids
            )

    def lexical_search(
        self, query: str, channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Chunks by BM25 over "surface", "lemma" or "bigram", best first, ties by chunk id."""
        terms = terms_of(query, channel)
        with self._stores.switch.reading():
            return self._best(
                lambda n, scope: self._stores.lexical.search_terms(terms, channel, n, scope),
                k,
                document_ids,
            )

    def close(self) -> None:
        """A view has nothing of its own to close."""

    def _within(self, document_ids: Sequence[str]) -> Sequence[str] | None:
        """The filter for both indexes, () for no filter; None when nothing can be found."""
        return document_ids

    def _best(self, search: Search, k: int, document_ids: Sequence[str]) -> list[Hit]:
        """The first `k` hits in force of the documents asked for, and no others.

        The indexes filter by id, which takes the longer the more ids there are (114 ms for 20,000).
        Where the scope is most of the documents, hits outside it are dropped from an unfiltered
        search of as many more instead; only if too few are left do the indexes filter.
        """
        scope = self._within(document_ids)
        if scope is None:
            return []
        everything = len(self._stores.contents.documents)
        if scope and len(scope) * 2 >= everything:
            allowed = frozenset(scope)
            count = math.ceil(k * _SPARE * everything / len(scope))
            found = search(count, ())
            hits = [hit for hit in self._held(found) if document_of(hit.chunk_id) in allowed]
            if len(hits) >= k or len(found) < count:
                return hits[:k]
        count = k
        while True:
            found = search(count, scope)
            hits = self._held(found)
            if len(hits) >= k or len(found) < count:
                return hits[:k]
            count *= 2

    def _held(self, found: Sequence[Hit]) -> list[Hit]:
        """Those hits whose document is among the contents, with the revision of the entry."""
        revisions = self._contents.revisions
        return [
            Hit(chunk_id, score)
            for key, score in found
            for chunk_id, document_id, revision in [_parts_of(key)]
            if revisions.get(document_id) == revision
        ]


@lru_cache(maxsize=20_000)
def _parts_of(key: str) -> tuple[str, str, int]:
    """(chunk id, document id, revision) of an entry, remembered: most are found again and again."""
    chunk_id, revision = split_key(key)
    return chunk_id, document_of(chunk_id), revision
