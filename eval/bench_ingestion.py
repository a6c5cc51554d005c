"""How long ingestion takes, and how much of it is embedding."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.embedding import Embedder, EmbedderInfo, open_embedder
from rag.index import Index


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestionTimes:
    documents: int
    chunks: int
    total_s: float
    embedding_s: float


class TimedEmbedder(Embedder):
    """Another embedder with a clock on the texts of documents."""

    def __init__(self, inner: Embedder) -> None:
        super().__init__()
        self._inner = inner
        self.seconds = 0.0

    @property
    def info(self) -> EmbedderInfo:
        return self._inner.info

    def _load(self) -> Any:
        return self._inner.model()

    def _passages(self, texts: list[str]) -> Any:
        begun = time.perf_counter()
        vectors = self._inner.embed_documents(texts)
        self.seconds += time.perf_counter() - begun
        return vectors

    def _query(self, text: str) -> Any:
        return self._inner.embed_query(text)


def time_ingestion(documents: Path, data_dir: Path, embedding_model: str) -> IngestionTimes:
    """Ingests into an empty data folder. Loading the model is not counted.

    Raises ShioriError as ingestion does.
    """
    from ingest.pipeline import CHUNKER_VERSION, ingest

    embedder = TimedEmbedder(open_embedder(embedding_model))
    embedder.model()
    with Index.open(data_dir, embedder, chunker_version=CHUNKER_VERSION) as index:
        begun = time.perf_counter()
        ingest([documents], index)
        total = time.perf_counter() - begun
        stored = index.documents()
        return IngestionTimes(
            documents=len(stored),
            chunks=sum(document.chunk_count for document in stored),
            total_s=total,
            embedding_s=embedder.seconds,
        )
