"""Trains the reader: `python -m eval.reader.train CASES OUT`. Needs PyTorch.

Twelve layers learn JaQuAD, six of them learn it again from those twelve, and these six the
questions of the product. Figures come from readers that did not see the question
(cross-validation). A last reader sees all and is written to OUT as weights.npz, beside
predictions.json with what the others said.
"""

import argparse
import sys
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

from eval.errors import EvaluationError
from eval.reader.case_file import read_cases
from eval.reader.command import exit_status
from eval.reader.plan import Plan


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, help="written by eval.reader.cases")
    parser.add_argument("out", type=Path, help="a folder for weights.npz and predictions.json")
    for field in fields(Plan):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=int, default=field.default, help=field.metadata["help"])
    arguments = vars(parser.parse_args())
    cases, out = arguments.pop("cases"), arguments.pop("out")

    def work() -> None:
        if find_spec("torch") is None:
            raise EvaluationError(
                "読み手の学習には PyTorch が必要です。"
                "pip install -c constraints.txt -e '.[training]' で追加してください。"
            )
        # Only here: everything else must run where PyTorch is not installed.
        from eval.reader.training import train

        train(read_cases(cases), out, Plan(**arguments))

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
