"""Work that gives way: its own thread, its own priority, its own errors."""

import os
import threading
import time

import pytest

from rag import background
from rag.background import giving_way, in_pieces, with_pauses
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


def test_what_holds_the_lock_is_done_at_once_where_nobody_asks_and_in_pieces_else(monkeypatch):
    turns = Turns(2)
    monkeypatch.setattr(background, "computing", turns)
    assert list(in_pieces(10, 4, 100)) == [slice(0, 10)]
    assert list(in_pieces(10, 4, 8)) == [slice(0, 8), slice(8, 10)]
    assert list(in_pieces(0, 4, 100)) == []
    with turns.one():
        pass  # somebody got an answer a moment ago
    assert list(in_pieces(10, 4, 100)) == [slice(0, 4), slice(4, 8), slice(8, 10)]


def test_before_a_piece_an_answer_is_computed_to_its_end(monkeypatch):
    turns, begun, ended = Turns(2), threading.Event(), threading.Event()
    monkeypatch.setattr(background, "computing", turns)
    monkeypatch.setattr(background, "_LONGEST_PAUSE_S", 60.0)

    def answer() -> None:
        with turns.one():
            begun.set()
            time.sleep(0.2)
            ended.set()

    answering = threading.Thread(target=answer)
    answering.start()
    begun.wait()
    next(in_pieces(2, 1, 2))
    assert ended.is_set()
    answering.join()
