"""Cases out of JaQuAD (So et al. 2022, arXiv 2202.01764): one sentence of an article has the answer.

Negatives need no labels: with the sentence of the answer taken away, and every other that has the
same string, what is left of the article is near to the question and does not answer it.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.errors import QuestionFileError
from eval.reader.case_file import PublicCase, PublicPart, Span
from eval.reader.spans import pieces_within
from rag.e5.tokens import Tokeniser
from rag.text import split_sentences

_NEAREST = 12
_MOST_TITLE = 20
_MOST_SENTENCE = 200


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    answer_start: int


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    answers: list[_Answer]


@dataclass(frozen=True, slots=True)
class _Paragraph:
    context: str
    qas: list[_Asked]


@dataclass(frozen=True, slots=True)
class _Article:
    title: str
    paragraphs: list[_Paragraph]


@dataclass(frozen=True, slots=True)
class _File:
    data: list[_Article]


@dataclass(frozen=True, slots=True)
class _Sentence:
    number: int  # its place in the whole part
    start: int  # in its paragraph
    text: str
    pieces: list[int]
    places: list[tuple[int, int]]


_FILE = TypeAdapter(_File)


def read_jaquad(folder: Path, part: str, tokeniser: Tokeniser) -> PublicPart:
    """The cases of jaquad_`part`_*.json, in order. Raises QuestionFileError without a sound file.

    An answer that no single sentence holds gives no case.
    """
    paths = sorted(folder.glob(f"jaquad_{part}_*.json"))
    if not paths:
        raise QuestionFileError(f"{folder}: jaquad_{part}_*.json がありません。")
    sentences: list[list[int]] = []
    cases: list[PublicCase] = []
    for article in (article for path in paths for article in _articles(path)):
        paragraphs: list[list[_Sentence]] = []
        for paragraph in article.paragraphs:
            paragraphs.append(_sentences(paragraph.context, len(sentences), tokeniser))
            sentences += [sentence.pieces for sentence in paragraphs[-1]]
        cases += _cases(article, paragraphs, tokeniser)
    return PublicPart(sentences=sentences, cases=cases)


def _articles(path: Path) -> list[_Article]:
    try:
        return _FILE.validate_json(path.read_bytes()).data
    except (OSError, ValidationError) as error:
        raise QuestionFileError(f"{path} を JaQuAD として読めません（{error}）。") from error


def _sentences(context: str, first: int, tokeniser: Tokeniser) -> list[_Sentence]:
    found = []
    for number, (start, end) in enumerate(split_sentences(context), first):
        text = context[start : min(end, start + _MOST_SENTENCE)]
        found.append(_Sentence(number, start, text, *tokeniser.placed(text)))
    return found


def _cases(
    article: _Article, paragraphs: Sequence[Sequence[_Sentence]], tokeniser: Tokeniser
) -> Iterator[PublicCase]:
    everything = [sentence for paragraph in paragraphs for sentence in paragraph]
    nearness = _Nearness(everything)
    title = tokeniser.numbers(article.title[:_MOST_TITLE])
    for paragraph, here in zip(article.paragraphs, paragraphs, strict=True):
        for asked in paragraph.qas:
            question = tokeniser.numbers(asked.question)
            # An answer stands in one place; others of the same text are among what is left out.
            found = _found(asked.answers[0], here)
            if found is None:
                continue
            sentence, span = found
            without = [
                other
                for other in nearness.ordered(question)
                if other is not sentence and not _holds(other, asked.answers[0])
            ]
            nearby = {other.number for other in here}
            yield PublicCase(
                question=question,
                title=title,
                sentence=sentence.number,
                span=span,
                article=[other.number for other in without[:_NEAREST]],
                paragraph=[other.number for other in without if other.number in nearby],
            )


def _found(answer: _Answer, sentences: Sequence[_Sentence]) -> tuple[_Sentence, Span] | None:
    """The sentence with the whole answer, and the pieces of the answer in it."""
    for sentence in sentences:
        start = answer.answer_start - sentence.start
        end = start + len(answer.text)
        if start >= 0 and end <= len(sentence.text):
            span = pieces_within(sentence.places, start, end)
            return (sentence, span) if span else None
    return None


def _holds(sentence: _Sentence, answer: _Answer) -> bool:
    return "".join(answer.text.split()) in "".join(sentence.text.split())


class _Nearness:
    """How many pieces a sentence shares with a question, rare ones of the article counting more."""

    def __init__(self, sentences: Sequence[_Sentence]) -> None:
        self._sets = [(sentence, frozenset(sentence.pieces)) for sentence in sentences]
        counts = Counter(piece for _, pieces in self._sets for piece in pieces)
        self._weights = {
            piece: math.log((len(sentences) + 1) / count) for piece, count in counts.items()
        }

    def ordered(self, question: Sequence[int]) -> list[_Sentence]:
        """Nearest first. Long sentences share more by chance, so that their length counts."""
        asked = frozenset(question)

        def nearness(entry: tuple[_Sentence, frozenset[int]]) -> float:
            shared = sum(self._weights[piece] for piece in asked & entry[1])
            return float(shared / (5 + len(entry[1])) ** 0.3)

        return [sentence for sentence, _ in sorted(self._sets, key=nearness, reverse=True)]
