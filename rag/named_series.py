"""A series under one name: 「基本方針1 …」「基本方針2 …」, whose members stand in places of their own."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from rag.listed_headings import number_asked
from rag.question import Question, QuestionKind
from rag.scoring import Evidence
from rag.synonyms import alternatives
from rag.text import normal
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit

_LOOKED_AT = 24
_MOST = 12
_SHORTEST_NAME = 2
_LONGEST = 60
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫"
_MARK = r"[*_ \u3000]"
_MARKS = f"{_MARK}*"
# 「3つの基本方針」「4本の柱」: the name behind the number, up to what is asked of it.
_NAMED = re.compile(
    r"(?:[2-9]|[二三四五六七八九])(?:つ|本|点|項目|種類)の(?P<name>[一-鿿々ァ-ヶーa-z]{2,12})"
)

ChunksOf = Callable[[str], Sequence[Chunk]]


def named_series(
    question: Question,
    evidence: Sequence[Evidence],
    chunks_of: ChunksOf,
    get_page: Callable[[str, int], Page],
) -> list[Unit]:
    """The members of the series that the question counts, in their order, each as a unit to quote.

    Empty unless it says how many there are («3つの基本方針») and one of the documents that the best
    units stand in tells of each from 1 to that number what it is.
    """
    wanted = number_asked(question)
    match = _NAMED.search(question.normalised)
    if not question.asks(QuestionKind.LIST) or match is None or not 2 <= wanted <= _MOST:
        return []
    name = match["name"]
    others = alternatives(question).get(name, ())
    near = (e for e in evidence[:_LOOKED_AT] if not e.signals.elsewhere)
    documents = dict.fromkeys(e.unit.chunk.document_id for e in near)
    for document in documents:
        for spelled in (name, *(other for other in others if len(other) >= _SHORTEST_NAME)):
            told = _told(spelled, chunks_of(document), get_page)
            series = _in_a_row(told, wanted) or _anywhere(told, wanted)
            if series:
                return series
    return []


def _told(
    name: str, chunks: Sequence[Chunk], get_page: Callable[[str, int], Page]
) -> list[tuple[int, Unit]]:
    """Each place, in the order of the document, that says what the member of a number is."""
    found: list[tuple[int, Unit]] = []
    pattern = _pattern(name)
    for chunk in chunks:
        if chunk.kind is ChunkKind.TABLE_ROW:
            continue
        text = get_page(chunk.document_id, chunk.page).text
        for number, start, end in _places(pattern, text, chunk):
            told = re.sub(r"[ \u3000]+", " ", re.sub(r"[*_]+", "", text[start:end])).strip()
            found.append((number, Unit(chunk, start, end, (told,), ChunkKind.LIST)))
    return found


def _in_a_row(told: Sequence[tuple[int, Unit]], wanted: int) -> list[Unit]:
    """The members told one after the other, from 1 to the last and no further."""
    numbers = [number for number, _ in told]
    for start in range(len(told) - wanted + 1):
        run = numbers[start : start + wanted]
        following = numbers[start + wanted : start + wanted + 1]
        if run == list(range(1, wanted + 1)) and following != [wanted + 1]:
            return [unit for _, unit in told[start : start + wanted]]
    return []


def _anywhere(told: Sequence[tuple[int, Unit]], wanted: int) -> list[Unit]:
    """The first place of each member, where the document tells of as many as are asked for."""
    first: dict[int, Unit] = {}
    for number, unit in told:
        first.setdefault(number, unit)
    if sorted(first) != list(range(1, wanted + 1)):
        return []
    return [first[number] for number in sorted(first)]


def _places(pattern: re.Pattern[str], text: str, chunk: Chunk) -> Iterator[tuple[int, int, int]]:
    for match in pattern.finditer(text, chunk.start, chunk.end):
        number = match["number"]
        value = _CIRCLED.index(number) + 1 if number in _CIRCLED else int(normal(number))
        yield value, match.start(), match.end()


@lru_cache(maxsize=256)
def _pattern(name: str) -> re.Pattern[str]:
    """The name, its number, and what is said on the line: in 「」 or to the end of the line."""
    return re.compile(
        rf"(?<![一-鿿ァ-ヶーa-zA-Z]){re.escape(name)}{_MARKS}(?P<number>[{_CIRCLED}]|[0-9０-９]{{1,2}})"
        rf"(?![0-9０-９.,％%年月]){_MARKS}[:：．.、]?{_MARKS}"
        rf"(?:「[^」\n]{{2,{_LONGEST}}}」|(?=[^\s「」、。）)])[^\n「」。、]{{2,{_LONGEST}}}(?=\n|$))",
        re.IGNORECASE,
    )
