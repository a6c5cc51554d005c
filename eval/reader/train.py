"""Trains the reader: `python -m eval.reader.train CASES OUT`. Needs PyTorch.

Twelve layers learn JaQuAD, six of them learn it again from those twelve, and these six the
questions of the product. Figures come from readers that did not see the question
(cross-validation). A last reader sees all and is written to OUT as weights.npz, beside
predictions.json with what the others said. With `--begin-with rag/reader/weights.npz` the reader
that ships learns further questions, which a CPU does too.
"""

import argparse
import sys
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

from eval.errors import EvaluationError
from eval.reader.case_file import read_cases
from eval.reader.command import exit_status
from eval.reader.plan import Beginning, Plan


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path, help="written by eval.reader.cases")
    parser.add_argument("out", type=Path, help="a folder for weights.npz and predictions.json")
    for field in fields(Plan):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=int, default=field.default, help=field.metadata["help"])
    parser.add_argument(
        "--begin-with",
        type=Path,
        metavar="WEIGHTS",
        help="go on with a reader: only the last stage",
    )
    parser.add_argument(
        "--learnt",
        nargs="+",
        default=[],
        metavar="DATASET",
        help="question sets that the reader to go on with has learnt, as the cases name them",
    )
    arguments = vars(parser.parse_args())
    cases, out = arguments.pop("cases"), arguments.pop("out")
    begin, learnt = arguments.pop("begin_with"), frozenset(arguments.pop("learnt"))
    beginning = Beginning(weights=begin, learnt=learnt) if begin else None

    def work() -> None:
        if find_spec("torch") is None:
            raise EvaluationError(
                "読み手の学習には PyTorch が必要です。"
                "pip install -c constraints.txt -e '.[training]' で追加してください。"
            )
        # Only here: everything else must run where PyTorch is not installed.
        from eval.reader.training import train

        train(read_cases(cases), out, Plan(**arguments), beginning)

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
