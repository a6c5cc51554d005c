"""The judging rules: one function per rule, each with its definition.

The rules look at strings only, so that any system that answers with text, quotes and passages
can be judged by them. `None` means that a rule does not apply to a question.
"""

import re
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from eval.questions import OUT_OF_SCOPE, UNANSWERABLE, Evidence, Question
from rag.types import Answer, AnswerStatus, Citation, Passage

# Types whose answer may be longer, and types that have one shortest answer.
LONG_TYPES = frozenset(
    {
        "aggregate",
        "compare_over_time",
        "conflict",
        "list",
        "multi_hop_cross_doc",
        "multi_hop_same_doc",
        "table_lookup",
    }
)
SHORT_TYPES = frozenset({"date_period", "definition", "fact_number", "fact_text", "who_department"})
LONG_LIMIT_CHARS = 800
DEFAULT_LIMIT_CHARS = 400
SHORT_LIMIT_CHARS = 120
# A quote shorter than this may be found in any evidence by accident.
SMALLEST_QUOTE_CHARS = 8

AFFIRMATIVE = frozenset({AnswerStatus.ANSWERED, AnswerStatus.PARTIAL})
DECLINED = frozenset({AnswerStatus.NO_EVIDENCE, AnswerStatus.OUT_OF_SCOPE, AnswerStatus.BLOCKED})

# (document id, page number) -> stored page text; raises ShioriError for an unknown page
PageText = Callable[[str, int], str]

_MARKER = re.compile(r"\[\d+\]")
_MARKUP = re.compile(r"<[^>]+>|\*\*|\]\([^)]*\)|\[(?!\d+\])")
_IGNORED = re.compile(r"[\s,，、]")


def normalise(text: str) -> str:
    """NFKC and lower case, without HTML tags, Markdown marks, white space and `, ， 、`."""
    folded = _MARKUP.sub("", unicodedata.normalize("NFKC", text))
    # Once more: marks that a blank kept apart stand together now, in an order of their own.
    return unicodedata.normalize("NFKC", _IGNORED.sub("", folded).lower())


def length_limit(question_type: str) -> int:
    """Characters an answer of this type may have, citation markers included."""
    return LONG_LIMIT_CHARS if question_type in LONG_TYPES else DEFAULT_LIMIT_CHARS


def includes_required(text: str, must_include: Sequence[Sequence[str]]) -> bool:
    """Every group has at least one string in the text, both normalised, markers taken out."""
    normalised = normalise(_MARKER.sub("", text))
    return all(any(normalise(word) in normalised for word in group) for group in must_include)


def includes_forbidden(text: str, must_not_include: Sequence[str]) -> bool:
    """Some forbidden string is in the text, both normalised, markers taken out."""
    normalised = normalise(_MARKER.sub("", text))
    return any(normalise(word) in normalised for word in must_not_include)


def answer_correct(question: Question, status: str, text: str) -> bool | None:
    """Status answered or partial, all required strings, no forbidden one, within the limit.

    None for questions without evidence.
    """
    if not question.has_evidence:
        return None
    return (
        status in AFFIRMATIVE
        and includes_required(text, question.must_include)
        and not includes_forbidden(text, question.must_not_include)
        and len(text) <= length_limit(question.type)
    )


def short_answer_correct(question: Question, short_answer: str | None) -> bool | None:
    """All required strings in the short answer, which is not empty and has at most 120 characters.

    None for questions without evidence and for types that have no short answer.
    """
    if not question.has_evidence or question.type not in SHORT_TYPES:
        return None
    text = short_answer or ""
    return (
        bool(normalise(_MARKER.sub("", text)))
        and len(text) <= SHORT_LIMIT_CHARS
        and includes_required(text, question.must_include)
    )


def _covered(question: Question, holds: Callable[[Evidence], bool]) -> list[bool]:
    """Per evidence whether it, or any alternative evidence, is held."""
    alternative = any(holds(evidence) for evidence in question.alt_evidence)
    return [alternative or holds(evidence) for evidence in question.evidence]


def evidence_retrieved(question: Question, passages: Sequence[Passage]) -> list[bool]:
    """Per evidence whether a passage of its document contains the quote, both normalised.

    An alternative evidence that is found stands for every evidence.
    """
    texts = [(passage.source, normalise(passage.text)) for passage in passages]

    def holds(evidence: Evidence) -> bool:
        quote = normalise(evidence.quote)
        return any(source.startswith(evidence.doc) and quote in text for source, text in texts)

    return _covered(question, holds)


def all_retrieved(question: Question, passages: Sequence[Passage], k: int) -> bool | None:
    """All evidence is in the texts of the first k passages. None without evidence."""
    return all(evidence_retrieved(question, passages[:k])) if question.has_evidence else None


def any_retrieved(question: Question, passages: Sequence[Passage], k: int) -> bool | None:
    """Some evidence is in the texts of the first k passages. None without evidence."""
    return any(evidence_retrieved(question, passages[:k])) if question.has_evidence else None


