"""Whether an ingestion would change anything, found out without opening the indexes.

Opening them takes seconds; `make serve` asks this question at every start.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.pipeline import CHUNKER_VERSION, ingest
from rag.locking import FolderLock
from rag.manifest import CHUNKER
from rag.registry import Database, documents, journal
from rag.registry.database import REGISTRY_FILE
from rag.types import Chunk, Document, Page


class _StaleError(Exception):
    pass


class _RegisteredDocuments:
    """What ingestion sees of an index, with the registry behind it and nothing to write to."""

    def __init__(self, registered: Sequence[Document]) -> None:
        self._registered = list(registered)

    def documents(self) -> list[Document]:
        return self._registered

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | None = None,
        on_embedded: Callable[[int], None] | None = None,
    ) -> None:
        raise _StaleError


def unchanged_files(paths: Sequence[Path], data_dir: Path) -> int | None:
    """How many files `paths` name, when all of them are registered as they are now; else None.

    Raises IndexLockedError when another process has the folder.
    """
    registry = data_dir / REGISTRY_FILE
    if not registry.is_file():
        return None
    lock = FolderLock(data_dir)
    try:
        database = Database(registry)
        try:
            with database.read() as connection:
                registered = [d for d, _ in documents.all_documents(connection).values()]
                chunker = journal.read_manifest(connection).get(CHUNKER)
                unfinished = journal.unfinished(connection)
        finally:
            database.close()
    finally:
        lock.release()
    if chunker != CHUNKER_VERSION or unfinished:
        return None
    try:
        report = ingest(paths, _RegisteredDocuments(registered))
    except _StaleError:
        return None
    return None if report.failures else len(report.unchanged)
