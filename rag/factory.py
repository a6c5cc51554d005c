"""Puts the parts together. Called by the composition roots only."""

from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.index import Index
from rag.settings import Settings


def open_index(settings: Settings) -> Index:
    """The index of `settings.data_dir`, locked for this process.

    Raises IndexLockedError, IndexMismatchError, IndexDamagedError, EmbeddingModelError.
    """
    embedder = open_embedder(settings.embedding_model, batch_size=settings.embedding_batch_size)
    return Index.open(settings.data_dir, embedder)


def open_assistant(settings: Settings) -> Assistant:
    """An assistant over the index of `settings.data_dir`."""
    return Assistant(open_index(settings))
