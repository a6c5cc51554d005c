"""Whether every number and quotation of a sentence stands in what the sentence cites."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.drafting.citations import CellCitation, DraftCitation
from rag.drafting.numbers import mentions
from rag.text import key

_QUOTED = re.compile(r"「([^「」]*(?:「[^「」]*」[^「」]*)*)」")


@dataclass(frozen=True, slots=True)
class Check:
    """What a sentence says that its citations do not. Empty when it is grounded."""

    numbers: tuple[Decimal, ...] = ()
    years: tuple[int, ...] = ()
    quotes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not (self.numbers or self.years or self.quotes)


def check_sentence(
    sentence: str, citations: Sequence[DraftCitation], allowed_words: Sequence[str] = ()
) -> Check:
    """Numbers, years and 「quotations」 of `sentence` that none of its citations has.

    Numbers are compared by value after NFKC, separators and 千/万/百万/億; years in either
    calendar. `allowed_words` are quoted without being citations: names of directions and
    indicators.
    """
    said = mentions(sentence)
    texts = [text for citation in citations for text in _texts(citation)]
    found = [mentions(text) for text in texts]
    numbers = {number for each in found for number in each.numbers}
    years = {year for each in found for year in each.years}
    years |= {c.fiscal_year for c in citations if isinstance(c, CellCitation) and c.fiscal_year}
    # A year may stand as a bare number (2025) on one side only.
    numbers |= {Decimal(year) for year in years}
    years |= {int(number) for number in numbers if number == int(number)}
    body = _same_marks(" ".join(texts))
    words = {_same_marks(word) for word in allowed_words}
    return Check(
        numbers=tuple(sorted(said.numbers - numbers)),
        years=tuple(sorted(said.years - years)),
        quotes=tuple(
            quote
            for quote in _QUOTED.findall(sentence)
            if _same_marks(quote) not in body and _same_marks(quote) not in words
        ),
    )


def _same_marks(text: str) -> str:
    """The key of `text` with one kind of quotation marks: 『』 stand inside 「」."""
    return key(text).replace("『", "「").replace("』", "」")


def _texts(citation: DraftCitation) -> tuple[str, ...]:
    if isinstance(citation, CellCitation):
        return (citation.quote, citation.reading, citation.label)
    return (citation.quote, citation.document_title)
