"""Table rows for reading: 「No.: 31／事業名: 博物館DX推進事業／担当課: 歴史情報博物館」"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.structure import Block
from ingest.tables import Row, Span, Table
from rag.text import JAPANESE, join_lines, split_sentences

_OTHER_TAG = re.compile(r"</?(?!li\b|br\b)[a-zA-Z]{1,10}(?:\s[^<>]*)?/?>", re.IGNORECASE)
# A line break between Japanese characters inside a narrow cell is a wrap, not a word gap.
_WRAP = re.compile(rf"(?<=[{JAPANESE}（、])[ \t]*\n+[ \t]*(?=[{JAPANESE}）])(?![・])")
_FILLED = 2  # leading cells filled from above; more of them are a total row
_LONGEST_ROW = 600  # characters; a longer row becomes several chunks
_PIECE = 400


@dataclass(frozen=True, slots=True)
class RowPiece:
    """One chunk of a table: mostly a whole row, of a very long row a part of its cells.

    A leading cell that is empty because it was merged has the text of the cell above.
    """

    start: int
    end: int
    text: str
    columns: tuple[str, ...]
    cells: tuple[str, ...]


def row_pieces(page_text: str, block: Block) -> Iterator[RowPiece]:
    """The rows of a table block in order; the first reaches back over headings and header rows."""
    assert block.table is not None
    table = block.table
    above: list[str] = []
    cells_above: list[str] = []
    groups: list[str] = []
    waiting: int | None = None  # start of group rows that wait for the first row of their group
    for number, row in enumerate(table.rows):
        start = block.start if number == 0 else row.start
        start, waiting = (start if waiting is None else waiting), None
        following = table.rows[number + 1].start if number + 1 < len(table.rows) else None
        end = block.end if following is None else _trimmed(page_text, following)
        cells = [page_text[s:e] for s, e in row.cells]
        readings = _filled_down([read_cell(cell) for cell in cells], above)
        if following is not None and _is_group(table, cells):
            groups = _grouped(groups, read_cell(cells[0]), bool(above))
            above, waiting = [], start
            continue
        columns = _fitting(table.columns, len(cells)) if row.aligned else ()
        text = "／".join([*groups, row_text(columns, readings)])
        cells = [
            cells_above[i] if reading and not cell.strip() else cell
            for i, (cell, reading) in enumerate(zip(cells, readings, strict=True))
        ]
        above, cells_above = readings, cells
        if len(text) <= _LONGEST_ROW:
            yield RowPiece(start, end, text, columns, tuple(cells))
        else:
            yield from _parts(page_text, row, start, end, columns, readings)


def _is_group(table: Table, cells: Sequence[str]) -> bool:
    """A row of one filled cell in a table without heads is the title of the rows below it."""
    return not table.columns and len(cells) > 1 and bool(cells[0].strip()) and not any(cells[1:])


def _grouped(groups: Sequence[str], title: str, rows_before: bool) -> list[str]:
    """Titles in force: a bulleted one stands below a plain one and replaces its like."""
    if title.startswith(("・", "-", "○")):
        return [*(group for group in groups if not group.startswith(("・", "-", "○"))), title]
    return [title] if rows_before else [*groups, title]


def row_text(columns: Sequence[str], readings: Sequence[str]) -> str:
    """Column and cell pairs, empty cells left out."""
    pairs = []
    for index, reading in enumerate(readings):
        if reading:
            column = columns[index] if index < len(columns) else ""
            pairs.append(f"{column}: {reading}" if column else reading)
    return "／".join(pairs)


def read_cell(cell: str) -> str:
    """A cell on one line, markup removed, wrapped lines joined."""
    text = join_lines(_OTHER_TAG.sub("", cell)).text.replace("\\|", "|")
    if "<" not in cell:
        text = _WRAP.sub("", text)
    return " ".join(text.split())


def _filled_down(readings: list[str], above: Sequence[str]) -> list[str]:
    """Leading empty cells take the value above: text recognition leaves merged cells empty."""
    filled = list(readings)
    if len(above) != len(readings) or not any(readings):
        return filled
    first = next(index for index, reading in enumerate(readings) if reading)
    figures_only = not any(re.search(r"[^\d,.%％\s]", reading) for reading in readings)
    if first > _FILLED or figures_only:
        return filled
    for index in range(first):
        filled[index] = above[index]
    return filled


def _fitting(columns: Sequence[str], count: int) -> tuple[str, ...]:
    if not columns:
        return ()
    return tuple(columns[:count]) + ("",) * max(0, count - len(columns))


def _trimmed(page_text: str, end: int) -> int:
    while page_text[end - 1].isspace():
        end -= 1
    return end


def _parts(
    page_text: str,
    row: Row,
    start: int,
    end: int,
    columns: tuple[str, ...],
    readings: Sequence[str],
) -> Iterator[RowPiece]:
    """A very long row, cut between cells and inside cells at list items and sentences."""
    label = next((reading for reading in readings if reading and len(reading) <= 60), "")
    groups: list[list[tuple[int, Span, str]]] = [[]]
    for piece in _cell_pieces(page_text, row):
        if groups[-1] and sum(len(p[2]) for p in groups[-1]) + len(piece[2]) > _PIECE:
            groups.append([])
        groups[-1].append(piece)
    for number, group in enumerate(groups):
        piece_start = start if number == 0 else group[0][1][0]
        last = number + 1 == len(groups)
        piece_end = end if last else _trimmed(page_text, groups[number + 1][0][1][0])
        cells: dict[int, tuple[Span, str]] = {}
        for cell, (span_start, span_end), reading in group:
            known = cells.get(cell)
            cells[cell] = (
                ((known[0][0], span_end), f"{known[1]} {reading}")
                if known
                else ((span_start, span_end), reading)
            )
        used = sorted(cells)
        names = tuple(columns[i] for i in used) if columns else ()
        text = row_text(names, [cells[i][1] for i in used])
        if number and label and label not in text:
            text = f"{label}／{text}"
        yield RowPiece(
            piece_start,
            piece_end,
            text,
            names,
            tuple(page_text[cells[i][0][0] : cells[i][0][1]] for i in used),
        )


def _cell_pieces(page_text: str, row: Row) -> Iterator[tuple[int, Span, str]]:
    for index, (start, end) in enumerate(row.cells):
        mapped = join_lines(page_text[start:end])
        for piece_start, piece_end in split_sentences(mapped.text):
            source = mapped.source_range(piece_start, piece_end)
            reading = _OTHER_TAG.sub("", mapped.text[piece_start:piece_end]).strip()
            if reading:
                yield index, (start + source[0], start + source[1]), reading


__all__ = ["RowPiece", "Table", "read_cell", "row_pieces", "row_text"]
