"""The one row that a place in an order asks for: 「3位」, 「1番多い」, 「2回目の改訂」, 「最新」."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.asked_columns import covering_columns
from rag.question import Question
from rag.table_conditions import values_of
from rag.table_pairing import ambiguous_row, lines_like, orphan_shares, printed_range
from rag.table_rows import cell_text, row_answer
from rag.tables import loose_rows, name_column, table_rows
from rag.temporal import years
from rag.text import key, normal
from rag.types import Chunk, ChunkKind, Page
from rag.units import units_of

_MOST = re.compile(
    r"(?:一番|最も|1番|いちばん|もっとも)(?:多|高|大き|人気|上)|トップ|最多|最高|首位"
)
_LEAST = re.compile(r"(?:一番|最も|1番|いちばん|もっとも)(?:少な|低|小さ)|最少|最低|最下位")
_NTH_MOST = re.compile(r"(\d{1,2})(?:番目に(?:多|高|大き)|位(?!置))")
_NTH = re.compile(r"(?:第|\s|^|\D)(\d{1,2})(?:回目|番目|度目)(?:の(?P<what>[一-鿿ァ-ヶー]{2,6}))?")
_FIRST = re.compile(r"(?:初回|最初|初めて|はじめて|1回目|初代)(?:の(?P<what>[一-鿿ァ-ヶー]{2,6}))?")
_LAST = re.compile(
    r"(?:最後|最新|直近|最終|一番新しい|もっとも新しい)(?:の(?P<what>[一-鿿ァ-ヶー]{2,6}))?"
)
_RANK_CELL = re.compile(r"^(\d{1,2})\s*位")
_FIGURE_CELL = re.compile(r"^[▲△-]?\d[\d,]*(?:\.\d+)?\s*(?:%|件|人|名|円|回|時間)?$")
_DATE_HEAD = re.compile(r"年|月|日|時期|期間|回")
_ENOUGH_ROWS = 3
_SURVEY_CELLS = 3  # an option, how many chose it, their share
_SECTIONS = 2  # best chunks whose table is looked at where they are no rows themselves
_REACH = 40  # chunks around the best row that can be of the same unheaded or broken table


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """`chunk` has place `rank` (from 1; -1 the last) in the order of `column`."""

    chunk: Chunk
    rank: int
    column: int


def ordered_row(
    question: Question,
    ranked: Sequence[Chunk],
    chunks_of_document: Callable[[str], Sequence[Chunk]],
    get_page: Callable[[str, int], Page],
) -> OrderedRow | None:
    """The row of the best ranked table that has the place asked for; None where it is unsure."""
    place = _place(question)
    if place is None:
        return None
    rank, by_size, what = place
    tried: set[tuple[str, int, int]] = set()
    for place_found, best in enumerate(ranked):
        everything = chunks_of_document(best.document_id)
        chunk = _row_of(best, everything) if place_found < _SECTIONS or _is_row(best) else None
        if chunk is None:
            continue
        section = _section_of(chunk, everything)
        rows, loose = _table_of(chunk, section)
        mark = (chunk.document_id, rows[0].ordinal, rows[-1].ordinal) if rows else None
        if mark is None or mark in tried:
            continue
        tried.add(mark)
        if by_size:
            found = _by_rank_cells(question, rows, rank) or _by_figures(
                question, rows, loose, section, chunk, rank, get_page
            )
        else:
            found = _by_date(rows, rank, what)
        if found:
            return found
    return None


def _is_row(chunk: Chunk) -> bool:
    return chunk.kind is ChunkKind.TABLE_ROW and len(chunk.cells) > 1


def _row_of(chunk: Chunk, everything: Sequence[Chunk]) -> Chunk | None:
    """The chunk itself, or the first row after the words that stand over a table.

    The options of a survey share few words with the question that they answer.
    """
    if _is_row(chunk):
        return chunk
    return next(
        (
            other
            for other in everything
            if _is_row(other)
            and 0 < other.ordinal - chunk.ordinal <= _REACH
            and other.page == chunk.page
            and other.heading == chunk.heading != ()
        ),
        None,
    )


def ordered_answer(question: Question, found: OrderedRow) -> tuple[str, str]:
    """Short form and sentence: the row's name with the cell that gives it its place."""
    answer = row_answer(question, (), found.chunk)
    name = name_column(found.chunk, {found.column})
    cell = cell_text(found.chunk.cells[found.column])
    if name is None or not cell:
        return answer or (cell, f"{cell}です。")
    subject = cell_text(found.chunk.cells[name])
    if answer and cell in answer[1] and subject in answer[1]:
        return answer
    headed = len(found.chunk.columns) == len(found.chunk.cells)
    head = re.sub(r"\s+", "", found.chunk.columns[found.column]) if headed else ""
    said = f"{head}：{cell}" if head else cell
    return f"{subject}（{said}）", f"{subject}（{said}）です。"


