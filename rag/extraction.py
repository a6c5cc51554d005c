"""Answers without a model: the best sentences, rows and lists, each with its exact quote."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.question import Question, QuestionKind
from rag.scoring import Evidence
from rag.text import key
from rag.types import Citation, Document, Page

MAX_ANSWER_CHARACTERS = 390
MAX_LONG_ANSWER_CHARACTERS = 780
_MARKER_CHARACTERS = 4
_BESIDE_GAP = 0.45  # how much lower a neighbour of the best unit may score and still be read with it


@dataclass(frozen=True, slots=True)
class Composition:
    text: str
    citations: tuple[Citation, ...]


def select(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence to show: the best, what stands beside it, then what adds to it."""
    long = question.asks(QuestionKind.LIST, QuestionKind.COMPARE, QuestionKind.COUNT)
    budget = MAX_LONG_ANSWER_CHARACTERS if long else MAX_ANSWER_CHARACTERS
    most = 6 if long else 4
    chosen: list[Evidence] = []
    used = 0

    def take(candidate: Evidence) -> bool:
        nonlocal used
        length = len(candidate.unit.text) + _MARKER_CHARACTERS
        if len(chosen) >= most or (chosen and used + length > budget):
            return False
        if any(_repeats(candidate, other) for other in chosen):
            return False
        chosen.append(candidate)
        used += length
        return True

    for rank, candidate in enumerate(evidence):
        if chosen and candidate.score < 0.6 * chosen[0].score:
            break
        if take(candidate) and rank < 2:
            for neighbour in _beside(candidate, evidence):
                take(neighbour)
    return _in_reading_order(chosen)


def _beside(candidate: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The units right after and right before, in the same section, if they are worth reading."""
    here = candidate.unit
    same = [
        other
        for other in evidence
        if other.unit.chunk.document_id == here.chunk.document_id
        and other.unit.chunk.page == here.chunk.page
        and other.unit.chunk.heading == here.chunk.heading
        and other.score >= candidate.score * _BESIDE_GAP
    ]
    after = min(
        (other for other in same if other.unit.start >= here.end),
        key=lambda other: other.unit.start,
        default=None,
    )
    before = max(
        (other for other in same if other.unit.end <= here.start),
        key=lambda other: other.unit.end,
        default=None,
    )
    return [other for other in (after, before) if other is not None]


def _in_reading_order(chosen: Sequence[Evidence]) -> list[Evidence]:
    """Best first, but units of one place together and in the order of the page."""
    ordered: list[Evidence] = []
    for evidence in chosen:
        if evidence in ordered:
            continue
        chunk = evidence.unit.chunk
        together = [
            other
            for other in chosen
            if other not in ordered
            and other.unit.chunk.document_id == chunk.document_id
            and other.unit.chunk.page == chunk.page
            and other.unit.chunk.heading == chunk.heading
        ]
        ordered.extend(sorted(together, key=lambda other: other.unit.start))
    return ordered


def _repeats(candidate: Evidence, other: Evidence) -> bool:
    a, b = candidate.unit, other.unit
    same_page = (a.chunk.document_id, a.chunk.page) == (b.chunk.document_id, b.chunk.page)
    if same_page and a.start < b.end and b.start < a.end:
        return True
    one, two = key(a.text), key(b.text)
    return one in two or two in one


def compose(
    chosen: Sequence[Evidence],
    get_page: Callable[[str, int], Page],
    documents: Mapping[str, Document],
) -> Composition:
    """The answer text with a marker after each piece; each quote is an exact substring."""
    sentences: list[str] = []
    citations: list[Citation] = []
    for evidence in chosen:
        unit = evidence.unit
        page = get_page(unit.chunk.document_id, unit.chunk.page)
        document = documents[unit.chunk.document_id]
        quote = page.text[unit.start : unit.end]
        marker = len(citations) + 1
        text = clip(re.sub(r"\s+", " ", unit.text).strip(), MAX_LONG_ANSWER_CHARACTERS - 20)
        sentences.append(f"{text}[{marker}]")
        citations.append(
            Citation(
                marker=marker,
                document_id=document.id,
                document_title=document.title,
                source=document.source,
                page=page.number,
                has_pages=document.has_pages,
                heading=unit.chunk.heading,
                quote=quote,
                start=unit.start,
                end=unit.end,
            )
        )
    return Composition("\n".join(sentences), tuple(citations))


def clip(text: str, limit: int) -> str:
    """`text` cut after the last whole sentence, item or cell that fits; never inside one."""
    if len(text) <= limit:
        return text
    cut = max(text.rfind(mark, 0, limit) for mark in "。／、")
    return text[: cut + 1] if cut > 0 else text[:limit]
