"""Counting and listing the rows of a table that meet a plain condition of the question."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.question import Question, QuestionKind
from rag.table_conditions import Condition, conditions, marks_in
from rag.text import key
from rag.types import Chunk, ChunkKind

_NAME_HEAD = re.compile(r"名$|名称|事業名|施設名|用語|科目|項目")
_NUMBER_HEAD = re.compile(r"^no\.?$|番号|^#$")
_THINGS_COUNTED = re.compile(r"(?:事業|施設|取組|項目)数?(?:は|って|が)?何(?:件|個|つ)")
_COUNTED_AS = re.compile(
    r"何(事業|課|施設|人|名|手続|項目|種類|団体|校|回|社)|(事業|施設|手続|項目|団体)(?:は|って|が|、)?(?:全部で)?いくつ"
)
_TITLE_CHUNKS = 2
_TOTAL = re.compile(r"^(?:合?計|小計|総計|総数)$")
_ROWS_ASKED = re.compile(
    r"(?:は|って|を教えて|には)(?:何|なに|どれ|どんな|どこ)?[^、。]{0,8}[?？]?$"
)


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
    """Rows of the best ranked table that meet the conditions of the question, in table order.

    Only for questions that count or list, and only where every row has its column heads: where
    the pairing was lost in extraction, counting would be guessing.
    """
    if not _counts_or_lists(question):
        return None
    tried: set[tuple[str, tuple[str, ...]]] = set()
    for chunk in ranked:
        if chunk.kind is not ChunkKind.TABLE_ROW or not _headed(chunk):
            continue
        heads = _head_keys(chunk.columns)
        if (chunk.document_id, heads) in tried:
            continue
        tried.add((chunk.document_id, heads))
        everything = chunks_of_document(chunk.document_id)
        rows = table_rows(everything, heads)
        answer = _answer(question, rows, loose_rows(everything, rows), _beside(everything, rows))
        if answer is not None:
            return answer
    return None


@lru_cache(maxsize=4_096)  # every row of a table has the same
def _head_keys(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key(head) for head in columns)


def table_rows(chunks: Sequence[Chunk], heads: tuple[str, ...]) -> list[Chunk]:
    """The rows below `heads` (keys) in `chunks`, over all pages, without repeated and total rows."""
    return [
        row
        for row in chunks
        if row.kind is ChunkKind.TABLE_ROW
        and _headed(row)
        and _head_keys(row.columns) == heads
        and not row.duplicate_of
        and any(re.search(r"[^\W\d]", cell) for cell in row.cells)
        and not is_total(row)
    ]


def is_total(row: Chunk) -> bool:
    """Whether a row sums up the others of its table."""
    return any(_TOTAL.match(key(cell)) for cell in row.cells[:3])


def loose_rows(chunks: Sequence[Chunk], rows: Sequence[Chunk]) -> list[Chunk]:
    """Rows among `rows` whose cells could not be put below the heads."""
    if not rows:
        return []
    inside = range(rows[0].ordinal, rows[-1].ordinal + 2)
    pages = {row.page for row in rows}
    return [
        chunk
        for chunk in chunks
        if chunk.kind is ChunkKind.TABLE_ROW
        and chunk.ordinal in inside
        and chunk.page in pages
        and not _headed(chunk)
    ]


def _beside(chunks: Sequence[Chunk], rows: Sequence[Chunk]) -> str:
    """Text between the rows and right above them, where extraction puts a table's title."""
    if not rows:
        return ""
    near = range(rows[0].ordinal - _TITLE_CHUNKS, rows[-1].ordinal)
    return "\n".join(
        chunk.text
        for chunk in chunks
        if chunk.kind is not ChunkKind.TABLE_ROW and chunk.ordinal in near
    )


def _counts_or_lists(question: Question) -> bool:
    if question.asks(QuestionKind.COUNT, QuestionKind.LIST):
        return True
    if _THINGS_COUNTED.search(question.normalised):
        return True
    if question.asks(QuestionKind.NUMBER, QuestionKind.COMPARE, QuestionKind.YES_NO):
        return False
    return bool(_ROWS_ASKED.search(question.normalised))


def _headed(chunk: Chunk) -> bool:
    return bool(chunk.columns) and len(chunk.columns) == len(chunk.cells)


def _answer(
    question: Question, rows: Sequence[Chunk], loose: Sequence[Chunk], beside: str
) -> TableAnswer | None:
    stated = conditions(question, rows, beside)
    if not stated:
        return None
    shared = [condition for condition in stated if condition.shared]
    name = name_column(rows[0], {condition.column for condition in stated})
    if not shared or name is None or not _is_about(question, rows[0].columns[name]):
        return None
    found = [row for row in rows if all(condition.holds(row) for condition in stated)]
    # One row answers a question about that row; there is nothing to count.
    counted = question.asks(QuestionKind.COUNT) and len(shared) == len(stated) > 1
    if len(found) < (1 if counted else 2):
        return None
    if any(_may_belong(row, stated) for row in loose):
        return None
    return TableAnswer(tuple(found), "、".join(condition.words for condition in stated), name)


def _may_belong(row: Chunk, stated: Sequence[Condition]) -> bool:
    """Whether a row without heads could meet the conditions: it has marks, or names a value."""
    if any("印" in condition.words for condition in stated):
        return marks_in(row) > 0
    text = key(row.text)
    named = [key(value) for c in stated for value in re.findall(r"」が「(.+?)」", c.words)]
    return any(value in text for value in named)


def _is_about(question: Question, head: str) -> bool:
    """Whether the question asks for the things that the rows are, not for something in them."""
    if question.asks(QuestionKind.COUNT):
        return True
    stem = re.sub(r"(?:名称?|一覧)$", "", key(head))
    things = [stem] if stem else ["事業", "施設", "手続", "取組", "項目"]
    return any(thing in key(question.text) for thing in things) or bool(
        re.search(r"もの(?:は|を|って)|一覧|全部|すべて|全て", question.normalised)
    )


def name_column(row: Chunk, conditions: Collection[int] = ()) -> int | None:
    """The column that names the rows, other than those in `conditions`."""
    for column, head in enumerate(row.columns):
        if column not in conditions and _NAME_HEAD.search(key(head)):
            return column
    for column, head in enumerate(row.columns):
        if (
            column not in conditions
            and not _NUMBER_HEAD.search(key(head))
            and len(row.cells[column]) > 2
        ):
            return column
    return None


def count_unit(question: Question) -> str:
    """The unit of the count as the question says it: 事業 in 「何事業」, else 件."""
    match = _COUNTED_AS.search(question.normalised)
    return match.group(1) or match.group(2) if match else "件"
