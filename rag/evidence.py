"""The units that a question is answered from, and whether they most likely answer it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from rag.composed import Reading
from rag.named_documents import documents_named
from rag.pointing import pointed_at
from rag.question import Question, QuestionKind
from rag.reading import read_units
from rag.refusal import Calibration, probability_answered, signals
from rag.retrieval import Retriever
from rag.scoring import inverse_document_frequency, lighter, question_terms, score_units
from rag.searching import SearchableIndex
from rag.text import key
from rag.types import Chunk, Query

_READ_CHUNKS = 24  # chunks whose sentences are looked at
_READ_OF_NAMED = 12  # further ones of the documents that the question names
_LIST_FOLLOWING = 4  # chunks read after a ranked one when a list is asked for


def read_evidence(
    retriever: Retriever,
    query: Query,
    question: Question,
    ranked: Sequence[tuple[Chunk, float]],
    own_words: frozenset[str] | None = None,
    excluded: Sequence[str] = (),
) -> Reading:
    """The units around the ranked chunks, scored, with the signals for refusing.

    Units with one of `excluded` come last: 「ほかには」 asks for what was not said yet.
    """
    index = retriever.index
    documents = {document.id: document for document in index.documents()}
    as_of = query.as_of or date.today()
    named = documents_named(question, list(documents.values()), as_of)
    unknown_idf = inverse_document_frequency(index.chunk_count, 0)
    terms = question_terms(
        question, partial(_idf, index), own_words, retriever.words.current(), unknown_idf
    )
    if named:
        titles = key("\n".join(f"{documents[i].title}\n{documents[i].kind}" for i in named))
        terms = lighter(terms, titles)
    of_named = [found for found in ranked[_READ_CHUNKS:] if found[0].document_id in named]
    candidates = read_units(
        [*ranked[:_READ_CHUNKS], *of_named[:_READ_OF_NAMED]],
        documents,
        retriever.chunks_of_page,
        retriever.page,
        following=_LIST_FOLLOWING if question.asks(QuestionKind.LIST) else 1,
        named=named,
    )
    evidence = score_units(question, terms, candidates)
    if excluded:
        said = [key(item) for item in excluded]
        evidence.sort(key=lambda e: any(item in key(e.unit.text) for item in said))
    cosines = retriever.cosines(query)
    found = signals(question, terms, evidence, cosines, unknown_idf, as_of)
    return Reading(question, terms, candidates, evidence, found, [chunk for chunk, _ in ranked])


def read_again(reading: Reading, calibration: Calibration) -> Reading:
    """The same with what the reader says, where the signals alone are not sure."""
    if probability_answered(reading.signals, calibration) >= calibration.sure:
        return reading
    pointed = pointed_at(reading.question, reading.terms, reading.evidence)
    return replace(reading, pointed=pointed)


def says(reading: Reading, calibration: Calibration) -> bool:
    """Whether the documents most likely say what is asked."""
    read = reading.pointed.answered if reading.pointed else None
    likely = probability_answered(reading.signals, calibration, read)
    return bool(reading.evidence) and likely >= calibration.threshold


def _idf(index: SearchableIndex, lemma: str) -> float:
    return inverse_document_frequency(index.chunk_count, index.document_frequency(lemma, "lemma"))
