"""Everybody who holds the office a question names, where a table lists several of them."""

import re
from collections.abc import Sequence

from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term
from rag.table_rows import of_one_table, row_answer, tells_who
from rag.text import key
from rag.types import Chunk

_NEAR_BEST = 0.75
_MOST = 4  # more are a list, which the answer gives


def office_holders(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> str | None:
    """「山田 花子、佐藤 太郎」 for 「副市長は誰」, in the order of the table; None for one or many.

    Only rows of one table that all carry the office that the question names: 「副本部長は誰」 is not
    answered by the row of the 本部長.
    """
    if question.kinds != (QuestionKind.PERSON,) or not evidence:
        return None
    least = _NEAR_BEST * evidence[0].score
    rows = [
        e.unit.chunk for e in evidence if e.score >= least and tells_who(question, e.unit.chunk)
    ]
    if not rows or rows[0].id != evidence[0].unit.chunk.id:
        return None
    first = rows[0]
    office = _office(question, first)
    same = {
        row.id: row for row in rows if of_one_table(row, first) and _office(question, row) == office
    }
    told = [
        row_answer(question, terms, row) for row in sorted(same.values(), key=lambda r: r.ordinal)
    ]
    names = list(dict.fromkeys(answer[0] for answer in told if answer))
    return "、".join(names) if 2 <= len(names) <= _MOST else None


def _office(question: Question, row: Chunk) -> str:
    """The longest name of a cell, with or without its brackets, that the question says."""
    asked = key(question.text)
    parts = [key(part) for cell in row.cells for part in (cell, *re.split(r"[（()）]", cell))]
    return max((part for part in parts if len(part) > 1 and part in asked), key=len, default="")
