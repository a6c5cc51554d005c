"""Reads one file of sheets for `ingest.sheets.isolated`, in a process with limits.

Standard input: one line of JSON (`file`, `mapping`, `task`), then the file. Standard output: a
pickle of ("batch", SheetBatch), ("columns", list of tuples) or ("error", code, message).
"""

import contextlib
import json
import pickle
import resource
import sys

from ingest.sheets.read import propose_mapping, read_sheets
from rag.errors import ShioriError

CPU_S = 60
MEMORY_BYTES = 1_500_000_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has nothing to write to a disk
    order = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read()
    sys.stdout.buffer.write(pickle.dumps(_outcome(order, content)))


def _outcome(order: dict[str, object], content: bytes) -> tuple[object, ...]:
    file, mapping = str(order["file"]), order["mapping"]
    try:
        if order["task"] == "columns":
            found = propose_mapping(content, file)
            return "columns", [(p.head, p.field, p.confidence, p.sample) for p in found]
        chosen = mapping if isinstance(mapping, dict) else None
        return "batch", read_sheets(content, file, chosen)
    except ShioriError as error:
        return "error", error.code, error.message
    except MemoryError:
        return "error", "memory", ""


if __name__ == "__main__":
    main()
