"""Judging one draft, independently of the code that wrote it.

Numbers are compared as strings of digits with every text of the row as it came in; statements
about plan and result are computed anew from the row.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from rag.drafting.citations import CellCitation
from rag.drafting.drafter import Draft
from rag.drafting.records import Direction, Sheet

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_ERA = re.compile(r"令和(元|\d{1,2})年")
_TRENDS = re.compile(
    r"増え|減っ|減り|減少|増加|伸び|推移|前年度より|前年度の.{0,12}(?:下回|上回)|割高"
)
# 「X」は、計画…に対し実績…  |  「X」は実績…で、計画…に届かず
_FIGURES = re.compile(r"「(?P<name>.+?)」は、?(?:計画|実績)")
_REACHED = re.compile(r"計画を達成|計画には達した")
_MISSED = re.compile(
    r"にとどま|に届かず|を(?:やや)?下回[っり]|水準まで減らせて|水準をやや上回|水準に至らず"
)


def unsupported_numbers(draft: Draft) -> list[str]:
    """Numbers of the draft that stand neither in the sheet nor in a cited passage or its title."""
    allowed = set(_numbers(text for _, text in draft.sheet.row))
    allowed |= set(_numbers(head for head, _ in draft.sheet.row))
    allowed |= {str(draft.sheet.fiscal_year)}
    for citation in draft.citations:
        if isinstance(citation, CellCitation):
            continue
        allowed |= set(_numbers([citation.quote, citation.document_title]))
    return [number for number in _numbers([draft.text]) if number not in allowed]


def _numbers(texts: Iterable[str]) -> list[str]:
    """Every number of `texts` without separators and needless zeros; years of Reiwa as 20xx."""
    found: list[str] = []
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        plain = _ERA.sub(
            lambda m: f"{2018 + (1 if m.group(1) == '元' else int(m.group(1)))}年", plain
        )
        for match in _NUMBER.finditer(plain):
            try:
                found.append(f"{Decimal(match.group().replace(',', '')).normalize():f}")
            except InvalidOperation:
                continue
    return found


def facts_found(draft: Draft, must_mention: Sequence[str]) -> list[bool]:
    """For each fact, whether the draft mentions it in one of its wordings."""
    text = _squeezed(draft.text)
    return [any(_squeezed(way) in text for way in fact.split("|")) for fact in must_mention]


def contradictions(draft: Draft, must_not: Sequence[str]) -> list[str]:
    """What the draft says against the sheet: a wrong verdict on a plan, or what a label forbids."""
    text = _squeezed(draft.text)
    found = [said for said in must_not if _squeezed(said) in text]
    for sentence in draft.sentences:
        match = _FIGURES.search(sentence.text)
        verdict = _verdict(draft.sheet, match.group("name")) if match else None
        if verdict is None:
            continue
        if verdict and _MISSED.search(sentence.text) and not _REACHED.search(sentence.text):
            found.append(sentence.text)
        if not verdict and _REACHED.search(sentence.text):
            found.append(sentence.text)
    if draft.sheet.users_unknown and _TRENDS.search(draft.text):
        found.append("把握困難の調書で増減に触れている")
    return found


def _verdict(sheet: Sheet, name: str) -> bool | None:
    """Whether the named indicator reached its plan in the sheet's year, None where unknown."""
    for indicator in sheet.indicators:
        if indicator.name.text != name:
            continue
        for year in indicator.years:
            plan, actual = year.plan.number, year.actual.number
            if year.fiscal_year == sheet.fiscal_year and plan is not None and actual is not None:
                return actual >= plan if indicator.direction is Direction.UP else actual <= plan
    return None


def masked(text: str) -> str:
    """A message without what comes from the sheet, to see whether its wording is always the same."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"令和(?:元|\d+)年度", "〈年度〉", plain)
    previous = ""
    while previous != plain:
        previous, plain = plain, re.sub(r"「[^「」]*」", "〈語〉", plain)
    plain = re.sub(
        r"\d[\d,.]*(?:千円|百万円|[^\s、。（）()→〈〉％%]{0,3}?)?(?=[、。（）()→〈〉％%より]|\s|から|円)",
        "〈数〉",
        plain,
    )
    return re.sub(r"[\d,.]+", "〈数〉", plain)


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean F1 over every class that occurs in (label, proposal) pairs.

    F1 = 2·TP / (2·TP + FP + FN) for each class.
    """
    classes = {each for pair in pairs for each in pair}
    scores = []
    for each in classes:
        hits = sum(label == each == proposed for label, proposed in pairs)
        wrong = sum((label == each) != (proposed == each) for label, proposed in pairs)
        scores.append(2 * hits / (2 * hits + wrong))
    return sum(scores) / len(scores) if scores else 0.0


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
