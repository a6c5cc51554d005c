"""One file's bytes into document, pages and chunks, ready to be indexed."""

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ingest.catalog import CatalogEntry
from ingest.duplicates import mark_duplicates
from ingest.errors import FileLimitError, UnreadableFileError
from ingest.inspection import inspect
from ingest.limits import in_force
from ingest.loaders import LoadedDocument, load
from ingest.names import document_id
from ingest.pdf_findings import pdf_findings
from ingest.personal import pages_held
from ingest.quality import GARBLED_BELOW, text_quality
from ingest.recognition import recognise
from ingest.splitting import split_page
from ingest.structure import read_structure
from rag.text import clean
from rag.types import Chunk, Document, Page

# Raise it when the same file would give other chunks than before.
CHUNKER_VERSION = "8"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadFile:
    """What goes into the index. `seconds` by stage: read, structure."""

    document: Document
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    seconds: dict[str, float]


def read_file(
    content: bytes, source: str, entry: CatalogEntry | None = None, *, max_pages: int = 2_000
) -> ReadFile:
    """Document, pages and chunks of a file that is known under `source`.

    Raises:
        UnreadableFileError, UnsupportedFormatError: with a Japanese sentence for the user.
    """
    started = time.perf_counter()
    loaded = load(content, source, max_pages=max_pages)
    loaded_at = time.perf_counter()
    characters, most = sum(len(page.text) for page in loaded.pages), in_force().characters
    if characters > most:
        raise FileLimitError(
            f"「{source}」は{characters:,}文字あり、上限の{most:,}文字を超えています。分割して登録してください。"
        )
    identifier = document_id(source)
    pages = tuple(
        Page(
            document_id=identifier,
            number=number,
            text=page.text,
            label=page.label,
            quality=round(text_quality(page.text), 3),
        )
        for number, page in enumerate(loaded.pages, start=1)
    )
    entry = entry or CatalogEntry(file=source)
    document = _document(identifier, source, content, loaded, entry)
    hidden: tuple[int, ...] = ()
    if loaded.media_type == "application/pdf":
        findings = pdf_findings(content, max_pages)
        hidden = findings.hidden
        more = findings.warnings(source, loaded.warnings)
        document = replace(document, warnings=(*document.warnings, *more))
    held = pages_held(pages, accepted=False)
    chunks = cut(pages, document.title, held)
    if not chunks and held:
        raise UnreadableFileError(
            f"「{source}」には、マイナンバーとみられる番号があるため受け付けませんでした。"
            "番号を消した文書を登録してください。"
        )
    if not chunks:
        raise UnreadableFileError(
            f"「{source}」には検索できる文章がありません。内容を確かめてください。"
        )
    document = counted(replace(document, quality=inspect(pages, chunks, hidden)), pages, chunks)
    done = time.perf_counter()
    return ReadFile(
        document=document,
        pages=pages,
        chunks=tuple(chunks),
        seconds={"read": loaded_at - started, "structure": done - loaded_at},
    )


def cut(pages: Sequence[Page], title: str, excluded: Collection[int] = frozenset()) -> list[Chunk]:
    """The chunks of all pages, numbered through; garbled and `excluded` pages give none."""
    texts = [
        page.text if page.quality >= GARBLED_BELOW and page.number not in excluded else ""
        for page in pages
    ]
    chunks: list[Chunk] = []
    for page, blocks in zip(pages, read_structure(texts), strict=True):
        chunks.extend(split_page(page, blocks, title, len(chunks)))
    return mark_duplicates(chunks)


def _document(
    identifier: str, source: str, content: bytes, loaded: LoadedDocument, entry: CatalogEntry
) -> Document:
    # The title in the properties of a file may hold what no encoding can carry.
    found = recognise([page.text for page in loaded.pages[:80]], clean(loaded.metadata_title))
    stem = source.rsplit("/", 1)[-1].rpartition(".")[0]
    return Document(
        id=identifier,
        source=source,
        title=entry.title or found.title or stem or source,
        content_hash=hashlib.sha256(content).hexdigest(),
        kind=entry.kind or found.kind,
        publisher=entry.publisher or found.publisher,
        department=entry.department or found.department,
        issued=entry.issued or found.issued,
        valid_from=entry.valid_from or found.valid_from,
        valid_until=entry.valid_until or found.valid_until,
        successor=entry.successor,
        groups=entry.groups,
        confidentiality=entry.confidentiality,
        media_type=loaded.media_type,
        has_pages=loaded.has_pages,
        warnings=loaded.warnings,
    )


def counted(document: Document, pages: Sequence[Page], chunks: Sequence[Chunk]) -> Document:
    """The document with the sizes of these pages and chunks."""
    return replace(
        document,
        page_count=len(pages),
        character_count=sum(len(page.text) for page in pages),
        chunk_count=len(chunks),
    )
