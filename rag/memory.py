"""Memory: what was freed is given back to the machine, what stays is not searched for garbage."""

import contextlib
import ctypes
import gc
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


def set_apart_what_stays() -> None:
    """Search for garbage once, and from then on only among what is made later.

    Python's collector goes through all objects there are, among them the words of the documents,
    each time their number has grown by a quarter, and everybody waits meanwhile: a fifth of a
    second, in the first minute after a start.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def look_again_at_what_stays() -> None:
    """As `set_apart_what_stays` where that was done: much of what was set apart is gone now."""
    if gc.get_freeze_count():
        set_apart_what_stays()


def forget_what_stays() -> None:
    """Let the collector go through everything again."""
    gc.unfreeze()
