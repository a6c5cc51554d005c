"""Tables that extraction mixed on one printed page, so that a row may be of either.

Two tables of a survey with the same options stand side by side in print; their text has each
option twice, with other figures, below the same heading.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.asked_columns import asks_how_many
from rag.composition import Chosen
from rag.question import Question
from rag.scoring import NEAR_BEST, Evidence, put_first
from rag.table_pairing import contradicted_labels, counted_otherwise, printed_range
from rag.table_rows import counts_replies, lost_heads, names_replies, names_row
from rag.text import key
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit

_NEARLY = 0.9
_AS_GOOD = 0.98
_LONGEST_HEADING = 50


def of_mixed_tables(unit: Unit, page: Page, chunks: Sequence[Chunk]) -> bool:
    """Whether `unit` is a row whose printed page has the same label twice with other figures.

    `chunks` are those of the document. Rows below another heading are of a table of their own.
    """
    if unit.kind is not ChunkKind.TABLE_ROW:
        return False
    low, high = printed_range(page, unit.start, unit.end)
    ranges = [
        (max(low, chunk.start), min(high, chunk.end))
        for chunk in chunks
        if chunk.page == page.number
        and chunk.heading == unit.chunk.heading
        and chunk.start < high
        and low < chunk.end
    ]
    return bool(contradicted_labels(page, ranges))


def option_first(
    question: Question, evidence: Sequence[Evidence], get_page: Callable[[str, int], Page]
) -> Sequence[Evidence]:
    """First the option that the question names, where the best are lines of the same question.

    What a sentence says goes before a row; so does any row that is best by itself.
    """
    best = evidence[0]
    if not asks_how_many(question) or _is_told(best):
        return evidence
    if best.unit.kind is ChunkKind.TABLE_ROW:
        return _named_first(question, evidence)
    here = best.unit.chunk
    for found in evidence:
        row = found.unit
        if found.score < NEAR_BEST * best.score:
            break
        beside = (row.chunk.document_id, row.chunk.heading) == (here.document_id, here.heading)
        if not beside and found.signals.coverage < best.signals.coverage:
            continue
        page = get_page(row.chunk.document_id, row.chunk.page)
        named = names_replies(question, row.chunk) or (
            lost_heads(question, row.chunk) and names_row(question, row.chunk)
        )
        if named and not counted_otherwise(page, row.start, row.end, row.chunk.cells[0]):
            return put_first(found, evidence)
    return evidence


def _named_first(question: Question, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """First the row of the very name that the question says, where the best only contains it."""
    best = evidence[0]
    if names_row(question, best.unit.chunk):
        return evidence
    for found in evidence:
        if found.score < _NEARLY * best.score:
            break
        row = found.unit.kind is ChunkKind.TABLE_ROW and found.signals.form >= 1
        if row and names_row(question, found.unit.chunk):
            return put_first(found, evidence)
    return evidence


def told_apart(chosen: Sequence[Chosen]) -> list[Chosen]:
    """Rows of one name, each with the heading that it stands below, where these differ."""
    rows = [item for item in chosen if counts_replies(item.evidence.unit.chunk)]
    headings: dict[str, set[str]] = {}
    for item in rows:
        chunk = item.evidence.unit.chunk
        headings.setdefault(key(chunk.cells[0]), set()).add(_below(chunk))
    return [
        replace(item, text=f"{_below(chunk)}：{item.text}")
        if item in rows
        and len(headings[key((chunk := item.evidence.unit.chunk).cells[0])]) > 1
        and 0 < len(_below(chunk)) <= _LONGEST_HEADING
        else item
        for item in chosen
    ]


def told_elsewhere(best: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether another question of a survey has as good a row of the same name, with other figures."""
    here = best.unit.chunk
    return counts_replies(here) and any(
        _as_good(found, best)
        and counts_replies(found.unit.chunk)
        and key(found.unit.chunk.cells[0]) == key(here.cells[0])
        and found.unit.chunk.cells[1:] != here.cells[1:]
        for found in evidence
    )


def _as_good(found: Evidence, best: Evidence) -> bool:
    """Whether it scores the same, or nearly so with as many of the question's words over it."""
    as_many = found.signals.context >= best.signals.context
    return found.score >= (_NEARLY if as_many else _AS_GOOD) * best.score


def _below(chunk: Chunk) -> str:
    return chunk.heading[-1] if chunk.heading else ""


def sure_first(
    evidence: Sequence[Evidence],
    get_page: Callable[[str, int], Page],
    chunks_of: Callable[[str], Sequence[Chunk]],
) -> Sequence[Evidence]:
    """First the sentence that tells nearly as much as the best, where that is of mixed tables."""
    best = evidence[0]
    here = best.unit.chunk
    page = get_page(here.document_id, here.page)
    if not of_mixed_tables(best.unit, page, chunks_of(here.document_id)):
        return evidence
    for found in evidence:
        near = found.score >= _NEARLY * best.score
        if near and found.signals.coverage >= _NEARLY * best.signals.coverage and _is_told(found):
            return put_first(found, evidence)
    return evidence


def _is_told(found: Evidence) -> bool:
    """Whether a sentence has the form asked for."""
    unit = found.unit
    prose = unit.kind is not ChunkKind.TABLE_ROW
    return prose and found.signals.form >= 1 and unit.text[-1:] in "。！？"


def namesakes(unit: Unit, evidence: Sequence[Evidence]) -> list[Evidence]:
    """`unit` and the other rows of its name below its heading, best first."""
    here = unit.chunk
    return [
        found
        for found in evidence
        if found.unit.kind is ChunkKind.TABLE_ROW
        and found.unit.chunk.document_id == here.document_id
        and found.unit.chunk.page == here.page
        and found.unit.chunk.heading == here.heading
        and here.cells
        and key(found.unit.chunk.cells[0]) == key(here.cells[0])
    ]
