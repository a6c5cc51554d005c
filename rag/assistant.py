"""The assistant: one question in, one verifiable answer out. CLI, API and evaluation call it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING

from rag.answering import (
    Composed,
    Reading,
    Sources,
    counted,
    from_units,
    joined,
    part_of,
    worked_out,
)
from rag.extraction import Chosen
from rag.facets import Facet, facets
from rag.followup import FollowUp, follow_up
from rag.index import Index
from rag.question import Question, QuestionKind, read_question
from rag.reading import read_units
from rag.refusal import (
    Calibration,
    calibration_for,
    out_of_scope,
    probability_answered,
    signals,
)
from rag.retrieval import Retriever
from rag.scoring import inverse_document_frequency, question_terms, score_units
from rag.text import key
from rag.types import Answer, AnswerStatus, AnswerWarning, Chunk, Passage, Query, Versions

if TYPE_CHECKING:
    from rag.llm.client import ChatModel

GENERATOR_VERSION = "extractive/2"
_READ_CHUNKS = 24  # chunks whose sentences are looked at
_LIST_FOLLOWING = 4  # chunks read after a ranked one when a list is asked for
_TOKEN_CHARACTERS = 12  # characters per streamed token event

_NO_EVIDENCE = (
    "登録されている文書からは、この質問に答える記載が見つかりませんでした。"
    "近い内容の箇所を下に示します。言い方を変えるか、文書の所管課にご確認ください。"
)
_OUT_OF_SCOPE = (
    "しおりは登録された庁内文書の内容についてお答えする仕組みのため、このご質問は対象外です。"
    "計画・監査報告・会議資料などの内容についてお尋ねください。"
)
_CORRECTED = "spelling_corrected"
_MISSING = "「{part}」については、登録されている文書に記載が見つかりませんでした。"
_EMPTY = "まだ文書が登録されていないため、お答えできません。文書を登録してからお尋ねください。"


@dataclass(frozen=True, slots=True)
class StatusEvent:
    stage: str  # "searching", "reading" or "writing"


@dataclass(frozen=True, slots=True)
class TokenEvent:
    text: str


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    answer: Answer


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question that asks several things, as it was read."""

    facet: Facet
    ranked: Sequence[tuple[Chunk, float]]
    reading: Reading


AssistantEvent = StatusEvent | TokenEvent | AnswerEvent


