"""Long computing that gives way to whatever somebody is waiting for."""

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TypeVar

_NICENESS = 10

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
