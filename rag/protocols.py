"""The seams of the answering engine: what can be exchanged without touching the rest.

The embedder's seam is LangChain's `Embeddings` (`embed_documents`, `embed_query`).
"""

from collections.abc import Sequence
from typing import Protocol

from rag.types import Hit


class VectorIndex(Protocol):
    def search(
        self, vector: Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Nearest chunks by cosine similarity, best first, ties by chunk id."""
        ...


class LexicalIndex(Protocol):
    def search(
        self, query: str, channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """BM25 over one channel ("surface", "lemma" or "bigram"), best first, ties by chunk id."""
        ...
