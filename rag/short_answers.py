"""The shortest direct answer inside the best evidence, cut at complete clauses."""

import re
from collections.abc import Sequence

from rag.contacts import contact_in
from rag.counters import ANY_COUNTER, counter_pattern
from rag.dated_entries import telling_entry
from rag.extraction import headed
from rag.forms import asks_span, has_form
from rag.office_holders import office_holders
from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term, coverage, covered
from rag.short_dates import DATE_PHRASE, in_calendar
from rag.table_rows import counts_replies, names_replies, row_answer
from rag.temporal import years
from rag.text import key, normal, split_sentences
from rag.types import ChunkKind
from rag.units import Unit

MAX_SHORT_ANSWER_CHARACTERS = 120
_CLOSE_RANKS = 3  # units that may give the short answer
_CLOSE_SCORE = 0.8
_FAR_COVERAGE = 0.5
_FAR_SCORE = 0.7  # for a unit that alone has every form asked for
_HEAD = re.compile(r"^[^：:]{1,20}[：:]")  # of the column
# Question words; a question with two of them is not answered by one figure or date.
_ASKS = re.compile(
    r"何(?:時間|年度?間?|[一-鿿%ァ-ヶ])?|誰|だれ|どなた|どこ|いつ|いく[つら]|どれ|どの|どんな|どう"
)

# Shares of what the question's words weigh together: of runs that say the same, the shorter, and
# rather a whole sentence than its end.
_LENGTH_COST = 0.0005
_BROKEN_COST = 0.15
_LEAST_OF_ENTRY = 0.4
_LEAST_OF_DATED = 0.6  # dates of several things stand closer together than figures
_WHOLE_DATE = re.compile(r"何年度?何月(?:何日)?|何月何日")  # one thing in two words
_CLEARLY_LESS = 0.6
_TWO_ASKED = re.compile(
    r"と(?!答え|回答|思|感じ|言|考え|いう|いっ|した|する)[^、。?]{1,14}の?(?:割合|比率|率|人数|件数|数)|それぞれ|前回"
)
_SPAN_BEFORE = re.compile(r"(?:\d|年度?)\s*[~〜～-]\s*$")
_CLAUSE = re.compile(r"[^、。／\n]*[、。／\n]?")


