"""How many answers are computed at one moment.

Searching and reading is mostly Python, of which one thread runs at a time. Fifty threads that take
turns make all fifty slow, and each change of turns costs; a few at a time, in the order of arrival,
end sooner. Waiting for a language model is no computing and takes no place here.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_LATELY_S = 2.0


class Turns:
    """Lets `places` threads through at a time, first come, first served."""

    def __init__(self, places: int) -> None:
        self._places = self._free = places
        self._last_given_back = -_LATELY_S
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._mine = threading.local()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place until the block ends; who has one already needs no second."""
        if getattr(self._mine, "depth", 0):
            yield
            return
        self._take()
        self._mine.depth = 1
        try:
            yield
        finally:
            self._mine.depth = 0
            self._give_back()

    def in_use(self) -> int:
        """How many have a place now."""
        return self._places - self._free

    def lately(self) -> bool:
        """Whether anybody has a place, or had one a moment ago."""
        return self.in_use() > 0 or time.monotonic() - self._last_given_back < _LATELY_S

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            called = threading.Event()
            self._waiting.append(called)
        called.wait()

    def _give_back(self) -> None:
        with self._lock:
            self._last_given_back = time.monotonic()
            if self._waiting:
                self._waiting.popleft().set()  # the place goes from hand to hand
            else:
                self._free += 1


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# One more than there are processors: while one waits for index, model or disk, another computes.
computing = Turns(cores() + 1)


def cores_for_documents() -> int:
    """For taking documents in: all of them, but for one while people get answers."""
    return max(1, cores() - 1) if computing.lately() else cores()
