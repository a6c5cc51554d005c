"""What reading in another process costs: `python -m eval.reading FOLDER`."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ingest.isolation import read_isolated
from ingest.loaders import SUFFIXES
from ingest.reading import ReadFile, read_file
from rag.errors import IngestError

_SHORT = "窓口の手続きを電子化する。".encode()
_REPEATS = 20


def main(folder: Path) -> None:
    """Prints the start of the waiting process, one short text, and the folder in both ways."""
    print(
        f"first file, with the start of the process: {_seconds(read_isolated, 'a.txt', _SHORT):.2f} s"
    )
    short = sum(_seconds(read_isolated, "a.txt", _SHORT) for _ in range(_REPEATS)) / _REPEATS
    print(f"one short text after that: {short * 1000:.0f} ms")
    in_place = isolated = 0.0
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES):
        content = path.read_bytes()
        in_place += _seconds(read_file, path.name, content)
        isolated += _seconds(read_isolated, path.name, content)
    print(
        f"the folder: {in_place:.2f} s in place, {isolated:.2f} s in another process, "
        f"ratio {isolated / in_place:.2f}"
    )


def _seconds(read: Callable[[bytes, str], ReadFile], name: str, content: bytes) -> float:
    started = time.perf_counter()
    try:
        read(content, name)
    except IngestError as error:
        print(error.message, file=sys.stderr)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]))
