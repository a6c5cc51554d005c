"""Shiori's retrieval as a LangChain retriever, for use in other people's chains."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.retrieval import Retriever
from rag.types import Passage, Query


class ShioriRetriever(BaseRetriever):
    """Passages as LangChain documents, best first.

    The metadata of each: document_id, source, title, page (None without pages), heading (a list),
    start and end (offsets in the stored page text), score and rank.

    It finds what its `retriever` finds: for somebody who may not read everything, give it
    `retriever.within(index.readable(may_read))`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    top_k: int = 10
    document_ids: Sequence[str] = ()  # empty means all
    as_of: date | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        passages = self.retriever.search(
            Query(
                text=query,
                document_ids=tuple(self.document_ids),
                as_of=self.as_of,
                top_k=self.top_k,
            )
        )
        return [
            Document(page_content=passage.text, metadata=_metadata(passage)) for passage in passages
        ]


def _metadata(passage: Passage) -> dict[str, Any]:
    return {
        "document_id": passage.document_id,
        "source": passage.source,
        "title": passage.document_title,
        "page": passage.page if passage.has_pages else None,
        "heading": list(passage.heading),
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
        "rank": passage.rank,
    }
