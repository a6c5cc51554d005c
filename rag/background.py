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
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
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
