"""The dense index: Chroma, embedded, with nothing in it but keys, vectors and document ids.

Chroma 1.5.9 overwrites its graph files in place when it saves, and a process killed meanwhile
leaves them broken. Below the threshold set here it never saves: what it holds is its log, from
which it makes its graph anew in each process. A graph that finds nearly everything takes minutes
for 20,000 chunks, and finds something else each time. So up to `EXACT_UP_TO` entries the graph is
kept as small as Chroma allows, and a question is compared with every vector (`rag/vector_table.py`).
Beyond that Chroma searches its graph.

Nothing is ever removed from Chroma. What is put in near entries that were removed finds no living
neighbour in so small a graph; the call fails then, or the whole process ends (SIGSEGV), after a
document of some hundred chunks was deleted and one like it came. Removed entries are passed over
here instead, until the folder is made anew without them.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.background import in_pieces
from rag.types import Hit
from rag.vector_table import SCORE_DECIMALS, VectorTable, of_length_one

COLLECTION = "shiori-chunks"  # Chroma takes ASCII names of three characters and more
MAX_BATCH = 5_000  # Chroma refuses more than 5,461
MAX_IDS_IN_FILTER = 5_000  # 40,000 are "too many SQL variables"
EXACT_UP_TO = 200_000  # entries; 300 MB and some 30 ms a question

# Chroma keeps the interpreter lock until entries are on the disk: 20 ms for these, 90 for 512.
_HELD_UP = 64
_ROUNDING = 1e-6
_NEVER = 10_000_000
_BATCH_READ = 2_000
_KEPT_REMOVED = 1_000  # entries, however few others there are
# (neighbours of each entry, candidates when one is put in): the least Chroma takes, and what found
# 95 to 99.9 in 100 of random vectors.
_SMALL_GRAPH, _SEARCHED_GRAPH = (2, 2), (32, 200)

Entries = tuple[Sequence[str], Sequence[str], NDArray[np.float32]]  # keys, document ids, vectors


class ChromaVectors:
    """Vectors of one embedder under one folder. Text never gets in here.

    Only one instance may have a folder open; the caller holds the lock that makes sure of it. A
    new folder is made for `expected` entries.
    """

    def __init__(self, folder: Path, expected: int = 0) -> None:
        self._removed: set[str] = set()  # Chroma has them still
        self._read: VectorTable | None = None
        self._reading = threading.Lock()
        self._folder = folder
        self._is_blanked = False
        # Imported here: it takes a second, and commands that never search need not wait for it.
        os.environ["ANONYMIZED_TELEMETRY"] = "False"
        import chromadb
        from chromadb.config import Settings

        folder.mkdir(parents=True, exist_ok=True)
        self._blank_unused()  # a killed process may have left some of its memory there
        self._is_blanked = False  # the first search makes the room anew
        self._client: Any = chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False)
        )
        neighbours, candidates = _graph_for(expected)
        configuration: Any = {
            "hnsw": {
                "space": "cosine",
                "ef_construction": candidates,
                "ef_search": 400,
                "max_neighbors": neighbours,
                "sync_threshold": _NEVER,
            }
        }
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=configuration
        )
        made_with = self._collection.configuration_json["hnsw"]
        self._graph = made_with["max_neighbors"], made_with["ef_construction"]

    def is_made_for(self, count: int) -> bool:
        """Whether a folder for so many entries would be made like this one."""
        return bool(self._graph == _graph_for(count))

    @property
    def is_exact(self) -> bool:
        """Whether every vector is compared, instead of those that the graph leads to."""
        return bool(self._graph == _SMALL_GRAPH)

    def _table(self) -> VectorTable:
        """The vectors to compare with, read from Chroma unless `agrees_with` has brought them."""
        with self._reading:
            if self._read is None:
                table = VectorTable()
                keys = sorted(self.keys())
                for start in range(0, len(keys), _BATCH_READ):
                    table.add(*self._held(keys[start : start + _BATCH_READ]))
                self._read = table
            return self._read

    def add(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        """Add or replace entries. `vectors` is (n_keys, dimension)."""
        table = self._table() if self.is_exact else None
        if keys and not self._is_blanked:
            self._add(keys[:1], document_ids[:1], vectors[:1])
            self._make_room(vectors[0])
        for part in in_pieces(len(keys), _HELD_UP, MAX_BATCH):
            self._add(keys[part], document_ids[part], vectors[part])
        self._removed.difference_update(keys)
        if table is not None:
            table.add(keys, document_ids, vectors)

    def _add(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        self._collection.upsert(
            ids=list(keys),
            embeddings=vectors,
            metadatas=[{"document_id": document_id} for document_id in document_ids],
        )

    def _make_room(self, vector: NDArray[np.float32]) -> None:
        """One search, with which Chroma begins its graph: what comes later goes into it at once."""
        self._collection.query(query_embeddings=vector[None, :], n_results=1)
        self._blank_unused()

    def _blank_unused(self) -> None:
        """Zeros in place of what Chroma writes out when it makes room for vectors.

        The room is memory that was not cleared: whatever the process had there before, text of
        documents and questions too. With saving off the file holds no vector, ever.
        """
        for path in self._folder.glob("*/data_level0.bin"):
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.write(bytes(size))
        self._is_blanked = True

    def remove(self, keys: Iterable[str]) -> None:
        """Remove entries; keys without an entry are passed over."""
        named = list(keys)
        gone: set[str] = set()
        for start in range(0, len(named), MAX_BATCH):
            part = named[start : start + MAX_BATCH]
            gone.update(self._collection.get(ids=part, include=[])["ids"])
        self._removed |= gone
        if self.is_exact:
            self._table().remove(gone)

    def keys(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"]) - self._removed

    def holds_mostly_removed(self) -> bool:
        """Whether making the folder anew halves it, or nearly."""
        held = self._collection.count()
        return len(self._removed) > max(_KEPT_REMOVED, held - len(self._removed))

    def agrees_with(self, batches: Iterable[Entries]) -> bool:
        """Whether these entries are there with these owners and vectors.

        If so, the vectors given are those that answers are computed from: Chroma brings vectors to
        length 1, which may change the last bit.
        """
        table = VectorTable()
        for keys, document_ids, vectors in batches:
            found, owners, held = self._held(keys)
            if len(found) != len(keys):
                return False
            place = {key: row for row, key in enumerate(found)}
            rows = [place[key] for key in keys]
            if [owners[row] for row in rows] != list(document_ids):
                return False
            if not np.allclose(held[rows], of_length_one(vectors), rtol=0, atol=_ROUNDING):
                return False
            if self.is_exact:
                table.add(keys, document_ids, vectors)
        if self.is_exact:
            with self._reading:
                self._read = table
        return True

    def _held(self, keys: Sequence[str]) -> tuple[list[str], list[str], NDArray[np.float32]]:
        """Those of the entries that Chroma has, in no particular order."""
        found: Any = self._collection.get(ids=list(keys), include=["embeddings", "metadatas"])
        owners = [values["document_id"] for values in found["metadatas"]]
        return found["ids"], owners, np.asarray(found["embeddings"], dtype=np.float32)

    def search(
        self, vector: Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Entries by cosine similarity, best first, ties by key.

        Raises `ValueError` for a vector that is not finite.
        """
        query = np.asarray(vector, dtype=np.float32)
        if not np.isfinite(query).all():
            raise ValueError("the query vector is not finite")  # Chroma answers it with nonsense
        if k < 1 or not query.any():
            return []
        if self.is_exact:
            return self._table().search(of_length_one(query), k, document_ids)
        count = k
        while True:
            found = [
                h for where in _filters(document_ids) for h in self._nearest(query, count, where)
            ]
            hits = [hit for hit in found if hit.chunk_id not in self._removed]
            if len(hits) >= k or len(found) < count:
                return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]
            count *= 2

    def _nearest(
        self, query: NDArray[np.float32], k: int, where: Mapping[str, Any] | None
    ) -> Iterator[Hit]:
        found: Any = self._collection.query(
            query_embeddings=query[None, :],
            n_results=k,
            where=None if where is None else dict(where),
            include=["distances"],
        )
        if not self._is_blanked:
            self._blank_unused()
        for key, distance in zip(found["ids"][0], found["distances"][0], strict=True):
            yield Hit(key, round(1.0 - float(distance), SCORE_DECIMALS))

    def close(self) -> None:
        self._client.close()
        self._blank_unused()


def _graph_for(count: int) -> tuple[int, int]:
    return _SMALL_GRAPH if count <= EXACT_UP_TO else _SEARCHED_GRAPH


def _filters(document_ids: Sequence[str]) -> Iterator[Mapping[str, Any] | None]:
    if not document_ids:
        yield None
    for start in range(0, len(document_ids), MAX_IDS_IN_FILTER):
        part = list(document_ids[start : start + MAX_IDS_IN_FILTER])
        yield {"document_id": {"$in": part}}
