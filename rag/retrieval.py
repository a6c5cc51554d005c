"""From a query to ranked chunks and passages: dense and lexical search, fused and collapsed."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from rag.fusion import fuse, reciprocal_rank
from rag.passages import build_passages
from rag.priors import document_priors
from rag.question import Question, read_question
from rag.searching import SearchableIndex
from rag.synonyms import expand
from rag.temporal import other_calendar
from rag.text import DOT_LEADERS
from rag.types import Chunk, Document, Hit, Page, Passage, Query
from rag.versions import in_force
from rag.wording import Wording

DENSE = "dense"
_REMEMBERED = 16  # dense searches; a question has at most a few parts
LEXICAL_CHANNELS = ("surface", "lemma", "bigram")


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalOptions:
    """What takes part in retrieval. The evaluation switches parts off to see what each earns."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {DENSE: 0.4, "lemma": 0.35, "bigram": 0.25}
    )
    candidates: int = 100  # hits taken from each channel
    reciprocal_rank: bool = False  # instead of weighted scores
    synonyms: bool = True
    time: bool = True  # other calendar in the query, documents of the asked period first
    collapse_duplicates: bool = True
    max_passage_characters: int = 1_200


class Retriever:
    """Searches one index. Stateless but for small caches that follow the index version."""

    def __init__(
        self,
        index: SearchableIndex,
        options: RetrievalOptions | None = None,
        words: Wording | None = None,
    ) -> None:
        self.index = index
        self.words = words or Wording(index)
        self.options = options or RetrievalOptions()
        self._last = threading.local()  # of each thread, which answers one question at a time

    def within(self, index: SearchableIndex) -> "Retriever":
        """The same retrieval over another view of the documents, with the words of those alone."""
        return Retriever(index, self.options, self.words.within(index))

    def search(self, query: Query) -> list[Passage]:
        """The best passages for `query`, best first, at most `query.top_k`."""
        return self.passages(self.rank(query), query.top_k)

    def passages(self, ranked: Sequence[tuple[Chunk, float]], count: int) -> list[Passage]:
        return build_passages(
            ranked,
            count,
            self.chunks_of_page,
            self.page,
            self.index.document,
            self.options.max_passage_characters,
        )

    def rank(self, query: Query, question: Question | None = None) -> list[tuple[Chunk, float]]:
        """Chunks by fused score, best first, ties by chunk id."""
        question = question or read_question(query.text)
        documents = self._documents_in_scope(query)
        if not documents:
            return []
        hits = self._fused(question, self._scope(documents))
        chunks = {chunk.id: chunk for chunk in self.index.chunks([hit.chunk_id for hit in hits])}
        priors: Mapping[str, float] = {}
        if self.options.time:
            priors = document_priors(
                question, list(documents.values()), query.as_of or date.today()
            )
        ranked = [
            (chunks[hit.chunk_id], hit.score + priors.get(chunks[hit.chunk_id].document_id, 0.0))
            for hit in hits
            if hit.chunk_id in chunks and not _is_contents(chunks[hit.chunk_id].text)
        ]
        ranked.sort(key=lambda pair: (-pair[1], pair[0].id))
        return _collapse(ranked) if self.options.collapse_duplicates else ranked

    def cosines(self, query: Query) -> dict[str, float]:
        """Cosine of each of the nearest chunks that `query` may look at, by chunk id, best first."""
        documents = self._documents_in_scope(query)
        if not documents:
            return {}
        nearest = self._nearest(query.text, self.options.candidates, self._scope(documents))
        return {hit.chunk_id: hit.score for hit in nearest}

    def _nearest(self, text: str, count: int, scope: Sequence[str]) -> Sequence[Hit]:
        """Dense hits; what one question asks twice is searched once: the first of a hundred is
        the nearest of all."""
        asked = self.index.version, text, tuple(scope)
        known: dict[object, tuple[int, Sequence[Hit]]] = vars(self._last).setdefault("dense", {})
        if asked in known and known[asked][0] >= count:
            return known[asked][1][:count]
        hits = self.index.vector_search(text, count, scope)
        if len(known) >= _REMEMBERED:
            known.clear()
        known[asked] = count, hits
        return hits

    def _scope(self, documents: Mapping[str, Document]) -> Sequence[str]:
        """The filter for the indexes; empty when every document takes part."""
        return () if len(documents) == len(self.index.documents()) else tuple(documents)

    def _fused(self, question: Question, scope: Sequence[str]) -> list[Hit]:
        count, weights = self.options.candidates, self.options.weights
        text = question.text
        lexical_text = text
        if self.options.time:
            lexical_text = f"{lexical_text} {other_calendar(text)}"
        if self.options.synonyms:
            lexical_text = f"{lexical_text} {' '.join(expand(question, self.words.current()))}"
        channels: dict[str, list[Hit]] = {}
        if weights.get(DENSE):
            channels[DENSE] = [*self._nearest(text, count, scope)]
        for channel in LEXICAL_CHANNELS:
            if weights.get(channel):
                channels[channel] = self.index.lexical_search(lexical_text, channel, count, scope)
        if self.options.reciprocal_rank:
            return reciprocal_rank(channels)
        return fuse(channels, weights)

    def _documents_in_scope(self, query: Query) -> dict[str, Document]:
        documents = {document.id: document for document in self.index.documents()}
        if query.document_ids:
            documents = {key: documents[key] for key in query.document_ids if key in documents}
        else:
            documents = in_force(documents, query.as_of)
        if query.as_of:
            documents = {
                key: document
                for key, document in documents.items()
                if document.issued is None or document.issued <= query.as_of
            }
        return documents

    def chunks_of_page(self, document_id: str, page: int) -> Sequence[Chunk]:
        return self.index.chunks_of(document_id, page)

    def chunks_of_document(self, document_id: str) -> Sequence[Chunk]:
        """Every chunk of a document in text order; tables are looked at as a whole."""
        return self.index.chunks_of_document(document_id)

    def page(self, document_id: str, number: int) -> Page:
        return self.index.page(document_id, number)


@lru_cache(maxsize=20_000)
def _is_contents(text: str) -> bool:
    return bool(DOT_LEADERS.search(text))


def _collapse(ranked: Sequence[tuple[Chunk, float]]) -> list[tuple[Chunk, float]]:
    """Only the best of the chunks that repeat the same text (概要版 and 本編)."""
    seen: set[str] = set()
    kept: list[tuple[Chunk, float]] = []
    for chunk, score in ranked:
        original = chunk.duplicate_of or chunk.id
        if original in seen:
            continue
        seen.add(original)
        kept.append((chunk, score))
    return kept