def _place(question: Question) -> tuple[int, bool, str] | None:
    """Rank, whether by size, and what is counted: (2, False, 「改訂」) for 「2回目の改訂」."""
    text = question.normalised
    if match := _NTH_MOST.search(text):
        return int(match.group(1)), True, ""
    if _MOST.search(text):
        return 1, True, ""
    if _LEAST.search(text):
        return -1, True, ""
    for pattern, rank in ((_FIRST, 1), (_LAST, -1)):
        if match := pattern.search(text):
            return rank, False, match["what"] or ""
    if match := _NTH.search(text):
        return int(match.group(1)), False, match["what"] or ""
    return None


def _section_of(chunk: Chunk, everything: Sequence[Chunk]) -> list[Chunk]:
    """What stands near the chunk below the same heading."""
    return [
        other
        for other in everything
        if abs(other.ordinal - chunk.ordinal) <= _REACH
        and other.page == chunk.page
        and other.heading == chunk.heading
    ]


def _table_of(chunk: Chunk, section: Sequence[Chunk]) -> tuple[list[Chunk], list[Chunk]]:
    """The rows of the chunk's table near it, and those beside them that lost their heads."""
    rows = table_rows(section, tuple(key(head) for head in chunk.columns)) if chunk.columns else []
    return rows, loose_rows(section, rows)


def _by_rank_cells(question: Question, rows: Sequence[Chunk], rank: int) -> OrderedRow | None:
    """Cells that state their rank: 「3位(33.5%)」. The year asked for names the column."""
    columns = [
        column
        for column in range(len(rows[0].columns))
        if any(_RANK_CELL.match(normal(row.cells[column])) for row in rows)
    ]
    asked = {mention.year for mention in question.years}
    of_year = [
        column
        for column in columns
        if asked & {mention.year for mention in years(normal(rows[0].columns[column]))}
        or any(str(year) in normal(rows[0].columns[column]) for year in asked)
    ]
    if "前回" in question.normalised and not of_year:
        of_year = [column for column in columns if "前回" in rows[0].columns[column]]
    for column in (of_year or columns)[:1]:
        ranks = [_RANK_CELL.match(normal(row.cells[column])) for row in rows]
        held = [int(match.group(1)) if match else 0 for match in ranks]
        wanted = max(held) if rank < 0 else rank
        if held.count(wanted) == 1:
            return OrderedRow(rows[held.index(wanted)], rank, column)
    return None


def _by_figures(
    question: Question,
    rows: Sequence[Chunk],
    loose: Sequence[Chunk],
    section: Sequence[Chunk],
    near: Chunk,
    rank: int,
    get_page: Callable[[str, int], Page],
) -> OrderedRow | None:
    """By the column of figures asked for; not where figures without a label could come before.

    Survey tables are narrow and one to a printed page or to a heading; `near` and `section` say which.
    """
    page = get_page(near.document_id, near.page)
    low, high = printed_range(page, near.start, near.end)
    if section[0].heading:
        low = max(low, min(chunk.start for chunk in section))
        high = min(high, max(chunk.end for chunk in section))
    rows = [
        row
        for row in (*rows, *loose)
        if len(rows[0].cells) > _SURVEY_CELLS or low <= row.start < high
    ]
    if len(rows) < _ENOUGH_ROWS or any(len(row.cells) != len(rows[0].cells) for row in rows):
        return None
    column = _figure_column(question, rows)
    if column is None:
        return None
    if len(rows[0].cells) <= _SURVEY_CELLS and _several_tables(rows, page, low, high):
        return None
    pairs = [(value, row) for row in rows if (value := _value(row.cells[column])) is not None]
    name = name_column(rows[0])
    if name is None or len(pairs) < _ENOUGH_ROWS:
        return None
    values = [value for value, _ in pairs]
    if "%" in normal(pairs[0][1].cells[column]) and len(rows[0].cells) <= _SURVEY_CELLS:
        mixed = any(ambiguous_row(unit, page) for row in rows for unit in units_of(row, page))
        orphans = orphan_shares(page, rows[0].start, rows[-1].end)
        if mixed and len(set(values) | set(orphans)) > len(set(values)):
            return None
        values = [*values, *(share for share in orphans if share not in values)]
    order = sorted(values, reverse=rank > 0)
    place = abs(rank) - 1
    if place >= len(order) or order.count(order[place]) != 1:
        return None
    found = [row for value, row in pairs if value == order[place]]
    return OrderedRow(found[0], rank, column) if len(found) == 1 else None


