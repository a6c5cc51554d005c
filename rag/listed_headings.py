"""A list whose items are headings: 「① …」「② …」, each with text of its own.

Its items lie in as many chunks, so that no single piece is the list; the document's headings are.
"""

import re
from collections.abc import Callable, Sequence

from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term, coverage
from rag.text import key, normal
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit

_NUMBERED = re.compile(
    r"^\s*[(（]?(?P<number>\d{1,2}|[ivx]{1,4}|[ア-オ])(?:[)）.．、:：\s]|(?=[^\d\s]))"
)
_CIRCLED = re.compile(r"^\s*[①-⑳]")
_NAMED = re.compile(r"^[\d\s.．\-－]*(?P<name>[^\d\s①-⑳]{2,15})(?P<number>[①-⑳])")
_SECTION_NUMBER = re.compile(r"^[\d\s.．\-－]+")
_BRACKETED = re.compile(r"^\s*[(（]\d{1,2}[)）]")
_ASKED = re.compile(
    r"(?<![\d.第])([2-9]|[二三四五六七八九])(?:つ|本(?!編)|点(?!数)|項目|種類|要素|柱)"
)
_DIGITS = "〇一二三四五六七八九"
_LOOKED_AT = 6
_FEWEST = 3
_MOST = 12
_LEAST_COVERAGE = 0.6  # of the question's words, by the headings that the list stands under


def listed_headings(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    chunks_of: Callable[[str], Sequence[Chunk]],
    get_page: Callable[[str, int], Page],
) -> list[Unit]:
    """The headings that answer a question for a list, in their order, each as a unit to quote.

    Empty unless they count from 1 without a gap, as many as are asked for where the question says,
    and stand under a heading that the question is about.
    """
    if not question.asks(QuestionKind.LIST):
        return []
    wanted = number_asked(question)
    for found in evidence[:_LOOKED_AT]:
        chunk = found.unit.chunk
        for depth in range(len(chunk.heading) - 1, 0, -1):
            style = _style(chunk.heading[depth])
            parents = chunk.heading[max(0, depth - 2) : depth]
            if style is None:
                continue
            if style is _NAMED:
                if _name_of(chunk.heading[depth]) not in key(question.text):
                    continue
            elif coverage(terms, "\n".join(parents)) < _LEAST_COVERAGE:
                continue
            items = _siblings(chunk, depth, style, chunks_of(chunk.document_id))
            if len(items) != wanted if wanted else not _FEWEST <= len(items) <= _MOST:
                continue
            units = [_line(item, heading, get_page) for heading, item in items.items()]
            if all(units):
                return [unit for unit in units if unit]
    return []


def number_asked(question: Question) -> int:
    """How many things the question says there are, 0 where it does not."""
    match = _ASKED.search(question.normalised)
    if match is None:
        return 0
    return int(match[1]) if match[1].isdigit() else _DIGITS.index(match[1])


def _style(heading: str) -> re.Pattern[str] | None:
    return next((style for style in (_CIRCLED, _BRACKETED, _NAMED) if style.match(heading)), None)


def _name_of(heading: str) -> str:
    """「重点取り組み事項」 of 「3-3 重点取り組み事項① …」, as a key."""
    match = _NAMED.match(heading)
    return key(match["name"]) if match else ""


def _siblings(
    chunk: Chunk, depth: int, style: re.Pattern[str], chunks: Sequence[Chunk]
) -> dict[str, Chunk]:
    """The numbered headings beside that of `chunk`, each with its first chunk; empty with a gap."""
    found: dict[str, Chunk] = {}
    for other in chunks:
        if len(other.heading) > depth and other.heading[:depth] == chunk.heading[:depth]:
            heading = other.heading[depth]
            if style.match(heading) and _name_of(heading) == _name_of(chunk.heading[depth]):
                found.setdefault(heading, other)
    numbers = [number for heading in found if (number := _number_of(heading, style))]
    return found if numbers == [str(n) for n in range(1, len(found) + 1)] else {}


def _number_of(heading: str, style: re.Pattern[str]) -> str:
    match = _NAMED.match(heading) if style is _NAMED else _NUMBERED.match(normal(heading))
    return normal(match["number"]) if match else ""


def _line(chunk: Chunk, heading: str, get_page: Callable[[str, int], Page]) -> Unit | None:
    """The line of the page that is `heading`, at the chunk or above it."""
    page = get_page(chunk.document_id, chunk.page)
    for line in reversed(list(re.finditer(r"[^\n]+", page.text[: chunk.end]))):
        if key(re.sub(r"^#+\s*", "", line.group())) == key(heading):
            told = _SECTION_NUMBER.sub("", heading) if _NAMED.match(heading) else heading
            return Unit(chunk, line.start(), line.end(), (told,), ChunkKind.LIST)
    return None
