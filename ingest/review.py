"""A person's decision on a document: pages left out of searching and answers, findings accepted."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from ingest.inspection import inspect
from ingest.personal import pages_held
from ingest.reading import ReadFile, counted, cut
from rag.errors import IngestError
from rag.types import Chunk, Document, Page


class ReviewError(IngestError):
    """The decision cannot be carried out; the message says why."""

    code = "review"


class ReviewedIndex(Protocol):
    """The part of the index that a decision needs."""

    def pages(self, document_id: str) -> list[Page]: ...

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        on_embedded: Callable[[int], None] = ...,
    ) -> None: ...


def exclude_pages(index: ReviewedIndex, document: Document, excluded: Collection[int]) -> Document:
    """Exactly these pages (from 1) are neither searched nor cited from now on; none, none.

    They stay stored and can be taken back. In force at once, or not at all after an error.

    Raises:
        ReviewError: a page that the document does not have, or nothing would be left to search.
    """
    pages = index.pages(document.id)
    wanted = tuple(sorted(set(excluded)))
    unknown = [number for number in wanted if not 1 <= number <= len(pages)]
    if unknown:
        raise ReviewError(
            f"「{document.source}」に{unknown[0]}ページはありません（全{len(pages)}ページ）。ページ番号を確かめてください。"
        )
    changed, chunks = _without(document, pages, wanted)
    if not chunks:
        raise ReviewError(
            f"「{document.source}」のすべてのページを外すことはできません。文書ごと使わない場合は削除してください。"
        )
    index.add(changed, pages, chunks)
    return changed


def accept(index: ReviewedIndex, document: Document, accepted: bool) -> Document:
    """Notes that a person takes the document as it is, or takes that back."""
    pages = index.pages(document.id)
    changed, chunks = _without(replace(document, accepted=accepted), pages, document.excluded_pages)
    index.add(changed, pages, chunks)
    return changed


def with_review_of(read: ReadFile, known: Document | None) -> ReadFile:
    """The same file read again keeps the decision taken on it; another content has none yet."""
    if known is None or known.content_hash != read.document.content_hash:
        return read
    excluded = tuple(number for number in known.excluded_pages if number <= len(read.pages))
    document, chunks = _without(
        replace(read.document, accepted=known.accepted), read.pages, excluded
    )
    return replace(read, document=document, chunks=tuple(chunks)) if chunks else read


def page_numbers(text: str) -> tuple[int, ...]:
    """「3-5,8」 as 3, 4, 5, 8.

    Raises:
        ReviewError: anything else.
    """
    found: list[int] = []
    for part in filter(None, text.replace("、", ",").replace(" ", "").split(",")):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ReviewError(
                f"ページの指定「{text[:40]}」が正しくありません。3-5 や 3,8 のように指定してください。"
            )
        found.extend(range(int(first), min(int(last or first), int(first) + 10_000) + 1))
    if not found:
        raise ReviewError("ページの指定が空です。3-5 や 3,8 のように指定してください。")
    return tuple(sorted(set(found)))


def _without(
    document: Document, pages: Sequence[Page], excluded: tuple[int, ...]
) -> tuple[Document, list[Chunk]]:
    held = pages_held(pages, accepted=document.accepted)
    chunks = cut(pages, document.title, frozenset(excluded) | held)
    hidden = document.quality.hidden_pages
    quality = inspect([page for page in pages if page.number not in excluded], chunks, hidden)
    changed = replace(document, excluded_pages=excluded, quality=quality)
    return counted(changed, pages, chunks), chunks
