"""Memory that this process has freed, given back to the machine."""

import contextlib
import ctypes
from collections.abc import Callable
from functools import cache

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE_BYTES = 1 << 20


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


@cache
def keep_large_blocks_apart() -> None:
    """Have glibc map each block of a megabyte and more by itself, so that freeing it gives it back.

    Left alone, glibc raises the limit to 32 MB with what it sees freed. The buffers of Tantivy and
    Chroma then lie in the arenas, between small blocks that stay, and cannot be given back: half
    of what a process grew by with 7,000 chunks.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
