"""A list whose items are rows of a table: as many as asked for, or the first ones of a ranking.

「５つの大綱」 are the five rows of their table, 「上位３つ」 the rows ranked 1 to 3, 「３つの基本方針」 what
stands in the column of that name.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.listed_headings import number_asked
from rag.question import Question, QuestionKind
from rag.scoring import NEAR_BEST, Evidence
from rag.table_rows import cell_text
from rag.tables import name_column, table_rows
from rag.text import key, normal
from rag.types import Chunk, ChunkKind

_TOP = re.compile(r"(?:上位|トップ|ベスト)の?(\d{1,2})")
_RANK = re.compile(r"^(\d{1,2})(?:位|$)")
_RANK_HEAD = re.compile(r"順位|位$")
_RUNNING = re.compile(r"^(?:[\d０-９]{1,3}|[ivxⅠ-Ⅻ]{1,4}|[①-⑳]|第\d+)$", re.IGNORECASE)
# 「基本方針３本」「５つの大綱」
_COUNTING = (
    r"{0}[のはを、]?[\d二三四五六七八九]|[\d二三四五六七八九](?:つ|本|点|項目|種類|要素)の?{0}"
)
_MARKED = re.compile(r"^[\d\s()（）①-⑳.．]+")
_LOOKED_AT = 6
_MOST = 10
_LEAST_CONTEXT = 0.6  # of the question's words, by a row with heads, headings and title


@dataclass(frozen=True, slots=True)
class ListedRow:
    chunk: Chunk
    text: str


def listed_rows(
    question: Question,
    evidence: Sequence[Evidence],
    chunks_of: Callable[[str], Sequence[Chunk]],
) -> list[ListedRow]:
    """The rows that are the list asked for, in its order; empty where that is not sure."""
    if not question.asks(QuestionKind.LIST, QuestionKind.DEFINITION):
        return []
    top = _TOP.search(question.normalised)
    wanted = int(top[1]) if top else number_asked(question)
    if not 2 <= wanted <= _MOST:
        return []
    for found in evidence[:_LOOKED_AT]:
        chunk = found.unit.chunk
        if found.score < NEAR_BEST * evidence[0].score:
            break
        if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
            continue
        heads = tuple(key(head) for head in chunk.columns)
        rows = [
            row
            for row in table_rows(chunks_of(chunk.document_id), heads)
            if row.heading == chunk.heading
        ]
        about = found.signals.context >= _LEAST_CONTEXT
        listed = _ranked(rows, wanted) if top else _as_many(question, rows, wanted)
        if about and listed:
            return listed
    return []


def _ranked(rows: Sequence[Chunk], wanted: int) -> list[ListedRow]:
    """Rows of rank 1 to `wanted`, each there once."""
    if len(rows) < wanted:
        return []
    for column, head in enumerate(rows[0].columns):
        ranks = [_RANK.match(normal(row.cells[column]).strip()) for row in rows]
        if not _RANK_HEAD.search(key(head)) and not all(
            "位" in normal(row.cells[column]) for row in rows
        ):
            continue
        by_rank = {int(m[1]): row for m, row in zip(ranks, rows, strict=True) if m}
        if len(by_rank) == len(rows) and set(range(1, wanted + 1)) <= set(by_rank):
            return [_whole(by_rank[rank]) for rank in range(1, wanted + 1)]
    return []


def _as_many(question: Question, rows: Sequence[Chunk], wanted: int) -> list[ListedRow]:
    """As many rows, or as many values in a column that the question names."""
    if not rows:
        return []
    text = key(question.text)
    for column, head in enumerate(rows[0].columns):
        name = key(head)
        if len(name) < 2 or not re.search(_COUNTING.format(re.escape(name)), text):
            continue
        values: dict[str, Chunk] = {}
        for row in rows:
            if row.cells[column].strip():
                values.setdefault(key(row.cells[column]), row)
        numbered = {value: row for value, row in values.items() if _RUNNING.match(value)}
        found = list((numbered or values).values())
        if len(found) == wanted:
            return _called(found, [_named_cell(row, column) for row in found])
    names = name_column(rows[0])
    if len(rows) != wanted or names is None:
        return []
    return _called(rows, [cell_text(row.cells[names]) for row in rows])


def _called(rows: Sequence[Chunk], called: Sequence[str]) -> list[ListedRow]:
    if len({_MARKED.sub("", name) for name in called}) < len(rows):
        return [_whole(row) for row in rows]  # 「① 職員」「② 職員」
    return [ListedRow(row, name) for row, name in zip(rows, called, strict=True)]


def _named_cell(row: Chunk, column: int) -> str:
    """The cell, with the one beside it where it is a running number only."""
    cell = cell_text(row.cells[column])
    if not _RUNNING.match(normal(cell)) or column + 1 >= len(row.cells):
        return cell
    return f"{cell} {cell_text(row.cells[column + 1])}"


def _whole(row: Chunk) -> ListedRow:
    pairs = zip(row.columns, row.cells, strict=True)
    said = [f"{''.join(head.split())}：{cell_text(cell)}" for head, cell in pairs if cell.strip()]
    return ListedRow(row, "／".join(said))
