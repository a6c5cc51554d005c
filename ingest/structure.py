"""From page texts to blocks: running text, table or note, each with its heading path."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.cleaning import find_furniture
from ingest.headings import Heading, find_headings, markdown_levels_are_sound, toc_levels
from ingest.lines import Line, read_lines
from ingest.notes import find_notes
from ingest.rows import find_rows
from ingest.scattered_headers import header_tokens
from ingest.tables import Table, find_tables

_CAPTION = 72  # headings from this level on belong to what stands right below them only


class BlockKind(StrEnum):
    FLOW = "flow"
    TABLE = "table"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A stretch of one page. `start` may reach back over the headings directly before the body.

    `pieces` are the ranges of its lines, so that furniture between them can be left out.
    """

    kind: BlockKind
    heading: tuple[str, ...]
    start: int
    body_start: int
    end: int
    table: Table | None = None


def read_structure(pages: Sequence[str]) -> list[list[Block]]:
    """Blocks of every page, in order; heading paths carry over from page to page.

    Every line of a page that is not furniture lies in exactly one block.
    """
    lines_of = [read_lines(text) for text in pages]
    furniture = find_furniture(lines_of)
    everything = [line for lines in lines_of for line in lines]
    toc = toc_levels(everything)
    sound = markdown_levels_are_sound(everything)
    stack: list[Heading] = []
    out: list[list[Block]] = []
    for text, all_lines, waste in zip(pages, lines_of, furniture, strict=True):
        lines = [line for index, line in enumerate(all_lines) if index not in waste]
        tables, notes = _tables_and_notes(text, lines)
        taken = {i for t in tables for i in range(t.first, t.last + 1)}
        taken.update(i for first, last in notes for i in range(first, last + 1))
        headings = find_headings(lines, frozenset(taken), toc, sound)
        out.append(_assemble(lines, tables, notes, headings, stack))
    return out


def _tables_and_notes(
    text: str, lines: Sequence[Line]
) -> tuple[list[Table], list[tuple[int, int]]]:
    ruled = [table for table in find_tables(text, lines) if table.rows]
    taken = {i for t in ruled for i in range(t.first, t.last + 1)}
    glossary_or_rows = find_rows(text, lines, frozenset(taken))
    taken.update(i for t in glossary_or_rows for i in range(t.first, t.last + 1))
    notes = find_notes(lines, frozenset(taken))
    return sorted([*ruled, *glossary_or_rows], key=lambda t: t.first), notes


def _assemble(
    lines: Sequence[Line],
    tables: Sequence[Table],
    notes: Sequence[tuple[int, int]],
    headings: dict[int, Heading],
    stack: list[Heading],
) -> list[Block]:
    starts = {table.first: table for table in tables}
    note_ends = dict(notes)
    blocks: list[Block] = []
    pending: int | None = None  # start of headings that wait for their body
    index = 0
    while index < len(lines):
        if index in headings:
            _push(stack, headings[index])
            pending = lines[index].start if pending is None else pending
            index += 1
            continue
        first = lines[index].start
        if index in starts:
            table = starts[index]
            path = _path(stack, _caption_below(lines, table, headings))
            last = table.last
            blocks.append(
                _block(BlockKind.TABLE, path, pending, first, lines[last].end, table)
            )
        elif index in note_ends:
            last = note_ends[index]
            blocks.append(_block(BlockKind.NOTE, _path(stack), pending, first, lines[last].end))
        else:
            last = index
            while last + 1 < len(lines) and not (
                last + 1 in headings or last + 1 in starts or last + 1 in note_ends
            ):
                last += 1
            if pending is None or lines[index].gap >= 2:
                _drop_captions(stack)
            blocks.append(_block(BlockKind.FLOW, _path(stack), pending, first, lines[last].end))
        pending = None
        index = last + 1
    if pending is not None:
        end = lines[-1].end
        blocks.append(_block(BlockKind.FLOW, _path(stack), pending, pending, end))
    return blocks


def _block(
    kind: BlockKind,
    path: tuple[str, ...],
    pending: int | None,
    first: int,
    end: int,
    table: Table | None = None,
) -> Block:
    start = first if pending is None else pending
    return Block(kind=kind, heading=path, start=start, body_start=first, end=end, table=table)


def _push(stack: list[Heading], heading: Heading) -> None:
    while stack and stack[-1].level >= heading.level:
        stack.pop()
    stack.append(heading)


def _drop_captions(stack: list[Heading]) -> None:
    while stack and stack[-1].level >= _CAPTION:
        stack.pop()


def _path(stack: Sequence[Heading], caption: str = "") -> tuple[str, ...]:
    titles = [heading.title for heading in stack]
    return (*titles, caption) if caption and caption not in titles else tuple(titles)


def _caption_below(
    lines: Sequence[Line], table: Table, headings: dict[int, Heading]
) -> str:
    """Extraction from slides puts a table's 【caption】 below it, behind its column heads."""
    if not table.columns or any("\t" in lines[i].text for i in (table.first, table.last)):
        return ""
    for index in range(table.last + 1, min(len(lines), table.last + 5)):
        if lines[index].text.startswith("【") and index in headings:
            return headings[index].title
        if lines[index].text.startswith("【") and len(lines[index].text) <= 40:
            return lines[index].text
        if not header_tokens(lines[index].text):
            return ""
    return ""
