"""Memory that was freed goes back to the machine."""

import ctypes
import sys
import threading
from pathlib import Path

import pytest

from rag.memory import give_back_memory


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
