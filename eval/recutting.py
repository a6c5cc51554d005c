"""The same pages cut in a plainer way: what headings, table rows and chunks of their own earn."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from langchain_text_splitters import RecursiveCharacterTextSplitter

from ingest.duplicates import mark_duplicates
from rag.embedding import Embedder
from rag.index import Index
from rag.text import join_lines, search_text
from rag.types import Chunk, ChunkKind, Document, Page

Cut = Literal["product", "no_headings", "no_table_rows", "plain"]

_PLAIN_CHARACTERS = 1_000
_ROWS_CHARACTERS = 350  # as much as a chunk of prose


@dataclass(frozen=True, kw_only=True, slots=True)
class CutDocument:
    document: Document
    pages: Sequence[Page]
    chunks: Sequence[Chunk]  # as the product cuts them


def recut(given: CutDocument, cut: Cut) -> list[Chunk]:
    """The chunks of the document under this cut, numbered anew, repetitions marked.

    `no_headings` searches and reads them without title and headings, `no_table_rows` reads tables
    as prose, `plain` splits the page text every 1,000 characters and knows nothing of structure.
    """
    if cut == "product":
        return list(given.chunks)
    if cut == "no_headings":
        chunks = [
            replace(chunk, heading=(), search_text=search_text("", chunk.text))
            for chunk in given.chunks
        ]
    elif cut == "no_table_rows":
        pages = {page.number: page for page in given.pages}
        chunks = list(_without_rows(given.document, pages, given.chunks))
    else:
        return _numbered([chunk for page in given.pages for chunk in _plain(page)])
    return mark_duplicates(_numbered([replace(chunk, duplicate_of="") for chunk in chunks]))


def _numbered(chunks: Sequence[Chunk]) -> list[Chunk]:
    return [
        replace(chunk, id=f"{chunk.document_id}:{ordinal:05d}", ordinal=ordinal)
        for ordinal, chunk in enumerate(chunks)
    ]


def _without_rows(
    document: Document, pages: dict[int, Page], chunks: Sequence[Chunk]
) -> Iterator[Chunk]:
    """The chunks; neighbouring rows of a page become one piece of prose of ordinary length."""
    rows: list[Chunk] = []

    def merged() -> Iterator[Chunk]:
        if rows:
            first, last = rows[0], rows[-1]
            text = join_lines(pages[first.page].text[first.start : last.end]).text
            yield replace(
                first,
                end=last.end,
                kind=ChunkKind.PROSE,
                text=text,
                search_text=search_text(document.title, *first.heading, text),
                columns=(),
                cells=(),
            )
            rows.clear()

    for chunk in chunks:
        fits = rows and chunk.page == rows[0].page and chunk.heading == rows[0].heading
        if chunk.kind is not ChunkKind.TABLE_ROW:
            yield from merged()
            yield chunk
            continue
        if not fits or chunk.end - rows[0].start > _ROWS_CHARACTERS:
            yield from merged()
        rows.append(chunk)
    yield from merged()


def _plain(page: Page) -> Iterator[Chunk]:
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=_PLAIN_CHARACTERS, chunk_overlap=0, add_start_index=True
    )
    for split in splitter.create_documents([page.text]):
        start, text = split.metadata["start_index"], split.page_content
        yield Chunk(
            id="",
            document_id=page.document_id,
            ordinal=0,
            page=page.number,
            start=start,
            end=start + len(text),
            kind=ChunkKind.PROSE,
            text=text,
            search_text=search_text("", text),
        )


@contextmanager
def open_recut(
    base: Index,
    cut: Cut,
    cache: Path,
    embedder: Embedder,
    on_embedded: Callable[[int], None] = lambda count: None,
) -> Iterator[Index]:
    """The documents of `base` under another cut, in an index kept in a folder under `cache`.

    It is filled anew when the chunks differ from those it was made of; `on_embedded` is then
    called with the number of chunks of each batch. Raises ShioriError as opening and adding do.
    """
    if cut == "product":
        yield base
        return
    given = [
        CutDocument(
            document=document,
            pages=base.pages(document.id),
            chunks=base.chunks_of(document.id),
        )
        for document in base.documents()
    ]
    place = f"{base.data_dir.resolve()}\n{embedder.info.fingerprint}"
    folder = cache / f"recut-{cut}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    stamp = folder / "stamp.txt"
    recutted = [(each, recut(each, cut)) for each in given]
    wanted = _digest([chunk for _, chunks in recutted for chunk in chunks], given)
    with Index.open(folder, embedder, mend=True) as index:
        if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
            stamp.unlink(missing_ok=True)
            here = {each.document.id for each in given}
            for document in index.documents():
                if document.id not in here:
                    index.remove(document.id)
            for each, chunks in recutted:
                index.add(each.document, each.pages, chunks, on_embedded=on_embedded)
            index.compact()
            stamp.write_text(wanted, encoding="ascii")
        yield index


def _digest(chunks: Sequence[Chunk], given: Sequence[CutDocument]) -> str:
    digest = hashlib.sha256()
    for part in (*chunks, *(each.document for each in given)):
        digest.update(repr(part).encode())
    return digest.hexdigest()
