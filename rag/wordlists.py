"""The words that the documents of one index use: their other names, and what typing errors meant."""

from functools import lru_cache

from rag.glossary import learn
from rag.index import Index
from rag.spelling import Vocabulary, vocabulary
from rag.synonyms import Dictionary, OtherWords
from rag.types import Chunk


class WordLists:
    """Other words and vocabulary of an index, learned once per index version."""

    def __init__(self, index: Index, dictionary: Dictionary) -> None:
        self._index = index
        self._dictionary = dictionary
        self._learned = lru_cache(maxsize=1)(self._learn)

    def other_words(self) -> OtherWords:
        return self._learned(self._index.version)[0]

    def vocabulary(self) -> Vocabulary:
        return self._learned(self._index.version)[1]

    def _learn(self, version: str) -> tuple[OtherWords, Vocabulary]:
        chunks: list[Chunk] = []
        for document in self._index.documents():
            chunks.extend(self._index.chunks_of(document.id))
        known = OtherWords(dictionary=self._dictionary, glossary=learn(chunks))
        return known, vocabulary(chunk.search_text for chunk in chunks)
