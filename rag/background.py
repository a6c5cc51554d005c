"""Long computing that gives way to whatever somebody is waiting for."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rag.pacing import computing

_NICENESS = 10
_PAUSE_S = 0.000_1
_LONGEST_PAUSE_S = 0.2
_LOOK_AGAIN_S = 0.002

Item = TypeVar("Item")
Result = TypeVar("Result")


def giving_way(work: Callable[[], Result]) -> Result:
    """`work()` in a thread of its own that comes last where all processors are busy.

    A thread cannot raise its priority again, so it ends afterwards, and with it the threads that
    an engine has started from it. Only for work that holds the interpreter lock briefly: others
    would wait for a thread that waits for a processor.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        with contextlib.suppress(OSError, AttributeError):
            # Behind this process itself, which may have been started with a lower priority.
            own, here = os.PRIO_PROCESS, threading.get_native_id()
            os.setpriority(own, here, os.getpriority(own, here) + _NICENESS)
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="giving-way")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def with_pauses(items: Iterable[Item]) -> Iterator[Item]:
    """`items`; while people get answers, with a moment before each for them.

    In it other threads get the interpreter lock. Whoever asks for it gets it after 5 ms otherwise,
    and an answer asks some dozen times.
    """
    for item in items:
        if computing.lately():
            time.sleep(_PAUSE_S)
        yield item


def in_pieces(count: int, size: int, whole: int) -> Iterator[slice]:
    """Ranges of `count` things whose doing holds the interpreter lock from begin to end.

    `whole` at a time; while people get answers only `size`, when no answer is being computed, and
    with as long for others after each as it took. A shorter moment would be taken by one of them,
    and each answer asks for the lock some dozen times.
    """
    start = 0
    while start < count:
        lately = computing.lately()
        if lately:
            _wait_for_a_gap()
        end = min(count, start + (size if lately else whole))
        began = time.monotonic()
        yield slice(start, end)
        if lately and end < count:
            time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE_S))
        start = end


def _wait_for_a_gap() -> None:
    deadline = time.monotonic() + _LONGEST_PAUSE_S
    while computing.in_use() and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN_S)
