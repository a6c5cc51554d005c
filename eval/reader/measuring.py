"""What a reader says of cases that it was not fitted to, and how often that is right."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from eval.reader.case_file import ProductCase, ReadUnit, Span
from eval.reader.examples import UNITS, Example, Marks
from eval.reader.learning import Rows, read, rows_of
from eval.reader.network import Network
from rag.reader.row import Floats, Row, in_a_row, surest

_TOGETHER = 128  # rows read at once


@dataclass(frozen=True, slots=True)
class Said:
    """Logits for one row: of each piece as start, end, holding; and that it is answered."""

    start: Floats
    end: Floats
    answered: float
    holds: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """For a product case: `answered` is a logit, `sure` the sum of those of start and end.

    `unit` is the number of the one with the answer, `span` its pieces, `answer` its text. `holds`
    has a logit and `starts` a share of the whole for each unit that was read.
    """

    dataset: str
    id: str
    answered: float
    sure: float
    unit: int
    span: Span
    answer: str
    holds: list[float]
    starts: list[float]


def said_of(network: Network, rows: Sequence[Row]) -> Iterator[Said]:
    """In their order."""
    device = network.words.table.device
    for first in range(0, len(rows), _TOGETHER):
        batch = rows_of(rows[first : first + _TOGETHER])
        with torch.no_grad():
            found = read(network, Rows(*(part.to(device) for part in batch)))
        start, end, answered, holds = (part.cpu().numpy() for part in found)
        for number in range(len(start)):
            yield Said(start[number], end[number], float(answered[number]), holds[number])


def predicted(network: Network, cases: Iterable[ProductCase], marks: Marks) -> list[Prediction]:
    """One for each case that has units."""
    with_units = [case for case in cases if case.units]
    rows = [
        in_a_row(
            case.question, [unit.pieces for unit in case.units[:UNITS]], marks.begin, marks.end
        )
        for case in with_units
    ]
    return [
        _prediction(case, row, said)
        for case, row, said in zip(with_units, rows, said_of(network, rows), strict=True)
    ]


def _prediction(case: ProductCase, row: Row, said: Said) -> Prediction:
    shares = np.exp(said.start - said.start.max())
    shares /= shares.sum()
    spot = surest(row, said.start, said.end)
    unit = case.units[spot.passage]
    return Prediction(
        dataset=case.dataset,
        id=case.id,
        answered=said.answered,
        sure=spot.sure,
        unit=spot.passage,
        span=(spot.first, spot.last),
        answer=unit.text[unit.places[spot.first][0] : unit.places[spot.last][1]],
        holds=[float(said.holds[end]) for _, end in row.passages],
        starts=[float(shares[first : last + 1].sum()) for first, last in row.passages],
    )


def auc(values: Iterable[float], right: Iterable[bool]) -> float:
    """How often a right one has the higher value than a wrong one; NaN without both."""
    pairs = list(zip(values, right, strict=True))
    high = np.array([value for value, yes in pairs if yes])
    low = np.array([value for value, yes in pairs if not yes])
    if not len(high) or not len(low):
        return float("nan")
    above, same = high[:, None] > low, high[:, None] == low
    return float(above.mean() + same.mean() / 2)


def report_product(
    name: str, predictions: Sequence[Prediction], cases: Sequence[ProductCase]
) -> Iterator[str]:
    """Lines: answerable or not (AUC), the evidence first, the span of the answer."""
    by_key = {(case.dataset, case.id): case for case in cases}
    pairs = [(said, by_key[said.dataset, said.id]) for said in predictions]
    for dataset in ("", *sorted({case.dataset for _, case in pairs})):
        own = [(said, case) for said, case in pairs if dataset in ("", case.dataset)]
        value = auc((said.answered for said, _ in own), (case.answerable for _, case in own))
        yield f"{name}: answerable AUC {value:.3f} of {len(own)} {dataset or 'in all'}"
    shown = [(s, case.units[: len(s.holds)]) for s, case in pairs]
    gold = [(said, units) for said, units in shown if any(unit.gold for unit in units)]
    first: dict[str, Callable[[Prediction], int]] = {
        "as read": lambda said: 0,
        "by holds": lambda said: int(np.argmax(said.holds)),
        "by start": lambda said: int(np.argmax(said.starts)),
    }
    shares = [
        f"{label} {_share(units[choose(said)].gold for said, units in gold)}"
        for label, choose in first.items()
    ]
    yield f"{name}: gold first {', '.join(shares)} of {len(gold)}"
    spans = [(said, units) for said, units in shown if any(unit.span for unit in units)]
    exact = _share(units[said.unit].span == said.span for said, units in spans)
    whole = _share(_holds(units[said.unit], said.span) for said, units in spans)
    yield f"{name}: span exact {exact}, holds the answer {whole} of {len(spans)}"


def _holds(unit: ReadUnit, span: Span) -> bool:
    return unit.span is not None and span[0] <= unit.span[0] and unit.span[1] <= span[1]


def _share(values: Iterable[float]) -> str:
    found = list(values)
    return f"{np.mean(found):.3f}" if found else "-"


def report_public(name: str, network: Network, examples: Sequence[Example]) -> str:
    """Exact match and F1 of the pieces of the span, and the AUC of having one."""
    exact: list[bool] = []
    overlaps: list[float] = []
    answered: list[float] = []
    for example, said in zip(
        examples, said_of(network, [example.row for example in examples]), strict=True
    ):
        answered.append(said.answered)
        if example.span is None:
            continue
        spot = surest(example.row, said.start, said.end)
        start, _ = example.row.passages[spot.passage]
        found = start + spot.first, start + spot.last
        exact.append(found == example.span)
        overlaps.append(_f1(found, example.span))
    value = auc(answered, (bool(example.answered) for example in examples))
    return (
        f"{name}: JaQuAD dev exact {_share(exact)}, F1 {_share(overlaps)} of {len(exact)}, "
        f"answered AUC {value:.3f} of {len(examples)}"
    )


def _f1(found: Span, right: Span) -> float:
    shared = max(0, min(found[1], right[1]) - max(found[0], right[0]) + 1)
    return 2 * shared / (found[1] - found[0] + right[1] - right[0] + 2)
