"""The words of one data folder: its own dictionary file, and what its documents call things.

The file is `synonyms.tsv` in the data folder, in the form of `rag/synonyms.tsv`.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rag.glossary import DocumentNames, Glossary, learn
from rag.spelling import Corrected, Vocabulary, correct_question, vocabulary, words_in
from rag.synonyms import Dictionary, OtherWords, read_dictionary
from rag.types import Chunk, Document

DICTIONARY_NAME = "synonyms.tsv"
_MAX_DICTIONARY_BYTES = 1_000_000
_KEPT_AS = "words"


class ChunkSource(Protocol):
    """What is needed of the index."""

    @property
    def version(self) -> str: ...
    def documents(self) -> list[Document]: ...
    def chunks_of(self, document_id: str, page: int | None = None) -> list[Chunk]: ...
    def learned(self, document_id: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class _Words:
    names: DocumentNames
    spelt: Mapping[str, int]


class Wording:
    """`OtherWords` of one index, read anew when the index or the dictionary file changes.

    Thread-safe.
    """

    def __init__(self, index: ChunkSource, data_dir: Path | None = None) -> None:
        self._index = index
        self._data_dir = data_dir
        self._path = data_dir / DICTIONARY_NAME if data_dir else None
        self._lock = threading.Lock()
        self._learned: tuple[str, Glossary, Vocabulary] | None = None
        self._dictionary: tuple[tuple[int, int], Dictionary] = ((0, 0), {})

    def within(self, index: ChunkSource) -> "Wording":
        """The words of another view of the documents; the city's own dictionary is everybody's."""
        other = Wording(index, self._data_dir)
        other._lock = self._lock  # what two views share is not learned by both at one moment
        return other

    def current(self) -> OtherWords:
        """The words of now. Learning from 1,500 chunks takes two tenths of a second, once."""
        return OtherWords(dictionary=self._own_dictionary(), glossary=self._read()[1])

    def correct(self, question: str) -> Corrected:
        """`question` with its typing errors mended by the words of the documents.

        Words of the city's own dictionary are taken as they are written.
        """
        _, _, known = self._read()
        return correct_question(question, known, self._own_dictionary())

    def _read(self) -> tuple[str, Glossary, Vocabulary]:
        version = self._index.version
        learned = self._learned
        if learned and learned[0] == version:
            return learned
        with self._lock:
            learned = self._learned
            if learned and learned[0] == version:
                return learned
            read = [self._words_of(document.id) for document in self._index.documents()]
            self._learned = learned = (
                version,
                learn([words.names for words in read]),
                vocabulary(words.spelt for words in read),
            )
        return learned

    def _words_of(self, document_id: str) -> "_Words":
        """Learned once from a document, whoever reads it and whatever changes beside it."""
        kept = self._index.learned(document_id)
        words: _Words | None = kept.get(_KEPT_AS)
        if words is None:
            chunks = self._index.chunks_of(document_id)
            spelt = words_in(chunk.search_text for chunk in chunks)
            words = kept[_KEPT_AS] = _Words(DocumentNames(chunks), spelt)
        return words

    def _own_dictionary(self) -> Dictionary:
        """The entries of `synonyms.tsv` in the data folder; none when it cannot be read.

        A city edits the file while the server runs, so that a half-written one is no error.
        """
        if self._path is None:
            return {}
        try:
            state = self._path.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if stamp != self._dictionary[0]:
                with self._path.open("rb") as file:
                    text = file.read(_MAX_DICTIONARY_BYTES).decode("utf-8-sig", "replace")
                self._dictionary = (stamp, read_dictionary(text.splitlines()))
        except OSError:
            return {}
        return self._dictionary[1]
