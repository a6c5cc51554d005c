"""Offices in plain lines: 「申請の受付 市民課」, or a merged cell that was read as a line of its own.

A list of procedures with their offices whose table was lost in the reading. The office of a
procedure is the one on its line; one that stands alone belongs to the lines around it up to those
that have an office of their own. Where two such stand in one stretch nothing tells where the first
ends, and only the line right before an office has it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.question import Question, QuestionKind
from rag.scoring import Candidate, Evidence, Term, coverage
from rag.text import key
from rag.types import ChunkKind
from rag.units import Unit

_OFFICE = r"[一-鿿ァ-ヶーぁ-ゖA-Za-zＡ-Ｚ・]{1,12}?(?:課|係|室|センター|事務所)(?:[(（][^()（）]{1,12}[)）])?"
_ALONE = re.compile(rf"(?P<office>{_OFFICE})")
_AFTER = re.compile(rf"(?P<item>\S.*?)[ \u3000]+(?P<office>{_OFFICE})")
# 「保育課保育所の利用申込」: a merged cell and the line beside it
_GLUED = re.compile(r"(?P<office>[一-鿿ァ-ヶー]{2,10}?課)(?P<item>(?!長)[一-鿿ァ-ヶー].*の.{2,})")
_HEAD = re.compile(r"(?:担当|所属|所管|課名|部署|窓口)[一-鿿]{0,3}$")
_SENTENCE = re.compile(r"[。！？]|(?:です|ます)$")
_LONGEST_LINE = 60
_LEAST_OFFICES = 2
_LEAST = 0.5  # share of the question's words that a line has
_OF_ASKING = re.compile(r"担当|所属|所管|[課係室部局]|部署|窓口|手続き?|受け持つ?")
_NEAR_BEST = 0.9


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """A line of such a list; `office` is "" where none is certain to be its own."""

    item: str
    office: str


def office_on_line(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    candidates: Sequence[Candidate],
) -> str | None:
    """The office on the line of what is asked for, "" where the line has none.

    None where no office is asked for or the best unit is no such list.
    """
    if not question.asks(QuestionKind.DEPARTMENT) or not evidence:
        return None
    terms = [term for term in terms if not _OF_ASKING.fullmatch(term.surface)]
    lines = office_lines(evidence[0].unit, candidates)
    if not terms or not lines:
        return None
    shares = [coverage(terms, line.item) for line in lines]
    most = max(shares)
    if most < _LEAST:
        return None
    best = [line for line, share in zip(lines, shares, strict=True) if share == most]
    shortest = min(len(key(line.item)) for line in best)  # it says least beside what is asked
    offices = {line.office for line in best if len(key(line.item)) == shortest}
    return offices.pop() if len(offices) == 1 else ""


def office_lines(unit: Unit, candidates: Sequence[Candidate]) -> list[OfficeLine]:
    """The lines of the list that `unit` is a part of; none where it is no list of offices.

    A list goes on from chunk to chunk, so that what stands around the unit on its page counts too.
    """
    if unit.kind is ChunkKind.TABLE_ROW or not _has_office(unit.parts):
        return []
    lines = list(_around(unit, candidates))
    found = [line for stretch in _stretches(lines) for line in _of_stretch(*stretch)]
    offices = {line.office for line in found if line.office}
    return found if len(offices) >= _LEAST_OFFICES else []


def _has_office(lines: Sequence[str]) -> bool:
    forms = (_ALONE, _AFTER, _GLUED)
    return any(form.fullmatch(line) for form in forms for line in lines if _is_line(line))


def _is_line(line: str) -> bool:
    return len(line) <= _LONGEST_LINE and not _SENTENCE.search(line)


def _around(unit: Unit, candidates: Sequence[Candidate]) -> Iterator[str]:
    """The lines of the unit and of those before and after it without a gap, in page order."""
    chunk = unit.chunk
    same = sorted(
        (c.unit for c in candidates if c.unit.chunk.document_id == chunk.document_id),
        key=lambda other: (other.start, -other.end),
    )
    page = [u for u in same if u.chunk.page == chunk.page and u.kind is not ChunkKind.TABLE_ROW]
    ordinals = {u.chunk.ordinal for u in page}
    first = last = chunk.ordinal
    while first - 1 in ordinals:
        first -= 1
    while last + 1 in ordinals:
        last += 1
    end = -1
    for other in page:
        if first <= other.chunk.ordinal <= last and other.start >= end:
            yield from other.parts
            end = other.end


def _stretches(lines: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Lines between two that end a stretch, and whether it is known to end at both sides."""
    stretch: list[str] = []
    opened = False
    for line in lines:
        after = _AFTER.fullmatch(line)
        if not (after or _HEAD.search(line) or not _is_line(line)):
            stretch.append(line)
            continue
        if stretch:
            yield stretch, opened
        if after and not _HEAD.search(line) and _is_line(line):
            yield [line], True
        stretch, opened = [], True
    if stretch:
        yield stretch, False


def _of_stretch(stretch: Sequence[str], closed: bool) -> Iterator[OfficeLine]:
    if len(stretch) == 1 and (match := _AFTER.fullmatch(stretch[0])):
        yield OfficeLine(match["item"], match["office"])
        return
    told: list[tuple[str, str]] = []  # item, office read right before or at its line
    for line in stretch:
        if alone := _ALONE.fullmatch(line):
            told.append(("", alone["office"]))
        elif glued := _GLUED.fullmatch(line):
            told += [("", glued["office"]), (glued["item"], "")]
        else:
            told.append((line, ""))
    offices = [office for _, office in told if office]
    for index, (item, _) in enumerate(told):
        if not item:
            continue
        following = told[index + 1][1] if index + 1 < len(told) else ""
        yield OfficeLine(item, offices[0] if closed and len(offices) == 1 else following)
