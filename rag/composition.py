"""Chosen pieces as one text with markers, each with its exact quote."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.cell_ranges import SPREADSHEET, cited_heading
from rag.question import Question
from rag.scoring import Evidence
from rag.tables import TableAnswer, count_unit
from rag.text import key
from rag.types import Chunk, Citation, Document, Page
from rag.units import Unit

MAX_LONG_ANSWER_CHARACTERS = 760  # with room for what is said of old documents and of dates
_CITING = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Evidence with the text it is shown as: whole, or its parts that answer."""

    evidence: Evidence
    text: str


@dataclass(frozen=True, slots=True)
class Composition:
    text: str
    citations: tuple[Citation, ...]


def compose_table(
    question: Question,
    table: TableAnswer,
    get_page: Callable[[str, int], Page],
    documents: Mapping[str, Document],
) -> tuple[Composition, str]:
    """The counted rows by name with a marker each, and the count as short answer."""
    unit = count_unit(question)
    count = f"{len(table.rows)}{unit}"
    lines = [f"{table.condition}のものは、表を数えると{count}です。"]
    citations = []
    used = len(lines[0])
    for marker, row in enumerate(table.rows, start=1):
        name = re.sub(r"\s+", " ", row.cells[table.name_column]).strip()
        line = f"・{_without_markers(name)}[{marker}]"
        if used + len(line) > MAX_LONG_ANSWER_CHARACTERS - 20:
            lines.append(f"ほか{len(table.rows) - marker + 1}{unit}")
            break
        used += len(line) + 1
        lines.append(line)
        page = get_page(row.document_id, row.page)
        citations.append(citation_of(marker, row, row.start, row.end, page, documents))
    return Composition("\n".join(lines), tuple(citations)), count


def compose(
    chosen: Sequence[Chosen],
    get_page: Callable[[str, int], Page],
    documents: Mapping[str, Document],
    lead_of: Callable[[str], str] = lambda document_id: "",
    date_of: Callable[[Unit], str] = lambda unit: "",
) -> Composition:
    """The answer text with a marker after each piece; each quote is an exact substring.

    `lead_of` says of a document (by id) that it is an old one, before each of its pieces that does
    not follow another of them;
    `date_of` gives the date of a unit's figures where its own text does not.
    """
    sentences: list[str] = []
    citations: list[Citation] = []
    before = ""
    for marker, item in enumerate(chosen, start=1):
        unit = item.evidence.unit
        document_id = unit.chunk.document_id
        page = get_page(document_id, unit.chunk.page)
        lead = "" if document_id == before else lead_of(document_id)
        before = document_id
        text = _without_markers(item.text)
        dated = date_of(unit)
        note = f"（{dated}）" if dated and key(dated) not in key(text) else ""
        # A list begins on a line of its own.
        joint = "" if not lead else "、\n" if text.startswith("・") else "、"
        sentences.append(f"{lead}{joint}{_noted(text, note)}[{marker}]")
        citations.append(citation_of(marker, unit.chunk, unit.start, unit.end, page, documents))
    return Composition("\n".join(sentences), tuple(citations))


def _noted(text: str, note: str) -> str:
    """`text` with a note before its full stop."""
    return f"{text[:-1]}{note}。" if note and text.endswith("。") else f"{text}{note}"


def renumbered(text: str, shift: int) -> str:
    """`text` with its markers counted on from `shift`."""
    return _CITING.sub(lambda match: f"[{int(match.group(1)) + shift}]", text)


def _without_markers(text: str) -> str:
    """Text whose own 「[3]」 cannot be taken for a citation of the answer."""
    return _CITING.sub(r"［\1］", text)


def citation_of(
    marker: int,
    chunk: Chunk,
    start: int,
    end: int,
    page: Page,
    documents: Mapping[str, Document],
) -> Citation:
    """A citation of `page.text[start:end]`."""
    document = documents[chunk.document_id]
    return Citation(
        marker=marker,
        document_id=document.id,
        document_title=document.title,
        source=document.source,
        page=page.number,
        has_pages=document.has_pages,
        heading=(
            cited_heading(chunk.heading, page.text, start, end)
            if document.media_type == SPREADSHEET
            else chunk.heading
        ),
        quote=page.text[start:end],
        start=start,
        end=end,
    )
