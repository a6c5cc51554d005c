"""docs/evaluation.md, held to the code it speaks of."""

import re
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from eval import fit
from eval.benchmarks import jsquad
from eval.cli import app
from eval.conditions import read_conditions
from eval.questions import load_dataset
from eval.reader import cases
from eval.results import Cause

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")


def options(application: typer.Typer) -> set[str]:
    command = get_command(application)
    commands = getattr(command, "commands", {"": command}).values()
    return {option for each in commands for parameter in each.params for option in parameter.opts}


def test_each_option_of_the_document_exists() -> None:
    benchmark = typer.Typer()
    benchmark.command()(jsquad.main)
    known = options(app) | options(benchmark)
    for module in (fit, cases):
        code = Path(module.__file__).read_text(encoding="utf-8")
        known |= set(re.findall(r'"(--[a-z-]+)"', code))
    named = set(re.findall(r"--[a-z][a-z-]*", TEXT))
    assert len(named) > 8
    assert named - known == set()


def test_each_cause_of_failure_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    # A request that failed has no answer whose failure could be explained.
    assert {str(cause) for cause in Cause} - {"failed"} <= explained


def test_each_condition_that_takes_a_part_away_is_explained() -> None:
    conditions = read_conditions().conditions
    named = set(re.findall(r"`(without-[a-z-]+)`", TEXT))
    assert named <= set(conditions)
    assert {name for name, spec in conditions.items() if spec.cut != "product"} <= named


@pytest.mark.parametrize(
    "row", re.findall(r"^\| `(eval/data/\S+)` \| ([\d,]+)", TEXT, re.MULTILINE)
)
def test_each_question_set_has_as_many_questions_as_stated(row: tuple[str, str]) -> None:
    path, count = row
    assert len(load_dataset([ROOT / path]).questions) == int(count.replace(",", ""))
