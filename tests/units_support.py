"""Quotable pieces made by hand: a sentence, a list, a table row, each alone in its chunk."""

from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit, join_parts, units_of


def page_of(text: str) -> Page:
    return Page(document_id="d", number=1, text=text)


def chunk_of(
    text: str,
    kind: ChunkKind = ChunkKind.PROSE,
    columns: tuple[str, ...] = (),
    cells: tuple[str, ...] = (),
) -> Chunk:
    """The chunk `d:00000`, which is the whole text of its page."""
    return Chunk(
        id="d:00000",
        document_id="d",
        ordinal=0,
        page=1,
        start=0,
        end=len(text),
        kind=kind,
        text=text,
        search_text=text,
        columns=columns,
        cells=cells,
    )


def unit(*parts: str, kind: ChunkKind = ChunkKind.PROSE) -> Unit:
    """A piece of these sentences or lines."""
    text = join_parts(parts, kind)
    return Unit(chunk_of(text, kind), 0, len(text), parts, kind)


def row(columns: tuple[str, ...], cells: tuple[str, ...]) -> Unit:
    """A table row as the product cuts it; without `columns`, one whose head is not known."""
    text = "\t".join(cells)
    (only,) = units_of(chunk_of(text, ChunkKind.TABLE_ROW, columns, cells), page_of(text))
    return only
