"""What a question takes for granted: two values to choose from, or a number that may be wrong."""

import re
from collections.abc import Sequence

from rag.conflicts import label_of
from rag.counters import one_spelling
from rag.date_phrases import date_phrases
from rag.dating import Figure
from rag.question import Question
from rag.scoring import Evidence, Term, coverage
from rag.text import key
from rag.types import AnswerWarning

PREMISE = "premise_differs"

_LEAST_COVERAGE = 0.5  # of the question's words, where one of its values stands
_PREMISE_COVERAGE = 0.8
_TELLING_DIGITS = 3  # a number of so many digits needs no word beside it

# 「７ですか８ですか」「1,758と1,668のどちら」「2015年度なのか2016年度なのか」
_VALUE = r"(?:\d[\d,]*(?:\.\d+)?)(?P<{0}>年度?|月|日|番|件|人|名|%|円|事業|手続き?|施設|種類|回|本|台|割|時間)?"
_EITHER = re.compile(
    rf"(?<![\d.,])(?P<a>{_VALUE.format('ca')})(?P<since>から)?(?:まで)?"
    rf"(?:(?:なの|です|でし|だっ|だ)?(?:っけ|たっけ|か|の|(?=[?？]))[、,?？]*\s*(?:それとも)?|と)\s*"
    rf"(?P<b>{_VALUE.format('cb')})(?:から|まで)?(?![\d.])"
    r"(?:の?(?:どちら|どっち)|と?(?:どちら|どっち)|(?:なの|です|でし|だっ|だ)?(?:っけ|たっけ|か|の|よう)|があ|[?？]?$)"
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
    counter = one_spelling(claims[0].group("counter").rstrip("き"))
    rivals = [figure for figure in found if one_spelling(figure.counter) == counter]
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
    label = label_of(best.unit.text, figure, best.unit.chunk)
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


def _nearest(text: str, start: int, end: int, topic: Sequence[Term]) -> Term | None:
    """The topic word that stands nearest to `text[start:end]`: what the number counts."""
    places = ((text.find(term.surface), term) for term in topic)
    distances = [
        (at - end if at >= end else start - at - len(term.surface), term.surface, term)
        for at, term in places
        if at >= 0
    ]
    return min(distances, key=lambda found: found[:2])[2] if distances else None