def short_answer(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> str | None:
    """At most 120 characters out of the best evidence, or None when nothing is short enough."""
    if not evidence:
        return None
    for found in evidence[:_CLOSE_RANKS]:
        if contact := contact_in(question, found.unit.text):
            return contact
    holders = office_holders(question, terms, evidence)
    if holders and len(holders) <= MAX_SHORT_ANSWER_CHARACTERS:
        return holders
    if entry := telling_entry(question, terms, evidence):
        return entry[1].told
    defines = question.kinds == (QuestionKind.DEFINITION,)
    best = max(
        evidence[:_CLOSE_RANKS],
        key=lambda e: (
            defines and e.signals.typed >= 1,
            not defines and _holds_form(e, evidence[0]),
            e.score,
        ),
    )
    if len(evidence) > 1 and evidence[0].score < evidence[1].score:
        best = evidence[0]  # put first for what it tells
    if best.signals.form < 1:
        others = (e for e in evidence if _has_all_forms(e, evidence[0]))
        # Another option of a survey is not the one asked for.
        best = next((e for e in others if not _another_option(question, e.unit)), best)
    if question.kinds == (QuestionKind.DATE,) and (year := _year_above(question, best.unit)):
        return year
    row = _from_row(question, terms, best)
    if row and _only_names(question, row):
        row = None
    # What a follow-up takes over from the question before stands before a blank.
    last = _WHOLE_DATE.sub("何年", question.normalised.rsplit(" ", 1)[-1])
    asked = len(set(_ASKS.findall(last)))
    typed = _typed_phrase(question, terms, best) if asked < 2 or len(question.units) > 1 else None
    return row or typed or _best_clauses(question, terms, best.unit)


def _holds_form(candidate: Evidence, best: Evidence) -> bool:
    """Whether the candidate is nearly as good as the best and has the form asked for."""
    return candidate.signals.typed > 0.5 and candidate.score >= _CLOSE_SCORE * best.score


def _has_all_forms(candidate: Evidence, best: Evidence) -> bool:
    """Whether it holds every figure, date or office asked for, which the best does not."""
    near = candidate.signals.coverage >= _FAR_COVERAGE * best.signals.coverage
    return near and candidate.signals.form >= 1 and candidate.score >= _FAR_SCORE * best.score


def _another_option(question: Question, unit: Unit) -> bool:
    return counts_replies(unit.chunk) and not names_replies(question, unit.chunk)


def _only_names(question: Question, short: str) -> bool:
    """Whether a text repeats what the question calls the thing, and says nothing of it."""
    if question.asks(QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.YES_NO):
        return False
    rest = _HEAD.sub("", normal(short))
    if re.fullmatch(r"\d[\d,.]*", rest):
        return False  # the cell asked for, without any word
    for word in sorted(question.words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return not re.search(r"[一-鿿ぁ-ゖァ-ヺ]", rest)


def _from_row(question: Question, terms: Sequence[Term], evidence: Evidence) -> str | None:
    """The cells asked for: those under a column head that the question names."""
    unit = evidence.unit
    answer = row_answer(question, terms, unit.chunk)
    if answer and re.search(r"[：、]\s*[○◯〇●](?:（|$)", answer[0]):
        # A mark is an answer only where nothing else in the row is asked about.
        kept, whole = covered(terms, answer[1]), covered(terms, unit.text)
        if any(after < before for after, before in zip(kept, whole, strict=True)):
            return None
    return answer[0] if answer and len(answer[0]) <= MAX_SHORT_ANSWER_CHARACTERS else None


def _typed_phrase(question: Question, terms: Sequence[Term], evidence: Evidence) -> str | None:
    text = evidence.unit.text
    if len(question.kinds) != 1:
        return None
    kind = question.kinds[0]
    if kind is QuestionKind.NUMBER and len(question.units) > 1:
        return _one_of_each(question, normal(text))
    if kind is QuestionKind.NUMBER and len(question.units) == 1:
        pattern = _figure("|".join(map(_counter, (*question.units, *question.same_counters))))
        found = list(dict.fromkeys(m.group() for m in re.finditer(pattern, normal(text))))
        if len(found) == 1:
            return found[0]
        if not found:
            return None
        by_year = _number_of_year(question, normal(text), pattern)
        if by_year or _TWO_ASKED.search(question.normalised):
            return by_year
        return _of_clause(terms, normal(text), re.compile(pattern))
    if kind is QuestionKind.NUMBER and not question.units and _asks_last_year(question, text):
        return _number_of_year(question, normal(text), _figure(ANY_COUNTER))
    if kind is QuestionKind.DATE:
        dates = [m.group().strip() for m in DATE_PHRASE.finditer(text)]
        if len(set(dates)) == 1:
            return in_calendar(question, dates[0])
        clause = _of_clause(terms, text, DATE_PHRASE, _LEAST_OF_DATED) if dates else None
        return in_calendar(question, clause) if clause else None
    return None


def _year_above(question: Question, unit: Unit) -> str | None:
    """The year a unit stands under, where the unit names no other date and no span is asked for."""
    if not unit.dated or asks_span(question):
        return None
    rest = "\n".join(part for part in unit.parts if normal(part) != normal(unit.dated))
    return None if DATE_PHRASE.search(normal(rest)) else unit.dated


def _one_of_each(question: Question, text: str) -> str | None:
    """The one figure in each unit asked for: 「1,930件、69.2%」."""
    figures: list[str] = []
    for unit in question.units:
        found = {match.group() for match in re.finditer(_figure(_counter(unit)), text)}
        if len(found) != 1:
            return None
        figures.append(found.pop())
    return "、".join(figures)


def _number_of_year(question: Question, text: str, pattern: str) -> str | None:
    """The one number that stands between the year asked for and the next year in `text`."""
    asked = {mention.year for mention in question.years}
    if len(asked) > 1:
        return None  # one of them would be half an answer
    mentions = years(text)
    alone: list[set[str]] = []
    of_spans: list[set[str]] = []
    for index, mention in enumerate(mentions):
        if mention.year in asked:
            following = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
            stretch = text[mention.end : following]
            found = {match.group() for match in re.finditer(pattern, stretch)}
            # What is told of 「2019~2020年度」 is not told of 2020 alone.
            spans = _SPAN_BEFORE.search(text[: mention.start])
            (of_spans if spans else alone).append(found)
    return next((found.pop() for found in (*alone, *of_spans) if len(found) == 1), None)


def _asks_last_year(question: Question, text: str) -> bool:
    """Whether the year asked for is the last of `text`; 「2024年度の目標」 may mean a later one."""
    told = [mention.year for mention in years(normal(text))]
    return bool(told) and {mention.year for mention in question.years} == {told[-1]}


def _of_clause(
    terms: Sequence[Term], text: str, pattern: re.Pattern[str], least: float = _LEAST_OF_ENTRY
) -> str | None:
    """The one match of the clause that has clearly more of the words asked for than any other."""
    # A drawing has no points: what it says stands between blanks.
    for borders in (r"[、。／\n]", r"[、。／\n\s]"):
        clauses = [
            (
                coverage(terms, clause),
                list(dict.fromkeys(m.group() for m in pattern.finditer(clause))),
            )
            for clause in re.split(borders, text)
        ]
        told = sorted((c for c in clauses if c[1]), key=lambda c: -c[0])
        if not told or told[0][0] < least:
            return None
        if len(told) > 1 and told[1][0] > _CLEARLY_LESS * told[0][0]:
            return None
        if len(told[0][1]) == 1:
            return told[0][1][0].strip()
    return None


def _counter(unit: str) -> str:
    return "%|パーセント|割" if unit in ("%", "割") else counter_pattern(unit)


def _figure(unit: str) -> str:
    """Pattern of a figure with its sign, the range it ends and the bound it states."""
    unit = f"(?:{unit})"
    number = r"約?\d[\d,]*(?:\.\d+)?(?:万|億|千)?\s*"
    return (
        rf"(?:{number}(?:{unit})?\s*[~-]\s*|(?<![0-9a-z%)])[-△▲]\s?)?{number}{unit}"
        r"(?:以上|以下|以内|未満|超|程度|前後)?"
    )


def _best_clauses(question: Question, terms: Sequence[Term], unit: Unit) -> str | None:
    """The whole unit if short; else the run of whole clauses that holds most of what was asked.

    A run that stops before its sentence does could lose a negation, so every run ends where a
    sentence or a part of the unit ends; None where no such run is short enough.
    """
    text = unit.text
    if len(text) <= MAX_SHORT_ANSWER_CHARACTERS:
        return headed(text, unit)
    headings = {key(heading) for heading in unit.chunk.heading}
    ends = _complete_ends(unit)
    cuts = sorted({0, *(m.end() for m in _CLAUSE.finditer(text)), *ends})
    total = sum(term.idf for term in terms)
    best: tuple[float, str] | None = None
    for first in cuts[:-1]:
        broken = first > 0 and first not in ends  # what stood before it is lost: often the date
        for last in cuts:
            if last <= first or last not in ends:
                continue
            if last - first > MAX_SHORT_ANSWER_CHARACTERS:
                break
            run = text[first:last]
            if _only_names(question, run) or key(run) in headings:
                continue
            value = sum(
                hit * term.idf for term, hit in zip(terms, covered(terms, run), strict=True)
            )
            if question.asks(QuestionKind.NUMBER, QuestionKind.DATE):
                value += 1.5 * has_form(question, run)
            value -= total * (_LENGTH_COST * (last - first) + _BROKEN_COST * broken)
            if best is None or value > best[0]:
                best = (value, run.strip("、／\n "))
    return best[1] if best and best[1] else None


def _only_labelled_figures(unit: Unit) -> bool:
    """Whether no part is a sentence and most hold a figure: 「回収率 90.6%」."""
    if re.search(r"[。！？!?]", unit.text) or len(unit.parts) < 2:
        return False
    figures = sum(bool(re.search(r"\d\s*(?:[%％]|[^\W\d]|$)", part)) for part in unit.parts)
    return 2 * figures > len(unit.parts)


def _complete_ends(unit: Unit) -> frozenset[int]:
    """Where in `unit.text` a sentence ends, or an item or cell; labels in prose are no end."""
    ends: set[int] = set()
    position = 0
    for part in unit.parts:
        position = unit.text.index(part, position)
        ends.update(position + end for _, end in split_sentences(part))
        position += len(part)
    # Labels between sentences are no end; where there are labels only, each with a figure is one.
    if unit.kind is ChunkKind.PROSE and not _only_labelled_figures(unit):
        ends = {end for end in ends if unit.text[end - 1] in "。！？!?"}
    return frozenset({*ends, len(unit.text)})
