"""`shiori eval personal`: what the detectors of personal information find, and what they take for it.

Two parts: labelled sentences, in a half that the detectors were made with (dev) and a half that
was written before and looked at only to count (test); and generated numbers, 1,000 valid マイナンバー
in 12 spellings against 10,000 harmless numbers of 12 and 13 digits.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.errors import EvaluationError
from rag.personal import Finding, PersonalKind, find
from rag.personal.my_number import check_digit

FOLDER = Path("eval/data/personal")
LEAST_RECALL = 0.98
LEAST_PRECISION = 0.95
LEAST_MY_NUMBER_RECALL = 0.99
MOST_FALSE_ALARMS = 0.01
_MARKED = re.compile(r"⟦([a-z_]+)\|([^⟧]*)⟧")
_MY_NUMBERS = frozenset({PersonalKind.MY_NUMBER, PersonalKind.POSSIBLE_MY_NUMBER})
# Names are found where a label or an honorific says so; nothing is promised for them.
_PROMISED = frozenset(PersonalKind) - {PersonalKind.NAME, PersonalKind.FORBIDDEN_WORD}


@dataclass(frozen=True, slots=True)
class Labelled:
    id: str
    text: str
    expected: tuple[Finding, ...]


@dataclass(slots=True)
class Counts:
    right: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


def load(path: Path) -> list[Labelled]:
    """Sentences in which each personal value is marked ⟦kind|value⟧. Raises EvaluationError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_labelled(json.loads(line)) for line in lines]
    except (OSError, ValueError, KeyError) as error:
        raise EvaluationError(f"{path} を読めません（{error}）。") from error


def _labelled(record: dict[str, str]) -> Labelled:
    text = record["text"]
    out, at = "", 0
    expected: list[Finding] = []
    for mark in _MARKED.finditer(text):
        out += text[at : mark.start()]
        expected.append(Finding(PersonalKind(mark[1]), len(out), len(out) + len(mark[2])))
        out += mark[2]
        at = mark.end()
    return Labelled(record["id"], out + text[at:], tuple(expected))


def count(
    cases: Sequence[Labelled],
) -> tuple[dict[PersonalKind, Counts], list[tuple[Labelled, list[Finding]]]]:
    """By kind, and the cases that went wrong. Found means: the same kind over the whole value."""
    counts = {kind: Counts() for kind in PersonalKind}
    failed = []
    for case in cases:
        found = find(case.text)
        hit = {
            wanted
            for wanted in case.expected
            if any(
                one.kind is wanted.kind and one.start <= wanted.start and one.end >= wanted.end
                for one in found
            )
        }
        extra = [
            one
            for one in found
            if not any(
                one.kind is wanted.kind and one.start < wanted.end and wanted.start < one.end
                for wanted in case.expected
            )
        ]
        for wanted in case.expected:
            counts[wanted.kind].right += wanted in hit
            counts[wanted.kind].missed += wanted not in hit
        for one in extra:
            counts[one.kind].wrong += 1
        if extra or len(hit) < len(case.expected):
            failed.append((case, found))
    return counts, failed


def my_numbers(seed: int = 1, each: int = 1_000) -> Iterator[tuple[str, str]]:
    """(spelling, sentence) with a valid number, labelled as in a form or a question."""
    rng = random.Random(seed)
    carriers = (
        "マイナンバーは{}です",
        "個人番号：{}",
        "個人番号 {} の方の税額",
        "本人のマイナンバー {} を照会",
    )
    for _ in range(each):
        first = f"{rng.randrange(10**11):011d}"
        number = first + str(check_digit(first))
        cut = rng.randrange(3, 10)
        for spelling, written in _spellings(number, cut):
            yield spelling, rng.choice(carriers).format(written)


def _spellings(number: str, cut: int) -> Iterator[tuple[str, str]]:
    groups = (number[:4], number[4:8], number[8:])
    wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    yield "plain", number
    yield "full width", wide
    yield "spaces", " ".join(groups)
    yield "full-width spaces", "　".join((wide[:4], wide[4:8], wide[8:]))
    yield "hyphens", "-".join(groups)
    yield "full-width hyphens", "－".join((wide[:4], wide[4:8], wide[8:]))
    yield "kanji", number.translate(str.maketrans("0123456789", "〇一二三四五六七八九"))
    yield "newline", f"{number[:cut]}\n{number[cut:]}"
    yield "cells", " | ".join(groups)
    yield "zero-width", "\u200b".join((number[:cut], number[cut:]))
    yield "letter O", number.replace("0", "O")
    yield "single digits", " ".join(number)


