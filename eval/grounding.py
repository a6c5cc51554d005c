"""`shiori eval grounding`: whether the guard passes what is true and stops what is not.

The sentences are labelled by hand: what a careful model could write about a passage of the sample
corpus, and the same with one thing wrong. No index is needed; the passages are stored with them.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.errors import EvaluationError
from rag.grounding.check import LEAST_SHARE, check
from rag.grounding.pieces import Piece

SETS = ("dev", "test", "blind-1", "blind-2")
FOLDER = Path("eval/data/grounding")
# A figure or date that the passage does not have. Two of its own exchanged (`swap`) are reported.
MUST_NOT_MISS = ("number", "year", "date", "scale", "unit")
MOST_FALSE_ALARMS = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    id: str
    sentence: str
    kind: str  # paraphrase, or what is wrong with it
    supported: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    case: Labelled
    passed: bool
    faults: tuple[str, ...]
    share: float

    @property
    def right(self) -> bool:
        return self.passed == self.case.supported


def load(folder: Path, name: str) -> list[Labelled]:
    """The sentences of `folder/name.jsonl` with their passages. Raises EvaluationError."""
    try:
        passages = {
            record["id"]: tuple(
                Piece("E1", text, record["contexts"][at]) for at, text in record["pieces"]
            )
            for record in _records(folder / "passages.jsonl")
        }
        return [
            Labelled(
                id=record["id"],
                sentence=record["sentence"],
                kind=record["kind"],
                supported=record["supported"],
                pieces=passages[record["passage"]],
            )
            for record in _records(folder / f"{name}.jsonl")
        ]
    except (OSError, ValueError, KeyError) as error:
        raise EvaluationError(f"{folder}/{name}.jsonl を読めません（{error}）。") from error


def judge(cases: Sequence[Labelled], least_share: float = LEAST_SHARE) -> list[Outcome]:
    found = []
    for case in cases:
        checked = check(case.sentence, case.pieces, least_share)
        faults = tuple(fault.value for fault in checked.faults)
        found.append(Outcome(case=case, passed=checked.passed, faults=faults, share=checked.share))
    return found


def false_alarms(outcomes: Sequence[Outcome]) -> float:
    """The share of true sentences that were stopped."""
    true = [outcome for outcome in outcomes if outcome.case.supported]
    return sum(not outcome.passed for outcome in true) / len(true) if true else 0.0


def missed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The wrong sentences that passed."""
    return [outcome for outcome in outcomes if not outcome.case.supported and outcome.passed]


def report_text(name: str, outcomes: Sequence[Outcome], *, show: bool) -> str:
    """False alarms, and misses for each kind of error."""
    true = sum(outcome.case.supported for outcome in outcomes)
    stopped = [o for o in outcomes if o.case.supported and not o.passed]
    lines = [
        f"{name}: 文 {len(outcomes)}",
        f"  正しい文の誤検出 {len(stopped)}/{true}（{false_alarms(outcomes):.1%}）",
    ]
    wrong = Counter(o.case.kind for o in outcomes if not o.case.supported)
    through = Counter(o.case.kind for o in missed(outcomes))
    for kind in sorted(wrong):
        lines.append(f"  見逃し {kind} {through[kind]}/{wrong[kind]}")
    if show:
        lines += [
            f"  {'誤検出' if o.case.supported else '見逃し'} {o.case.id} {o.case.kind}"
            f" {','.join(o.faults)} {o.share:.2f} {o.case.sentence}"
            for o in outcomes
            if not o.right
        ]
    return "\n".join(lines)


def grounding_command(
    folder: Annotated[Path, typer.Option(help="文と抜粋のファイルのフォルダ。")] = FOLDER,
    only: Annotated[
        list[str] | None,
        typer.Option(help="dev、test、blind-1、blind-2。繰り返し指定できます（既定は全部）。"),
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="誤った判定の文も示します。")
    ] = False,
    least_share: Annotated[
        float, typer.Option(help="根拠にある語の割合の下限。", min=0, max=1)
    ] = LEAST_SHARE,
) -> None:
    """言語モデルの文が根拠に合うかの点検を、正誤の分かっている文で評価します。"""
    sound = True
    for name in only or SETS:
        try:
            outcomes = judge(load(folder, name), least_share)
        except EvaluationError as error:
            typer.echo(error.message, err=True)
            raise typer.Exit(1) from error
        typer.echo(report_text(name, outcomes, show=failures))
        slipped = [o for o in missed(outcomes) if o.case.kind in MUST_NOT_MISS]
        sound = sound and not slipped and false_alarms(outcomes) <= MOST_FALSE_ALARMS
    if not sound:
        raise typer.Exit(1)


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
