"""Memory that this process has freed, given back to the machine."""

import contextlib
import ctypes
from collections.abc import Callable
from functools import cache


@cache
def _trim() -> Callable[[int], int] | None:
    with contextlib.suppress(OSError, AttributeError):
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return trim
    return None  # not glibc


def give_back_memory() -> None:
    """Hand unused pages back; takes some milliseconds, and does nothing without glibc.

    glibc keeps what was freed in an arena for each thread. Documents are embedded and indexed by
    threads that come and go, and the arenas of all of them grew by 130 MB in a hundred documents.
    """
    trim = _trim()
    if trim is not None:
        trim(0)
