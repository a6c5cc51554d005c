"""How well a unit answers a question: coverage of its words, and the form of answer it asks for."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import attrgetter, mul

from rag.forms import strictly_typed, typed
from rag.question import Question, QuestionKind
from rag.synonyms import OtherWords, alternatives
from rag.temporal import years
from rag.text import key, normal
from rag.units import Unit

Idf = Callable[[str], float]
NEAR_BEST = 0.75  # share of the best score from which a unit is about the question


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit as read in its place: what stands around it and how well its chunk was found."""

    unit: Unit
    retrieval: float  # fused score of its chunk
    title: str
    before: str  # the unit before it on the page, "" at the edge
    after: str
    document_years: frozenset[int] = frozenset()
    named: bool | None = None  # whether its document is among those the question names, if any


@dataclass(frozen=True, slots=True)
class Signals:
    """What the score of a unit rests on, each about 0..1."""

    retrieval: float  # relative to the best chunk
    coverage: float  # idf-weighted share of the question's words in the unit
    context: float  # the same with heading, column heads and document title
    window: float  # the same with the neighbouring units
    bigram: float  # share of the question's character bigrams in the unit
    typed: float  # 1 when it holds the form of answer asked for, 0 when not, 0.5 when none is
    form: float  # 1 when it has every form asked for to the letter: 「何台」 a figure in 台
    year: float  # 1 when it or its heading has the year asked for
    brief: float  # 1 for a label too short to answer anything
    elsewhere: float  # 1 where the question names other documents than this


@dataclass(frozen=True, slots=True)
class Evidence:
    unit: Unit
    score: float
    signals: Signals


@dataclass(frozen=True, slots=True)
class ScoringWeights:
    """Linear weights of the signals; fitted on development questions (`python -m eval.fit`)."""

    retrieval: float = 1.0
    coverage: float = 0.6
    context: float = 0.6
    window: float = 0.6
    bigram: float = 0.4
    typed: float = 0.4
    form: float = 0.5
    year: float = 0.35
    brief: float = -0.25
    elsewhere: float = -0.8  # set by hand: few questions name a document


@dataclass(frozen=True, slots=True)
class Term:
    """A question word with everything that counts as finding it.

    Units are searched for these forms as text. Tokenising every unit of a question's candidates
    would cost more than the rest of the answer together and finds hardly anything more.
    """

    surface: str
    forms: tuple[str, ...]  # the word itself
    others: tuple[str, ...]  # dictionary alternatives and the word's kanji stem
    idf: float


def question_terms(
    question: Question,
    idf: Idf,
    own_words: frozenset[str] | None = None,
    other_words: OtherWords | None = None,
    unknown_idf: float = math.inf,
) -> list[Term]:
    """The question's words, each with its alternatives and its rarity.

    `unknown_idf` is the rarity of a word that no document has.

    Words that a follow-up took over from the question before (those not in `own_words`) weigh
    half: what is new decides.
    """
    found = alternatives(question, other_words)
    terms: list[Term] = []
    for lemma, surface in dict(question.lemma_words).items():
        forms = {surface, lemma} if len(surface) > 1 or not surface.isdigit() else {surface}
        others = {
            other
            for word, words in found.items()
            if word in (lemma, surface) or (len(surface) >= 2 and surface in word)
            for other in words
        }
        stem = None if _STATE.search(surface) else _KANJI_STEM.match(lemma)
        if stem and stem.group() not in forms and surface[0] != lemma[0]:
            others.add(stem.group())
        elif stem and stem.end() < len(lemma):
            forms.add(stem.group())
        rarity = idf(lemma)
        if rarity >= unknown_idf and not others and _HIRAGANA.search(surface):
            continue  # 「乗せ替える」「拾う」: how the asker puts it, not what the question is about
        share = 1.0 if own_words is None or surface in own_words else _CARRIED_SHARE
        terms.append(Term(surface, tuple(sorted(forms)), tuple(sorted(others)), share * rarity))
    terms += [
        Term(f"第{n}回", (f"第{n}回", f"{n}回目"), (f"{n}度目", f"{n}番目"), _ORDINAL_IDF)
        for n in question.ordinals
    ]
    terms += [Term(place, (place,), (), _ORDINAL_IDF) for place in question.places]
    terms += [Term(word, (word,), (), _ORDINAL_IDF) for word in question.negated]
    return terms


def lighter(terms: Sequence[Term], titles: str) -> list[Term]:
    """`terms`, those that stand in `titles` (a key) with less weight.

    In the document that a question names every unit is about what its title says; what decides
    is the rest of the question.
    """
    return [
        replace(term, idf=_NAMING_SHARE * term.idf)
        if key(term.surface) in titles or term.surface in _NAMING_WORDS
        else term
        for term in terms
    ]


def _defines(question: Question, unit: Unit) -> bool:
    return question.kinds == (QuestionKind.DEFINITION,) and typed(question, unit) >= 1


_BRIEF_CHARACTERS = 25
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_CARRIED_SHARE = 0.5
_NAMING_SHARE = 0.3
_NAMING_WORDS = frozenset({"新しい", "次期", "次", "前", "旧", "現行"})
_ORDINAL_IDF = 5.0  # 「第2回」 selects among passages as a rare word does
_BRACKETED_YEAR = re.compile(r"\(((?:19|20)\d{2})\)")  # 「前回(2021)調査」
_STATE = re.compile("(?:ない|て(?:い)?る)$")  # 「知らない」 and 「知っている」 share their stem
_KANJI_STEM = re.compile(r"[\u4e00-\u9fff]+")
_WEIGHT_OF_ALTERNATIVE = 0.7


