"""Memory that was freed goes back to the machine; what stays is not searched for garbage."""

import ctypes
import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from rag.memory import (
    forget_what_stays,
    give_back_memory,
    look_again_at_what_stays,
    set_apart_what_stays,
)

PROGRAM = """
import ctypes, sys
from rag.memory import keep_large_blocks_apart
if sys.argv[1] == "apart":
    keep_large_blocks_apart()
c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def block(size):
    place = c.malloc(size)
    ctypes.memset(place, 1, size)
    return place
c.free(block(16 << 20))  # glibc learns from this that blocks of 16 MB come and go
before = resident()
large = []
for _ in range(20):
    large.append(block(4 << 20))
    block(512)  # stays
for place in large:
    c.free(place)
print((resident() - before) / (80 << 20))
"""


def resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1_000 for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_a_thread_freed_behind_something_it_kept_is_given_back():
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):
        pytest.skip("not glibc")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size, count = 60_000, 1_000  # small enough to come from the arena, not from the system

    def take_and_free() -> None:
        blocks = [libc.malloc(size) for _ in range(count)]
        for block in blocks:
            ctypes.memset(block, 1, size)
        for block in blocks[:-1]:
            libc.free(block)

    give_back_memory()
    before = resident_bytes()
    worker = threading.Thread(target=take_and_free)
    worker.start()
    worker.join()
    kept = resident_bytes() - before
    give_back_memory()
    assert resident_bytes() - before < kept / 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_large_blocks_between_small_ones_are_given_back():
    def kept(how: str) -> float:
        command = [sys.executable, "-c", PROGRAM, how]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert kept("apart") < 0.1 < 0.5 < kept("as glibc does")


class Ring:
    """Something that only the garbage collector can free."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_set_apart_is_freed_when_it_is_looked_at_again():
    stays = Ring()
    seen = weakref.ref(stays)
    try:
        set_apart_what_stays()
        del stays
        gc.collect()
        assert seen() is not None  # not searched
        look_again_at_what_stays()
        assert seen() is None
        assert gc.get_freeze_count()
    finally:
        forget_what_stays()
    assert not gc.get_freeze_count()


def test_nothing_is_set_apart_by_looking_again():
    look_again_at_what_stays()
    assert not gc.get_freeze_count()
