"""Puts the parts together. Called by the composition roots only."""

from rag.assistant import Assistant
from rag.disk import DiskLimits
from rag.embedding import open_embedder
from rag.index import Index
from rag.retrieval import RetrievalOptions, Retriever
from rag.settings import Settings
from rag.wording import Wording

MAX_FILE_BYTES = 4_000_000_000  # far more than the indexes of 100,000 chunks need


def open_index(settings: Settings, chunker_version: str = "") -> Index:
    """The index of `settings.data_dir`, locked for this process.

    `chunker_version` is the ingestion's own (`ingest.pipeline.CHUNKER_VERSION`); this package
    does not know it.
    Raises IndexLockedError, IndexMismatchError, IndexDamagedError, EmbeddingModelError.
    """
    return Index.open(
        settings.data_dir,
        open_embedder(settings.embedding_model),
        chunker_version=chunker_version,
        batch_size=settings.embedding_batch_size,
        limits=DiskLimits(min_free_bytes=settings.min_free_bytes, max_file_bytes=MAX_FILE_BYTES),
    )


def open_assistant(settings: Settings, chunker_version: str = "") -> Assistant:
    """An assistant over the index of `settings.data_dir`. Raises as `open_index`."""
    index = open_index(settings, chunker_version)
    options = RetrievalOptions(candidates=settings.candidate_count)
    return Assistant(index, Retriever(index, options, Wording(index, settings.data_dir)))