def covered(terms: Sequence[Term], text: str) -> list[float]:
    """For each term how well `text` holds it: 1 itself, 0.7 an alternative, 0 not."""
    flat = key(text)
    return [_held_in(flat, term) for term in terms]


def _held_in(flat: str, term: Term) -> float:
    # Plain loops: `any` over a generator takes three times as long, and this is the innermost step.
    for form in term.forms:
        if form in flat:
            return 1.0
    for other in term.others:
        if other in flat:
            return _WEIGHT_OF_ALTERNATIVE
    return 0.0


def coverage(terms: Sequence[Term], *texts: str) -> float:
    """idf-weighted share of `terms` in any of `texts`, 0..1."""
    return Wanted(terms).coverage(*texts)


class Wanted:
    """What a question looks for, held against texts; each text is looked at once.

    A unit is read four times: alone, in its place, and as the neighbour of two others.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = terms
        self._weights = [term.idf for term in terms]
        self._total: float = sum(self._weights)
        self._covered: dict[str, list[float]] = {}
        self._places: dict[str, str] = {}

    def coverage(self, *texts: str) -> float:
        """idf-weighted share of the terms in any of `texts`, 0..1."""
        if self._total == 0:
            return 0.0
        held = [found for text in texts if (found := self._held(text))]
        if not held:
            return 0.0
        best = held[0] if len(held) == 1 else map(max, *held)
        covered_weight: float = sum(map(mul, self._weights, best))
        return covered_weight / self._total

    def bigram_share(self, text: str) -> float:
        """Share of the terms' character bigrams that `text` has."""
        if not self._grams:
            return 0.0
        flat = key(text)
        return len([gram for gram in self._grams if gram in flat]) / len(self._grams)

    def place(self, candidate: Candidate) -> str:
        """What stands over a unit: title, headings, column heads. One text for each chunk."""
        chunk = candidate.unit.chunk
        found = self._places.get(chunk.id)
        if found is None:
            found = "\n".join((candidate.title, *chunk.heading, *chunk.columns))
            self._places[chunk.id] = found
        return found

    @cached_property
    def _grams(self) -> set[str]:
        together = "".join(term.surface for term in self._terms)
        return {together[i : i + 2] for i in range(len(together) - 1)}

    def _held(self, text: str) -> list[float]:
        """As `covered`, remembered; [] where nothing is held, as in most texts."""
        found = self._covered.get(text)
        if found is None:
            found = covered(self._terms, text)
            found = self._covered[text] = found if any(found) else []
        return found


def score_units(
    question: Question,
    terms: Sequence[Term],
    candidates: Sequence[Candidate],
    weights: ScoringWeights | None = None,
) -> list[Evidence]:
    """Evidence for each candidate, best first, ties by place in the corpus."""
    weights = weights or ScoringWeights()
    top = max((candidate.retrieval for candidate in candidates), default=0.0) or 1.0
    weight_of_each: tuple[float, ...] = _in_order(weights)
    wanted = Wanted(terms)
    scored = []
    for candidate in candidates:
        found = signals_of(question, wanted, candidate, top)
        score = float(sum(map(mul, weight_of_each, _in_order(found))))
        scored.append(Evidence(candidate.unit, score, found))
    # A list that says no more than one of its items comes after it, unless a list is asked for.
    whole = question.asks(QuestionKind.LIST)
    return sorted(
        scored,
        key=lambda e: (
            -e.score,
            e.unit.chunk.id,
            0 if whole else len(e.unit.parts) > 1,
            e.unit.start,
        ),
    )


_in_order = attrgetter(
    "retrieval",
    "coverage",
    "context",
    "window",
    "bigram",
    "typed",
    "form",
    "year",
    "brief",
    "elsewhere",
)


def signals_of(question: Question, wanted: Wanted, candidate: Candidate, top: float) -> Signals:
    unit = candidate.unit
    text = unit.text
    place = wanted.place(candidate)
    return Signals(
        retrieval=candidate.retrieval / top,
        coverage=wanted.coverage(text),
        context=wanted.coverage(text, place),
        window=wanted.coverage(text, place, candidate.before, candidate.after),
        bigram=wanted.bigram_share(text),
        typed=typed(question, unit),
        form=strictly_typed(question, unit),
        # 「2022年の計画」 asks for that plan, not for sentences with that year.
        year=1.0
        if candidate.named and question.years
        else _year_match(question, _with_year(unit), place, candidate.document_years),
        brief=float(len(text) < _BRIEF_CHARACTERS),
        # A word means the same in every document.
        elsewhere=float(candidate.named is False and not _defines(question, unit)),
    )


@lru_cache(maxsize=20_000)
def _years_in(text: str) -> frozenset[int]:
    plain = normal(text)
    bracketed = (int(year) for year in _BRACKETED_YEAR.findall(plain))
    return frozenset((*(mention.year for mention in years(plain)), *bracketed))


def _with_year(unit: Unit) -> str:
    """The text of a unit, after the year it stands under as a date: a bare one counts something."""
    return f"{unit.dated}年\n{unit.text}" if unit.dated.isdigit() else unit.text


def _year_match(question: Question, text: str, place: str, document_years: frozenset[int]) -> float:
    asked = {mention.year for mention in question.years}
    if not asked:
        return 0.5
    if asked & _years_in(text):
        return 1.0
    if asked & _years_in(place):
        return 0.8
    return 0.4 if asked & document_years else 0.0


def put_first(found: Evidence | None, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """`evidence` with one of it first; the very same where there is nothing to put first."""
    if found is None:
        return evidence
    return [found, *(other for other in evidence if other is not found)]


def inverse_document_frequency(count: int, frequency: int) -> float:
    """BM25's idf, never negative: ln(1 + (N - n + 0.5) / (n + 0.5))."""
    return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))
