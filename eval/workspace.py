"""A data folder for the documents of a run, kept so that the next run starts at once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


import ingest as ingest_package
from eval.errors import EvaluationError
from eval.runner import DocumentSet
from rag import text, tokens
from rag.factory import open_index
from rag.index import Index
from rag.settings import Settings

_READ_BYTES = 1 << 20


def document_set(documents: Path) -> DocumentSet:
    """Name and content hash of a file, or of all files of a folder with their relative names.

    Raises EvaluationError when the path is not there or holds no file.
    """
    root = documents.parent if documents.is_file() else documents
    files = sorted(path for path in documents.rglob("*") if path.is_file())
    if documents.is_file():
        files = [documents]
    if not files:
        raise EvaluationError(
            f"{documents}: 文書がありません。--documents に文書のフォルダを指定してください。"
        )
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(root).as_posix()}\0{_file_sha256(path)}\n".encode())
    name = documents.resolve().name
    return DocumentSet(name=name, sha256=digest.hexdigest())


@contextmanager
def open_documents(
    documents: Path, cache: Path, settings: Settings
) -> Iterator[tuple[Index, DocumentSet]]:
    """The index of these documents, ingested into a folder under `cache` unless it is there.

    The folder's name covers the documents, the model and the code that reads documents, so that
    an index made in another way is never taken. Raises ShioriError as ingestion and opening do.
    """
    # Imported here: comparing two results need not wait for the readers of documents.
    from ingest.pipeline import ingest

    about = document_set(documents)
    key = f"{about.sha256}\n{settings.embedding_model}\n{reading_code_sha256()}"
    folder = cache / hashlib.sha256(key.encode()).hexdigest()[:16]
    with open_index(settings.model_copy(update={"data_dir": folder})) as index:
        # A finished folder is only compared by content hash; one cut off midway is completed.
        ingest([documents], index)
        yield index, about


@contextmanager
def open_existing(settings: Settings) -> Iterator[tuple[Index, DocumentSet]]:
    """The index of `settings.data_dir` as it is. Raises EvaluationError when it is empty."""
    with open_index(settings) as index:
        contents = [f"{document.source}\0{document.content_hash}" for document in index.documents()]
        if not contents:
            raise EvaluationError(
                f"{settings.data_dir}: 文書が登録されていません。"
                "先に shiori ingest で登録するか、--documents を指定してください。"
            )
        digest = hashlib.sha256("\n".join(contents).encode()).hexdigest()
        yield index, DocumentSet(name=str(settings.data_dir), sha256=digest)


def reading_code_sha256() -> str:
    """A digest of the code that decides what is stored of a document."""
    digest = hashlib.sha256()
    folder = Path(str(ingest_package.__file__)).parent
    sources = [*sorted(folder.rglob("*.py")), Path(text.__file__), Path(tokens.__file__)]
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()
