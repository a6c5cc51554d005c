"""What the three commands share: an error is a sentence, and the status says it."""

import sys
from collections.abc import Callable

from rag.errors import ShioriError


def exit_status(work: Callable[[], None]) -> int:
    """0, or 1 after the sentence of a ShioriError."""
    try:
        work()
    except ShioriError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0
