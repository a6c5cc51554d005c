"""Which documents are in force, replaced or yet to come on a day, and what to call the old ones."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from rag.text import key
from rag.types import AnswerWarning, Document

# Kinds with a period in which they hold. The period of an audit or a survey is what it looked at.
_IN_FORCE_KINDS = frozenset({"計画", "要綱", "手引き"})
# Each is about its own occasion: the next meeting or audit does not replace the last one.
_OCCASIONS = frozenset({"監査報告", "会議資料", "議事録"})
SUPERSEDED = "superseded_document"
FUTURE = "future_document"

_YEARS = r"(?:(?:19|20)\d{2}|(?:令和|平成|[rh])(?:元|\d{1,2}))年?度?版?"
_NOT_THE_NAME = re.compile(
    rf"\((?:仮称|案|素案|概要版?|改[訂定]版?|次期|第?\d+版|{_YEARS}(?:[-~]{_YEARS})?)\)"
    rf"|[【\[](?:概要版?|本編|案|改[訂定]版?)[】\]]|{_YEARS}(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?(?:[-~・]{_YEARS})?"
    r"|第[\d一二三四五六七八九十]+(?:次|期|版)|(?:について|の?概要|概要版|改[訂定]版|本編|資料編|\(案\))$|\(\)|【】"
)


class Standing(StrEnum):
    """Where a document stands on a day."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    FUTURE = "future"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """A document on a given day, and its neighbours in its series (ids, "" for none)."""

    document: Document
    standing: Standing
    previous: str = ""
    following: str = ""


@lru_cache(maxsize=4_096)
def title_stem(title: str) -> str:
    """What editions of one document share: the title without years, edition marks and brackets."""
    stem = key(title)
    while True:
        shorter = _NOT_THE_NAME.sub("", stem).strip("-~・:")
        if shorter == stem:
            return stem
        stem = shorter


def editions(documents: Iterable[Document], as_of: date) -> dict[str, Edition]:
    """Every document by id with its standing on `as_of`.

    The newer edition is the one that the catalogue names as successor; else, of documents of one
    kind and title stem, the next by date; else, for plans, the only one of the same office whose
    period starts the day after. A document is superseded when its newer edition is in force, or
    when its own period is over.
    """
    by_id = {document.id: document for document in documents}
    following = _following(tuple(by_id.values()))
    previous = {after: before for before, after in following.items()}
    return {
        document.id: Edition(
            document=document,
            standing=_standing(document, by_id.get(following.get(document.id, "")), as_of),
            previous=previous.get(document.id, ""),
            following=following.get(document.id, ""),
        )
        for document in by_id.values()
    }


def label(edition: Edition) -> str:
    """What to put before a text of a document that is not in force, as 「旧計画（2022–2025）では」.

    "" for a document in force.
    """
    if edition.standing is Standing.CURRENT:
        return ""
    kind = edition.document.kind or "資料"
    prefix = "旧" if edition.standing is Standing.SUPERSEDED else "次期"
    years = period_years(edition.document)
    return f"{prefix}{kind}{f'（{years}）' if years else ''}では"


def period_years(document: Document) -> str:
    """「2022–2025」 in fiscal years where the period is known, else the year of issue, else ""."""
    first, last = document.valid_from, document.valid_until
    if first and last and document.kind in _IN_FORCE_KINDS:
        begin = first.year if first.month >= 4 else first.year - 1
        end = last.year if last.month >= 4 else last.year - 1
        return f"{begin}–{end}" if end > begin else str(begin)
    return str(document.issued.year) if document.issued else ""


def warnings_for(used: Iterable[str], known: Mapping[str, Edition]) -> list[AnswerWarning]:
    """A warning for each document of `used` (ids) that is not in force, in the order given."""
    found: list[AnswerWarning] = []
    for document_id in dict.fromkeys(used):
        edition = known.get(document_id)
        if edition is None or edition.standing is Standing.CURRENT:
            continue
        title = f"「{edition.document.title}」"
        newer = known.get(edition.following)
        if edition.standing is Standing.FUTURE:
            begins = edition.document.valid_from
            when = f"（{begins.year}年{begins.month}月から）" if begins else ""
            message = f"{title}は、まだ始まっていない期間の文書です{when}。"
            found.append(AnswerWarning(FUTURE, message))
        elif newer is not None and newer.standing is not Standing.FUTURE:
            message = f"{title}は古い版です。新しい「{newer.document.title}」も確かめてください。"
            found.append(AnswerWarning(SUPERSEDED, message))
        else:
            ends = edition.document.valid_until
            when = f"（{ends.year}年{ends.month}月まで）" if ends else ""
            message = (
                f"{title}は対象期間が終わっています{when}。今の扱いは所管課に確かめてください。"
            )
            found.append(AnswerWarning(SUPERSEDED, message))
    return found


def _standing(document: Document, newer: Document | None, as_of: date) -> Standing:
    if document.superseded_on and document.superseded_on <= as_of:
        return Standing.SUPERSEDED
    periodic = document.kind in _IN_FORCE_KINDS
    if periodic and document.valid_until and document.valid_until < as_of:
        return Standing.SUPERSEDED
    if periodic and document.valid_from and document.valid_from > as_of:
        return Standing.FUTURE
    starts = _starts(newer) if newer else None
    return Standing.SUPERSEDED if starts and starts <= as_of else Standing.CURRENT


def _starts(document: Document) -> date | None:
    return document.valid_from if _periodic(document) else document.issued


def _periodic(document: Document) -> bool:
    return document.kind in _IN_FORCE_KINDS and document.valid_from is not None


@lru_cache(maxsize=8)
def _following(documents: tuple[Document, ...]) -> Mapping[str, str]:
    """The newer edition of each document that has one, by id. Remembered: every question asks."""
    by_source = {document.source: document.id for document in documents}
    following = {
        document.id: by_source[document.successor]
        for document in documents
        if document.successor in by_source and by_source[document.successor] != document.id
    }
    series: dict[tuple[str, str, str], list[Document]] = {}
    for document in documents:
        stem = title_stem(document.title)
        if document.kind in _OCCASIONS or not document.kind:
            continue
        if len(stem) >= 4 and _starts(document):
            series.setdefault((document.kind, stem, document.publisher), []).append(document)
    for members in series.values():
        ordered = sorted(members, key=lambda d: (_starts(d) or date.min, d.id))
        for before, after in pairwise(ordered):
            if _starts(before) != _starts(after):
                following.setdefault(before.id, after.id)
    for before_id, after_id in _consecutive(documents, following):
        following.setdefault(before_id, after_id)
    return following


def _consecutive(documents: Sequence[Document], known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Plans of one office that follow each other without a gap, where no other plan could."""
    begins: dict[tuple[str, date], list[str]] = {}
    follows: dict[tuple[str, date], list[str]] = {}
    for document in documents:
        first, last = document.valid_from, document.valid_until
        if document.kind == "計画" and document.department and first and last:
            begins.setdefault((document.department, first), []).append(document.id)
            after = last + timedelta(days=1)
            follows.setdefault((document.department, after), []).append(document.id)
    taken = set(known.values())
    return [
        (before[0], begins[place][0])
        for place, before in follows.items()
        if len(before) == 1
        and len(begins.get(place, ())) == 1
        and before[0] not in known
        and begins[place][0] not in taken
    ]
