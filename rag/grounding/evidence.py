"""The evidence that a model is given: numbered by the server, each passage cut into its pieces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.extraction import leads_in
from rag.grounding.instructions import commands
from rag.grounding.pieces import Piece
from rag.temporal import fiscal_year
from rag.types import Chunk, ChunkKind, Document, Page, Passage
from rag.units import Unit, units_of


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberedEvidence:
    """`pieces[i]` is what `units[i]` says; both are in text order."""

    id: str  # E1, E2, …
    passage: Passage
    document: Document
    units: tuple[Unit, ...]
    pieces: tuple[Piece, ...]


def numbered(
    passages: Sequence[Passage],
    get_document: Callable[[str], Document],
    get_page: Callable[[str, int], Page],
    chunks_of_page: Callable[[str, int], Sequence[Chunk]],
) -> list[NumberedEvidence]:
    """The passages with numbers of the server's own, whatever numbers their text holds.

    Units that command are no pieces: nothing rests on them.
    """
    found: list[NumberedEvidence] = []
    for number, passage in enumerate(passages, start=1):
        document = get_document(passage.document_id)
        page = get_page(passage.document_id, passage.page)
        within = [
            chunk
            for chunk in chunks_of_page(passage.document_id, passage.page)
            if chunk.id in passage.chunk_ids
        ]
        units = tuple(
            unit for chunk in within for unit in units_of(chunk, page) if not commands(unit.text)
        )
        leads = ["", *(unit.text if leads_in(unit.text) else "" for unit in units)]
        pieces = tuple(
            Piece(f"E{number}", _lines(unit), f"{context_of(document, unit.chunk)} {lead}".strip())
            for unit, lead in zip(units, leads, strict=False)
        )
        found.append(
            NumberedEvidence(
                id=f"E{number}", passage=passage, document=document, units=units, pieces=pieces
            )
        )
    return found


def _lines(unit: Unit) -> str:
    """A unit's text, each item of a list on a line of its own: each is said for itself."""
    return unit.text if unit.kind is ChunkKind.TABLE_ROW else "\n".join(unit.parts)


def context_of(document: Document, chunk: Chunk) -> str:
    """What a piece stands under: title, offices and dates of its document, its headings."""
    parts = [document.title, document.publisher, document.department, dates_of(document)]
    headings = [heading for heading in chunk.heading if not commands(heading)]
    return " ".join(filter(None, (*parts, *headings)))


def dates_of(document: Document) -> str:
    """策定日 and 対象期間 as a reader would write them."""
    parts = []
    if document.issued is not None:
        parts.append(f"{document.issued.year}年{document.issued.month}月")
    if document.valid_from is not None and document.valid_until is not None:
        first, last = fiscal_year(document.valid_from), fiscal_year(document.valid_until)
        parts.append(f"{first}年度から{last}年度まで")
    return " ".join(parts)
