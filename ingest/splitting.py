"""Blocks into chunks: a few sentences, a list with its lead-in, one table row, one note."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.marks import clean_title, is_list_item
from ingest.structure import Block
from ingest.table_rows import RowPiece, row_pieces
from rag.text import MappedText, join_lines, search_text, split_sentences
from rag.types import Chunk, ChunkKind, Page

_PROSE = 350  # characters a prose chunk should not pass
_ENOUGH = 200  # from here on a paragraph end closes a prose chunk
_LIST = 500  # characters up to which a list stays whole
_SMALL = 60  # a last chunk shorter than this joins the one before
_LEADER = re.compile(r"[ 　]*(?:[.．・…‥][ 　]*){4,}")  # dots up to a page number
_LONGEST = 700  # a single sentence longer than this is cut
_LEAD_IN = re.compile(
    r"(?:[：:]|次のとおり.{0,12}|以下の?とおり.{0,12}|とおりです。|とおりとする。|(?:次|以下)の.{0,20})$"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or label: range in the page text and its length when read."""

    start: int
    end: int
    length: int
    is_item: bool
    opens_paragraph: bool
    is_lead_in: bool


def split_page(page: Page, blocks: Sequence[Block], title: str, first_ordinal: int) -> list[Chunk]:
    """Chunks of one page, in order, not overlapping; ordinals count on from `first_ordinal`."""
    chunks: list[Chunk] = []

    def add(
        start: int,
        end: int,
        kind: ChunkKind,
        text: str,
        block: Block,
        extra: str = "",
        columns: tuple[str, ...] = (),
        cells: tuple[str, ...] = (),
        searched: str | None = None,
    ) -> None:
        ordinal = first_ordinal + len(chunks)
        body = text if searched is None else searched
        chunks.append(
            Chunk(
                id=f"{page.document_id}:{ordinal:05d}",
                document_id=page.document_id,
                ordinal=ordinal,
                page=page.number,
                start=start,
                end=end,
                kind=kind,
                text=text,
                search_text=search_text(title, *block.heading, extra, body),
                heading=block.heading,
                columns=columns,
                cells=cells,
            )
        )

    for block in blocks:
        if block.table is not None:
            for piece in row_pieces(page.text, block):
                add(
                    piece.start,
                    piece.end,
                    ChunkKind.TABLE_ROW,
                    piece.text,
                    block,
                    columns=piece.columns,
                    cells=piece.cells,
                )
            continue
        for start, end, kind, lead_in in _flow_chunks(page.text, block):
            body = _reading(page.text, block.paragraphs, start, end)
            text = "\n".join((*_heading_lines(page.text, start, block.body_start), body)).strip()
            add(start, end, kind, text, block, extra=lead_in, searched=body)
    return chunks


def _reading(page_text: str, paragraphs: Sequence[tuple[int, int]], start: int, end: int) -> str:
    """The paragraphs within a range as read: wrapped lines joined, a line break between them."""
    read = []
    for first, last in paragraphs:
        if first < end and last > start:
            text = join_lines(page_text[max(first, start) : min(last, end)]).text
            read.append(_LEADER.sub(" … ", text))
    return "\n".join(text for text in read if text.strip())


def _heading_lines(page_text: str, start: int, body_start: int) -> list[str]:
    lines = page_text[start:body_start].split("\n") if start < body_start else []
    return [title for line in lines if (title := clean_title(line))]


def _flow_chunks(page_text: str, block: Block) -> Iterator[tuple[int, int, ChunkKind, str]]:
    units = [unit for first, last in block.paragraphs for unit in _units(page_text, first, last)]
    if not units:
        yield block.start, block.end, ChunkKind.PROSE, ""
        return
    groups = _pack(units)
    lead_in = ""
    for number, group in enumerate(groups):
        start = block.start if number == 0 else group[0].start
        end = (
            block.end
            if number + 1 == len(groups)
            else _trimmed(page_text, groups[number + 1][0].start)
        )
        items = sum(unit.is_item for unit in group)
        kind = ChunkKind.LIST if items * 2 > len(group) else ChunkKind.PROSE
        repeated = lead_in if group[0].is_item else ""
        yield start, end, kind, repeated
        lead_in = _lead_in_of(page_text, group, lead_in)


