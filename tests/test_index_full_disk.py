"""A full disk: writing stops with a sentence, answers go on, and it mends itself without a restart."""

import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import app_for, running
from crash_support import check_agreement, check_findable, forkserver
from fakes import NgramEmbeddings, make_document

from api.turns import OpenTurn, TurnState
from rag.assistant import Assistant
from rag.backup import back_up
from rag.disk import DiskFullError, DiskLimits
from rag.index import Index
from rag.types import Query

QUESTION = "窓口の受付時間は"
KEPT = make_document("要綱.txt", ["窓口の受付時間は午前9時からである。"], content=b"kept")


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 16 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, leave_bytes: int = 0) -> Path:
    """Take all room but `leave_bytes`."""
    ballast = place / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
                file.flush()
        except OSError:
            pass
    size = ballast.stat().st_size
    os.truncate(ballast, max(0, size - leave_bytes))
    return ballast


def large(number: int) -> tuple:
    texts = [f"大きい文書{number}の第{n}項は窓口{n * 31}番の業務を定める。" * 4 for n in range(60)]
    return make_document(f"大{number}.txt", texts, content=b"x" * 400_000)


def answer(index: Index) -> str:
    return Assistant(index).ask(Query(text=QUESTION)).text


@pytest.mark.parametrize("leave_bytes", [0, 150_000])
def test_a_full_disk_stops_writing_but_not_answering_and_needs_no_restart(small_disk, leave_bytes):
    folder = small_disk / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*KEPT, original=b"kept")
        before, version = answer(index), index.version
        ballast = fill(small_disk, leave_bytes)
        refused = 0
        for number in range(3):
            try:
                index.add(*large(number), original=b"x" * 400_000)
            except DiskFullError as error:
                refused += 1
                assert "ディスク" in error.message and "空けて" in error.message
        assert refused > 0
        assert index.document(KEPT[0].id) == KEPT[0]
        if refused == 3:
            assert index.version == version
            assert answer(index) == before
        assert "午前9時" in answer(index)
        ballast.unlink()
        for number in range(3):
            index.add(*large(number), original=b"x" * 400_000)
        assert len(index.documents()) == 4
        index.compact()
        check_agreement(index)
    with Index.open(folder, NgramEmbeddings()) as index:
        check_agreement(index)
        check_findable(index)
        assert index._stores.database.faults() == []


def test_on_a_full_disk_removal_takes_effect_or_is_refused_and_never_half(small_disk):
    folder = small_disk / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*KEPT, original=b"kept")
        index.add(*large(1), original=b"x" * 400_000)
        ballast = fill(small_disk)
        try:
            index.remove(large(1)[0].id)
            removed = True
        except DiskFullError:
            removed = len(index.documents()) == 1
        assert len(index.documents()) == (1 if removed else 2)
        assert "午前9時" in answer(index)
        ballast.unlink()
        if not removed:
            index.remove(large(1)[0].id)
        index.compact()
        check_agreement(index)


def test_questions_are_answered_on_a_full_disk_even_when_they_cannot_be_recorded(small_disk):
    folder = small_disk / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*KEPT, original=b"kept")
        ballast = fill(small_disk)
        for _ in range(30):
            turn = OpenTurn.begin(index, QUESTION, "c")
            given = Assistant(index).ask(Query(text=QUESTION))
            assert "午前9時" in given.text
            turn.finish(TurnState.COMPLETE, given)
        ballast.unlink()
        turn = OpenTurn.begin(index, QUESTION, "後")
        turn.finish(TurnState.COMPLETE, Assistant(index).ask(Query(text=QUESTION)))
        assert index.turn_log.turns("後")[0].state is TurnState.COMPLETE


def test_a_backup_that_does_not_fit_is_refused_and_leaves_nothing(small_disk, tmp_path):
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        index.add(*large(1), original=b"x" * 400_000)
    fill(small_disk, 30_000)
    names = sorted(path.name for path in small_disk.iterdir())
    with pytest.raises(DiskFullError, match="ディスク"):
        back_up(tmp_path / "var", small_disk / "b.zip")
    assert sorted(path.name for path in small_disk.iterdir()) == names


def test_documents_are_refused_while_too_little_is_free_and_answers_go_on(tmp_path):
    limits = DiskLimits(min_free_bytes=shutil.disk_usage(tmp_path).total * 2)
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        index.add(*KEPT)
    with Index.open(tmp_path / "var", NgramEmbeddings(), limits=limits) as index:
        with pytest.raises(DiskFullError, match="空きが足りない"):
            index.add(*make_document("a.txt", ["一"]))
        assert "午前9時" in answer(index)
        index.remove(KEPT[0].id)
        assert index.documents() == []


def test_over_http_a_full_disk_is_507_with_a_sentence_and_questions_go_on(tmp_path):
    limits = DiskLimits(min_free_bytes=shutil.disk_usage(tmp_path).total * 2)
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        index.add(*KEPT)
    with (
        Index.open(tmp_path / "var", NgramEmbeddings(), limits=limits) as index,
        running(app_for(Assistant(index))) as server,
        server.client() as client,
    ):
        file = {"file": ("新.txt", "新しい文書の本文である。".encode())}
        refused = client.post("/api/documents", files=file)
        assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
        assert "空き" in refused.json()["message"]
        answered = client.post("/api/ask", json={"question": QUESTION})
        assert "午前9時" in answered.json()["answer"]


def add_with_a_limit(folder: Path, limit_bytes: int, outcome) -> None:
    """In a child: files of this process may not grow beyond `limit_bytes`."""
    limits = DiskLimits(max_file_bytes=limit_bytes)
    with Index.open(folder, NgramEmbeddings(), limits=limits) as index:
        try:
            index.add(*huge(), original=b"x" * 3_000_000)
            outcome.send("")
        except DiskFullError as error:
            outcome.send(error.message)
        outcome.send(answer(index))


def huge() -> tuple:
    return make_document("大.txt", ["大きい文書"], content=b"x" * 3_000_000)


@pytest.mark.parametrize(("limit_bytes", "fits"), [(2_000_000, False), (4_000_000, True)])
def test_no_file_grows_beyond_the_limit_and_answers_go_on(tmp_path, limit_bytes, fits):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*KEPT, original=b"kept")
    receive, send = multiprocessing.Pipe(duplex=False)
    context = forkserver()
    child = context.Process(target=add_with_a_limit, args=(folder, limit_bytes, send))
    child.start()
    send.close()
    message, answered = receive.recv(), receive.recv()
    child.join(60)
    assert child.exitcode == 0 and "午前9時" in answered
    assert message == "" if fits else "大きさの上限" in message
    with Index.open(folder, NgramEmbeddings()) as index:
        check_agreement(index)
        assert len(index.documents()) == (2 if fits else 1)
