"""Work that gives way: its own thread, its own priority, its own errors."""

import os
import threading

import pytest

from rag import background
from rag.background import giving_way, with_pauses
from rag.pacing import Turns


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


def test_pauses_are_made_only_while_people_get_answers(monkeypatch):
    turns, pauses = Turns(2), []
    monkeypatch.setattr(background, "computing", turns)
    monkeypatch.setattr(background.time, "sleep", pauses.append)
    assert list(with_pauses("abc")) == ["a", "b", "c"] and pauses == []
    with turns.one():
        assert list(with_pauses("abc")) == ["a", "b", "c"]
    assert len(pauses) == 3
