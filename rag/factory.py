"""Puts the parts together. Called by the composition roots only."""

from typing import TYPE_CHECKING

from rag.assistant import Assistant
from rag.disk import DiskLimits
from rag.embedding import open_embedder
from rag.index import Index
from rag.llm.endpoint import endpoint_of
from rag.retrieval import RetrievalOptions, Retriever
from rag.settings import Settings
from rag.wording import Wording

if TYPE_CHECKING:
    from rag.llm.client import ChatModel
    from rag.llm.writer import ModelWriter

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


def open_model(settings: Settings) -> "ChatModel | None":
    """The language model that is configured, not asked yet. Raises ModelSettingsError."""
    endpoint = endpoint_of(settings)
    if endpoint is None:
        return None
    from rag.llm.client import ChatModel

    return ChatModel(endpoint)


def open_writer(settings: Settings) -> "ModelWriter | None":
    """What puts answers in words, None without a model. Its model is to be closed.

    Raises ModelSettingsError.
    """
    model = open_model(settings)
    if model is None:
        return None
    from rag.llm.guarded import Unsupported
    from rag.llm.writer import ModelWriter

    return ModelWriter(
        model,
        Unsupported(settings.llm_ungrounded),
        followups=settings.llm_followups,
        rephrases=settings.llm_rephrases,
    )


def open_assistant(settings: Settings, chunker_version: str = "") -> Assistant:
    """An assistant over the index of `settings.data_dir`. Raises as `open_index`, `open_writer`."""
    writer = open_writer(settings)
    try:
        index = open_index(settings, chunker_version)
    except BaseException:
        if writer is not None:
            writer.model.close()
        raise
    options = RetrievalOptions(candidates=settings.candidate_count)
    wording = Wording(index, settings.data_dir)
    return Assistant(index, Retriever(index, options, wording), writer=writer)
