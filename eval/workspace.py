"""A data folder for the documents of a run, kept so that the next run starts at once."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ingest as ingest_package
from eval.errors import EvaluationError
from eval.runner import DocumentSet
from ingest.progress import IngestProgress
from rag import text, tokens
from rag.embedding import Embedder
from rag.index import Index

log = logging.getLogger(__name__)

_READ_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundDocuments:
    about: DocumentSet
    sources: frozenset[str]


def find_documents(documents: Path) -> FoundDocuments:
    """Name and content hash of a file, or of the readable files of a folder with their names.

    The catalogue beside them counts too. Raises EvaluationError when there is nothing to read.
    """
    # Imported here: comparing two results need not wait for the readers of documents.
    from ingest.catalog import CATALOG_NAME
    from ingest.pipeline import find_files
    from ingest.report import Failure

    failures: list[Failure] = []
    found = [(file.source, file.path) for file in find_files([documents], None, failures)]
    if not found:
        why = " ".join(failure.message for failure in failures)
        raise EvaluationError(why or f"{documents}: 読み込める文書がありません。")
    sources = frozenset(source for source, _ in found)
    catalog = (documents if documents.is_dir() else documents.parent) / CATALOG_NAME
    if catalog.is_file():
        found.append((CATALOG_NAME, catalog))
    digest = hashlib.sha256()
    for source, path in found:
        digest.update(f"{source}\0{_file_sha256(path)}\n".encode())
    about = DocumentSet(name=documents.resolve().name, sha256=digest.hexdigest())
    return FoundDocuments(about=about, sources=sources)


@contextmanager
def open_documents(
    documents: Path,
    cache: Path,
    embedder: Embedder,
    progress: IngestProgress | None = None,
    *,
    keep: bool = False,
) -> Iterator[tuple[Index, DocumentSet]]:
    """The index of exactly these documents, kept in a folder under `cache` for the next run.

    A stamp names the documents and the code that reads them. When it differs, the documents are
    read again; only texts that changed are embedded again. With `keep`, documents that are the
    same stay as they were read, whatever became of the code. Raises ShioriError as ingestion and
    opening do.
    """
    from ingest.pipeline import ingest

    found = find_documents(documents)
    place = f"{documents.resolve()}\n{embedder.info.fingerprint}"
    folder = cache / f"{found.about.name}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    stamp = folder / "stamp.txt"
    wanted = [found.about.sha256, reading_code_sha256()]
    with Index.open(folder, embedder, mend=True) as index:
        read = stamp.read_text(encoding="ascii").split() if stamp.is_file() else []
        if read[:1] != wanted[:1] or (read != wanted and not keep):
            stamp.unlink(missing_ok=True)
            for document in index.documents():
                if document.source not in found.sources:
                    index.remove(document.id)
            report = ingest([documents], index, progress=progress, force=True)
            for failure in report.failures:
                log.warning("%s: %s", failure.source, failure.message)
            index.compact()
            stamp.write_text("\n".join(wanted), encoding="ascii")
        yield index, found.about


@contextmanager
def open_existing(data_dir: Path, embedder: Embedder) -> Iterator[tuple[Index, DocumentSet]]:
    """The index of `data_dir` as it is. Raises EvaluationError when it is empty."""
    with Index.open(data_dir, embedder) as index:
        contents = [f"{document.source}\0{document.content_hash}" for document in index.documents()]
        if not contents:
            raise EvaluationError(
                f"{data_dir}: 文書が登録されていません。"
                "先に shiori ingest で登録するか、--documents を指定してください。"
            )
        digest = hashlib.sha256("\n".join(contents).encode()).hexdigest()
        yield index, DocumentSet(name=str(data_dir), sha256=digest)


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
