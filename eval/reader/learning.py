"""Batches as tensors, what the reader is wrong by, and steps that make it less wrong."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as functional

from eval.errors import EvaluationError
from eval.reader.examples import Example
from eval.reader.network import DROPOUT, Network
from rag.reader.row import Row
from rag.reader.weights import ANSWERED, END, HOLDS, START

_NOWHERE = -1e9  # logit of a place that is no passage
_UNKNOWN = -1
_SOFTER = 2.0  # temperature of the distilled distributions over places
_DECAY = 0.01
_SMALLEST_RATE = 0.02  # of the highest, at the end


class Rows(NamedTuple):
    """(n, longest) each: numbers of pieces, 0 question or 1 passage, and what is no filling."""

    pieces: torch.Tensor
    kinds: torch.Tensor
    mask: torch.Tensor


class Batch(NamedTuple):
    """`starts`, `ends` and `answered` (n,), `holds` (n, longest); -1 where nothing is known."""

    rows: Rows
    starts: torch.Tensor
    ends: torch.Tensor
    answered: torch.Tensor
    holds: torch.Tensor


class Logits(NamedTuple):
    """Float32: `start`, `end` and `holds` (n, longest), `answered` (n,)."""

    start: torch.Tensor
    end: torch.Tensor
    answered: torch.Tensor
    holds: torch.Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The rate rises over `warming` steps to its highest, and falls evenly to near nothing."""

    steps: int
    rate: float
    warming: int

    def rate_at(self, step: int) -> float:
        falling = max(_SMALLEST_RATE, 1 - step / self.steps)
        return self.rate * min((step + 1) / self.warming, falling)


def rows_of(rows: Sequence[Row]) -> Rows:
    shape = len(rows), max(len(row.pieces) for row in rows)
    pieces, kinds = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask = torch.zeros(shape, dtype=torch.bool)
    for number, row in enumerate(rows):
        pieces[number, : len(row.pieces)] = torch.tensor(row.pieces)
        kinds[number, row.of_question : len(row.pieces)] = 1
        mask[number, : len(row.pieces)] = True
    return Rows(pieces, kinds, mask)


def batch_of(examples: Sequence[Example]) -> Batch:
    rows = rows_of([example.row for example in examples])
    holds = torch.full(rows.pieces.shape, float(_UNKNOWN))
    for number, example in enumerate(examples):
        for place, value in example.holds.items():
            holds[number, place] = float(value)
    spans = torch.tensor([example.span or (_UNKNOWN, _UNKNOWN) for example in examples])
    answered = [_UNKNOWN if e.answered is None else e.answered for e in examples]
    return Batch(rows, spans[:, 0], spans[:, 1], torch.tensor(answered, dtype=torch.float), holds)


def moved(batch: Batch, device: str) -> Batch:
    rows = Rows(*(part.to(device, non_blocking=True) for part in batch.rows))
    return Batch(rows, *(part.to(device, non_blocking=True) for part in batch[1:]))


def read(network: Network, rows: Rows, dropout: float = 0.0) -> Logits:
    """What the network says of rows, computed in half precision where there is a GPU."""
    device = rows.pieces.device.type
    with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
        logits = network.logits(*rows, dropout).float()
    elsewhere = ((rows.kinds == 0) | ~rows.mask)[..., None]
    places = logits[..., [START, END]].masked_fill(elsewhere, _NOWHERE)
    return Logits(places[..., 0], places[..., 1], logits[:, 0, ANSWERED], logits[..., HOLDS])


def loss(
    network: Network, batch: Batch, teacher: Network | None = None, dropout: float = 0.0
) -> torch.Tensor:
    """What is known to be so, and with a teacher also what it says; one number."""
    said = read(network, batch.rows, dropout)
    answered, held, spanned = batch.answered >= 0, batch.holds >= 0, batch.starts >= 0
    binary = functional.binary_cross_entropy_with_logits
    parts = []
    if answered.any():
        parts.append(binary(said.answered[answered], batch.answered[answered]))
    if held.any():
        parts.append(binary(said.holds[held], batch.holds[held]))
    for logits, places in ((said.start, batch.starts), (said.end, batch.ends)):
        if spanned.any():
            parts.append(functional.cross_entropy(logits[spanned], places[spanned]) / 2)
    if teacher is not None:
        with torch.no_grad():
            taught = read(teacher, batch.rows)
        parts.append(binary(said.answered, torch.sigmoid(taught.answered)))
        if held.any():
            parts.append(binary(said.holds[held], torch.sigmoid(taught.holds[held])))
        for logits, theirs in ((said.start, taught.start), (said.end, taught.end)):
            if spanned.any():
                parts.append(2 * _divergence(logits[spanned], theirs[spanned]))
    return sum(parts, start=torch.zeros((), device=said.answered.device))


def _divergence(own: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler, of distributions made softer (Hinton et al. 2015, arXiv 1503.02531)."""
    return functional.kl_div(
        functional.log_softmax(own / _SOFTER, -1),
        functional.softmax(theirs / _SOFTER, -1),
        reduction="batchmean",
    )


def fit(
    network: Network,
    batches: Iterator[Sequence[Example]],
    schedule: Schedule,
    teacher: Network | None = None,
) -> Iterator[float]:
    """Changes the weights; yields the loss of each step (AdamW, Loshchilov and Hutter 2019).

    Raises EvaluationError where the loss is no number any more, and what `batches` raises.
    """
    weights = list(network.weights.values())
    device = weights[0].device.type
    tables = [weight for weight in weights if weight.ndim > 1]
    others = [weight for weight in weights if weight.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": tables, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
        fused=device == "cuda",
    )
    for step in range(schedule.steps):
        batch = moved(batch_of(next(batches)), device)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate_at(step)
        wrong = loss(network, batch, teacher, DROPOUT)
        if not math.isfinite(value := float(wrong.detach())):
            raise EvaluationError(f"学習の {step} 歩目で損失が {value} になりました。")
        optimizer.zero_grad()
        wrong.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        yield value
