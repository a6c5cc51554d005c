"""The assistant: one question in, one verifiable answer out. CLI, API and evaluation call it."""

import threading
import time
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from rag.answering import from_units, part_of
from rag.composed import Composed, Reading, Sources, joined
from rag.composition import Chosen
from rag.events import AnswerEvent, AssistantEvent, StatusEvent, TokenEvent
from rag.evidence import read_again, read_evidence, says
from rag.facets import Facet, facets
from rag.followup import FollowUp, follow_up
from rag.other_cities import is_about_another_city
from rag.pacing import computing
from rag.parts import Part, interleaved, same_place, with_further, without_rival
from rag.question import read_question
from rag.reckoned import counted, worked_out
from rag.refusal import Calibration, calibration_for, out_of_scope
from rag.refusal_texts import NO_DOCUMENTS, OUT_OF_SCOPE, no_evidence
from rag.retrieval import Retriever
from rag.searching import SearchableIndex
from rag.types import Answer, AnswerStatus, AnswerWarning, Chunk, Passage, Query, Versions

if TYPE_CHECKING:
    from rag.llm.client import ChatModel
    from rag.llm.material import Material
    from rag.llm.writer import ModelWriter

GENERATOR_VERSION = "extractive/3"
_KEPT_FIRST = 8  # chunks for the question as asked, before those for other wordings
_TOKEN_CHARACTERS = 12  # characters per streamed token event

