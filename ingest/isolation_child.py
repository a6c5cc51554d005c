"""The process that reads files, one fork for each: `python -m ingest.isolation_child FD`.

The process itself only waits. Each order arrives as two descriptors, the order with the file
and a pipe for the outcome; a fork reads the file within its limits and ends. So the libraries
are loaded once, no file finds traces of the one before, and limits start at zero every time.
Its single thread makes forking safe.
"""

import contextlib
import ctypes
import gc
import importlib
import os
import resource
import select
import signal
import socket
import sys
from pathlib import PurePosixPath

from ingest.limits import MAX_FILE_BYTES_WRITTEN, MAX_OPEN_FILES, enforce
from ingest.reading import read_file
from ingest.wire import Order, Outcome, order_of, outcome_bytes, prepare
from rag.errors import IngestError

READY = b"ready"
OUT_OF_MEMORY, NO_RESULT = 3, 4  # exit codes of a fork
_NICENESS = 10
# Loaded by the loaders when needed; here once for all files of the kind.
_LIBRARIES = {
    ".pdf": ("pdfplumber", "pypdfium2"),
}
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    _leave_the_network()
    # People who ask come first where the processors are all busy.
    os.nice(_NICENESS)
    # Ctrl-C is for the process that gives the orders; it ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare()
    gc.freeze()
    control.send(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 100, 2)
        if len(descriptors) != 2:
            return
        _load_libraries(message.decode("ascii", "replace"))
        content, result = descriptors
        status = _read_in_a_fork(control, content, result)
        with contextlib.suppress(OSError):
            control.send(str(status).encode())


def _leave_the_network() -> None:
    """As far as the kernel lets an ordinary process do so; reading needs none."""
    if _LIBC.unshare(_CLONE_NEWNET) != 0:
        _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _load_libraries(suffix: str) -> None:
    for name in _LIBRARIES.get(suffix, ()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _read_in_a_fork(control: socket.socket, content: int, result: int) -> int:
    """The exit status as `os.waitpid` gives it; the descriptors are closed afterwards."""
    alive, held_by_fork = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before this one asked to follow
            os._exit(NO_RESULT)
        _work(content, result)
    for descriptor in (held_by_fork, content, result):
        os.close(descriptor)
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    poll.register(control, 0)  # reports only that the other side has gone
    if any(descriptor != alive for descriptor, _ in poll.poll()):
        os.killpg(0, signal.SIGKILL)
    os.close(alive)
    return os.waitpid(pid, 0)[1]


def _work(content: int, result: int) -> None:
    """The fork: never returns."""
    try:
        with open(content, "rb") as file:
            order = order_of(file.readline())
            _limit(order)
            outcome = _outcome(order, file.read())
        with open(result, "wb") as pipe:
            pipe.write(outcome_bytes(outcome))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BaseException:
        os._exit(NO_RESULT)
    os._exit(0)


def _limit(order: Order) -> None:
    def at_most(what: int, limit: int, beyond: int = 0) -> None:
        hard = resource.getrlimit(what)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
            beyond = min(beyond, hard - limit)
        resource.setrlimit(what, (limit, limit + beyond))

    enforce(order.limits)
    at_most(resource.RLIMIT_CORE, 0)
    at_most(resource.RLIMIT_FSIZE, MAX_FILE_BYTES_WRITTEN)
    at_most(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    # The first limit sends a signal that tells the reason, the second ends whoever ignores it.
    at_most(resource.RLIMIT_CPU, order.cpu_s, beyond=5)
    at_most(resource.RLIMIT_AS, order.limits.memory_bytes)


def _outcome(order: Order, content: bytes) -> Outcome:
    try:
        read = read_file(content, order.source, order.entry, max_pages=order.limits.pages)
    except IngestError as error:
        return Outcome(code=error.code, message=error.message)
    except MemoryError:
        return Outcome(fault="memory")
    except Exception as error:
        return Outcome(fault=type(error).__name__)
    return Outcome(read=read)


def suffix_of(source: str) -> str:
    """What tells the waiting process which libraries to load; "" for an odd one."""
    suffix = PurePosixPath(source).suffix.lower()
    return suffix if suffix in _LIBRARIES else "."


if __name__ == "__main__":
    main()
