"""Tables that extraction mixed on one printed page, so that a row may be of either.

Two tables of a survey with the same options stand side by side in print; their text has each
option twice, with other figures, below the same heading.
"""

from collections.abc import Callable, Sequence

from rag.asked_columns import asks_how_many
from rag.question import Question
from rag.scoring import Evidence
from rag.table_pairing import contradicted_labels, counted_otherwise, printed_range
from rag.table_rows import lost_heads, names_replies, names_row
from rag.text import key
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit

_NEAR_BEST = 0.75  # share of the best score from which a row is about the question
_NEARLY = 0.9


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
    if not asks_how_many(question) or best.unit.kind is ChunkKind.TABLE_ROW:
        return evidence
    if _is_told(best):
        return evidence
    here = best.unit.chunk
    for found in evidence:
        row = found.unit
        if found.score < _NEAR_BEST * best.score:
            break
        if (row.chunk.document_id, row.chunk.heading) != (here.document_id, here.heading):
            continue
        page = get_page(row.chunk.document_id, row.chunk.page)
        named = names_replies(question, row.chunk) or (
            lost_heads(question, row.chunk) and names_row(question, row.chunk)
        )
        if named and not counted_otherwise(page, row.start, row.end, row.chunk.cells[0]):
            return [found, *(other for other in evidence if other is not found)]
    return evidence


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
            return [found, *(other for other in evidence if other is not found)]
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
