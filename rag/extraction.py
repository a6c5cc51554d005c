"""Answers without a model: the best sentences, rows and lists, each with its exact quote."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Question, QuestionKind
from rag.scoring import Evidence
from rag.text import key
from rag.types import Citation, Document, Page

MAX_ANSWER_CHARACTERS = 380
MAX_LONG_ANSWER_CHARACTERS = 760


@dataclass(frozen=True, slots=True)
class Composition:
    text: str
    citations: tuple[Citation, ...]
    used: tuple[Evidence, ...]


def select(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence to show: the best, then what adds to it, within the length of an answer."""
    long = question.asks(QuestionKind.LIST, QuestionKind.COMPARE, QuestionKind.COUNT)
    budget = MAX_LONG_ANSWER_CHARACTERS if long else MAX_ANSWER_CHARACTERS
    most = 5 if long else 3
    chosen: list[Evidence] = []
    used = 0
    for candidate in evidence:
        if len(chosen) == most:
            break
        length = len(candidate.unit.text) + 4
        if chosen and candidate.score < 0.62 * chosen[0].score:
            break
        if used + length > budget and chosen:
            continue
        if any(_repeats(candidate, other) for other in chosen):
            continue
        chosen.append(candidate)
        used += length
    return chosen


def _repeats(candidate: Evidence, other: Evidence) -> bool:
    a, b = candidate.unit, other.unit
    same_page = (a.chunk.document_id, a.chunk.page) == (b.chunk.document_id, b.chunk.page)
    if same_page and a.start < b.end and b.start < a.end:
        return True
    one, two = key(a.text), key(b.text)
    return one in two or two in one


def compose(
    chosen: Sequence[Evidence],
    pages: dict[tuple[str, int], Page],
    documents: dict[str, Document],
    budget: int = MAX_LONG_ANSWER_CHARACTERS,
) -> Composition:
    """The answer text with markers. Every citation is checked to be an exact substring."""
    sentences: list[str] = []
    citations: list[Citation] = []
    for marker, evidence in enumerate(chosen, start=1):
        unit = evidence.unit
        page = pages[unit.chunk.document_id, unit.chunk.page]
        document = documents[unit.chunk.document_id]
        quote = page.text[unit.start : unit.end]
        if not quote.strip():
            continue
        sentences.append(f"{_as_sentence(_clip(unit.text, budget))}[{marker}]")
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
    return Composition("\n".join(sentences), tuple(citations), tuple(chosen))


def _as_sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _clip(text: str, limit: int) -> str:
    """`text` cut after the last whole sentence, item or cell that fits; never inside one."""
    if len(text) <= limit:
        return text
    cut = max(text.rfind(mark, 0, limit) for mark in "。／、")
    return text[: cut + 1] if cut > 0 else text[:limit]
