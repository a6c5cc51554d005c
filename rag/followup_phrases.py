"""The parts of a question that follow-ups exchange: its phrases, years, figures, offices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.question import read_question
from rag.temporal import YearMention, era_year, years
from rag.text import normal

_PARTICLES = re.compile(
    r"[、。?？「」『』()（）\s]|(?<=[一-鿿ァ-ヶa-z0-9ー])(?:について|における|という|では|には|とは|から|まで|って|"
    r"は|が|を|に|で|と|の|へ|も)(?=[^ぁ-ん]|何|ど|い|な|$)"
)
_BRACKETS = re.compile(r"\([^()]{1,30}\)")
_NOMINAL_TAIL = re.compile(r"[一-鿿々ァ-ヶーa-z0-9・.&+-]+(?:り(?=$))?$")
_LOANWORD = re.compile(r"[ァ-ヶー・]+|[a-z0-9.&+-]*[a-z][a-z0-9.&+-]*")
_FIGURE = re.compile(
    r"(?:約)?\d[\d,]*(?:\.\d+)?(?:万|億|千)?(?:件|人|名|%|円|千円|億円|時間|手続|施設|回|箇所|か所|台|枚|種類|事業|校|社|団体|票|世帯)"
)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d{3,}|\d+\.\d+%?|\d+%")
_DATE = re.compile(
    r"(?:(?:令和|平成|昭和)(?:元|\d{1,2})年|\d{4}年)(?:\(\d{4}年\)|\((?:令和|平成|昭和)(?:元|\d{1,2})年\))?\d{1,2}月(?:\d{1,2}日)?|\d{4}[./]\d{1,2}[./]\d{1,2}"
)
_OFFICE = re.compile(r"[一-鿿ァ-ヶーa-z・&]{1,14}(?:課|室|局|センター|委員会|本部)")
_MARKER = re.compile(r"\[\d+\]")

_ORDINAL = re.compile(r"第\d{1,3}回|\d{1,3}(?:回|度|番)目|初回")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase of a question with what ties it to the rest."""

    text: str
    start: int
    end: int
    particle: str  # "", "の", "について", …


def phrases(question: str) -> list[Phrase]:
    """`question` (normalised) cut at particles; what says nothing about the topic is left out."""
    # An ordinal is no word of the topic, but a phrase all the same: 「会議の２回目」.
    words = {*read_question(question).words, *_ORDINAL.findall(question)}
    cuts = [match.span() for match in _PARTICLES.finditer(question)]
    found: list[Phrase] = []
    for (_, start), (end, after) in zip(
        [(0, 0), *cuts], [*cuts, (len(question), len(question))], strict=True
    ):
        text = question[start:end]
        if text and any(word in text for word in words):
            found.append(Phrase(text, start, end, question[end:after].strip()))
    return found


def without_brackets(question: str) -> str:
    return _BRACKETS.sub("", question)


def counterpart(new: str, found: Sequence[Phrase]) -> tuple[int, int] | None:
    """The range in the previous question that `new` takes the place of; None when unsure.

    Sure is: the one thing spoken about (「Ａについて」), the one loanword where `new` is one, the
    one phrase that ends alike, the one that the asked attribute belongs to, the only topic.
    """
    topics = [phrase for phrase in found if not years(phrase.text) and phrase.text != new]
    about = [phrase for phrase in topics if phrase.particle in ("について", "における")]
    alike = [p for p in topics if len(new) >= 3 and p.text[-2:] == new[-2:]]
    loan = [p for p in topics if _LOANWORD.fullmatch(p.text)] if _LOANWORD.fullmatch(new) else []
    owner = [
        first
        for first, second in pairwise(topics)
        if first.particle == "の"
        and second.particle in ("は", "が", "")
        and first.end + 1 == second.start
    ][-1:]
    for candidates in (about, loan, alike, owner, topics[:1] if len(topics) <= 2 else []):
        if len(candidates) == 1:
            return _exchanged_part(new, candidates[0])
    return None


def _exchanged_part(new: str, phrase: Phrase) -> tuple[int, int] | None:
    tail = _NOMINAL_TAIL.search(phrase.text)
    if tail is None:
        return None
    # 「子育ての手続」: kana before の is not cut; the owner is exchanged, not what it owns.
    owner = phrase.text.rpartition("の")[0]
    if owner:
        return phrase.start, phrase.start + len(owner)
    start, end = phrase.start + tail.start(), phrase.start + tail.end()
    # 「子育てワンストップ」 and 「介護」: only the first part is exchanged.
    compound = re.fullmatch(r"([一-鿿ぁ-ん]{2,})([ァ-ヶー]{3,}.*)", phrase.text)
    if compound and not re.search(r"[ァ-ヶ]", new):
        return phrase.start, phrase.start + compound.end(1)
    return start, end


def first_statement(answer: str, normalised: bool = True) -> str:
    """The first sentence of an answer, without markers of sources."""
    text = _MARKER.sub("", answer).strip()
    text = normal(text) if normalised else text
    return re.split(r"[。\n]", text, maxsplit=1)[0]


def figure(statement: str) -> str:
    match = _FIGURE.search(statement)
    return match.group() if match else ""


def figures(statement: str) -> tuple[str, ...]:
    """Every number of some length, as a unit that answers the same again would hold it."""
    return tuple(dict.fromkeys(_NUMBER.findall(statement)))


def day(statement: str) -> str:
    match = _DATE.search(statement)
    return match.group() if match else ""


def office(statement: str) -> str:
    match = _OFFICE.search(statement)
    return match.group() if match else ""


def year_text(mention: YearMention, offset: int) -> str:
    """The year `offset` years from `mention`, in the calendar of `mention`."""
    year = mention.year + offset
    return (era_year(year) if mention.era else f"{year}年") + ("度" if mention.fiscal else "")
