"""Counting and listing the rows of a table that meet a plain condition of the question."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.question import Question, QuestionKind
from rag.text import key
from rag.types import Chunk, ChunkKind

_MARKS = frozenset("○●◯〇✓✔")
_NAME_HEAD = re.compile(r"名$|名称|事業名|施設名|用語|科目|項目")
_NUMBER_HEAD = re.compile(r"^no\.?$|番号|^#$")
_SHORTEST_CONDITION = 3  # characters a cell needs to be recognised as the condition


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The rows that meet the condition, in table order, and the condition in words."""

    rows: tuple[Chunk, ...]
    condition: str
    name_column: int


def matching_rows(
    question: Question,
    ranked: Sequence[Chunk],
    chunks_of_document: Callable[[str], Sequence[Chunk]],
) -> TableAnswer | None:
    """Rows of the best ranked table in which a cell or a marked column is named in the question.

    Only for questions that count or list, and only where every row has its column heads: where
    the pairing was lost in extraction, counting would be guessing.
    """
    if not question.asks(QuestionKind.COUNT, QuestionKind.LIST):
        return None
    tried: set[tuple[str, tuple[str, ...]]] = set()
    for chunk in ranked:
        if chunk.kind is not ChunkKind.TABLE_ROW or not _headed(chunk):
            continue
        heads = tuple(key(head) for head in chunk.columns)
        if (chunk.document_id, heads) in tried:
            continue
        tried.add((chunk.document_id, heads))
        rows = [
            row
            for row in chunks_of_document(chunk.document_id)
            if row.kind is ChunkKind.TABLE_ROW
            and _headed(row)
            and tuple(key(head) for head in row.columns) == heads
            and not row.duplicate_of
        ]
        answer = _condition(question, rows)
        if answer is not None:
            return answer
    return None


def _headed(chunk: Chunk) -> bool:
    return bool(chunk.columns) and len(chunk.columns) == len(chunk.cells)


def _condition(question: Question, rows: Sequence[Chunk]) -> TableAnswer | None:
    text = key(question.text)
    best: tuple[int, int, str] | None = None  # length, column, value
    for row in rows:
        for column, cell in enumerate(row.cells):
            value = key(cell)
            if len(value) >= _SHORTEST_CONDITION and not value.isdigit() and value in text:
                best = max(best or (0, 0, ""), (len(value), column, value))
            head = key(row.columns[column])
            if value in _MARKS and len(head) >= _SHORTEST_CONDITION and head in text:
                best = max(best or (0, 0, ""), (len(head), column, ""))
    if best is None:
        return None
    _, column, value = best
    if value:
        found = [row for row in rows if key(row.cells[column]) == value]
        shown = re.sub(r"\s+", "", found[0].cells[column])
        condition = f"「{_head(rows[0], column)}」が「{shown}」"
    else:
        found = [row for row in rows if key(row.cells[column]) in _MARKS]
        condition = f"「{_head(rows[0], column)}」に印がある"
    name = _name_column(rows[0], column)
    # One row answers a question about that row; there is nothing to count.
    if name is None or len(found) < 2:
        return None
    return TableAnswer(tuple(found), condition, name)


def _head(row: Chunk, column: int) -> str:
    return re.sub(r"\s+", "", row.columns[column])


def _name_column(row: Chunk, condition: int) -> int | None:
    for column, head in enumerate(row.columns):
        if column != condition and _NAME_HEAD.search(key(head)):
            return column
    for column, head in enumerate(row.columns):
        if column != condition and not _NUMBER_HEAD.search(key(head)) and len(row.cells[column]) > 2:
            return column
    return None


def count_unit(question: Question) -> str:
    """The unit of the count as the question says it: 事業 in 「何事業」, else 件."""
    match = re.search(r"何(事業|課|施設|人|名|手続|項目|種類|団体|校|回|社)", question.normalised)
    return match.group(1) if match else "件"
