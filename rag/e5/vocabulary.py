"""The file of weights and its vocabulary, opened once for all that reads with them."""

from functools import cache
from pathlib import Path

from rag.e5.model_file import ModelFile
from rag.e5.tokens import Tokeniser


class Vocabulary:
    """Pieces of text by number, and the weights of each. Raises `ModelFileError` without a file."""

    def __init__(self, path: Path) -> None:
        self.file = ModelFile(path)
        self.tokeniser = Tokeniser(
            self.file.pieces, self.file.scores, self.file.normalised, self.file.unknown
        )


@cache
def opened(path: Path) -> Vocabulary:
    """The vocabulary of `path`: 60 MB that every model of a process shares."""
    return Vocabulary(path)
