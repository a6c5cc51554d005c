"""The dense index: Chroma, embedded, with nothing in it but keys, vectors and document ids.

Chroma 1.5.9 overwrites its graph files in place when it saves, and a process killed meanwhile
leaves them broken. Below the threshold set here it never saves: the graph is built anew from
Chroma's own log when it is first asked (0.2 s for 2,000 chunks, 5 s for 20,000).
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Hit

COLLECTION = "shiori-chunks"  # Chroma takes ASCII names of three characters and more
MAX_BATCH = 5_000  # Chroma refuses more than 5,461
MAX_IDS_IN_FILTER = 5_000  # 40,000 are "too many SQL variables"
SCORE_DECIMALS = 6  # the seventh changes with the place of a vector in memory

_ROUNDING = 1e-6
_NEVER = 10_000_000


class ChromaVectors:
    """Vectors of one embedder under one folder. Text never gets in here.

    Only one instance may have a folder open; the caller holds the lock that makes sure of it.
    """

    def __init__(self, folder: Path) -> None:
        self._is_warm = False
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
        configuration: Any = {
            "hnsw": {
                "space": "cosine",
                "ef_construction": 200,
                "ef_search": 400,
                "max_neighbors": 32,
                "sync_threshold": _NEVER,
            }
        }
        self._collection = self._client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=configuration
        )

    def add(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        """Add or replace entries. `vectors` is (n_keys, dimension)."""
        if keys and not self._is_warm:
            self._add(keys[:1], document_ids[:1], vectors[:1])
            self._warm_up(vectors[0])
        for start in range(0, len(keys), MAX_BATCH):
            part = slice(start, start + MAX_BATCH)
            self._add(keys[part], document_ids[part], vectors[part])

    def _add(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        self._collection.upsert(
            ids=list(keys),
            embeddings=vectors,
            metadatas=[{"document_id": document_id} for document_id in document_ids],
        )

    def _warm_up(self, vector: NDArray[np.float32]) -> None:
        """One search and one removal while there is next to nothing to go through.

        In a collection that was never saved, the first removal after the first search goes
        through everything added until then, in quadratic time: 5 s for 1,000 entries, 19 s for
        2,000. All later removals take milliseconds.
        """
        self._collection.query(query_embeddings=vector[None, :], n_results=1)
        self._collection.delete(ids=["nothing"])
        self._is_warm = True
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
        gone = list(keys)
        for start in range(0, len(gone), MAX_BATCH):
            self._collection.delete(ids=gone[start : start + MAX_BATCH])

    def keys(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"])

    def holds(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> bool:
        """Whether these entries are there with these owners and vectors, (n_keys, dimension)."""
        found: Any = self._collection.get(ids=list(keys), include=["embeddings", "metadatas"])
        place = {key: row for row, key in enumerate(found["ids"])}
        if len(place) != len(keys):
            return False
        rows = [place[key] for key in keys]
        held = np.asarray(found["embeddings"], dtype=np.float32)[rows]
        owners = [found["metadatas"][row]["document_id"] for row in rows]
        # Chroma brings vectors to length 1, which may change the last bit.
        return owners == list(document_ids) and np.allclose(held, vectors, rtol=0, atol=_ROUNDING)

    def search(
        self, vector: Sequence[float], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Entries by cosine similarity, best first, ties by key.

        Raises `ValueError` for a vector that is not finite: Chroma would answer it with nonsense.
        """
        query = np.asarray(vector, dtype=np.float32)
        if not np.isfinite(query).all():
            raise ValueError("the query vector is not finite")
        if k < 1 or not query.any():
            return []
        hits = [hit for where in _filters(document_ids) for hit in self._nearest(query, k, where)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

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


def _filters(document_ids: Sequence[str]) -> Iterator[Mapping[str, Any] | None]:
    if not document_ids:
        yield None
    for start in range(0, len(document_ids), MAX_IDS_IN_FILTER):
        part = list(document_ids[start : start + MAX_IDS_IN_FILTER])
        yield {"document_id": {"$in": part}}
