"""Stand-ins that behave: fast enough for every test, sensible enough to rank by."""

import hashlib
import time
from collections.abc import Sequence

import numpy as np

from rag.embedding import Embedder, EmbedderInfo
from rag.types import Chunk, ChunkKind, Document, Page


class NgramEmbeddings(Embedder):
    """Hashed character n-grams: texts that share words are near each other."""

    def __init__(self, dimension: int = 128, name: str = "ngram", pause_s: float = 0.0) -> None:
        super().__init__()
        self._info = EmbedderInfo(name=name, dimension=dimension, fingerprint=f"{name}-{dimension}")
        self._pause_s = pause_s
        self.embedded: list[str] = []  # every passage text asked for, in order

    @property
    def info(self) -> EmbedderInfo:
        return self._info

    def _load(self) -> None:
        return None

    def _passages(self, texts: list[str]) -> np.ndarray:
        self.embedded.extend(texts)
        time.sleep(self._pause_s)
        return np.stack([self._vector(text) for text in texts])

    def _query(self, text: str) -> np.ndarray:
        return self._vector(text)

    def _vector(self, text: str) -> np.ndarray:
        vector = np.zeros(self._info.dimension, dtype=np.float32)
        for size in (1, 2, 3):
            for start in range(len(text) - size + 1):
                gram = text[start : start + size].encode("utf-8", "surrogatepass")
                digest = hashlib.blake2b(gram, digest_size=8).digest()
                sign = 1.0 if digest[7] & 1 else -1.0
                vector[int.from_bytes(digest[:4]) % len(vector)] += sign
        norm = float(np.linalg.norm(vector))
        if not norm:
            vector[0] = norm = 1.0
        return vector / norm


def make_document(
    source: str, texts: Sequence[str], *, title: str = "", content: bytes | None = None
) -> tuple[Document, list[Page], list[Chunk]]:
    """A document with one page and one chunk for each text, as ingestion would hand it over."""
    document_id = hashlib.sha256(source.encode()).hexdigest()[:12]
    body = content if content is not None else "\n".join(texts).encode("utf-8", "replace")
    document = Document(
        id=document_id,
        source=source,
        title=title or source,
        content_hash=hashlib.sha256(body).hexdigest(),
        page_count=len(texts),
        character_count=sum(map(len, texts)),
        chunk_count=len(texts),
    )
    pages = [
        Page(document_id=document_id, number=number, text=text)
        for number, text in enumerate(texts, 1)
    ]
    chunks = [
        Chunk(
            id=f"{document_id}:{ordinal:05d}",
            document_id=document_id,
            ordinal=ordinal,
            page=ordinal + 1,
            start=0,
            end=len(text),
            kind=ChunkKind.PROSE,
            text=text,
            search_text=text,
        )
        for ordinal, text in enumerate(texts)
    ]
    return document, pages, chunks