def pages_retrieved(question: Question, passages: Sequence[Passage], k: int) -> bool | None:
    """The (document, page) of every evidence is among those of the first k passages.

    None without evidence, or where an evidence names no page.
    """
    if not question.has_evidence or any(e.page is None for e in question.evidence):
        return None
    found = [(passage.source, passage.page) for passage in passages[:k]]

    def holds(evidence: Evidence) -> bool:
        return any(s.startswith(evidence.doc) and page == evidence.page for s, page in found)

    return all(_covered(question, holds))


def citation_exact(citation: Citation, page_text: PageText) -> bool:
    """The quote is not empty and equals the stored page text between start and end.

    Read again from the index: what the answer says about itself is not trusted. Raises what
    `page_text` raises for a page that is not stored.
    """
    text = page_text(citation.document_id, citation.page)
    inside = 0 <= citation.start < citation.end <= len(text)
    return inside and citation.quote == text[citation.start : citation.end]


def evidence_cited(question: Question, citations: Sequence[Citation]) -> bool | None:
    """Every evidence is carried by a quote from its document. None without evidence.

    A quote carries an evidence that it contains, or whose part it is when it has at least 8
    characters (both normalised). An alternative evidence stands for every evidence.
    """
    if not question.has_evidence:
        return None
    quotes = [(citation.source, normalise(citation.quote)) for citation in citations]

    def holds(evidence: Evidence) -> bool:
        gold = normalise(evidence.quote)
        return any(
            source.startswith(evidence.doc)
            and (gold in quote or (len(quote) >= SMALLEST_QUOTE_CHARS and quote in gold))
            for source, quote in quotes
        )

    return all(_covered(question, holds))


def words_cited(question: Question, citations: Sequence[Citation]) -> bool | None:
    """The quotes together have all required strings. None without evidence."""
    if not question.has_evidence:
        return None
    return includes_required("\n".join(c.quote for c in citations), question.must_include)


def declined(status: str) -> bool:
    """The status is no_evidence, out_of_scope or blocked."""
    return status in DECLINED


def false_refusal(question: Question, status: str) -> bool | None:
    """A question with evidence was declined. None without evidence."""
    return declined(status) if question.has_evidence else None


def unanswerable_refused(question: Question, status: str) -> bool | None:
    """An unanswerable question was declined in whatever way. None for other types."""
    return declined(status) if question.type == UNANSWERABLE else None


def unanswerable_named(question: Question, status: str) -> bool | None:
    """An unanswerable question got no_evidence and nothing else. None for other types."""
    return status == AnswerStatus.NO_EVIDENCE if question.type == UNANSWERABLE else None


def out_of_scope_declined(question: Question, status: str) -> bool | None:
    """An out-of-scope question was declined. None for other types."""
    return declined(status) if question.type == OUT_OF_SCOPE else None


def median(seconds: Iterable[float]) -> float:
    """The 50th percentile. Raises statistics.StatisticsError when empty."""
    return statistics.median(seconds)


def percentile_95(seconds: Iterable[float]) -> float:
    """The value at place floor(0.95 n), counted from 1, of the sorted values (at least place 1).

    Raises IndexError when empty.
    """
    ordered = sorted(seconds)
    return ordered[max(0, int(0.95 * len(ordered)) - 1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One answer under all rules."""

    answer: bool | None
    short_answer: bool | None
    includes: bool | None
    forbidden: bool
    too_long: bool
    all5: bool | None
    all10: bool | None
    any10: bool | None
    pages5: bool | None
    pages10: bool | None
    citation_count: int
    inexact_citations: int  # re-read from the index
    unverified_citations: int  # marked so by the answer itself
    cited_all: bool | None
    cited_words: bool | None
    declined: bool
    false_refusal: bool | None
    unanswerable_refused: bool | None
    unanswerable_named: bool | None
    out_of_scope_declined: bool | None


def judge(question: Question, answer: Answer, page_text: PageText) -> Verdict:
    """The answer under all rules. Raises what `page_text` raises."""
    status, text = answer.status, answer.text
    return Verdict(
        answer=answer_correct(question, status, text),
        short_answer=short_answer_correct(question, answer.short_answer),
        includes=(
            includes_required(text, question.must_include) if question.has_evidence else None
        ),
        forbidden=includes_forbidden(text, question.must_not_include),
        too_long=len(text) > length_limit(question.type),
        all5=all_retrieved(question, answer.passages, 5),
        all10=all_retrieved(question, answer.passages, 10),
        any10=any_retrieved(question, answer.passages, 10),
        pages5=pages_retrieved(question, answer.passages, 5),
        pages10=pages_retrieved(question, answer.passages, 10),
        citation_count=len(answer.citations),
        inexact_citations=sum(not citation_exact(c, page_text) for c in answer.citations),
        unverified_citations=sum(not citation.verified for citation in answer.citations),
        cited_all=evidence_cited(question, answer.citations),
        cited_words=words_cited(question, answer.citations),
        declined=declined(status),
        false_refusal=false_refusal(question, status),
        unanswerable_refused=unanswerable_refused(question, status),
        unanswerable_named=unanswerable_named(question, status),
        out_of_scope_declined=out_of_scope_declined(question, status),
    )
