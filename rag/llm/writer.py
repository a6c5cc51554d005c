"""An answer by the language model from evidence that was found, under guard.

Only called when the documents say what is asked; the extractive answer is at hand if the model
fails, is too slow, or writes nothing that its evidence bears out.
"""

import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_core.messages import BaseMessage

from rag.composition import renumbered
from rag.events import AnswerEvent, DraftEvent, TokenEvent
from rag.grounding.evidence import NumberedEvidence
from rag.grounding.slots import same_value, slots
from rag.llm.client import ChatModel
from rag.llm.errors import ModelCancelledError, ModelError
from rag.llm.guarded import GuardedText, Unsupported
from rag.llm.material import Material
from rag.llm.neutral import neutral
from rag.llm.prompts import Prompt, read_prompt
from rag.llm.rephrasing import rephrasings
from rag.llm.resolving import resolve
from rag.text import key
from rag.types import Answer, AnswerWarning, Citation, Query

ANSWER_PROMPT = "answer.v1"
GENERATOR_VERSION = "guarded/1"
_HEAD_CHARACTERS = 120  # of a passage's number, document and heading
_EXACT = ("#", "month", "day", "office", "ordinal")
_SUPPLEMENTED = "言語モデルの文章に質問への答えが見当たらないため、文書の抜き書きを添えました。"
_QUESTION_CHARACTERS = 500  # left for the question
_LEAST_PASSAGE = 200  # less room than this is not filled


class ModelWriter:
    """Writes answers with one model. Thread-safe."""

    def __init__(
        self,
        model: ChatModel,
        unsupported: Unsupported = Unsupported.DROP,
        *,
        followups: bool = False,
        rephrases: bool = False,
    ) -> None:
        self.model = model
        self._unsupported = unsupported
        self._followups = followups
        self._rephrases = rephrases

    def resolved(self, query: Query, ruled: str, cancelled: threading.Event | None) -> str:
        """`query` made complete by the model where that is wanted, else `ruled`."""
        if not (self._followups and query.history):
            return ruled
        return resolve(self.model, query.text, query.history, ruled, cancelled)

    def rephrasings(self, question: str, cancelled: threading.Event | None) -> tuple[str, ...]:
        """Other wordings to search with, where that is wanted. Raises ModelCancelledError."""
        return rephrasings(self.model, question, cancelled) if self._rephrases else ()

    def room(self, prompt: Prompt) -> int:
        """Characters of evidence that fit, one counted as a token."""
        limits = self.model.endpoint
        return limits.context_tokens - limits.answer_tokens - prompt.length - _QUESTION_CHARACTERS

    def write(
        self, material: Material, cancelled: threading.Event | None = None, version: str = ""
    ) -> Iterator[TokenEvent | DraftEvent | AnswerEvent]:
        """Text as it passes, and the answer: the extract where nothing of the model's could be kept.

        Raises ModelCancelledError when whoever asked has gone.
        """
        started = time.perf_counter()
        prompt = read_prompt(version or ANSWER_PROMPT)
        guard = GuardedText(material.given, self._unsupported)
        failure: ModelError | None = None
        cut = False
        try:
            for piece in self.model.stream(self._messages(material, prompt), cancelled):
                shown = guard.finish(cut=piece.cut) if piece.ended else guard.feed(piece.text)
                cut = cut or piece.cut
                if shown:
                    yield TokenEvent(shown)
                yield DraftEvent(guard.pending)
        except ModelCancelledError:
            raise
        except ModelError as error:
            failure = error
            yield DraftEvent("")
        if not guard.passed:
            extract = _with_warning(material.extract, _why_extract(failure, guard))
            yield AnswerEvent(_timed(extract, started))
            return
        tail, citations = "", guard.citations
        supplemented = not covers(guard.text, citations, material.extract)
        if supplemented:
            shift = len(citations)
            tail = f"\n{renumbered(material.extract.text, shift)}"
            more = [replace(c, marker=c.marker + shift) for c in material.extract.citations]
            citations = (*citations, *more)
        else:
            tail = "".join(f"\n{line}" for line in material.missing)
        if tail:
            yield TokenEvent(tail)
        cited = [citation.document_id for citation in citations]
        warnings = [*material.extract.warnings, *material.warnings_for(cited), *guard.warnings()]
        if supplemented:
            warnings.append(AnswerWarning("llm_supplemented", _SUPPLEMENTED))
        if cut or failure is not None:
            warnings.append(AnswerWarning("llm_cut", "言語モデルの文章は途中で終わっています。"))
        versions = replace(
            material.extract.versions,
            generator=f"{GENERATOR_VERSION} {self.model.endpoint.model}",
            prompt=prompt.version,
        )
        answer = replace(
            material.extract,
            text=guard.text + tail,
            citations=citations,
            warnings=tuple(dict.fromkeys(warnings)),
            mode="llm",
            versions=versions,
        )
        yield AnswerEvent(_timed(answer, started))

    def _messages(self, material: Material, prompt: Prompt) -> Sequence[BaseMessage]:
        return prompt.messages(
            {
                # New for every request: no text can know how the excerpts end.
                "mark": f"＝＝{secrets.token_hex(8)}＝＝",
                "evidence": evidence_text(material.given.evidence, self.room(prompt)),
                "question": neutral(material.question, 2_000),
            }
        )


def evidence_text(evidence: Sequence[NumberedEvidence], room: int) -> str:
    """The excerpts with their numbers, as many as fit whole."""
    shown: list[str] = []
    for each in evidence:
        if room < _LEAST_PASSAGE:
            break
        passage = each.passage
        where = f"{passage.page}ページ" if passage.has_pages else ""
        head = " ".join(filter(None, (passage.document_title, where, *passage.heading)))
        text = f"[{each.id}] {neutral(head, _HEAD_CHARACTERS)}\n{neutral(passage.text, room)}"
        shown.append(text)
        room -= len(text)
    return "\n\n".join(shown)


def covers(text: str, citations: Sequence[Citation], extract: Answer) -> bool:
    """Whether a text answers what the extract answers: it has its short answer, or its source."""
    if extract.short_answer:
        exact = [s for s in slots(extract.short_answer) if s.kind.startswith(_EXACT)]
        there = slots(text)
        if exact:
            return any(o.kind == s.kind and same_value(s, o) for s in exact for o in there)
        if key(extract.short_answer).strip("。") in key(text):
            return True
    first = extract.citations[0]
    return any(
        (c.document_id, c.page) == (first.document_id, first.page)
        and c.start < first.end
        and first.start < c.end
        for c in citations
    )


def _why_extract(failure: ModelError | None, guard: GuardedText) -> AnswerWarning:
    if failure is not None:
        return AnswerWarning("llm_unavailable", f"{failure.message}文書の抜き書きで答えています。")
    if guard.stopped:
        return AnswerWarning(
            "llm_nothing_grounded",
            "言語モデルの文章は文書で根拠を確かめられなかったため、文書の抜き書きで答えています。",
        )
    return AnswerWarning(
        "llm_found_nothing",
        "言語モデルは抜粋の中に答えを見つけられなかったため、文書の抜き書きで答えています。",
    )


def _with_warning(answer: Answer, warning: AnswerWarning) -> Answer:
    return replace(answer, warnings=(*answer.warnings, warning))


def _timed(answer: Answer, started: float) -> Answer:
    """`answer` with the time that the model took, from `started` until now."""
    spent = round(1e3 * (time.perf_counter() - started), 1)
    timings = dict(answer.timings_ms)
    for name in ("generate", "total"):
        timings[name] = round(timings.get(name, 0.0) + spent, 1)
    return replace(answer, timings_ms=timings)