class Assistant:
    """Answers questions from one index. Thread-safe as far as the index is.

    It closes the `model` with itself.
    """

    def __init__(
        self,
        index: Index,
        retriever: Retriever | None = None,
        calibration: Calibration | None = None,
        model: "ChatModel | None" = None,
    ) -> None:
        self.index = index
        self.model = model
        self.retriever = retriever or Retriever(index)
        self.calibration = calibration or calibration_for(index.embedder_name)

    @property
    def versions(self) -> Versions:
        return Versions(
            index=self.index.version,
            embedding=self.index.embedder_name,
            generator=GENERATOR_VERSION,
        )

    def close(self) -> None:
        if self.model is not None:
            self.model.close()
        self.index.close()

    def search(self, query: Query) -> list[Passage]:
        """The best passages, without an answer."""
        with self.index.snapshot():
            return self.retriever.search(query)

    def ask(self, query: Query, *, mode: str = "auto") -> Answer:
        """The answer with its citations. Never raises for a question that has no answer."""
        answer: Answer | None = None
        for event in self.stream(query, mode=mode):
            if isinstance(event, AnswerEvent):
                answer = event.answer
        assert answer is not None
        return answer

    def stream(self, query: Query, *, mode: str = "auto") -> Iterator[AssistantEvent]:
        """Status, tokens and the answer; the tokens together equal `answer.text`.

        `mode` is for a language model to come; without one every mode is extractive.
        """
        yield StatusEvent("searching")
        asked = follow_up(query.text, query.history)
        yield StatusEvent("reading")
        # One consistent view of the index; never held while the caller consumes events.
        with self.index.snapshot():
            answer = self._settle(query, asked)
        yield StatusEvent("writing")
        for start in range(0, len(answer.text), _TOKEN_CHARACTERS):
            yield TokenEvent(answer.text[start : start + _TOKEN_CHARACTERS])
        yield AnswerEvent(answer)

    def _settle(self, query: Query, asked: FollowUp) -> Answer:
        """The whole answer: refused early, refused for want of evidence, or composed."""
        started = time.perf_counter()
        corrected = self.retriever.words.correct(asked.text)
        answer = self._settled(query, replace(asked, text=corrected.text), started)
        if not corrected.changes or answer.status is AnswerStatus.OUT_OF_SCOPE:
            return answer
        told = "、".join(f"「{written}」を「{meant}」" for written, meant in corrected.changes)
        warning = AnswerWarning(_CORRECTED, f"{told}と読み替えて探しました。")
        return replace(answer, warnings=(warning, *answer.warnings))

    def _settled(self, query: Query, asked: FollowUp, started: float) -> Answer:
        """The answer to a question as it stands, taken apart where it asks several things."""
        resolved = asked.text
        question = read_question(resolved)
        if out_of_scope(question):
            answer = self._refuse(AnswerStatus.OUT_OF_SCOPE, _OUT_OF_SCOPE)
            return _finish(answer, resolved, started, started)
        if not self.index.documents():
            answer = self._refuse(AnswerStatus.NO_EVIDENCE, _EMPTY)
            return _finish(answer, resolved, started, started)
        search = replace(query, text=resolved)
        ranked = self.retriever.rank(search, question)
        own_words = (
            None
            if resolved == query.text or not query.history
            else frozenset(read_question(query.text).words)
        )
        parts = [self._read_part(search, facet) for facet in facets(question)]
        passages = tuple(
            self.retriever.passages(
                _interleaved(ranked, [part.ranked for part in parts]), query.top_k
            )
        )
        retrieved = time.perf_counter()
        sources = Sources(
            {document.id: document for document in self.index.documents()},
            self.retriever.page,
            self.retriever.chunks_of_document,
            query.as_of or date.today(),
        )
        reading = self.read(search, question, ranked, own_words, asked.excluded)
        says = self._says(reading)
        exact = counted(reading, sources) or (worked_out(reading, sources) if says else None)
        if exact is not None:
            answer = self._answered(exact)
        elif parts and not (all(map(self._said, parts)) and _same_place(parts)):
            answer = self._answer_parts(parts, sources) or self._no_evidence(ranked)
        elif says:
            answer = self._answered(from_units(reading, sources))
        else:
            answer = self._no_evidence(ranked)
        return _finish(replace(answer, passages=passages), resolved, started, retrieved)

    def _says(self, reading: Reading) -> bool:
        """Whether the documents most likely say what is asked."""
        likely = probability_answered(reading.signals, self.calibration)
        return bool(reading.evidence) and likely >= self.calibration.threshold

    def _said(self, part: Part) -> bool:
        return self._says(part.reading)

    def _read_part(self, query: Query, facet: Facet) -> Part:
        search = replace(query, text=facet.text)
        own = read_question(facet.own)
        question = replace(
            read_question(facet.text), kinds=own.kinds, units=own.units, normalised=own.normalised
        )
        ranked = self.retriever.rank(search, question)
        reading = self.read(search, question, ranked, frozenset(own.words))
        return Part(facet, ranked, reading)

    def read(
        self,
        query: Query,
        question: Question,
        ranked: Sequence[tuple[Chunk, float]],
        own_words: frozenset[str] | None = None,
        excluded: Sequence[str] = (),
    ) -> Reading:
        """The units around the ranked chunks, scored, with the signals for refusing.

        Units with one of `excluded` come last: 「ほかには」 asks for what was not said yet.
        """
        terms = question_terms(question, self._idf, own_words, self.retriever.words.current())
        candidates = read_units(
            ranked[:_READ_CHUNKS],
            {document.id: document for document in self.index.documents()},
            self.retriever.chunks_of_page,
            self.retriever.page,
            following=_LIST_FOLLOWING if question.asks(QuestionKind.LIST) else 1,
        )
        evidence = score_units(question, terms, candidates)
        if excluded:
            said = [key(item) for item in excluded]
            evidence.sort(key=lambda e: any(item in key(e.unit.text) for item in said))
        similarity = self.retriever.similarity(query)
        unknown_idf = inverse_document_frequency(self.index.chunk_count, 0)
        found = signals(question, terms, evidence, similarity, unknown_idf)
        return Reading(question, terms, candidates, evidence, found, [chunk for chunk, _ in ranked])

    def _answer_parts(self, parts: Sequence[Part], sources: Sources) -> Answer | None:
        """Each part from its own evidence; `partial` names the parts nothing was found for.

        None when nothing was found for any.
        """
        chosen: list[Chosen] = []
        shorts: list[str] = []
        missing: list[str] = []
        for part in parts:
            if not self._said(part):
                missing.append(part.facet.label)
                continue
            pieces, short = part_of(part.reading, len(parts), chosen)
            chosen += pieces
            shorts += [short] if short else []
        if not chosen:
            return None
        composed = joined(chosen, shorts, parts[0].reading.question, sources)
        if not missing:
            return self._answered(composed)
        text = "\n".join((composed.text, *(_MISSING.format(part=part) for part in missing)))
        return replace(self._answered(composed), text=text, status=AnswerStatus.PARTIAL)

    def _answered(self, composed: Composed) -> Answer:
        return Answer(
            status=AnswerStatus.ANSWERED,
            text=composed.text,
            short_answer=composed.short,
            citations=composed.citations,
            warnings=composed.warnings,
            versions=self.versions,
        )

    def _no_evidence(self, ranked: Sequence[tuple[Chunk, float]]) -> Answer:
        """The refusal, with the document that is nearest and whom to ask about it."""
        text = _NO_EVIDENCE
        if ranked:
            nearest = self.index.document(ranked[0][0].document_id)
            ask = f"（所管：{nearest.department}）" if nearest.department else ""
            text += f"最も近い箇所があるのは「{nearest.title}」{ask}です。"
        return self._refuse(AnswerStatus.NO_EVIDENCE, text)

    def _refuse(self, status: AnswerStatus, text: str) -> Answer:
        return Answer(status=status, text=text, versions=self.versions)

    def _idf(self, lemma: str) -> float:
        count = self.index.chunk_count
        return inverse_document_frequency(count, self.index.document_frequency(lemma, "lemma"))


def _same_place(parts: Sequence[Part]) -> bool:
    """Whether one unit is the best for every part: then it is one answer."""
    best = {(e.unit.chunk.id, e.unit.start) for part in parts for e in part.reading.evidence[:1]}
    return len(best) == 1


def _interleaved(
    ranked: Sequence[tuple[Chunk, float]], others: Sequence[Sequence[tuple[Chunk, float]]]
) -> list[tuple[Chunk, float]]:
    """The best of each ranking in turn, each chunk once."""
    if not others:
        return list(ranked)
    seen: dict[str, tuple[Chunk, float]] = {}
    for turn in zip_longest(*others, ranked):
        for pair in turn:
            if pair is not None:
                seen.setdefault(pair[0].id, pair)
    return list(seen.values())


def _finish(answer: Answer, resolved: str, started: float, retrieved: float) -> Answer:
    finished = time.perf_counter()
    return replace(
        answer,
        resolved_question=resolved,
        timings_ms={
            "retrieve": round(1e3 * (retrieved - started), 1),
            "generate": round(1e3 * (finished - retrieved), 1),
            "total": round(1e3 * (finished - started), 1),
        },
    )
