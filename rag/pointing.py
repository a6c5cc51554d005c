"""What the reader points at among the best units, and when it is believed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.forms import has_form
from rag.question import Question, QuestionKind
from rag.reader.model import bundled_reader
from rag.reader.passages import passage_of, words_at
from rag.scoring import Evidence, Term, put_first
from rag.text import key
from rag.types import ChunkKind

_SURE = 9.0  # from here on its words are preferred to others
_LIKELY = 7.0  # from here on they are better than none
# What these ask for is more than a few words.
_ASKS_MORE = (QuestionKind.LIST, QuestionKind.COMPARE, QuestionKind.YES_NO, QuestionKind.DEFINITION)


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the reader says of the best units."""

    answered: float  # logit that they hold the answer
    evidence: Evidence  # the one of them that most likely does
    words: str  # those in it that answer
    sure: float  # logits of their beginning and end


def pointed_at(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> Pointed | None:
    """None without evidence."""
    read: list[str] = []  # only as many as the reader takes

    def passages() -> Iterator[str]:
        for found in evidence:
            read.append(passage_of(question, terms, found.unit))
            yield read[-1]

    told = bundled_reader().read(question.text, passages())
    if told is None:
        return None
    words = words_at(read[told.passage], told.start, told.end)
    return Pointed(told.answered, evidence[told.passage], words, told.sure)


def pointed_first(
    question: Question, pointed: Pointed | None, evidence: Sequence[Evidence]
) -> Sequence[Evidence]:
    """First what the reader is sure to find the answer in."""
    if pointed is None or pointed.sure < _SURE or question.asks(*_ASKS_MORE):
        return evidence
    return put_first(pointed.evidence, evidence)


def short_words(question: Question, pointed: Pointed | None, short: str | None) -> str | None:
    """The words pointed at, where there are no others or it is sure of words they do not hold."""
    if pointed is None or not pointed.words or question.asks(*_ASKS_MORE):
        return short
    if pointed.evidence.unit.kind is ChunkKind.TABLE_ROW and "／" in pointed.words:
        return short  # from the middle of one cell to that of another
    if not short:
        return pointed.words if pointed.sure >= _LIKELY else short
    if question.units == ("%",) and has_form(question, pointed.words) < has_form(question, short):
        return short  # 「65%」 and not 「226」
    beside = key(pointed.words) not in key(short)
    return pointed.words if beside and pointed.sure >= _SURE else short
