"""Everybody who holds the office a question names, in a table or one after the other in a text."""

import re
from collections.abc import Sequence

from rag.question import Question, QuestionKind
from rag.scoring import NEAR_BEST, Evidence, Term
from rag.table_rows import of_one_table, row_answer, tells_who
from rag.text import key
from rag.types import Chunk

_MOST = 4  # more are a list, which the answer gives
_OFFICE_ASKED = re.compile(r"([一-鿿ァ-ヶー]{2,12})(?:は|って)(?:誰|だれ|どなた)")
_NAME = r"[一-鿿]{1,4}[ \u3000]+[一-鿿ぁ-ゖ]{1,4}(?![一-鿿ぁ-ゖ])"


def office_holders(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> str | None:
    """「山田 花子、佐藤 太郎」 for 「副市長は誰」, in the order of the table; None for one or many.

    Only rows of one table that all carry the office that the question names: 「副本部長は誰」 is not
    answered by the row of the 本部長.
    """
    if question.kinds != (QuestionKind.PERSON,) or not evidence:
        return None
    least = NEAR_BEST * evidence[0].score
    rows = [
        e.unit.chunk for e in evidence if e.score >= least and tells_who(question, e.unit.chunk)
    ]
    if not rows:
        return _in_a_row(question, evidence[0])
    if rows[0].id != evidence[0].unit.chunk.id:
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


def holds_office(question: Question, evidence: Evidence) -> bool:
    """Whether a name follows the very office asked for, and not one that begins with its name."""
    return bool(_holders(question, evidence))


def _in_a_row(question: Question, evidence: Evidence) -> str | None:
    """「青木 一郎、石井 花子」 of 「監査委員 青木 一郎、監査委員 石井 花子」; None for more."""
    names = _holders(question, evidence)
    return "、".join(names) if 1 <= len(names) <= _MOST else None


def _holders(question: Question, evidence: Evidence) -> list[str]:
    match = _OFFICE_ASKED.search(question.text)
    if match is None:
        return []
    found = re.findall(rf"{match.group(1)}[ \u3000]+({_NAME})", evidence.unit.text)
    return list(dict.fromkeys(re.sub(r"[ \u3000]+", " ", name) for name in found))


def _office(question: Question, row: Chunk) -> str:
    """The longest name of a cell, with or without its brackets, that the question says."""
    asked = key(question.text)
    parts = [key(part) for cell in row.cells for part in (cell, *re.split(r"[（()）]", cell))]
    return max((part for part in parts if len(part) > 1 and part in asked), key=len, default="")
