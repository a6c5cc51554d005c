"""The three stages of training, the figures after each, and what is written at the end."""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from eval.errors import EvaluationError
from eval.reader.case_file import Cases, ProductCase, PublicPart
from eval.reader.examples import Example, Marks, from_product, from_public
from eval.reader.learning import Schedule, fit
from eval.reader.measuring import Prediction, predicted, report_product, report_public
from eval.reader.mixture import Source, batches
from eval.reader.network import Network, continued, starting
from eval.reader.plan import Beginning, Plan
from rag.e5.model_file import ModelFile, bundled

KEPT_LAYERS = (1, 3, 5, 7, 9, 11)
_LOGGED_STEPS = 250


def train(cases: Cases, out: Path, plan: Plan, beginning: Beginning | None = None) -> Network:
    """The reader that saw everything. `out` gets its weights, and what others say of each question.

    Raises EvaluationError where `beginning` is no reader, or has learnt a set that is not there.
    """
    return _Training(cases, plan, beginning).run(out)


class _Training:
    def __init__(self, cases: Cases, plan: Plan, beginning: Beginning | None) -> None:
        torch.manual_seed(plan.seed)
        torch.set_float32_matmul_precision("high")
        file = ModelFile(bundled())
        self._cases, self._plan, self._beginning = cases, plan, beginning
        self._marks = Marks(file.begin, file.end)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self._start = starting(file, cases.pieces(), device)
        learnt = beginning.learnt if beginning else frozenset()
        if missing := learnt - {case.dataset for case in cases.product}:
            raise EvaluationError(f"{'、'.join(sorted(missing))}: 学習の例にない設問集です。")
        self._learnt = [case for case in cases.product if case.dataset in learnt]
        self._unseen = [case for case in cases.product if case.dataset not in learnt]

    def run(self, out: Path) -> Network:
        out.mkdir(parents=True, exist_ok=True)
        base = self._base()
        predictions = self._cross_validated(base)
        whole = self._fitted(base, self._cases.product, "all")
        self._say_public("six layers, fitted", whole)
        _write(out / "predictions.json", [asdict(said) for said in predictions])
        _write(out / "out_of_fold.json", {said.id: said.answered for said in predictions})
        whole.save(out / "weights.npz")
        return whole

    def _base(self) -> Network:
        if self._beginning is None:
            return self._distilled(self._pretrained())
        network = continued(self._start, self._beginning.weights)
        self._say_product("before", self._predicted(network, self._unseen))
        return network

    def _pretrained(self) -> Network:
        plan = self._plan
        network = self._start.copy()
        schedule = Schedule(steps=plan.pretraining_steps, rate=1.5e-4, warming=270)
        self._fit("twelve layers", network, [self._public(plan.batch)], schedule)
        self._say_public("twelve layers", network)
        return network

    def _distilled(self, teacher: Network) -> Network:
        plan = self._plan
        network = teacher.of_layers(KEPT_LAYERS)
        schedule = Schedule(steps=plan.distillation_steps, rate=2e-4, warming=240)
        self._fit("six layers", network, [self._public(plan.batch)], schedule, teacher)
        self._say_public("six layers", network)
        self._say_product("not fitted", self._predicted(network, self._cases.product))
        return network

    def _cross_validated(self, base: Network) -> list[Prediction]:
        """What readers say of the questions of the folds that they did not see."""
        product, folds = self._unseen, self._plan.folds
        order = random.Random(self._plan.seed).sample(range(len(product)), len(product))
        predictions: list[Prediction] = []
        for fold in range(folds):
            held_out = set(order[fold::folds])
            seen = [product[number] for number in order if number not in held_out]
            seen += self._learnt
            network = self._fitted(base, seen, f"without fold {fold + 1}")
            unseen = [product[number] for number in sorted(held_out)]
            predictions += self._predicted(network, unseen)
        self._say_product("cross-validated", predictions)
        return predictions

    def _fitted(self, base: Network, cases: Sequence[ProductCase], name: str) -> Network:
        """JaQuAD stays a part of what is learnt: the product's questions are few."""
        plan = self._plan
        network = base.copy()
        public = plan.batch * plan.public_share // 100
        sources = [self._product(cases, plan.batch - public)]
        if public:
            sources.append(self._public(public))
        schedule = Schedule(steps=plan.product_steps, rate=5e-5, warming=30)
        self._fit(f"product, {name}", network, sources, schedule)
        return network

    def _fit(
        self,
        name: str,
        network: Network,
        sources: Sequence[Source],
        schedule: Schedule,
        teacher: Network | None = None,
    ) -> None:
        begun = time.monotonic()
        losses: list[float] = []
        made = batches(sources, self._plan.seed)
        for value in fit(network, made, schedule, teacher):
            losses.append(value)
            if len(losses) % _LOGGED_STEPS == 0 or len(losses) == schedule.steps:
                recent = losses[-_LOGGED_STEPS:]
                mean, spent = sum(recent) / len(recent), time.monotonic() - begun
                print(f"{name}: step {len(losses)}, loss {mean:.3f}, {spent:.0f} s", flush=True)

    def _public(self, batch: int) -> Source:
        part = self._cases.train
        return Source(
            len(part.cases),
            lambda number, chance: from_public(part.cases[number], part, self._marks, chance),
            batch,
        )

    def _product(self, cases: Sequence[ProductCase], batch: int) -> Source:
        return Source(
            len(cases),
            lambda number, chance: from_product(cases[number], self._marks, chance),
            batch,
        )

    def _predicted(self, network: Network, cases: Sequence[ProductCase]) -> list[Prediction]:
        return predicted(network, cases, self._marks)

    def _say_product(self, name: str, predictions: Sequence[Prediction]) -> None:
        for line in report_product(name, predictions, self._cases.product):
            print(line, flush=True)

    def _say_public(self, name: str, network: Network) -> None:
        print(report_public(name, network, _once(self._cases.dev, self._marks)), flush=True)


def _once(part: PublicPart, marks: Marks) -> list[Example]:
    """One example of each case, the same every time."""
    chance = random.Random(0)
    made = (from_public(case, part, marks, chance) for case in part.cases)
    return [example for example in made if example is not None]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0), encoding="utf-8")
