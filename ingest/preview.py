"""A look at files before they are taken in: read and reported, kept nowhere."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest.limits import Limits
from ingest.pipeline import ingest
from ingest.progress import IngestProgress
from ingest.report import IngestReport
from rag.types import Chunk, Document, Page


class _Preview:
    """What ingestion sees of an index that forgets everything but the documents themselves."""

    def __init__(self) -> None:
        self._seen: list[Document] = []

    def documents(self) -> list[Document]:
        return list(self._seen)

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | None = None,
        on_embedded: Callable[[int], None] | None = None,
    ) -> None:
        self._seen.append(document)


def preview(
    paths: Iterable[Path], *, progress: IngestProgress | None = None, limits: Limits | None = None
) -> IngestReport:
    """The report that `ingest` would give into an empty index, likeness among the files included."""
    return ingest(paths, _Preview(), progress=progress, limits=limits)
