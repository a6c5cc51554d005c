"""Memory that was freed goes back to the machine."""

import subprocess
import sys

import pytest

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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc")
def test_large_blocks_between_small_ones_are_given_back():
    def kept(how: str) -> float:
        command = [sys.executable, "-c", PROGRAM, how]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert kept("apart") < 0.1 < 0.5 < kept("as glibc does")
