"""Rows counted for each office or kind: 「どの課が何事業」, 「部局別の事業数」."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.question import Question
from rag.table_conditions import unexplained, without_brackets
from rag.tables import count_unit, loose_rows, name_column, table_rows
from rag.text import key
from rag.types import Chunk, ChunkKind

_GROUPS_ASKED = re.compile(
    r"どの(課|部署|部局|部|所属|担当)が?(?:.{0,6}(?:何|いくつ|多)|.{0,12}(?:何|いくつ)(?:事業|件|個))|"
    r"(課|部署|部局|部|所属)(?:別|ごと|毎|それぞれ)"
)
_OFFICE_HEAD = re.compile(r"課|所属|所管|担当|部署")
_DIVISION_HEAD = re.compile(r"部局|^部$|局")
_FEWEST_ROWS = 4
_FEWEST_GROUPS = 2


@dataclass(frozen=True, slots=True)
class GroupedRows:
    """Groups by falling number of rows, equal ones in table order; each with its rows."""

    groups: tuple[tuple[str, tuple[Chunk, ...]], ...]
    unit: str  # 事業, 件, …

    @property
    def text(self) -> str:
        """「情報課：3事業、総務課：2事業」"""
        return "、".join(f"{name}：{len(rows)}{self.unit}" for name, rows in self.groups)


def grouped_rows(
    question: Question,
    ranked: Sequence[Chunk],
    chunks_of_document: Callable[[str], Sequence[Chunk]],
) -> GroupedRows | None:
    """Rows of the best ranked table by the office that the question asks about, or None.

    None also where some rows lost their heads, or where the question limits the rows further.
    """
    match = _GROUPS_ASKED.search(question.normalised)
    if not match:
        return None
    asked = match.group(1) or match.group(2)
    wanted = _DIVISION_HEAD if asked in ("部局", "部") else _OFFICE_HEAD
    for chunk in ranked:
        if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
            continue
        everything = chunks_of_document(chunk.document_id)
        rows = table_rows(everything, tuple(key(head) for head in chunk.columns))
        column = next((i for i, head in enumerate(chunk.columns) if wanted.search(head)), None)
        if column is None or len(rows) < _FEWEST_ROWS or loose_rows(everything, rows):
            continue
        if name_column(rows[0], {column}) is None or unexplained(question, rows):
            continue
        groups: dict[str, list[Chunk]] = {}
        for row in rows:
            groups.setdefault(without_brackets(row.cells[column]), []).append(row)
        groups.pop("", None)
        if len(groups) >= _FEWEST_GROUPS and len(groups) < len(rows):
            order = sorted(groups.items(), key=lambda group: -len(group[1]))
            return GroupedRows(tuple((n, tuple(r)) for n, r in order), count_unit(question))
    return None
