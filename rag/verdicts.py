"""Yes or no to a question by one unit of evidence, or neither where it is not plain.

A verdict rests on one of two grounds: a figure against the bound asked about, or the question's
own predicate, affirmed or denied at the end of a clause. Silence is never taken for a no.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.date_phrases import date_phrases
from rag.dating import Figure
from rag.question import Question
from rag.scoring import Evidence, Term, coverage
from rag.text import key, normal, split_sentences


class Verdict(StrEnum):
    YES = "はい"
    NO = "いいえ"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """「半分を超えた」: more than 50 %, the 50 not included."""

    value: float
    counter: str
    more: bool
    inclusive: bool


_LEAST_COVERAGE = 0.7  # of the question's words, in the unit and its headings
_LEAST_OWN_COVERAGE = 0.4
_INTERROGATIVE = re.compile(
    r"何|なに|なん(?:です|の|だ|で)|誰|だれ|どこ|いつ(?!も|でも)|いく[つら]|どれ|どの|どんな|どう|どちら|どっち|なぜ|教えて|一覧"
    r"|それとも|差は|違い|(?:か|なのか)[、 ]?.{1,14}(?:か|なのか)[?]?$"
)
_YES_NO_END = re.compile(
    r"(?:ます|です|でした|ました|ません|た|だ|る|い|う|く|む|す|つ|ぶ)(?:か|の|のか|んですか|のですか|ってこと(?:ですか)?|っけ|よね|でしょうか)*[?。]*$"
    r"|(?:あり|なし|可能|必要|済み?|対象|同じ|義務)(?:ですか|でしょうか|なの|か)?[?。]*$"
)
_ASKED_DENIED = re.compile(
    r"(?:な(?:い|かった|くて(?:も)?(?:いい|よい))|ません(?:でした)?)(?:の|か|のか|んですか|のですか|ってこと|よね)*[?。]*$|(?<![一-鿿])未(?!来|満)[一-鿿]"
)
_ALL = re.compile(
    r"すべて|全て|全部|だけ|のみ|必ず|いつでも|どこでも|全員|誰でも|も(?:か|です)?[?]?$"
)
_BOUND = re.compile(
    r"(?:(?P<half>過半数|半分|半数)|(?P<number>\d[\d,]*(?:\.\d+)?)(?P<scale>万|億|千)?(?P<counter>%|割|人|名|件|円|回|時間|施設|台|手続|事業|か所|箇所))"
    r"(?P<verb>(?:を|は|も|に|より)*(?:超え|こえ|上回|越え|達し|届|以上|多|下回|切っ|割っ|以下|未満|少な)|(?=(?:です|でした|だった|ある|あり)))"
)
_SCALE = {"": 1, "千": 1_000, "万": 10_000, "億": 100_000_000}
_MORE = re.compile(r"超え|こえ|上回|越え|達し|届|以上|多")
_INCLUSIVE = re.compile(r"達し|届|以上|以下")
_HEDGED = re.compile(
    r"必要|べき|検討|予定|見込|場合|ならない|ざるを得|だけでな|のみなら|限ら|とは限|わけでは|目指|図る|期待|おそれ|可能性|原則|一部|ものの"
    r"|しかし|ただし|以外|除[きく]|不可欠|やむを得|求め|され(?:たい|よ)|努め|[?]"
)
_AFFIRMED = re.compile(
    r"(?:し|さ|され|れ|き|い|り|え|べ|み|ち|っ|め|け|げ|せ|て|ん|び|わ)*(?:て)?(?:いる|いた|います|いました|おり|おります|ある|ました|ます|まれる|まれます|た|だ|する|める|む|る|す|します)"
    r"(?:(?:もの|こと)と(?:する|します|している|しています|し))?"
)
_DENIED = re.compile(
    r"[ぁ-ん]{0,8}?(?:な(?:い|かった|く)|ませ(?:ん|んでした)|(?:せ|わ|ら|れ|か|ま|き|し)ず)(?:で(?:す|した))?"
)
_CLAUSE_END = re.compile(r"(?:[。、）)」』／\s]|$|が、|ので、|ことから)")


def is_yes_no(question: Question) -> bool:
    """Whether the question can be answered by はい or いいえ."""
    text = question.normalised.strip()
    return not _INTERROGATIVE.search(text) and bool(_YES_NO_END.search(text))


def verdict(
    question: Question, terms: Sequence[Term], evidence: Evidence, figures: Sequence[Figure]
) -> Verdict | None:
    """はい, いいえ, or None when `evidence` does not plainly say.

    `figures` are those of the unit. A question that denies (「…ていませんか」) gets None: what its
    はい would mean is open to misreading.
    """
    if not is_yes_no(question) or _ASKED_DENIED.search(question.normalised):
        return None
    unit = evidence.unit
    place = "\n".join((*unit.chunk.heading, *unit.chunk.columns))
    if not _of_the_time_asked(question, f"{place}\n{unit.text}"):
        return None
    bound, claim = _bound(question)
    if bound is not None:
        topic = [
            t
            for t in terms
            if t.surface not in claim.replace(",", "") and not _BOUND_WORD.search(t.surface)
        ]
        if coverage(topic, unit.text, place) < _LEAST_COVERAGE:
            return None
        return _against(bound, question, unit.text, figures)
    if _ALL.search(question.normalised) or re.search(r"\d", _without_dates(question)):
        return None
    predicate = _predicate(question, terms)
    if predicate is None:
        return None
    topic = [t for t in terms if t is not predicate and key(t.surface) not in _DONE]
    if max(coverage(topic, unit.text, place), evidence.signals.context) < _LEAST_COVERAGE or (
        topic and coverage(topic, unit.text) < _LEAST_OWN_COVERAGE
    ):
        return None
    return _by_predicate(predicate, topic, unit.text)


_DONE = ("済み", "済", "済む")
_BOUND_WORD = re.compile(r"半分|半数|過半|超|越|上回|下回|達|届|以上|以下|未満|割$|パーセント|%")


def _of_the_time_asked(question: Question, text: str) -> bool:
    """Whether every date of the question stands in `text`, to the month where one is asked."""
    known = date_phrases(text, bare=True)
    return all(
        any(phrase.covers(asked.year) and asked.month in (None, phrase.month) for phrase in known)
        for asked in date_phrases(question.text)
    )


def _without_dates(question: Question) -> str:
    text = question.text
    for phrase in reversed(date_phrases(text)):
        text = text[: phrase.start] + text[phrase.end :]
    # Numbers inside names (「5レス」「第2回」) are topic, those with a counter a claim.
    return " ".join(
        re.findall(r"\d[\d,.]*(?=%|割|人|名|件|円|時間|施設|台|手続|事業|か所|箇所)", normal(text))
    )


def _bound(question: Question) -> tuple[Bound | None, str]:
    """The bound that the question asks about, and the words that say it."""
    matches = [match for match in _BOUND.finditer(question.normalised) if match.group("verb")]
    if len(matches) != 1:
        return None, ""
    match = matches[0]
    verb = match.group("verb")
    more = bool(_MORE.search(verb))
    inclusive = bool(_INCLUSIVE.search(verb))
    if match.group("half"):
        return Bound(value=50.0, counter="%", more=more, inclusive=inclusive), match.group()
    counter = match.group("counter")
    value = float(match.group("number").replace(",", "")) * _SCALE[match.group("scale") or ""]
    if counter == "割":
        value, counter = 10 * value, "%"
    counter = {"名": "人", "か所": "箇所"}.get(counter, counter)
    return Bound(value=value, counter=counter, more=more, inclusive=inclusive), match.group()


def _against(
    bound: Bound, question: Question, text: str, figures: Sequence[Figure]
) -> Verdict | None:
    """The one figure of the unit that has the bound's counter, compared with it."""
    asked = {mention.year for mention in question.years}
    ranges: set[tuple[float, float]] = set()
    for figure in figures:
        counter, value = figure.counter, figure.value
        if counter == "割":
            counter, value = "%", 10 * value
        if counter != bound.counter:
            continue
        if asked and not (figure.dating and figure.dating.year in asked):
            continue
        ranges.add(_range(value, figure.text, normal(text[figure.end : figure.end + 6])))
    if len(ranges) != 1:
        return None
    low, high = ranges.pop()
    if bound.inclusive:
        holds, fails = (
            (low >= bound.value, high < bound.value)
            if bound.more
            else (high <= bound.value, low > bound.value)
        )
    else:
        holds, fails = (
            (low > bound.value, high <= bound.value)
            if bound.more
            else (high < bound.value, low >= bound.value)
        )
    return Verdict.YES if holds else Verdict.NO if fails else None


