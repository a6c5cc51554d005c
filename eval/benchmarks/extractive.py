"""Short answers against gold answers: exact match and F1."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from eval.benchmarks.jsquad_task import RetrievalTask
from eval.errors import QuestionFileError
from eval.metrics import declined
from rag.assistant import Assistant
from rag.types import Query

_MARKER = re.compile(r"\[\d+\]")
_DEPTH = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerScore:
    """One value per query. What was declined counts as an empty answer."""

    exact: tuple[float, ...]
    f1: tuple[float, ...]
    short_holds: tuple[float, ...]
    answer_holds: tuple[float, ...]
    declined: tuple[float, ...]


def plain(text: str) -> str:
    """NFKC and lower case, without markers, white space and punctuation."""
    folded = unicodedata.normalize("NFKC", _MARKER.sub("", text)).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PZC")


def exact_match(answer: str, gold: Sequence[str]) -> float:
    """1 when the answer equals one of the gold answers in their plain form, else 0."""
    return float(plain(answer) in map(plain, gold))


def f1(answer: str, gold: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of the shared tokens (Rajpurkar et al. 2016).

    The tokens are characters, because Japanese has no blanks between words. The best value over
    the gold answers.
    """
    return max((_f1(plain(answer), plain(right)) for right in gold), default=0.0)


def _f1(answer: str, right: str) -> float:
    shared = (Counter(answer) & Counter(right)).total()
    return 2 * shared / (len(answer) + len(right)) if shared else 0.0


def holds(text: str, gold: Sequence[str]) -> float:
    """1 when one of the gold answers is a part of the text, both plain, else 0."""
    found = plain(text)
    return float(any(plain(right) in found for right in gold if plain(right)))


def score_answers(assistant: Assistant, task: RetrievalTask, queries: Sequence[str]) -> AnswerScore:
    """Asks each query over all paragraphs. Raises QuestionFileError where gold answers lack."""
    rows: list[tuple[float, float, float, float, float]] = []
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        for query_id in progress.track(queries, description="回答"):
            gold = task.answers[query_id]
            if not gold:
                raise QuestionFileError(
                    f"設問 {query_id} に正解がありません。queries.jsonl の answers を確かめてください。"
                )
            answer = assistant.ask(Query(text=task.queries[query_id], top_k=_DEPTH))
            refused = declined(answer.status)
            short = "" if refused else answer.short_answer or ""
            text = "" if refused else answer.text
            rows.append(
                (
                    exact_match(short, gold),
                    f1(short, gold),
                    holds(short, gold),
                    holds(text, gold),
                    float(refused),
                )
            )
    exact, shared, short_holds, answer_holds, refusals = zip(*rows, strict=True)
    return AnswerScore(
        exact=exact,
        f1=shared,
        short_holds=short_holds,
        answer_holds=answer_holds,
        declined=refusals,
    )
