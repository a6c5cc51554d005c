"""From page texts to blocks: running text, table or note, each with its heading path."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ingest.cleaning import find_furniture
from ingest.headings import find_headings
from ingest.lines import Line, is_open, read_lines
from ingest.marks import DOCUMENT, Heading, is_toc_entry
from ingest.notes import find_notes
from ingest.outline import read_outline
from ingest.rows import find_rows
from ingest.scattered_headers import header_tokens
from ingest.tables import Table, find_tables

_CONTINUES = re.compile(r"[ぁ-ゖ、。，．）」』】〉》]")
_IMPRINT = re.compile(r"^[（(]?(?:TEL|電話|E-?mail|メール|FAX)\s*[：:]", re.IGNORECASE)
_NUMBERED = 50  # up to this level headings carry numbers
_PROSE_LINE = 25  # characters from which a line counts as prose
_CAPTION = 72  # headings from this level on belong to what stands right below them only


class BlockKind(StrEnum):
    FLOW = "flow"
    TABLE = "table"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A stretch of one page. `start` may reach back over the headings directly before the body.

    `paragraphs` are the ranges within the body that blank lines set apart; wrapped lines are
    joined inside them only.
    """

    kind: BlockKind
    heading: tuple[str, ...]
    start: int
    body_start: int
    end: int
    paragraphs: tuple[tuple[int, int], ...] = ()
    table: Table | None = None


def read_structure(pages: Sequence[str]) -> list[list[Block]]:
    """Blocks of every page, in order; heading paths carry over from page to page.

    Every line of a page that is not furniture lies in exactly one block.
    """
    lines_of = [read_lines(text) for text in pages]
    furniture = find_furniture(lines_of)
    everything = [line for lines in lines_of for line in lines]
    outline = read_outline(everything)
    stack: list[Heading] = []
    out: list[list[Block]] = []
    for text, all_lines, waste in zip(pages, lines_of, furniture, strict=True):
        lines = [line for index, line in enumerate(all_lines) if index not in waste]
        tables, notes = _tables_and_notes(text, lines)
        taken = {i for t in tables for i in range(t.first, t.last + 1)}
        taken.update(i for first, last in notes for i in range(first, last + 1))
        headings = find_headings(lines, frozenset(taken), outline)
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
    opened = 0  # index of the first of them
    waiting = 0  # the highest level among them
    index = 0
    while index < len(lines):
        if lines[index].opens_page and index not in headings:
            _push_late(lines, index, headings, stack)
        if index in headings:
            heading = headings[index]
            if pending is not None and heading.level < waiting:
                # Headings of figures that are not in the text: they have no body to go with.
                empty = lines[opened:index]
                blocks.append(_text_block(BlockKind.FLOW, _path(stack), None, empty))
                pending = None
            if index and heading.level >= 40 and lines[index].gap >= 2:
                _leave_imprint(stack, lines[index - 1])
            _push(stack, heading)
            waiting = heading.level if pending is None else min(waiting, heading.level)
            if pending is None:
                pending, opened = lines[index].start, index
            index += heading.lines
            continue
        first = lines[index].start
        if index in starts:
            table = starts[index]
            path = _path(stack, _caption_below(lines, table, headings))
            last = table.last
            blocks.append(
                Block(
                    kind=BlockKind.TABLE,
                    heading=path,
                    start=first if pending is None else pending,
                    body_start=first,
                    end=lines[last].end,
                    table=table,
                )
            )
        elif index in note_ends:
            last = note_ends[index]
            body = lines[index : last + 1]
            blocks.append(_text_block(BlockKind.NOTE, _path(stack), pending, body))
        else:
            last = index
            while last + 1 < len(lines) and not (
                last + 1 in headings or last + 1 in starts or last + 1 in note_ends
            ):
                last += 1
            if pending is None or lines[index].gap >= 2:
                _drop_captions(stack)
            body = lines[index : last + 1]
            blocks.append(_text_block(BlockKind.FLOW, _path(stack), pending, body))
        pending = None
        index = last + 1
    if pending is not None:
        blocks.append(_text_block(BlockKind.FLOW, _path(stack), None, lines[opened:]))
    return blocks


def _text_block(
    kind: BlockKind, path: tuple[str, ...], pending: int | None, body: Sequence[Line]
) -> Block:
    paragraphs = [(body[0].start, body[0].end)]
    for before, line in pairwise(body):
        listed = is_toc_entry(before.text) or is_toc_entry(line.text)
        if listed or (line.gap and not (is_open(before.text) and _CONTINUES.match(line.text))):
            paragraphs.append((line.start, line.end))
        else:
            paragraphs[-1] = (paragraphs[-1][0], line.end)
    return Block(
        kind=kind,
        heading=path,
        start=body[0].start if pending is None else pending,
        body_start=body[0].start,
        end=body[-1].end,
        paragraphs=tuple(paragraphs),
    )


def _push(stack: list[Heading], heading: Heading) -> None:
    while stack and stack[-1].level >= heading.level:
        stack.pop()
    stack.append(heading)


def _push_late(
    lines: Sequence[Line], index: int, headings: dict[int, Heading], stack: list[Heading]
) -> None:
    """On pages whose headings stand in text boxes, extraction puts them behind the body.

    Numbered headings with hardly any text after them, on a page that opens with prose, belong
    to that prose.
    """
    end = index + 1
    while end < len(lines) and not lines[end].opens_page:
        end += 1
    late = [i for i in range(index, end) if i in headings and headings[i].level <= _NUMBERED]
    if not late:
        return

    def prose(first: int, last: int) -> int:
        texts = [lines[i].text for i in range(first, last) if i not in headings]
        return sum(len(text) for text in texts if len(text) >= _PROSE_LINE)

    before = prose(index, late[0])
    if before < 4 * _PROSE_LINE or prose(late[0], end) * 3 > before:
        return
    for i in late:
        heading = headings[i]
        if (
            stack
            and stack[-1].level == heading.level
            and stack[-1].title in {headings[j].title for j in late}
        ):
            stack.append(Heading(heading.level + 1, heading.title))  # both stand for this page
        else:
            _push(stack, heading)


def _leave_imprint(stack: list[Heading], before: Line) -> None:
    """Behind the imprint (TEL, E-mail) a new part begins, whatever its headings look like."""
    if _IMPRINT.search(before.text):
        stack.clear()


def _drop_captions(stack: list[Heading]) -> None:
    while stack and stack[-1].level >= _CAPTION:
        stack.pop()


def _path(stack: Sequence[Heading], caption: str = "") -> tuple[str, ...]:
    titles = [heading.title for heading in stack if heading.level != DOCUMENT]
    return (*titles, caption) if caption and caption not in titles else tuple(titles)


def _caption_below(lines: Sequence[Line], table: Table, headings: dict[int, Heading]) -> str:
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
