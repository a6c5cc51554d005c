"""How much a document is preferred before its text is looked at: what the question says of time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.editions import Edition, Standing, editions
from rag.question import Question
from rag.text import key
from rag.types import Document

_NAMED = 0.12  # the question names the document's title, kind or year
_SUPERSEDED = -0.03  # only a tie-break: old documents answer questions about the past
_NEWEST = 0.03  # the same for questions about the latest state
_KIND_WORDS = {
    "監査報告": ("監査",),
    "会議資料": ("会議", "本部会議", "アジェンダ", "議事", "会議資料"),
    "計画": ("計画",),
    "報告": ("報告", "資料"),
    "調査結果": ("調査", "アンケート"),
}
_THING = r"(?:の)?(?:[^、。はがをにで]{0,8}?)(?:計画|(?<!アクション)プラン|版|要綱|手引|報告|資料|ビジョン)"
_PREVIOUS = re.compile(rf"(?:(?<!名)前|旧|以前の|これまでの|前回の|一つ前の|1つ前の){_THING}")
_CURRENT = re.compile(rf"(?:現行|今の|現在の|今回の|現(?=計画)){_THING}")
_NEXT = re.compile(rf"(?:次期|次の|次回の|これからの|今後の|来期の){_THING}|次期")
_NEWEST_OF = re.compile(rf"(?:最新|直近|新しい|新(?![しただ規型])){_THING}")
_LATEST = re.compile(r"最新|直近|現在|いま(?!まで)|今(?!まで|後|回|年度)|最近")
_PAST = re.compile(r"当時|以前は|昔|かつて|その頃|あの頃")


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeAsked:
    """What a question says about time, resolved against the present."""

    previous: bool = False  # 前計画, 旧計画
    current: bool = False  # 現行計画, 今の計画
    following: bool = False  # 次期計画
    newest: bool = False  # 最新の計画, 新計画
    latest: bool = False  # 現在, 直近: the newest state, whatever the document
    past: bool = False  # 当時, or only years before the present
    years: frozenset[int] = frozenset()


def tells_of_previous(text: str) -> bool:
    """Whether a text or heading is about an edition before its own: 「前計画の成果」."""
    return bool(_PREVIOUS.search(key(text)))


def time_asked(question: Question, as_of: date) -> TimeAsked:
    """Words of time and years of the question; a year is past before the fiscal year of `as_of`."""
    text = key(question.text)
    years = frozenset(mention.year for mention in question.years)
    this_year = as_of.year if as_of.month >= 4 else as_of.year - 1
    return TimeAsked(
        previous=bool(_PREVIOUS.search(text)),
        current=bool(_CURRENT.search(text)),
        following=bool(_NEXT.search(text)),
        newest=bool(_NEWEST_OF.search(text)),
        latest=bool(_LATEST.search(text)) and not years,
        past=bool(_PAST.search(text)) or (bool(years) and max(years) < this_year),
        years=years,
    )


def document_priors(
    question: Question, documents: Sequence[Document], as_of: date
) -> dict[str, float]:
    """Score to add to every chunk of a document, by document id."""
    asked = time_asked(question, as_of)
    known = editions(documents, as_of)
    text = key(question.text)
    return {document.id: _prior(document, known, asked, text, as_of) for document in documents}


def _prior(
    document: Document, known: Mapping[str, Edition], asked: TimeAsked, text: str, newest: date
) -> float:
    edition = known[document.id]
    prior = 0.0
    if _names_year(document, asked.years) and _names_kind(document, text):
        prior += _NAMED
    elif _names_kind(document, text) and document.kind == "監査報告":
        prior += _NAMED / 2
    if is_edition_asked(edition, known, asked):
        prior += _NAMED
    old = edition.standing is Standing.SUPERSEDED
    if old and not asked.past and not asked.previous:
        prior += _SUPERSEDED
    if asked.latest and _is_recent(document, newest):
        prior += _NEWEST
    return prior


def is_edition_asked(edition: Edition, known: Mapping[str, Edition], asked: TimeAsked) -> bool:
    """Whether the question names this place in a series (前計画, 現行計画, 次期計画, 最新版)."""
    if not edition.previous and not edition.following:
        return False
    newer, older = known.get(edition.following), known.get(edition.previous)
    is_current = edition.standing is Standing.CURRENT
    if asked.previous and newer is not None and newer.standing is Standing.CURRENT:
        return True
    if (asked.current or asked.newest) and is_current:
        return True
    if asked.following:
        # People go on saying 「次期計画」 after it has begun; nothing comes after it then.
        is_next = edition.standing is Standing.FUTURE and (
            older is None or older.standing is not Standing.FUTURE
        )
        return is_next or (is_current and newer is None)
    return False


def _is_recent(document: Document, newest: date) -> bool:
    """Whether the document was issued in the year up to the newest one."""
    issued = document.issued
    return issued is not None and 0 <= (newest - issued).days <= 365


def _names_year(document: Document, years: frozenset[int]) -> bool:
    known = {day.year for day in (document.issued, document.valid_from) if day}
    return bool(known & years)


def _names_kind(document: Document, text: str) -> bool:
    return any(word in text for word in _KIND_WORDS.get(document.kind, ()))