_CORRECTED = "spelling_corrected"
_MISSING = "「{part}」については、登録されている文書に記載が見つかりませんでした。"


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer without a model, and what it was chosen from."""

    answer: Answer
    ranked: Sequence[tuple[Chunk, float]] = ()
    exact: bool = False  # counted or worked out: nothing to be put in other words
    missing: Sequence[str] = ()  # lines on parts that nothing was found for


class Assistant:
    """Answers questions from one index. Thread-safe as far as the index is.

    With a `writer` a language model puts answers in words; it is closed with the assistant.
    """

    def __init__(
        self,
        index: SearchableIndex,
        retriever: Retriever | None = None,
        calibration: Calibration | None = None,
        writer: "ModelWriter | None" = None,
    ) -> None:
        self.index = index
        self.writer = writer
        self.retriever = retriever or Retriever(index)
        self.calibration = calibration or calibration_for(index.embedder_name)

    def within(self, index: SearchableIndex) -> "Assistant":
        """The same assistant for somebody to whom `index` is all there is."""
        other = copy(self)
        other.index = index
        other.retriever = self.retriever.within(index)
        return other

    @property
    def versions(self) -> Versions:
        return Versions(
            index=self.index.version,
            embedding=self.index.embedder_name,
            generator=GENERATOR_VERSION,
        )

    @property
    def model(self) -> "ChatModel | None":
        return self.writer.model if self.writer is not None else None

    def close(self) -> None:
        if self.writer is not None:
            self.writer.model.close()
        self.index.close()

    def search(self, query: Query) -> list[Passage]:
        """The best passages, without an answer."""
        with self.index.snapshot():
            return self.retriever.search(query)

    def ask(
        self,
        query: Query,
        *,
        mode: str = "auto",
        cancelled: threading.Event | None = None,
        prompt: str = "",
    ) -> Answer:
        """The answer with its citations. Never raises for a question that has no answer."""
        *_, last = self.stream(query, mode=mode, cancelled=cancelled, prompt=prompt)
        assert isinstance(last, AnswerEvent)
        return last.answer

    def stream(
        self,
        query: Query,
        *,
        mode: str = "auto",
        cancelled: threading.Event | None = None,
        prompt: str = "",
    ) -> Iterator[AssistantEvent]:
        """Status, tokens and the answer; the tokens together equal `answer.text`.

        In every mode but "extractive" a language model writes the answer where there is one. Whoever
        has lost interest sets `cancelled`; ModelCancelledError then ends a model's writing. `prompt`
        names what it is to write if not an answer (a file of rag/prompts).
        """
        yield StatusEvent("searching")
        asked = follow_up(query.text, query.history)
        writer = self.writer if mode != "extractive" else None
        rephrased: Sequence[str] = ()
        if writer is not None:
            asked = replace(asked, text=writer.resolved(query, asked.text, cancelled))
            rephrased = writer.rephrasings(asked.text, cancelled)
        yield StatusEvent("reading")
        material: Material | None = None
        # One consistent view of the index; never held while the caller consumes events.
        with computing.one(), self.index.snapshot():
            settled = self._settle(query, asked, rephrased)
            if writer is not None and not settled.exact:
                from rag.llm.material import material_for

                material = material_for(
                    query, settled.answer, settled.ranked, settled.missing, self.retriever
                )
        yield StatusEvent("writing")
        answer = settled.answer
        streamed = ""
        if writer is not None and material is not None:
            from rag.llm.material import require_unchanged

            for event in writer.write(material, cancelled, prompt):
                if isinstance(event, AnswerEvent):
                    answer = event.answer
                    continue
                streamed += event.text if isinstance(event, TokenEvent) else ""
                yield event
            with self.index.snapshot():
                require_unchanged(answer, self.retriever)
        rest = answer.text[len(streamed) :]
        for start in range(0, len(rest), _TOKEN_CHARACTERS):
            yield TokenEvent(rest[start : start + _TOKEN_CHARACTERS])
        yield AnswerEvent(answer)

    def _settle(self, query: Query, asked: FollowUp, rephrased: Sequence[str] = ()) -> Settled:
        """The whole answer: refused early, refused for want of evidence, or composed.

        What only looked like the rest of the question before is answered as it stands where
        nothing is said about the two together.
        """
        started = time.perf_counter()
        corrected = self.retriever.words.correct(asked.text)
        settled = self._settled(query, replace(asked, text=corrected.text), started, rephrased)
        answer = settled.answer
        if asked.guessed and answer.status is AnswerStatus.NO_EVIDENCE:
            alone = self._settle(query, FollowUp(text=query.text))
            if alone.answer.status in (AnswerStatus.ANSWERED, AnswerStatus.PARTIAL):
                return alone
        if not corrected.changes or answer.status is AnswerStatus.OUT_OF_SCOPE:
            return settled
        told = "、".join(f"「{written}」を「{meant}」" for written, meant in corrected.changes)
        warning = AnswerWarning(_CORRECTED, f"{told}と読み替えて探しました。")
        return replace(settled, answer=replace(answer, warnings=(warning, *answer.warnings)))

    def _settled(
        self, query: Query, asked: FollowUp, started: float, rephrased: Sequence[str] = ()
    ) -> Settled:
        """The answer to a question as it stands, taken apart where it asks several things."""
        resolved = asked.text
        question = read_question(resolved)
        if out_of_scope(question):
            answer = self._refuse(AnswerStatus.OUT_OF_SCOPE, OUT_OF_SCOPE)
            return Settled(_finish(answer, resolved, started, started))
        if not self.index.documents():
            answer = self._refuse(AnswerStatus.NO_EVIDENCE, NO_DOCUMENTS)
            return Settled(_finish(answer, resolved, started, started))
        search = replace(query, text=resolved)
        ranked = with_further(
            self.retriever.rank(search, question),
            [self._ranked_for(search, other) for other in rephrased],
            _KEPT_FIRST,
        )
        own_words = (
            None
            if resolved == query.text or not query.history
            else frozenset(read_question(query.text).words)
        )
        parts = [self._read_part(search, facet) for facet in facets(question)]
        passages = tuple(
            self.retriever.passages(
                interleaved(ranked, [part.ranked for part in parts]), query.top_k
            )
        )
        retrieved = time.perf_counter()
        sources = Sources(
            {document.id: document for document in self.index.documents()},
            self.retriever.page,
            self.retriever.chunks_of_document,
            query.as_of or date.today(),
        )
        reading = read_evidence(self.retriever, search, question, ranked, own_words, asked.excluded)
        elsewhere = is_about_another_city(question, reading.candidates, sources.documents.values())
        exact = counted(reading, sources)
        if exact is None and not elsewhere:
            reading = read_again(reading, self.calibration)
        says_so = self._says(reading) and not elsewhere
        if asked.guessed:
            # What may be no follow-up at all is not answered on the reader's word alone.
            says_so = says_so and self._says(replace(reading, pointed=None))
        exact = exact or (worked_out(reading, sources) if says_so else None)
        missing: Sequence[str] = ()
        if elsewhere:
            answer = self._no_evidence(ranked, reading)
        elif exact is not None:
            answer = self._answered(exact)
        elif parts and not (all(self._says(part.reading) for part in parts) and same_place(parts)):
            answer, missing = self._answer_parts(parts, sources) or (
                self._no_evidence(ranked, reading),
                (),
            )
        elif says_so:
            answer = self._answered(from_units(reading, sources))
        else:
            answer = self._no_evidence(ranked, reading)
        answer = _finish(replace(answer, passages=passages), resolved, started, retrieved)
        return Settled(answer, ranked, exact is not None, missing)

    def _ranked_for(self, query: Query, text: str) -> Sequence[tuple[Chunk, float]]:
        """What a search with other words finds."""
        return self.retriever.rank(replace(query, text=text), read_question(text))

    def _says(self, reading: Reading) -> bool:
        return says(reading, self.calibration)

    def _read_part(self, query: Query, facet: Facet) -> Part:
        search = replace(query, text=facet.text)
        own = read_question(facet.own)
        question = replace(
            read_question(facet.text), kinds=own.kinds, units=own.units, normalised=own.normalised
        )
        ranked = self.retriever.rank(search, question)
        reading = read_evidence(self.retriever, search, question, ranked, frozenset(own.words))
        reading = read_again(reading, self.calibration)
        return Part(facet, ranked, without_rival(reading, facet))

    def _answer_parts(
        self, parts: Sequence[Part], sources: Sources
    ) -> tuple[Answer, Sequence[str]] | None:
        """Each part from its own evidence; `partial` names the parts nothing was found for.

        Returned with the lines on the missing parts. None when nothing was found for any.
        """
        chosen: list[Chosen] = []
        shorts: list[str] = []
        missing: list[str] = []
        for part in parts:
            if not self._says(part.reading):
                missing.append(part.facet.label)
                continue
            pieces, short = part_of(part.reading, len(parts), chosen)
            chosen += pieces
            shorts += [short] if short else []
        if not chosen:
            return None
        composed = joined(chosen, shorts, parts[0].reading.question, sources)
        if not missing:
            return self._answered(composed), ()
        lines = [_MISSING.format(part=part) for part in missing]
        text = "\n".join((composed.text, *lines))
        return replace(self._answered(composed), text=text, status=AnswerStatus.PARTIAL), lines

    def _answered(self, composed: Composed) -> Answer:
        return Answer(
            status=AnswerStatus.ANSWERED,
            text=composed.text,
            short_answer=composed.short,
            citations=composed.citations,
            warnings=composed.warnings,
            versions=self.versions,
        )

    def _no_evidence(self, ranked: Sequence[tuple[Chunk, float]], reading: Reading) -> Answer:
        chunks = [
            *(found.unit.chunk for found in reading.evidence[:1]),
            *(c for c, _ in ranked[:1]),
        ]
        nearest = self.index.document(chunks[0].document_id) if chunks else None
        return self._refuse(AnswerStatus.NO_EVIDENCE, no_evidence(nearest, reading))

    def _refuse(self, status: AnswerStatus, text: str) -> Answer:
        return Answer(status=status, text=text, versions=self.versions)


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