def _several_tables(rows: Sequence[Chunk], page: Page, low: int, high: int) -> bool:
    """Whether the heads stand more than once on the printed page: its rows are of two tables."""
    heads = {key(row.columns[0]) for row in rows if row.columns and row.columns[0]}
    return any(lines_like(page, low, high, head) > 1 for head in heads)


def _figure_column(question: Question, rows: Sequence[Chunk]) -> int | None:
    width = max(len(rows[0].columns), len(rows[0].cells))
    columns = [
        column
        for column in range(1, width)
        if sum(bool(_FIGURE_CELL.match(normal(row.cells[column]).strip())) for row in rows) * 2
        > len(rows)
    ]
    if len(rows[0].columns) == width:
        heads = {column: key(rows[0].columns[column]) for column in columns}
        said = covering_columns(key(question.text), heads)
        if len(said) == 1 and width > _SURVEY_CELLS:
            return said.pop()
    shares = [c for c in columns if "%" in normal("".join(row.cells[c] for row in rows))]
    if len(columns) == 1 or (len(columns) == 2 and len(shares) == 1):
        return (shares or columns)[0]  # a count and its share are in the same order
    return None


def _value(cell: str) -> float | None:
    match = re.match(r"^([▲△-]?)(\d[\d,]*(?:\.\d+)?)", normal(cell).strip())
    if not match:
        return None
    return (-1 if match.group(1) else 1) * float(match.group(2).replace(",", ""))


def _by_date(rows: Sequence[Chunk], rank: int, what: str) -> OrderedRow | None:
    """By the dates of a column; with 「2回目の改訂」 only rows that are such count."""
    column = next(
        (
            column
            for column in range(len(rows[0].columns))
            if _DATE_HEAD.search(rows[0].columns[column])
            and all(_date(row.cells[column]) for row in rows)
        ),
        None,
    )
    if column is None or len(rows) < 2:
        return None
    counted = [row for row in rows if _is_such(row, what, column)]
    order = sorted(counted, key=lambda row: _date(row.cells[column]))
    dates = [_date(row.cells[column]) for row in order]
    place = rank - 1 if rank > 0 else len(order) - 1
    if place >= len(order) or place < 0 or dates.count(dates[place]) != 1:
        return None
    return OrderedRow(order[place], rank, column)


def _is_such(row: Chunk, what: str, column: int) -> bool:
    """A row that is only another kind of step (「策定」 among 改訂) does not count."""
    others = [cell for index, cell in enumerate(row.cells) if index != column and cell.strip()]
    if not what or what not in key("\n".join((*row.columns, *row.heading))):
        return not what or any(what in key(cell) for cell in others)
    alone = {"策定", "制定", "開始", "設置", "公表"} - {what}
    return not any(values_of(cell) & alone for cell in others)


def _date(cell: str) -> tuple[int, ...]:
    """Year, month and day of a cell as far as written; empty where there is no year."""
    text = normal(cell)
    mentions = years(text)
    if not mentions:
        match = re.match(r"^((?:19|20)\d{2})\b", text)
        if not match:
            return ()
        return int(match.group(1)), 0, 0
    rest = re.search(r"(\d{1,2})月(?:\s*(\d{1,2})日)?", text)
    month, day = (int(rest.group(1)), int(rest.group(2) or 0)) if rest else (0, 0)
    return mentions[0].year, month, day
