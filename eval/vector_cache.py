"""Vectors of texts kept in a file, so that a measurement that is repeated embeds nothing twice."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import Embedder, EmbedderInfo

_KEY_BYTES = 16
_EMBEDDED_AT_ONCE = 16


class CachedEmbedder(Embedder):
    """The embedder `inner` behind a file in `folder` that is named after its fingerprint.

    Each vector is written as soon as it is there: a run that was cut off goes on where it ended.
    Queries are kept only with `queries`, because a kept query takes no time, and answers are timed.
    """

    def __init__(self, inner: Embedder, folder: Path, *, queries: bool = False) -> None:
        super().__init__()
        self._inner = inner
        self._queries = queries
        name = hashlib.sha256(inner.info.fingerprint.encode()).hexdigest()[:16]
        self._file = VectorFile(folder / f"vectors-{name}.bin", inner.info.dimension)

    @property
    def info(self) -> EmbedderInfo:
        return self._inner.info

    def _load(self) -> Any:
        return self._inner.model()

    def _passages(self, texts: list[str]) -> Any:
        return self._kept("passage", texts, self._inner.embed_documents)

    def _query(self, text: str) -> Any:
        if not self._queries:
            return self._inner.embed_query(text)
        return self._kept("query", [text], lambda texts: [self._inner.embed_query(texts[0])])[0]

    def _kept(
        self, kind: str, texts: Sequence[str], embed: Callable[[list[str]], list[list[float]]]
    ) -> NDArray[np.float32]:
        keys = [_key(kind, text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._file}
        wanted = list(new.items())
        for first in range(0, len(wanted), _EMBEDDED_AT_ONCE):
            batch = wanted[first : first + _EMBEDDED_AT_ONCE]
            vectors = np.asarray(embed([text for _, text in batch]), dtype=np.float32)
            self._file.append([key for key, _ in batch], vectors)
        return np.stack([self._file[key] for key in keys])


class VectorFile:
    """Records of key, check sum and vector, only ever appended. Not for threads."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        self._record = np.dtype([("key", "V16"), ("check", "<u4"), ("vector", "<f4", (dimension,))])
        self._vectors: dict[bytes, NDArray[np.float32]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        content = path.read_bytes()
        whole = len(content) // self._record.itemsize
        read = 0
        for record in np.frombuffer(content, dtype=self._record, count=whole):
            if record["check"] != _check(record["key"].tobytes(), record["vector"]):
                break
            self._vectors[record["key"].tobytes()] = record["vector"]
            read += 1
        if read * self._record.itemsize < len(content):
            # The last run was cut off while it wrote.
            with path.open("r+b") as file:
                file.truncate(read * self._record.itemsize)

    def __contains__(self, key: bytes) -> bool:
        return key in self._vectors

    def __getitem__(self, key: bytes) -> NDArray[np.float32]:
        """(dimension,) float32. Raises KeyError."""
        return self._vectors[key]

    def append(self, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Vectors (n_keys, dimension) under new keys, in one write."""
        records = np.zeros(len(keys), dtype=self._record)
        for record, key, vector in zip(records, keys, vectors, strict=True):
            record["key"] = np.void(key)
            record["check"] = _check(key, vector)
            record["vector"] = vector
            self._vectors[key] = vector
        with self._path.open("ab") as file:
            file.write(records.tobytes())


def _key(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode()).digest()[:_KEY_BYTES]


def _check(key: bytes, vector: NDArray[np.float32]) -> int:
    return zlib.crc32(np.asarray(vector, dtype="<f4").tobytes(), zlib.crc32(key))
