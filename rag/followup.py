"""Follow-up questions resolved from the history, without a model."""

import re
from collections.abc import Sequence

from rag.question import read_question
from rag.text import normal
from rag.types import Turn

_REFERS = re.compile(
    r"^(?:じゃあ|では|それでは|それは|それって|その|それ|そこ|そっち|あと|ちなみに|で、|他に|ほかに|もう一つ|残り|"
    r"同じ|逆に|だったら|なら|反対に|一方|前回は|前は|次は|次の|最新は|今は|現在は|目標は|実績は|理由は|なぜ|どうして|"
    r"金額では|件数では|いつ(?:から|まで)?[?？]?$)"
)
_ELLIPTIC = re.compile(r"(?:は|の(?:ほう|方)は.{0,8}|だと|って|では|なら|も)(?:どう(?:です|でした|なの)?か?)?[?？]?$")
_OPENER = re.compile(r"^(?:じゃあ|では|それでは|あと|ちなみに|で、|だったら)[、\s]*")
# What a follow-up exchanges for another of its kind: 「2021年度は？」「３位は？」「2回目は？」
_EXCHANGED = (
    re.compile(r"(?:\d{4}年度?|(?:令和|平成)(?:元|\d{1,2})年度?)"),
    re.compile(r"\d{1,2}(?:位|番目|番|回目|期|つ目)"),
)
_PARTICLES = re.compile(
    r"[、。?？「」『』()（）\s]|(?<=[一-鿿ァ-ヶa-z0-9ー])(?:について|における|という|では|には|とは|から|まで|って|"
    r"は|が|を|に|で|と|の|へ|も)(?=[^ぁ-ん]|何|ど|い|な|$)"
)


def resolve(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out taken from the previous question.

    A complete question is returned as it is. A year, rank or ordinal takes the place of the
    previous one; otherwise the topic of the previous question is put in front.
    """
    if not history or not _needs_context(question):
        return question
    previous = normal(history[-1].question).strip()
    current = _OPENER.sub("", normal(question).strip())
    for pattern in _EXCHANGED:
        new, old = pattern.search(current), pattern.search(previous)
        if new and old and _only(current, new.group()):
            return previous[: old.start()] + new.group() + previous[old.end() :]
    kept = [phrase for phrase in _topic_phrases(previous) if phrase not in current]
    for pattern in _EXCHANGED:
        if pattern.search(current):
            kept = [phrase for phrase in kept if not pattern.fullmatch(phrase)]
    return f"{' '.join(kept)} {current}" if kept else question


def _needs_context(question: str) -> bool:
    normalised = normal(question).strip()
    if _REFERS.match(normalised):
        return True
    words = read_question(question).words
    if re.search(r"の(?:ほう|方)(?:は|って|だと)", normalised):
        return True
    return len(normalised) <= 18 and len(words) <= 3 and bool(_ELLIPTIC.search(normalised))


def _only(question: str, exchanged: str) -> bool:
    """Whether the question says nothing but the exchanged words."""
    rest = question.replace(exchanged, "")
    return len(re.sub(r"[はではどうなに何ですかもの、。?？\s]", "", rest)) <= 1


def _topic_phrases(question: str) -> list[str]:
    """The question cut at particles: its noun phrases, question words left out."""
    words = set(read_question(question).words)
    phrases = _PARTICLES.split(question)
    return [phrase for phrase in phrases if phrase and any(word in phrase for word in words)]
