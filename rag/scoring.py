"""How well a unit answers a question: coverage of its words, and the form of answer it asks for."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.question import Question, QuestionKind
from rag.synonyms import alternatives
from rag.text import key, normalise
from rag.tokens import content_tokens
from rag.types import ChunkKind
from rag.units import Unit

Idf = Callable[[str], float]

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_DATE = re.compile(
    r"(?:\d{4}年|令和|平成|昭和|(?<![a-z])[rhs]\d{1,2}[.年])|\d{4}[./]\d{1,2}|\d{1,2}月\d{1,2}日|\d{4}年度|\d{1,2}[:時]\d{2}"
)
_OFFICE = re.compile(r"[一-鿿ァ-ヶーa-z・&]{1,14}(?:課|部|室|局|センター|事務所|公民館|図書館|委員会|本部|博物館)")
_YEAR_ONLY = re.compile(r"年度?$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A unit with its score and the signals behind it (each about 0..1)."""

    unit: Unit
    score: float
    retrieval: float  # fused score of its chunk relative to the best chunk
    coverage: float  # idf-weighted share of the question's words in the unit
    context_coverage: float  # the same with heading, column heads and document title
    bigram: float  # share of the question's character bigrams
    typed: float  # 1 when it holds the form of answer asked for, 0 when not, 0.5 when none is


@dataclass(frozen=True, slots=True)
class ScoringWeights:
    """Linear weights of the signals; fitted on development questions (eval/fit.py)."""

    retrieval: float = 1.0
    coverage: float = 0.7
    context_coverage: float = 0.7
    bigram: float = 0.5
    typed: float = 0.45


@dataclass(frozen=True, slots=True)
class Term:
    """A question word with everything that counts as finding it."""

    lemma: str
    surface: str
    others: tuple[str, ...]
    idf: float


def question_terms(question: Question, idf: Idf) -> list[Term]:
    """The question's words, each with its dictionary alternatives and its rarity."""
    others = alternatives(question)
    terms: list[Term] = []
    for lemma, surface in zip(question.terms, _surfaces(question), strict=True):
        found = tuple(
            other
            for word, words in others.items()
            if word in (lemma, surface) or (len(surface) >= 2 and surface in word)
            for other in words
        )
        terms.append(Term(lemma, surface, found, idf(lemma)))
    return terms


def _surfaces(question: Question) -> list[str]:
    by_lemma: dict[str, str] = {}
    for token in content_tokens(question.normalised):
        by_lemma.setdefault(token.lemma, token.surface)
    return [by_lemma.get(lemma, lemma) for lemma in question.terms]


@lru_cache(maxsize=20_000)
def _lemmas(text: str) -> frozenset[str]:
    return frozenset(token.lemma for token in content_tokens(normalise(text).text))


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return key(text)


def covered(terms: Sequence[Term], text: str) -> list[float]:
    """For each term how well `text` holds it: 1 itself, 0.7 an alternative, 0 not."""
    lemmas, flat = _lemmas(text), _key(text)
    return [
        1.0
        if term.lemma in lemmas or (len(term.surface) >= 2 and term.surface in flat)
        else 0.7
        if any(other in flat for other in term.others)
        else 0.0
        for term in terms
    ]


def coverage(terms: Sequence[Term], text: str) -> float:
    """idf-weighted share of `terms` in `text`, 0..1."""
    total = sum(term.idf for term in terms)
    if total == 0:
        return 0.0
    return sum(t.idf * hit for t, hit in zip(terms, covered(terms, text), strict=True)) / total


def bigram_share(question_key: str, text: str) -> float:
    """Share of the question's character bigrams that `text` has."""
    grams = {question_key[i : i + 2] for i in range(len(question_key) - 1)}
    if not grams:
        return 0.0
    flat = _key(text)
    return sum(gram in flat for gram in grams) / len(grams)


def score_units(
    question: Question,
    terms: Sequence[Term],
    candidates: Sequence[tuple[Unit, float, str]],
    weights: ScoringWeights | None = None,
) -> list[Evidence]:
    """Evidence for each (unit, fused chunk score, document title), best first."""
    weights = weights or ScoringWeights()
    top = max((score for _, score, _ in candidates), default=0.0) or 1.0
    question_key = "".join(term.surface for term in terms)
    scored: list[Evidence] = []
    for unit, chunk_score, title in candidates:
        chunk = unit.chunk
        context = "\n".join((title, *chunk.heading, *chunk.columns, unit.text))
        evidence = Evidence(
            unit=unit,
            score=0.0,
            retrieval=chunk_score / top,
            coverage=coverage(terms, unit.text),
            context_coverage=coverage(terms, context),
            bigram=bigram_share(question_key, unit.text),
            typed=typed(question, unit),
        )
        scored.append(
            Evidence(
                unit,
                weights.retrieval * evidence.retrieval
                + weights.coverage * evidence.coverage
                + weights.context_coverage * evidence.context_coverage
                + weights.bigram * evidence.bigram
                + weights.typed * evidence.typed,
                evidence.retrieval,
                evidence.coverage,
                evidence.context_coverage,
                evidence.bigram,
                evidence.typed,
            )
        )
    return sorted(scored, key=lambda e: (-e.score, e.unit.chunk.id, e.unit.start))


def typed(question: Question, unit: Unit) -> float:
    """Whether `unit` holds the form of answer that the question asks for (0, 0.5 unknown, 1)."""
    text = normalise(unit.text).text
    tests: list[float] = []
    for kind in question.kinds:
        if kind is QuestionKind.NUMBER:
            tests.append(_has_number(text, question.units))
        elif kind is QuestionKind.DATE:
            tests.append(1.0 if _DATE.search(text) else 0.0)
        elif kind is QuestionKind.DEPARTMENT:
            columns = " ".join(unit.chunk.columns)
            tests.append(1.0 if _OFFICE.search(text) or re.search(r"課|所属", columns) else 0.0)
        elif kind is QuestionKind.LIST:
            tests.append(1.0 if unit.kind is ChunkKind.LIST or text.count("、") >= 2 else 0.3)
        elif kind is QuestionKind.DEFINITION:
            tests.append(0.8 if re.search(r"とは|のこと|：|:|する考え|という|略", text) else 0.4)
        elif kind is QuestionKind.COMPARE:
            tests.append(1.0 if len(_NUMBER.findall(text)) >= 2 else 0.3)
    return sum(tests) / len(tests) if tests else 0.5


def _has_number(text: str, units: Sequence[str]) -> float:
    if not units:
        return 1.0 if _NUMBER.search(text) else 0.0
    found = [bool(re.search(rf"\d(?:万|億|千)?\s*{re.escape(unit)}", text)) for unit in units]
    if any(found):
        return sum(found) / len(found)
    # A table cell holds the number alone; its column head carries the unit.
    return 0.5 if _NUMBER.search(text) else 0.0


def inverse_document_frequency(count: int, frequency: int) -> float:
    """BM25's idf, never negative: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
