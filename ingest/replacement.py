"""A file in the place of a registered document, with a receipt; the old one kept as 旧版 if wanted."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from ingest.catalog import CatalogEntry
from ingest.isolation import read_isolated
from ingest.limits import Limits
from ingest.names import document_id
from ingest.progress import IngestProgress, SilentProgress
from ingest.reading import ReadFile
from rag.index import Index
from rag.types import Document, ReplacementReceipt


def replace_document(
    document: Document,
    content: bytes,
    index: Index,
    *,
    keep_old: bool = False,
    on: date | None = None,
    limits: Limits | None = None,
    progress: IngestProgress | None = None,
) -> tuple[ReadFile, ReplacementReceipt]:
    """What was read from `content`, now under the source of `document`, and the receipt.

    With `keep_old` the old text stays as an old version, superseded on the day `on` (today when
    None). What was said of the document (title, kind, office, successor) stays; its dates are read
    anew, because a new edition has others.

    Raises as `read_isolated` and `Index.replace`; then the old document is as it was.
    """
    entry = CatalogEntry(
        file=document.source,
        title=document.title,
        kind=document.kind,
        publisher=document.publisher,
        department=document.department,
        successor=document.successor,
    )
    read = read_isolated(content, document.source, entry, limits=limits)
    keep_as = None
    if keep_old:
        source = old_version_source(document.source, {d.source for d in index.documents()})
        keep_as = (document_id(source), source)
    receipt = index.replace(
        replace(read.document, superseded_on=document.superseded_on),
        read.pages,
        read.chunks,
        original=content,
        keep_as=keep_as,
        on=on,
        on_embedded=(progress or SilentProgress()).chunks_embedded,
    )
    return read, receipt


def old_version_source(source: str, taken: Collection[str]) -> str:
    """The name of the next old version: 要綱.pdf becomes 要綱（旧版1）.pdf, then 要綱（旧版2）.pdf."""
    path, number = PurePosixPath(source), 1
    while (name := str(path.with_name(f"{path.stem}（旧版{number}）{path.suffix}"))) in taken:
        number += 1
    return name
