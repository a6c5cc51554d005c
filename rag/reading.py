"""Reading around the ranked chunks: their units in page order, each with its neighbours."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from rag.scoring import Candidate
from rag.survey_rows import survey_units
from rag.text import key
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import Unit, units_of

_LATIN = re.compile(r"[a-z]*")  # 「ミッション」 is followed by 「Mission」 for looks
_NEIGHBOUR = 0.55  # retrieval score of an unranked neighbour relative to the ranked chunk


def read_units(
    ranked: Sequence[tuple[Chunk, float]],
    documents: Mapping[str, Document],
    chunks_of_page: Callable[[str, int], Sequence[Chunk]],
    get_page: Callable[[str, int], Page],
    following: int = 1,
    named: frozenset[str] = frozenset(),
) -> list[Candidate]:
    """Units of the ranked chunks, one chunk before and `following` chunks after, in page order.

    An answer often stands next to the words of the question rather than among them: the figure
    under a label, the row under a caption, the sentence after the one that names the topic. `named`
    are the documents (ids) that the question names, if it names any.
    """
    scores = {chunk.id: score for chunk, score in ranked}
    wanted: dict[tuple[str, int], dict[int, float]] = {}
    for chunk, score in ranked:
        place = wanted.setdefault((chunk.document_id, chunk.page), {})
        for neighbour in range(-1, following + 1):
            value = score if neighbour == 0 else _NEIGHBOUR * score
            place[chunk.ordinal + neighbour] = max(place.get(chunk.ordinal + neighbour, 0.0), value)
    candidates: list[Candidate] = []
    for (document_id, number), ordinals in sorted(wanted.items()):
        page = get_page(document_id, number)
        document = documents[document_id]
        units = [
            unit
            for chunk in chunks_of_page(document_id, number)
            if chunk.ordinal in ordinals
            for unit in _units(chunk, page)
        ]
        known_years = frozenset(
            day.year for day in (document.issued, document.valid_from) if day is not None
        )
        for index, unit in enumerate(units):
            candidates.append(
                Candidate(
                    unit=unit,
                    retrieval=scores.get(unit.chunk.id, ordinals[unit.chunk.ordinal]),
                    title=document.title,
                    before=_text_beside(units, index, -1),
                    after=_text_beside(units, index, 1),
                    document_years=known_years,
                    named=document_id in named if named else None,
                )
            )
    return candidates


@lru_cache(maxsize=4_096)
def _units_of(chunk: Chunk, text: str) -> tuple[Unit, ...]:
    page = Page(document_id=chunk.document_id, number=chunk.page, text=text)
    headings = {key(part) for part in chunk.heading}
    rows = survey_units(chunk, page)
    whole = [] if rows and chunk.kind is ChunkKind.TABLE_ROW else units_of(chunk, page)
    return tuple(
        unit
        for unit in (*whole, *rows)
        if not _is_heading(key("".join(unit.parts)), headings)
        and not all(key(part) in headings for part in unit.parts)
    )


def _is_heading(part: str, headings: set[str]) -> bool:
    """Whether `part` (a key) is a heading, or one with nothing but Latin letters beside it."""
    return part in headings or any(
        heading and part.startswith(heading) and _LATIN.fullmatch(part[len(heading) :])
        for heading in headings
    )


def _units(chunk: Chunk, page: Page) -> tuple[Unit, ...]:
    """The units of `chunk` but for its headings, remembered (hashing strings is remembered too)."""
    return _units_of(chunk, page.text)


def read_ahead(chunks: Sequence[Chunk], page: Page) -> None:
    """Remember the units of the `chunks` of `page` for the first question that needs them."""
    for chunk in chunks:
        _units(chunk, page)


def _text_beside(units: Sequence[Unit], index: int, step: int) -> str:
    """The text of the next unit that does not overlap, within two chunks' distance."""
    here = units[index]
    other = index + step
    while 0 <= other < len(units):
        unit = units[other]
        if unit.start >= here.end or unit.end <= here.start:
            near = abs(unit.chunk.ordinal - here.chunk.ordinal) <= 1
            return unit.text if near else ""
        other += step
    return ""
