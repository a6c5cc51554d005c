"""The entry of a chronicle, a timeline or a list of terms of office that a question asks the date of.

The date is that of the very entry: it stands before it in brackets, after it in brackets, or over
it for all entries of its year. What a neighbour's date is has nothing to do with the question.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rag.forms import asks_end, asks_span, told_by_year_above
from rag.further_forms import tells_of_very_one
from rag.question import Question, QuestionKind
from rag.scoring import NEAR_BEST, Evidence, Term, coverage, covered
from rag.short_dates import DATE_PHRASE
from rag.text import normal
from rag.types import ChunkKind
from rag.units import Unit
from rag.year_spans import YearSpan, year_spans

_LONGEST = 120
# 「（1997年）公式ウェブサイト開設 （1998年）…」
_BEFORE = re.compile(r"[(（](?:\d{4}|(?:令和|平成|昭和)(?:元|\d{1,2}))年(?:度)?[)）]")
_TIME_WORD = re.compile(r"年度?|月|日")
# What happened is worded anew more often than what it happened to: 「始まった」 for 「開始」.
_VERB = re.compile(r"[一-鿿々][ぁ-ゖ]+$")
_VERB_SHARE = 0.3
_LEAST_BEFORE = 2  # one bracket is no timeline
_ITEM = re.compile(r"[➢・●○■□◆◇►▶／\n]+|、(?=[^。]*$)")  # no comma of a sentence
_NO_DATE = re.compile(r"^問題")  # 「2000年問題」
_LEAST = 0.4  # share of the question's words
_LOOKED_AT = 6
_FIRST_TIME = re.compile(r"始ま|始め|入れた|入った|導入|開始|でき(?:た|る)|初めて|最初")


@dataclass(frozen=True, slots=True)
class DatedEntry:
    """One thing of several that are told with a date each. `told` is what answers when it was."""

    text: str
    told: str
    span: Literal["", "open", "closed"] = ""  # told from the one year to the other, or since


def dated_entries(unit: Unit) -> list[DatedEntry]:
    """The entries of a unit; none where it is no chronicle."""
    if unit.dated:
        return list(_of_year(unit))
    text = unit.text
    starts = [match.start() for match in _BEFORE.finditer(text)]
    if len(starts) >= _LEAST_BEFORE:
        pieces = zip(starts, [*starts[1:], len(text)], strict=True)
        entries = [text[a:b].strip(" 、／\n") for a, b in pieces]
        return [DatedEntry(entry, entry) for entry in entries if len(entry) <= _LONGEST]
    return [_of_span(span) for span in year_spans(text) if span.said]


def telling_entry(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> tuple[Evidence, DatedEntry] | None:
    """The entry with most of the question's words among the best units, and where it stands.

    None where no entry has enough of them, where a text that tells a date has more, where two
    entries of different dates have as many, or where the question is not just for a date.
    """
    if question.kinds != (QuestionKind.DATE,) or not evidence:
        return None
    terms = [
        replace(term, idf=_VERB_SHARE * term.idf) if _VERB.search(term.surface) else term
        for term in terms
        if not _TIME_WORD.fullmatch(term.surface)
    ]
    least = NEAR_BEST * evidence[0].score
    spans = asks_span(question)
    found: list[tuple[float, Evidence, DatedEntry]] = []
    for candidate in evidence[:_LOOKED_AT]:
        if candidate.score < least:
            continue
        unit = candidate.unit
        heading = " ".join(unit.chunk.heading)
        entries = [
            e
            for e in dated_entries(unit)
            if (e.span or not spans) and (e.span != "open" or not asks_end(question))
        ]
        if unit.dated and not told_by_year_above(question, unit):
            entries = []
        found += [
            (coverage(terms, e.text, heading), candidate, e)
            for e in entries
            if _is_about(terms, e, unit, heading) and tells_of_very_one(question, e.text)
        ]
        if not entries and candidate.signals.form >= 1:
            plain = DatedEntry(unit.text, "")
            found.append((coverage(terms, plain.text, heading), candidate, plain))
    most = max((share for share, _, _ in found), default=0.0)
    if most < _LEAST:
        return None
    best = [(where, entry) for share, where, entry in found if share == most]
    # 「いつ」 is answered by 「2003年」 rather than by 「2003」, and 「何年度」 by neither more.
    years = "年度" in question.normalised
    return _one_of(question, sorted(best, key=lambda e: not years and e[1].told.isdigit()))


def _is_about(terms: Sequence[Term], entry: DatedEntry, unit: Unit, heading: str) -> bool:
    """Whether the question's words are those of the entry, and not of a neighbour or the heading.

    In a list of people with their years the rarest word of the question tells which of them.
    """
    own = coverage(terms, entry.text)
    if own == 0 or own < coverage(terms, heading):
        return False
    if not entry.span:
        return True
    of_unit = [term for term in terms if any(covered([term], unit.text))]
    rarest = max(of_unit, key=lambda term: term.idf)
    return any(covered([rarest], f"{entry.text} {heading}"))


def _one_of(
    question: Question, best: Sequence[tuple[Evidence, DatedEntry]]
) -> tuple[Evidence, DatedEntry] | None:
    """The first, if none of the same unit tells another date; of those the oldest for a beginning."""
    where, first = best[0]
    same = [entry for unit, entry in best if unit is where]
    if len({entry.told for entry in same}) > 1:
        if not _FIRST_TIME.search(question.normalised):
            return None
        first = min(same, key=lambda entry: _year_in(entry.told))
    return (where, first) if first.told else None


def _year_in(told: str) -> str:
    match = re.search(r"(?:19|20)\d\d", normal(told))
    return match.group() if match else "9999"


def _of_year(unit: Unit) -> Iterator[DatedEntry]:
    """Each item below the year; a wrapped one may go on in the part after it."""
    first = 1 if normal(unit.parts[0]).startswith(normal(unit.dated)) else 0
    parts = unit.parts[first:]
    for index, part in enumerate(parts):
        for item in filter(None, map(str.strip, _ITEM.split(part))):
            own = {
                m.group() for m in DATE_PHRASE.finditer(item) if not _NO_DATE.match(item[m.end() :])
            }
            yield DatedEntry(item, own.pop() if len(own) == 1 else unit.dated)
        if unit.kind is ChunkKind.PROSE and index + 1 < len(parts):
            yield DatedEntry(f"{part} {parts[index + 1]}", unit.dated)


def _of_span(span: YearSpan) -> DatedEntry:
    return DatedEntry(span.said, span.told, span="closed" if span.closed else "open")
