"""Different values for one thing: at different dates a development, at the same date a conflict.

Two units speak of the same thing when the words around their figures are nearly the same. Rows of
one table never do: they are about different things in the same words.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rag.date_phrases import date_phrases
from rag.dating import DateSource, Dating, Figure, figures
from rag.question import Question
from rag.scoring import Evidence, Term, coverage
from rag.text import key
from rag.types import AnswerWarning, Chunk, ChunkKind, Document, Page

CONFLICT = "conflicting_values"
PREMISE = "premise_differs"

_LOOKED_AT = 12  # best units compared
_CLOSE_SCORE = 0.6  # share of the best score that still speaks of the thing asked
_LEAST_COVERAGE = 0.5
_ALIKE = 0.6  # share of common bigrams of two labels
_TELLING_DIGITS = 3  # a number of so many digits needs no word beside it
_SAME_ROW = 0.8  # likeness of the names of two rows of different tables
_PREMISE_COVERAGE = 0.8
_LEAST_LABEL = 6  # characters of a label that say what a figure is
_SAME_COUNTER = {"名": "人", "パーセント": "%", "手続き": "手続", "か所": "箇所", "割": "%"}

GetPage = Callable[[str, int], Page]


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One value for the thing asked about, with where and when it is said."""

    evidence: Evidence
    figure: Figure
    label: str  # the words right before the figure, without dates and figures
    document: Document

    @property
    def dating(self) -> Dating | None:
        return self.figure.dating

    @property
    def place(self) -> tuple[str, int, int]:
        unit = self.evidence.unit
        return unit.chunk.document_id, unit.chunk.page, unit.start + self.figure.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Statements of one thing with different values.

    `same_date` tells a contradiction, newest document first, from a development, in time order.
    """

    statements: tuple[Statement, ...]
    same_date: bool


def statements_of(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    get_page: GetPage,
    documents: Mapping[str, Document],
) -> list[Statement]:
    """The values of the asked counter in the best units, best unit first.

    Empty when the question asks for no counter (件, %, 人, …).
    """
    wanted = {_same_counter(unit) for unit in question.units}
    if not wanted or not evidence:
        return []
    found: list[Statement] = []
    for candidate in evidence[:_LOOKED_AT]:
        unit = candidate.unit
        if candidate.score < _CLOSE_SCORE * evidence[0].score:
            break
        document = documents[unit.chunk.document_id]
        page = get_page(document.id, unit.chunk.page)
        for figure in figures(unit, page, document):
            if _same_counter(figure.counter) not in wanted:
                continue
            name = _label(unit.text, figure, unit.chunk)
            place = "\n".join((name, *unit.chunk.heading))
            if coverage(terms, place) >= _LEAST_COVERAGE and len(name) >= _LEAST_LABEL:
                found.append(
                    Statement(evidence=candidate, figure=figure, label=name, document=document)
                )
    return found


def conflicting(statements: Sequence[Statement]) -> Disagreement | None:
    """What the statements disagree about, or None when they agree or speak of different things.

    The thing is that of the first statement: of the best unit. A contradiction needs two places
    with the same date, neither of them taken from the document alone unless both are.
    """
    if not statements:
        return None
    first = statements[0]
    same = [first, *(s for s in statements[1:] if _same_thing(first, s))]
    rivals = [s for s in same[1:] if _differ(first, s)]
    if not rivals:
        return None
    at_once = [s for s in rivals if _same_date(first, s)]
    if at_once:
        newest = sorted([first, at_once[0]], key=_issued, reverse=True)
        return Disagreement(statements=tuple(newest), same_date=True)
    by_time = _one_for_each_date(same)
    if len(by_time) < 2:
        return None
    return Disagreement(statements=tuple(by_time), same_date=False)


def conflict_warning(found: Disagreement) -> AnswerWarning | None:
    """The warning that two places of the same date differ; None for a development over time."""
    if not found.same_date:
        return None
    told = "、".join(f"「{s.document.title}」では{s.figure.text}" for s in found.statements)
    return AnswerWarning(
        CONFLICT, f"文書によって値が異なります（{told}）。両方の出典を確かめてください。"
    )


# 「７ですか８ですか」「1,758と1,668のどちら」「2015年度なのか2016年度なのか」
_VALUE = r"(?:\d[\d,]*(?:\.\d+)?)(?P<{0}>年度?|月|日|番|件|人|名|%|円|事業|手続き?|施設|種類|回|本|台|割|時間)?"
_EITHER = re.compile(
    rf"(?<![\d.,])(?P<a>{_VALUE.format('ca')})(?P<since>から)?(?:まで)?"
    rf"(?:(?:なの|です|でし|だっ|だ)?(?:っけ|たっけ|か|の)[、,]?\s*(?:それとも)?|と)\s*"
    rf"(?P<b>{_VALUE.format('cb')})(?:から|まで)?(?![\d.])"
    r"(?:の?(?:どちら|どっち)|と?(?:どちら|どっち)|(?:なの|です|でし|だっ|だ)?(?:っけ|たっけ|か|の|よう)|があ)"
)


def alternatives_asked(question: Question) -> tuple[str, str] | None:
    """The two values between which the question asks, as digits with their counter."""
    match = _EITHER.search(question.normalised)
    if not match:
        return None
    counter = match.group("cb") or match.group("ca") or ""
    one, two = (re.sub(r"[^\d.]", "", match.group(name)) for name in ("a", "b"))
    return (one + counter, two + counter) if one != two else None


def units_for_alternatives(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> list[Evidence]:
    """The best unit for each of the values asked about, in the order of the question.

    Empty unless both values stand beside the words of the question: one alone decides nothing.
    """
    asked = alternatives_asked(question)
    if asked is None:
        return []
    digits = {re.sub(r"\D.*$", "", value) for value in asked}
    topic = [term for term in terms if re.sub(r"\D", "", term.surface) not in digits]
    near = [
        candidate
        for candidate in evidence
        if max(
            coverage(topic, candidate.unit.text, *candidate.unit.chunk.heading),
            candidate.signals.context,
        )
        >= _LEAST_COVERAGE
    ]
    since = _EITHER.search(question.normalised)
    wants_start = bool(since and since.group("since"))
    chosen: list[Evidence] = []
    for value, other in (asked, asked[::-1]):
        holding = [candidate for candidate in near if _holds(value, topic, candidate.unit.text)]
        if not holding:
            return []
        chosen.append(
            min(
                holding,
                key=lambda e: (
                    wants_start and not _begins(value, e.unit.text),
                    _holds(other, topic, e.unit.text),
                ),
            )
        )
    return list(dict.fromkeys(chosen))


def _begins(value: str, text: str) -> bool:
    """Whether a span of years that begins with `value` stands in `text`."""
    year = int(re.sub(r"\D.*$", "", value))
    return any(phrase.year == year and phrase.spans_years for phrase in date_phrases(text))


_CLAIM = re.compile(
    r"(?<![\d.,第no])(?P<number>\d[\d,]*(?:\.\d+)?)(?P<counter>事業|件|人|名|%|施設|種類|手続き?|時間|回(?!目)|団体|校|社|台|か所|箇所)"
    r"(?!目|以上|以下|以内|未満|を?超|程度|くらい|ぐらい|ずつ|[にを]?(?:達|届|増や|減ら|目指))"
)


def premise_warning(
    question: Question, terms: Sequence[Term], best: Evidence, found: Sequence[Figure]
) -> AnswerWarning | None:
    """Says so when the question states one number of a thing and the best unit another.

    Only where the unit has a single value with that counter, beside the words of the question,
    and the number of the question stands nowhere in it. `found` are the unit's figures.
    """
    claims = list(_CLAIM.finditer(question.normalised))
    if len(claims) != 1 or _EITHER.search(question.normalised):
        return None
    claimed = float(claims[0].group("number").replace(",", ""))
    counter = _same_counter(claims[0].group("counter").rstrip("き"))
    rivals = [figure for figure in found if _same_counter(figure.counter) == counter]
    if len({figure.value for figure in rivals}) != 1 or "約" in rivals[0].text:
        return None
    figure = rivals[0]
    asked = {mention.year for mention in question.years}
    if asked and not (figure.dating and figure.dating.year in asked):
        return None
    if figure.value == claimed or any(other.value == claimed for other in found):
        return None
    topic = [term for term in terms if not re.search(r"\d", term.surface)]
    topic = [term for term in topic if term.surface != claims[0].group("counter")]
    counted = _nearest(question.normalised, claims[0].start(), claims[0].end(), topic)
    label = _label(best.unit.text, figure, best.unit.chunk)
    beside = f"{label}{best.unit.text[figure.end : figure.end + 12]}"
    if counted is None or coverage([counted], beside) < 1 or len(topic) < 2:
        return None
    if coverage(topic, best.unit.text) < _PREMISE_COVERAGE:
        return None
    written = re.sub(r"\s+", "", figure.text)
    return AnswerWarning(
        PREMISE,
        f"ご質問には「{claims[0].group()}」とありますが、出典では「{written}」となっています。",
    )


def _nearest(text: str, start: int, end: int, topic: Sequence[Term]) -> Term | None:
    """The topic word that stands nearest to `text[start:end]`: what the number counts."""
    places = ((text.find(term.surface), term) for term in topic)
    distances = [
        (at - end if at >= end else start - at - len(term.surface), term.surface, term)
        for at, term in places
        if at >= 0
    ]
    return min(distances, key=lambda found: found[:2])[2] if distances else None


def _same_counter(counter: str) -> str:
    return _SAME_COUNTER.get(counter, counter)


def _label(text: str, figure: Figure, chunk: Chunk) -> str:
    """The words that say what the figure counts, without dates and numbers."""
    sentence = text[max(text.rfind("。", 0, figure.start) + 1, figure.start - 60) : figure.start]
    if chunk.kind is ChunkKind.TABLE_ROW:
        part = text[text.rfind("／", 0, figure.start) + 1 : figure.start]
        sentence = f"{_row_name(chunk)}{part}"
    for phrase in reversed(date_phrases(sentence, bare=True)):
        sentence = sentence[: phrase.start] + sentence[phrase.end :]
    return re.sub(r"[\d,.]+|[^\w]", "", key(sentence))


def _row_name(chunk: Chunk) -> str:
    """The first cell of a row that is more than a number or a date."""
    names = (c for c in chunk.cells if re.search(r"[^\d\s,.%○年月日]{2}", c))
    return key(next(names, ""))


def _same_thing(one: Statement, other: Statement) -> bool:
    """Whether two figures count the same: like labels, and no rows of one table beside each other."""
    a, b = one.evidence.unit.chunk, other.evidence.unit.chunk
    rows = a.kind is ChunkKind.TABLE_ROW and b.kind is ChunkKind.TABLE_ROW and a.id != b.id
    if rows and a.document_id == b.document_id and a.columns == b.columns:
        return False
    if rows and _likeness(_row_name(a), _row_name(b)) < _SAME_ROW:
        return False
    if _same_counter(one.figure.counter) != _same_counter(other.figure.counter):
        return False
    return one.place != other.place and _likeness(one.label, other.label) >= _ALIKE


def _likeness(a: str, b: str) -> float:
    """Dice coefficient of the character bigrams of two labels, 0..1."""
    one, two = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (a, b))
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def _differ(one: Statement, other: Statement) -> bool:
    a, b = one.figure.value, other.figure.value
    rounded = any(re.search(r"約|ほど|程度", s.figure.text) for s in (one, other))
    return abs(a - b) > (0.05 if rounded else 1e-9) * max(abs(a), abs(b))


def _same_date(one: Statement, other: Statement) -> bool:
    """Whether two places say it of one date. Within one unit two figures are never rivals."""
    if one.evidence.unit == other.evidence.unit or not one.dating or not other.dating:
        return False
    by_document = {DateSource.DOCUMENT is s.dating.source for s in (one, other) if s.dating}
    return len(by_document) == 1 and one.dating.same_time(other.dating)


def _one_for_each_date(statements: Sequence[Statement]) -> list[Statement]:
    """The best statement of each date, in time order; what has no date is left out."""
    best: dict[tuple[int, int, int], Statement] = {}
    for statement in statements:
        if statement.dating:
            best.setdefault(statement.dating.order, statement)
    return [best[order] for order in sorted(best)]


def _issued(statement: Statement) -> date:
    return statement.document.issued or date.min


def _holds(value: str, topic: Sequence[Term], text: str) -> bool:
    """Whether `text` has the value; a small bare number only right beside a word of the question."""
    flat = key(text).replace(",", "")
    match = re.match(r"[\d.]+", value)
    digits = match.group() if match else value
    counter = value[len(digits) :].rstrip("き")
    number = rf"(?<![\d.]){re.escape(digits)}(?![\d.]*\d)"
    if counter in ("年", "年度"):
        return any(phrase.year == int(digits) for phrase in date_phrases(text, bare=True))
    if counter and counter != "番":
        return bool(re.search(number + re.escape(counter), flat))
    if len(digits) >= _TELLING_DIGITS:
        return bool(re.search(number, flat))
    words = "|".join(re.escape(key(term.surface)) for term in topic) or "(?!)"
    return bool(re.search(rf"{number}(?:{words})|(?:{words})[はがの:]?{number}", flat))