def _range(value: float, written: str, after: str) -> tuple[float, float]:
    """What a figure says: 「6割を超え」 is more than 60, 「約5割」 from 45 to 55."""
    if re.match(r"(?:を|も)?(?:超|こえ|上回)", after):
        return value * (1 + 1e-9), float("inf")
    if after.startswith("以上"):
        return value, float("inf")
    if re.match(r"未満|(?:を)?下回|弱", after):
        return float("-inf"), value * (1 - 1e-9)
    if after.startswith("以下"):
        return float("-inf"), value
    if "約" in written or re.match(r"程度|前後|ほど|近く|強|余", after):
        return value * 0.9, value * 1.1
    return value, value


def _predicate(question: Question, terms: Sequence[Term]) -> Term | None:
    """The last content word, if nothing but its ending and the question mark follow."""
    text = key(question.text)
    found: tuple[int, Term] | None = None
    for term in terms:
        at = -1 if key(term.surface) in _DONE else text.rfind(key(term.surface))
        if at >= 0 and (found is None or at > found[0]):
            found = at, term
    if found is None:
        return None
    at, term = found
    rest = text[at + len(key(term.surface)) :]
    plain = re.fullmatch(r"(?:済み?)?[ぁ-ん]{0,14}[?。]*", rest)
    return term if plain and re.match(r"[一-鿿ァ-ヶーa-z]", key(term.surface)) else None


