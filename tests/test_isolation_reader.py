"""Files are read in a process of their own: what goes wrong there stays there."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from isolation_support import (
    busy_pdf,
    fork_at_work,
    is_running,
    pdf_of_streams,
    reader_pids,
    wait_until,
)

from ingest.errors import FileLimitError, ReaderCrashedError
from ingest.isolation import read_isolated
from ingest.limits import Limits
from ingest.reading import read_file
from rag.errors import IngestError

GOOD = "端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。\n".encode()


@contextmanager
def reading(content: bytes, limits: Limits | None = None) -> Iterator[Callable[[], Exception]]:
    """Reads in another thread; what the block gets waits for the error and gives it."""
    caught: list[Exception] = []

    def read() -> None:
        try:
            read_isolated(content, "厄介.pdf", limits=limits)
        except Exception as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()

    def error() -> Exception:
        thread.join(60)
        assert caught, "the file was read"
        return caught[0]

    try:
        yield error
    finally:
        thread.join(60)


def refusal(content: bytes, name: str, limits: Limits) -> IngestError:
    with pytest.raises(IngestError) as caught:
        read_isolated(content, name, limits=limits)
    assert f"「{name}」" in caught.value.message
    return caught.value


def test_the_result_is_that_of_reading_in_place() -> None:
    corpus = Path(__file__).parents[1] / "corpus"
    for name in ("online-procedures-2025.md", "net-monitor-survey-2021-2025.txt"):
        content = (corpus / name).read_bytes()
        isolated, in_place = read_isolated(content, name), read_file(content, name)
        assert isolated.document == in_place.document
        assert isolated.pages == in_place.pages
        assert isolated.chunks == in_place.chunks


def test_many_files_are_read_by_one_process() -> None:
    read_isolated(GOOD, "一.txt")
    before = reader_pids()
    for number in range(5):
        read_isolated(GOOD, f"{number}.txt")
    assert reader_pids() == before and len(before) == 1


def test_a_refusal_of_the_loader_arrives_word_for_word() -> None:
    with pytest.raises(IngestError) as in_place:
        read_file(b"", "空.txt")
    with pytest.raises(type(in_place.value)) as isolated:
        read_isolated(b"", "空.txt")
    assert isolated.value.message == in_place.value.message


def test_endless_computing_is_cut_off_and_the_next_file_is_read() -> None:
    error = refusal(busy_pdf(), "重い.pdf", Limits(cpu_s=1))
    assert error.code == "file_limit" and "1秒を超えた" in error.message
    assert read_isolated(GOOD, "次.txt").chunks


def test_a_file_that_wants_too_much_memory_is_refused_and_this_process_does_not_grow() -> None:
    content = GOOD * 300_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refusal(content, "大きい.txt", Limits(memory_bytes=150_000_000))
    assert error.code == "file_limit" and "メモリー" in error.message and "150MB" in error.message
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 50_000


def test_too_many_characters_are_refused_with_both_numbers() -> None:
    error = refusal(GOOD * 10, "長い.txt", Limits(characters=100))
    assert error.code == "file_limit" and "上限の100文字" in error.message


def test_only_the_pages_that_the_limit_allows_are_read() -> None:
    pages = [b"BT /F1 12 Tf 50 100 Td (Page %d of the report is here.) Tj ET" % n for n in range(5)]
    read = read_isolated(pdf_of_streams(pages), "報告.pdf", limits=Limits(pages=2))
    assert len(read.pages) == 2
    assert any("はじめの2ページだけ" in warning for warning in read.document.warnings)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_reader_that_crashes_costs_only_its_file(number: signal.Signals) -> None:
    with reading(busy_pdf()) as error:
        os.kill(fork_at_work(), number)
        assert isinstance(error(), ReaderCrashedError)
    waiting = reader_pids()
    assert read_isolated(GOOD, "次.txt").chunks
    assert reader_pids() == waiting


def test_a_reader_that_hangs_is_killed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.limits.WALL_S_PER_CPU_S", 1)
    with reading(busy_pdf(), Limits(cpu_s=3)) as error:
        fork = fork_at_work()
        with suppress(ProcessLookupError):
            os.kill(fork, signal.SIGSTOP)
        caught = error()
    assert isinstance(caught, FileLimitError) and "3秒たっても" in caught.message
    assert wait_until(lambda: not is_running(fork))
    assert read_isolated(GOOD, "次.txt").chunks


def test_when_the_waiting_process_dies_another_takes_its_place() -> None:
    with reading(busy_pdf()) as error:
        fork = fork_at_work()
        (old,) = reader_pids()
        os.kill(old, signal.SIGKILL)
        assert isinstance(error(), ReaderCrashedError)
    assert wait_until(lambda: not is_running(fork)), "the fork outlived its parent"
    assert read_isolated(GOOD, "次.txt").chunks
    assert reader_pids() != [old]


def test_the_reader_works_under_limits_and_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.isolation import close_reader

    monkeypatch.setenv("SHIORI_TEST_API_KEY", "himitsu")
    close_reader()
    with reading(busy_pdf(), Limits(cpu_s=5)) as error:
        fork = fork_at_work()
        assert wait_until(lambda: "5 " in limit_line(fork, "Max cpu time"))
        assert limit_line(fork, "Max core file size").split()[4] == "0"
        assert wait_until(lambda: "1000000000" in limit_line(fork, "Max address space"))
        assert "50000000" in limit_line(fork, "Max file size")
        assert limit_line(fork, "Max open files").split()[3] == "64"
        assert os.getpriority(os.PRIO_PROCESS, fork) > os.getpriority(os.PRIO_PROCESS, 0)
        assert b"himitsu" not in Path(f"/proc/{fork}/environ").read_bytes()
        assert os.getsid(fork) != os.getsid(0)  # Ctrl-C in a terminal does not reach it
        os.kill(fork, signal.SIGKILL)
        error()


def limit_line(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line for line in lines if line.startswith(name))


def test_the_reader_has_no_network_where_the_kernel_allows_it() -> None:
    read_isolated(GOOD, "一.txt")
    (pid,) = reader_pids()
    probe = [sys.executable, "-c", UNSHARE]
    if subprocess.run(probe, check=False).returncode:
        pytest.skip("this kernel gives an ordinary process no network of its own")
    assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


UNSHARE = (
    "import ctypes; c = ctypes.CDLL(None);"
    "raise SystemExit(c.unshare(0x40000000) != 0 and c.unshare(0x50000000) != 0)"
)
OWNER = """
import sys
from ingest.isolation import read_isolated
read_isolated("端末を1,234台更新した。".encode(), "一.txt")
print("read", flush=True)
sys.stdin.read()
"""


def test_the_reader_ends_with_the_process_that_started_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"read\n"
        (reader,) = reader_pids(owner.pid)
        owner.kill()
        owner.wait()
        assert wait_until(lambda: not is_running(reader))
