"""How much a document is preferred before its text is looked at: named in the question, its period."""

import re
from collections.abc import Sequence
from datetime import date

from rag.question import Question
from rag.text import key
from rag.types import Document

_NAMED = 0.12  # the question names the document's title, kind or year
_SUPERSEDED = -0.03  # only a tie-break: old documents answer questions about the past
_KIND_WORDS = {
    "監査報告": ("監査",),
    "会議資料": ("会議", "本部会議", "アジェンダ", "議事", "会議資料"),
    "計画": ("計画",),
    "報告": ("報告", "資料"),
    "調査結果": ("調査", "アンケート"),
}
_PREVIOUS = re.compile(r"前計画|旧計画|前の計画|以前の計画")
_CURRENT = re.compile(r"現行(?:の)?計画|今の計画|現計画|次期(?:の)?計画|新しい計画|最新の計画|新計画")


def document_priors(
    question: Question, documents: Sequence[Document], as_of: date
) -> dict[str, float]:
    """Score to add to every chunk of a document, by document id."""
    text = key(question.text)
    plans = sorted(
        (document for document in documents if document.kind == "計画" and document.valid_from),
        key=lambda document: (document.valid_from or date.min, document.id),
    )
    started = [plan for plan in plans if plan.valid_from and plan.valid_from <= as_of]
    current = started[-1].id if started else ""
    previous = started[-2].id if len(started) > 1 else ""
    years = {mention.year for mention in question.years}
    priors: dict[str, float] = {}
    for document in documents:
        prior = 0.0
        if _names_year(document, years) and _names_kind(document, text):
            prior += _NAMED
        elif _names_kind(document, text) and document.kind == "監査報告":
            prior += _NAMED / 2
        if document.id == current and _CURRENT.search(text):
            prior += _NAMED
        if document.id == previous and _PREVIOUS.search(text):
            prior += _NAMED
        if document in plans and document.valid_until and document.valid_until < as_of:
            prior += _SUPERSEDED
        priors[document.id] = prior
    return priors


def _names_year(document: Document, years: set[int]) -> bool:
    known = {day.year for day in (document.issued, document.valid_from) if day}
    return bool(known & years)


def _names_kind(document: Document, text: str) -> bool:
    return any(word in text for word in _KIND_WORDS.get(document.kind, ()))
