"""What plain methods answer: passages pasted together, and a default tutorial's chain.

The baselines are treated generously: they know the length limit of the question, and the tutorial
is asked for ten passages so that its retrieval can be judged at 10, though it pastes only four.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from rag.index import Index
from rag.types import Answer, AnswerStatus, Citation, Document, Page, Passage, Query, Versions

_EMBEDDED_AT_ONCE = 64
_VERSIONS = Versions(index="baseline", embedding="baseline", generator="paste/1")


@dataclass(frozen=True, kw_only=True, slots=True)
class TutorialOptions:
    chunk_chars: int = 1_000
    overlap_chars: int = 200
    pasted_chunks: int = 4


@dataclass(frozen=True, slots=True)
class StoredPage:
    document: Document
    page: Page


def stored_pages(index: Index) -> list[StoredPage]:
    """All pages of the index in the order of documents and numbers."""
    return [
        StoredPage(document, page)
        for document in index.documents()
        for page in index.pages(document.id)
    ]


def paste(
    passages: Sequence[Passage],
    page_text: Callable[[str, int], str],
    limit_chars: int,
    pasted: int = 10,
) -> Answer:
    """The texts of the first passages up to the limit, each with its marker and a citation."""
    pieces: list[str] = []
    citations: list[Citation] = []
    room = limit_chars
    for marker, passage in enumerate(passages[:pasted], start=1):
        mark = f"[{marker}]"
        piece = passage.text[: max(0, room - len(mark) - 1)]
        if not piece:
            break
        pieces.append(f"{piece}{mark}")
        room -= len(piece) + len(mark) + 1
        citations.append(
            Citation(
                marker=marker,
                document_id=passage.document_id,
                document_title=passage.document_title,
                source=passage.source,
                page=passage.page,
                has_pages=passage.has_pages,
                heading=passage.heading,
                quote=page_text(passage.document_id, passage.page)[passage.start : passage.end],
                start=passage.start,
                end=passage.end,
            )
        )
    return Answer(
        status=AnswerStatus.ANSWERED if pieces else AnswerStatus.NO_EVIDENCE,
        text="\n".join(pieces),
        short_answer=None,
        citations=tuple(citations),
        passages=tuple(passages),
        versions=_VERSIONS,
    )


class TutorialIndex:
    """Chunks of RecursiveCharacterTextSplitter over the stored pages in a Chroma in memory."""

    def __init__(
        self, pages: Sequence[StoredPage], embedder: Embeddings, options: TutorialOptions
    ) -> None:
        self._options = options
        self._embedder = embedder
        self._pages = {(p.page.document_id, p.page.number): p.page.text for p in pages}
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=options.chunk_chars,
            chunk_overlap=options.overlap_chars,
            add_start_index=True,
        )
        self._chunks: list[Passage] = []
        for stored in pages:
            for split in splitter.create_documents([stored.page.text]):
                self._chunks.append(_chunk(stored, split.page_content, split.metadata))
        # Imported here: it takes a second, and comparing two results need not wait for it.
        import chromadb
        from chromadb.config import Settings

        client: Any = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
        # Clients in memory share one store per process, so the name must be new.
        self._collection = client.create_collection(
            f"tutorial-{uuid4().hex}",
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
        )
        for first in range(0, len(self._chunks), _EMBEDDED_AT_ONCE):
            batch = self._chunks[first : first + _EMBEDDED_AT_ONCE]
            self._collection.add(
                ids=[str(first + place) for place in range(len(batch))],
                embeddings=embedder.embed_documents([chunk.text for chunk in batch]),
            )

    def search(self, query: Query) -> list[Passage]:
        """The nearest chunks, best first. History is ignored, as in the tutorial."""
        if not self._chunks:
            return []
        found = self._collection.query(
            query_embeddings=[self._embedder.embed_query(query.text)],
            n_results=min(query.top_k, len(self._chunks)),
            include=["distances"],
        )
        return [
            replace(self._chunks[int(place)], rank=rank, score=1 - distance)
            for rank, (place, distance) in enumerate(
                zip(found["ids"][0], found["distances"][0], strict=True), start=1
            )
        ]

    def ask(self, query: Query, limit_chars: int) -> Answer:
        """The first chunks pasted up to the limit; never refuses, as the tutorial does not."""
        return paste(
            self.search(query),
            lambda document_id, number: self._pages[document_id, number],
            limit_chars,
            self._options.pasted_chunks,
        )


def _chunk(stored: StoredPage, text: str, metadata: dict[str, int]) -> Passage:
    start = metadata["start_index"]
    return Passage(
        rank=0,
        document_id=stored.document.id,
        document_title=stored.document.title,
        source=stored.document.source,
        page=stored.page.number,
        has_pages=stored.document.has_pages,
        heading=(),
        start=start,
        end=start + len(text),
        text=text,
        score=0.0,
        chunk_ids=(),
    )