def harmless_numbers(seed: int = 2, total: int = 10_000) -> Iterator[str]:
    """Numbers of 12 and 13 digits as they stand in a city's papers; one in ten passes the check."""
    rng = random.Random(seed)
    twelve = (
        "整理番号 {}",
        "納税通知書番号：{}",
        "決算額は{}円",
        "受付番号{}の件",
        "契約番号 {}",
        "{}件のアクセス",
    )
    thirteen = ("法人番号 {}", "番号は{}です", "JANコード {}", "{}", "登録番号T{}")
    for at in range(total):
        if at % 2:
            yield rng.choice(twelve).format(f"{rng.randrange(10**12):012d}")
        else:
            yield rng.choice(thirteen).format(f"{rng.randrange(10**13):013d}")


def bare_numbers(seed: int = 3, total: int = 10_000) -> Iterator[str]:
    """Harmless 12-digit numbers about which nothing says what they are."""
    rng = random.Random(seed)
    for _ in range(total):
        yield f"{rng.randrange(10**12):012d} について教えて"


def alarm(text: str) -> bool:
    return any(one.kind in _MY_NUMBERS for one in find(text))


def personal_command(
    folder: Annotated[Path, typer.Option(help="文のファイルのフォルダ。")] = FOLDER,
    failures: Annotated[
        bool, typer.Option("--failures", help="誤った判定の文も示します。")
    ] = False,
    numbers: Annotated[int, typer.Option(help="作る番号の数。", min=10)] = 1_000,
) -> None:
    """個人情報の検出を、正解の分かっている文と、作った番号で評価します。"""
    sound = True
    for name in ("dev", "test"):
        try:
            cases = load(folder / f"{name}.jsonl")
        except EvaluationError as error:
            typer.echo(error.message, err=True)
            raise typer.Exit(1) from error
        counts, failed = count(cases)
        typer.echo(f"{name}: 文 {len(cases)}")
        for kind, counted in counts.items():
            typer.echo(
                f"  {kind.value:20} 再現率 {counted.recall:.3f}"
                f"（{counted.right}/{counted.right + counted.missed}）"
                f" 適合率 {counted.precision:.3f}（{counted.right}/{counted.right + counted.wrong}）"
            )
            promised = kind in _PROMISED
            sound &= not promised or counted.recall >= LEAST_RECALL
            sound &= not promised or counted.precision >= LEAST_PRECISION
        if failures:
            for case, found in failed:
                kinds = [(one.kind.value, case.text[one.start : one.end]) for one in found]
                typer.echo(f"  {case.id} {case.text!r} {kinds}")
    sound &= _numbers(numbers)
    if not sound:
        raise typer.Exit(1)


def _numbers(each: int) -> bool:
    """Prints the figures of the generated numbers; whether they are good enough."""
    by_spelling: dict[str, list[bool]] = {}
    for spelling, text in my_numbers(each=each):
        certain = any(one.kind is PersonalKind.MY_NUMBER for one in find(text))
        by_spelling.setdefault(spelling, []).append(certain)
    found = [hit for hits in by_spelling.values() for hit in hits]
    typer.echo(f"マイナンバー {each:,}件 × {len(by_spelling)}表記: {_share(found)}")
    for spelling, hits in by_spelling.items():
        typer.echo(f"  {spelling:20} {_share(hits)}")
    alarms = [alarm(text) for text in harmless_numbers(total=each * 10)]
    bare = [alarm(text) for text in bare_numbers(total=each * 10)]
    typer.echo(f"無害な12・13桁の番号 {len(alarms):,}件の誤検出: {_share(alarms)}")
    typer.echo(f"何の番号か示されない12桁 {len(bare):,}件の確認: {_share(bare)}")
    recall = sum(found) / len(found)
    return recall >= LEAST_MY_NUMBER_RECALL and sum(alarms) / len(alarms) <= MOST_FALSE_ALARMS


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)}/{len(hits)}（{sum(hits) / len(hits):.2%}）"
