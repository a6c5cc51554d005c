"""Work that gives way: its own thread, its own priority, its own errors."""

import os
import threading

import pytest

from rag.background import giving_way


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_the_work_comes_last_and_its_caller_keeps_its_place() -> None:
    before = priority()
    assert giving_way(priority) > before
    assert priority() == before


def test_an_error_is_that_of_the_work() -> None:
    def fail() -> None:
        raise ValueError("何か")

    with pytest.raises(ValueError, match="何か"):
        giving_way(fail)
