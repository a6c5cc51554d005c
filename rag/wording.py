"""The words of one data folder: its own dictionary file, and what its documents call things.

The file is `synonyms.tsv` in the data folder, in the form of `rag/synonyms.tsv`.
"""

import threading
from pathlib import Path
from typing import Protocol

from rag.glossary import Glossary, learn
from rag.spelling import Corrected, Vocabulary, correct_question, vocabulary
from rag.synonyms import Dictionary, OtherWords, read_dictionary
from rag.types import Chunk, Document

DICTIONARY_NAME = "synonyms.tsv"
_MAX_DICTIONARY_BYTES = 1_000_000


class ChunkSource(Protocol):
    """What is needed of the index."""

    @property
    def version(self) -> str: ...
    def documents(self) -> list[Document]: ...
    def chunks_of(self, document_id: str, page: int | None = None) -> list[Chunk]: ...


class Wording:
    """`OtherWords` of one index, read anew when the index or the dictionary file changes.

    Thread-safe: two threads at the worst learn the same at the same time.
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
        return Wording(index, self._data_dir)

    def current(self) -> OtherWords:
        """The words of now. Learning from 1,500 chunks takes a few tenths of a second, once."""
        return OtherWords(dictionary=self._own_dictionary(), glossary=self._read()[1])

    def correct(self, question: str) -> Corrected:
        """`question` with its typing errors mended by the words of the documents.

        Words of the city's own dictionary are taken as they are written.
        """
        _, _, known = self._read()
        return correct_question(question, known, self._own_dictionary())

    def _read(self) -> tuple[str, Glossary, Vocabulary]:
        version = self._index.version
        with self._lock:
            learned = self._learned
        if learned and learned[0] == version:
            return learned
        chunks = [
            chunk
            for document in self._index.documents()
            for chunk in self._index.chunks_of(document.id)
        ]
        learned = (version, learn(chunks), vocabulary(chunk.search_text for chunk in chunks))
        with self._lock:
            self._learned = learned
        return learned

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
