"""Training of the reader, and what it leaves: that it learns, and that what ships is what it exports."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reader_support import ROOT, examples_of

from eval.errors import EvaluationError
from eval.questions import read_questions
from eval.reader import train as train_command
from eval.reader.case_file import (
    Cases,
    ProductCase,
    PublicPart,
)
from eval.reader.examples import Marks
from eval.reader.export import export, in_eight_bits, stored_weights
from eval.reader.mixture import Source, batches
from rag.e5.model_file import bundled
from rag.e5.vocabulary import Vocabulary, opened
from rag.reader.weights import ReaderWeights

pytest_plugins = ["reader_fixtures"]

HAS_TORCH = importlib.util.find_spec("torch") is not None

needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is not installed")


@pytest.mark.skipif(HAS_TORCH, reason="PyTorch is installed")
def test_without_pytorch_training_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train", str(tmp_path / "cases.gz"), str(tmp_path / "out")])
    assert train_command.main() == 1
    assert "'.[training]'" in capsys.readouterr().err


SHIPPED = ROOT / "rag/reader/weights.npz"


def test_what_ships_is_what_the_export_makes_of_its_weights(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", **stored_weights(SHIPPED))
    export(tmp_path / "weights.npz", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as made, np.load(SHIPPED) as now:
        assert set(made) == set(now)
        for name in now:
            assert made[name].dtype == now[name].dtype
            assert np.allclose(made[name].reshape(now[name].shape), now[name], rtol=1e-6)


def test_an_output_without_weights_stays_at_nought() -> None:
    weight = np.array([[0.0, 0.0], [0.5, -1.0]], np.float32)
    made = in_eight_bits({"l0.q.w": weight})
    assert made["l0.q.w"].tolist() == [[0, 0], [64, -127]]
    assert np.isfinite(made["l0.q.w.s"]).all()


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", a=np.zeros(2))
    with pytest.raises(EvaluationError, match=r"other\.npz"):
        export(tmp_path / "other.npz", tmp_path / "out.npz")
    with pytest.raises(EvaluationError, match=r"none\.npz"):
        export(tmp_path / "none.npz", tmp_path / "out.npz")


@needs_torch
def test_steps_make_the_reader_less_wrong(part: PublicPart, marks: Marks) -> None:
    from eval.reader.learning import Schedule, batch_of, fit, loss
    from eval.reader.network import starting

    cases = Cases(train=part, dev=part, product=[])
    network = starting(opened(bundled()).file, cases.pieces(), "cpu").of_layers([0, 1])
    examples = [example for _, example in examples_of(part, marks, 6)]
    source = Source(len(examples), lambda number, chance: examples[number], 8)
    batch = batch_of(examples)
    before = float(loss(network, batch).detach())
    untouched = network.copy()
    steps = Schedule(steps=4, rate=1e-4, warming=1)
    losses = list(fit(network, batches([source], 1), steps))
    assert len(losses) == 4
    assert float(loss(network, batch).detach()) < before
    assert float(loss(untouched, batch).detach()) == pytest.approx(before)
    # A teacher adds what it says to what is known.
    assert float(loss(network, batch, untouched).detach()) > float(loss(network, batch).detach())


@needs_torch
def test_training_reads_as_the_product_does(
    product: list[ProductCase], vocabulary: Vocabulary, marks: Marks
) -> None:
    """With the weights that ship; eight bits make the small difference."""
    from eval.reader.measuring import predicted
    from eval.reader.network import continued, starting
    from rag.reader.model import bundled_reader

    pieces = Cases(
        train=PublicPart(sentences=[], cases=[]),
        dev=PublicPart(sentences=[], cases=[]),
        product=product,
    ).pieces()
    network = continued(starting(vocabulary.file, pieces, "cpu"), SHIPPED)
    assert network.layers == ReaderWeights().layers
    asked = read_questions(ROOT / "eval/data/dev/questions.jsonl")
    # A follow-up is read with what its history completes.
    names = {question.id: question.question for question in asked if not question.history}
    cases = [case for case in product if case.units and case.id in names][:20]
    same = 0
    for said, product_case in zip(predicted(network, cases, marks), cases, strict=True):
        units = [unit.text for unit in product_case.units[:8]]
        told = bundled_reader().read(names[product_case.id], units)
        assert told is not None
        assert said.answered == pytest.approx(told.answered, abs=0.5)
        assert said.sure == pytest.approx(told.sure, abs=1.0)
        same += units[told.passage][told.start : told.end] == said.answer
    assert same >= 0.9 * len(cases)


@needs_torch
def test_training_writes_weights_and_what_readers_said_that_had_not_seen_the_question(
    tmp_path: Path, part: PublicPart, product: list[ProductCase], capsys: pytest.CaptureFixture[str]
) -> None:
    from eval.reader.plan import Plan
    from eval.reader.training import train

    cases = Cases(train=part, dev=part, product=product[:12])
    plan = Plan(pretraining_steps=1, distillation_steps=1, product_steps=1, folds=2, batch=4)
    train(cases, tmp_path, plan)
    said = json.loads((tmp_path / "predictions.json").read_text(encoding="utf-8"))
    assert {one["id"] for one in said} == {c.id for c in cases.product if c.units}
    logits = json.loads((tmp_path / "out_of_fold.json").read_text(encoding="utf-8"))
    assert logits == {one["id"]: one["answered"] for one in said}
    export(tmp_path / "weights.npz", tmp_path / "out.npz")
    with np.load(tmp_path / "out.npz") as made, np.load(SHIPPED) as now:
        assert set(made) == set(now)
    printed = capsys.readouterr().out
    for figure in ("answerable AUC", "gold first", "span exact", "JaQuAD dev exact"):
        assert figure in printed


@needs_torch
def test_a_reader_goes_on_learning_and_says_nothing_of_what_it_knew(
    tmp_path: Path, part: PublicPart, product: list[ProductCase]
) -> None:
    from eval.reader.plan import Beginning, Plan
    from eval.reader.training import train

    known = [replace(case, dataset="known") for case in product[:6]]
    cases = Cases(train=part, dev=part, product=[*known, *product[6:12]])
    plan = Plan(product_steps=2, folds=2, batch=4, public_share=25)
    train(cases, tmp_path, plan, Beginning(weights=SHIPPED, learnt=frozenset({"known"})))
    said = json.loads((tmp_path / "predictions.json").read_text(encoding="utf-8"))
    assert {one["id"] for one in said} == {case.id for case in product[6:12] if case.units}
    before, after = stored_weights(SHIPPED), stored_weights(tmp_path / "weights.npz")
    assert set(before) == set(after)
    # Two steps from what ships, not a new beginning.
    for name in before:
        assert np.corrcoef(before[name].ravel(), after[name].ravel())[0, 1] > 0.99, name
    assert not np.array_equal(before["l0.q.w"].astype(np.float16), after["l0.q.w"])
    with pytest.raises(EvaluationError, match="other"):
        train(cases, tmp_path, plan, Beginning(weights=SHIPPED, learnt=frozenset({"other"})))
