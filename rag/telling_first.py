"""Which of the nearly best units tells the very thing asked for, and so comes first."""

import re
from collections.abc import Sequence

from rag.asked_names import told_name
from rag.dated_entries import telling_entry
from rag.office_holders import holds_office
from rag.question import Question, QuestionKind
from rag.scoring import NEAR_BEST, Evidence, Term, put_first
from rag.table_rows import tells_who
from rag.tables import is_total
from rag.text import key
from rag.types import Chunk, ChunkKind

_ADDED = re.compile(r"新たに|新しく|追加|増え|増加|増やし")
_ALL_OF_IT = re.compile(r"全部で|合計(?!.*足)|総数|全体で|トータル|合わせて何")


def telling_first(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> Sequence[Evidence]:
    """First what tells the very thing asked for, if that is nearly as good as the best.

    What defines for a question what something is; the row with its office or name in a column of
    its own for a question who.
    """
    least = NEAR_BEST * evidence[0].score if evidence else 0.0
    near = [e for e in evidence if e.score >= least]
    if question.kinds == (QuestionKind.DEFINITION,):
        found = next((e for e in near if e.signals.typed >= 1), None)
    elif question.kinds in ((QuestionKind.DEPARTMENT,), (QuestionKind.PERSON,)):
        found = next((e for e in near if tells_who(question, e.unit.chunk)), None)
        if found is None and question.asks(QuestionKind.PERSON):
            found = next((e for e in near if holds_office(question, e)), None)
    elif question.kinds == (QuestionKind.DATE,):
        entry = telling_entry(question, terms, evidence)
        found = entry[0] if entry else None
    elif question.kinds == (QuestionKind.TEXT,):
        rarest = max(terms, key=lambda term: term.idf, default=None)
        found = next((e for e in near if rarest and _is_entry(rarest, e.unit.chunk)), None)
        if name := told_name(question, terms, evidence):
            found = name[0]
    elif question.asks(QuestionKind.NUMBER, QuestionKind.COUNT) and _ALL_OF_IT.search(
        question.normalised
    ):
        found = next((e for e in near if e.signals.form >= 1 and is_total(e.unit.chunk)), None)
    elif _asks_total(question) and _ADDED.search(evidence[0].unit.text if evidence else ""):
        found = next(
            (e for e in near if e.signals.form >= 1 and not _ADDED.search(e.unit.text)), None
        )
    else:
        return evidence
    return put_first(found, evidence)


def _is_entry(term: Term, chunk: Chunk) -> bool:
    """Whether a row of two cells is the entry of `term`: 「Mission（使命）｜…」."""
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.cells) != 2:
        return False
    names = {key(part) for part in re.split(r"[（()）]", chunk.cells[0])}
    return bool(names & {*term.forms, *term.others})


def _asks_total(question: Question) -> bool:
    """Whether how many there are is asked, and not how many came in some year."""
    counts = question.asks(QuestionKind.NUMBER, QuestionKind.COUNT)
    return counts and not question.years and not _ADDED.search(question.normalised)