def _lead_in_of(page_text: str, group: Sequence[Unit], before: str) -> str:
    """The line that introduces the list a group ends in, to be repeated with its next part."""
    if not group[-1].is_item:
        return ""
    for unit in reversed(group):
        if not unit.is_item:
            return join_lines(page_text[unit.start : unit.end]).text[:120]
    return before


def _trimmed(page_text: str, end: int) -> int:
    while page_text[end - 1].isspace():
        end -= 1
    return end


def _units(page_text: str, start: int, end: int) -> Iterator[Unit]:
    """Sentences and list items of a stretch of text, in order."""
    mapped = join_lines(page_text[start:end])
    for line_start, line_end in _logical_lines(mapped.text):
        line = mapped.text[line_start:line_end]
        if is_list_item(line) and len(line) <= _LIST:
            yield _unit(mapped, start, line_start, line_end, is_item=True, opens=True)
            continue
        for sentence_start, sentence_end in split_sentences(line):
            for cut_start, cut_end in _cut_long(line, sentence_start, sentence_end):
                yield _unit(
                    mapped,
                    start,
                    line_start + cut_start,
                    line_start + cut_end,
                    is_item=False,
                    opens=cut_start == 0,
                )


def _logical_lines(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for line in text.split("\n"):
        if line.strip():
            yield position, position + len(line)
        position += len(line) + 1


def _cut_long(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        cut = max(line.rfind(mark, start + _PROSE // 2, start + _PROSE) for mark in "、，・ 　")
        cut = start + _PROSE if cut < 0 else cut + 1
        yield start, cut
        start = cut
    yield start, end


def _unit(
    mapped: MappedText, offset: int, start: int, end: int, *, is_item: bool, opens: bool
) -> Unit:
    text = mapped.text[start:end]
    source_start, source_end = mapped.source_range(start, end)
    return Unit(
        offset + source_start,
        offset + source_end,
        len(_LEADER.sub(" … ", text)),
        is_item,
        opens,
        bool(_LEAD_IN.search(text))
        or (not is_item and len(text) <= 30 and not text.endswith("。")),
    )


def _pack(units: Sequence[Unit]) -> list[list[Unit]]:
    """Neighbouring units grouped into chunks."""
    if sum(unit.length for unit in units) <= _PROSE + _SMALL:
        return [list(units)]
    groups: list[list[Unit]] = []
    current: list[Unit] = []
    for index, unit in enumerate(units):
        size = sum(u.length for u in current)
        if current and _closes(current, size, units, index):
            carried = _carried_lead_in(current, unit)
            groups.append(current[: len(current) - len(carried)] or current)
            current = carried if len(carried) < len(current) else []
        current.append(unit)
    groups.append(current)
    if (
        len(groups) > 1
        and _size(groups[-1]) < _SMALL
        and _size(groups[-2]) + _size(groups[-1]) <= _LIST
    ):
        tail = groups.pop()
        groups[-1].extend(tail)
    return groups


def _closes(current: Sequence[Unit], size: int, units: Sequence[Unit], index: int) -> bool:
    unit = units[index]
    if unit.is_item:
        if current[-1].is_item:
            return size + unit.length > _LIST
        run = 0
        while index < len(units) and units[index].is_item and run <= _LIST:
            run += units[index].length
            index += 1
        return size + min(run, _LIST // 2) > _LIST or (size > _ENOUGH and size + run > _LIST)
    if current[-1].is_item and unit.opens_paragraph:
        return size + unit.length > _PROSE or size >= _ENOUGH
    if size + unit.length > _PROSE:
        return True
    return size >= _ENOUGH and unit.opens_paragraph and not current[-1].is_lead_in


def _carried_lead_in(current: Sequence[Unit], unit: Unit) -> list[Unit]:
    """A lead-in goes with what it introduces."""
    if current[-1].is_lead_in and not current[-1].is_item and len(current) > 1:
        return [current[-1]]
    return []


def _size(units: Sequence[Unit]) -> int:
    return sum(unit.length for unit in units)


__all__ = ["RowPiece", "split_page"]
