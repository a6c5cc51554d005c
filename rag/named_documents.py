"""Which documents a question names: 「2022年の計画」, 「前計画」, 「監査報告」, 「〇〇の資料」.

Who asks what one plan says does not want what the next one says, however alike the words are.
"""

import re
from collections.abc import Sequence
from datetime import date

from rag.editions import editions
from rag.priors import is_edition_asked, time_asked
from rag.question import Question
from rag.text import key
from rag.types import Document

# What is said between a year and the document of that year: 「2022年3月策定の」「令和4年度からの」.
_BETWEEN = re.compile(
    r"(?:度)?(?:\d{1,2}月(?:\d{1,2}日)?)?(?:策定|作成|公表|提出|から|版|に(?:策定|作成|公表|つく|作)[^、。]{0,4})?(?:の|した|された)?"
    r"(?:dx|[一-鿿ァ-ヶー]){0,10}?(?P<kind>計画|プラン|監査|会議)(?!期間)"
)
_PERIOD = re.compile(
    r"(?:計画|プラン)書?\(?(?P<first>(?:19|20)\d{2})年?度?[-~–](?:(?:19|20)?\d{2})?\)?"
)
_AUDIT = re.compile(
    r"(?<!内部)(?<!外部)監査(?:報告|で|は|が|の(?:結論|結果|意見|指摘|目的|着眼|対象|とき|時点))"
)
_PAPER = re.compile(r"(?P<name>[一-鿿ァ-ヶーa-z0-9]{2,12}?)の?(?:資料|報告書)(?!編)")
_DATE = re.compile(r"[年月日]$|^\d+$")
# 「資料によって違う」: the answer may be anywhere.
_COMPARES_DOCUMENTS = re.compile(r"違(?:う|って)|食い違|だっけ.*だっけ|どちら|どっち")
# The making of the next plan is told elsewhere than in it.
_MAKING = re.compile(r"計画(?:づくり|作り|の?策定)")
_KINDS = {"計画": "計画", "プラン": "計画", "監査": "監査報告", "会議": "会議資料"}


def documents_named(
    question: Question, documents: Sequence[Document], as_of: date
) -> frozenset[str]:
    """Ids of the documents that the question names; empty where it names none, or all of them."""
    text = key(question.text)
    if _COMPARES_DOCUMENTS.search(text):
        return frozenset()
    found = _by_year(question, documents) | _by_period(text, documents)
    if not _MAKING.search(text):
        found |= _by_edition(question, documents, as_of)
    if _AUDIT.search(text):
        found |= {d.id for d in documents if d.kind == "監査報告"}
    for match in _PAPER.finditer(text):
        found |= {
            d.id
            for d in documents
            if d.kind != "計画"
            and not _DATE.search(match["name"])
            and match["name"] in key(d.title)
        }
    return frozenset(found) if len(found) < len(documents) else frozenset()


def _by_year(question: Question, documents: Sequence[Document]) -> set[str]:
    found: set[str] = set()
    for mention in question.years:
        match = _BETWEEN.match(question.normalised[mention.end :])
        if match is None:
            continue
        kind = _KINDS[match["kind"]]
        found |= {
            document.id
            for document in documents
            if document.kind == kind and mention.year in _years_of(document)
        }
    return found


def _years_of(document: Document) -> set[int]:
    """Years by which people call a document: of its issue and of its first day."""
    return {day.year for day in (document.issued, document.valid_from) if day is not None}


def _by_period(text: str, documents: Sequence[Document]) -> set[str]:
    firsts = {int(match["first"]) for match in _PERIOD.finditer(text)}
    return {
        d.id for d in documents if d.kind == "計画" and d.valid_from and d.valid_from.year in firsts
    }


def _by_edition(question: Question, documents: Sequence[Document], as_of: date) -> set[str]:
    asked = time_asked(question, as_of)
    if not (asked.previous or asked.current or asked.following or asked.newest):
        return set()
    known = editions(documents, as_of)
    return {d.id for d in documents if is_edition_asked(known[d.id], known, asked)}