def _by_predicate(predicate: Term, topic: Sequence[Term], text: str) -> Verdict | None:
    """How the sentences that hold the predicate beside the topic use it; None if they disagree."""
    stem = re.match(r"[一-鿿ァ-ヶーa-z]+", normal(predicate.surface))
    if stem is None:
        return None
    verdicts: set[Verdict | None] = set()
    for start, end in split_sentences(text):
        sentence = normal(text[start:end])
        if topic and coverage(topic, sentence) < _LEAST_OWN_COVERAGE:
            continue
        for match in re.finditer(re.escape(stem.group()), sentence):
            found = _use(sentence, match.start(), match.end())
            # A bare noun (「公表の時期」) neither affirms nor denies.
            if found is not None or _HEDGED.search(sentence):
                verdicts.add(None if _HEDGED.search(sentence) else found)
    return verdicts.pop() if len(verdicts) == 1 else None


def _use(sentence: str, start: int, end: int) -> Verdict | None:
    if sentence[max(0, start - 1) : start] in ("未", "非", "不"):
        return Verdict.NO
    rest = sentence[end:]
    denied = _DENIED.match(rest)
    if denied and _CLAUSE_END.match(rest[denied.end() :]):
        return Verdict.NO
    if re.match(r"(?:は|が|も)?(?:ない|なし|ありません|なかった)(?:[。、）)]|$)", rest):
        return Verdict.NO
    if re.match(r"済み?(?:[。、）)／\s]|$)", rest):
        return Verdict.YES
    affirmed = _AFFIRMED.match(rest)
    return Verdict.YES if affirmed and _CLAUSE_END.match(rest[affirmed.end() :]) else None
