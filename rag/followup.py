"""Follow-up questions resolved from the history, without a model."""

import re
from collections.abc import Sequence

from rag.question import read_question
from rag.text import normalise
from rag.types import Turn

_REFERS = re.compile(
    r"^(?:じゃあ|では|それでは|それは|それって|その|それ|そこ|そっち|あと|ちなみに|で、|他に|ほかに|もう一つ|残り|"
    r"同じ|逆に|だったら|なら|反対に|一方|前回は|前は|次は|最新は|今は|現在は|目標は|実績は|理由は|なぜ|どうして|いつ(?:から|まで)?[?？]?$)"
)
_ELLIPTIC = re.compile(r"(?:は|の(?:ほう|方)は|だと|って|では|なら|も)[?？]?$")
_YEARISH = re.compile(r"(?:\d{4}年度?|令和\S{1,2}年度?|平成\S{1,2}年度?|[rh]\d+)")


def resolve(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out taken from the previous question.

    A complete question is returned as it is. Words that the follow-up replaces (a year for a
    year, an office for an office) are not repeated.
    """
    if not history or not _needs_context(question):
        return question
    previous = history[-1].question
    current = read_question(question)
    earlier = read_question(previous)
    dropped: set[str] = set()
    if current.years and earlier.years:
        previous = _YEARISH.sub("", normalise(previous).text)
        earlier = read_question(previous)
    new_words = [word for word in current.words if word not in dropped]
    kept = [word for word in _topic_phrases(previous) if word not in question]
    if not kept:
        return question
    return f"{' '.join(kept)} {question}" if new_words else f"{previous} {question}"


def _needs_context(question: str) -> bool:
    normalised = normalise(question).text.strip()
    if _REFERS.match(normalised):
        return True
    words = read_question(question).words
    return len(normalised) <= 18 and (len(words) <= 3 and bool(_ELLIPTIC.search(normalised)))


def _topic_phrases(question: str) -> list[str]:
    """The question cut at particles: its noun phrases, question words left out."""
    text = normalise(question).text
    words = set(read_question(question).words)
    phrases = re.split(r"[、。?？「」『』()（）\s]|(?<=[一-鿿ァ-ヶa-z0-9ー])(?:について|における|という|では|には|とは|から|まで|って|は|が|を|に|で|と|の|へ|も)(?=[^ぁ-ん]|何|ど|い|な|$)", text)
    return [phrase for phrase in phrases if phrase and any(word in phrase for word in words)]
