"""The reading process as this one sees it: started when needed, handed one file at a time."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from ingest.isolation_child import READY

MAX_RESULT_BYTES = 200_000_000
START_TIMEOUT_S = 60
_PIECE_BYTES = 1_000_000
_SECRETS = ("_KEY", "_SECRET", "_TOKEN", "_PASSWORD")


class ReaderLostError(Exception):
    """No outcome came. `reason`: "time", "size" or "gone"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """The reading process of this one: started at the first file, again after it was lost."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def exchange(
        self, order: bytes, content: bytes, suffix: str, timeout_s: float
    ) -> tuple[bytes, int]:
        """(what the reader sent, its exit status as `os.waitpid` gives it). One file at a time.

        Raises ReaderLostError; then the process is gone and the next file starts another.
        """
        with self._turn:
            try:
                control = self._started()
                return _exchange(control, (order, content), suffix, time.monotonic() + timeout_s)
            except OSError as error:
                self.close()
                raise ReaderLostError("gone") from error
            except BaseException:
                self.close()
                raise

    def _started(self) -> socket.socket:
        if self._owner != os.getpid():
            # After a fork of this process the reader belongs to the parent.
            self._process = self._control = None
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._control is not None:
            return self._control
        self._owner = os.getpid()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control = ours
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ingest.isolation_child", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=None if os.environ.get("SHIORI_DEBUG") else subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        ours.settimeout(START_TIMEOUT_S)
        if ours.recv(len(READY)) != READY:
            raise OSError("the reading process did not start")
        return ours

    def close(self) -> None:
        """End the process and whatever it has started. Twice is once."""
        process, control = self._process, self._control
        self._process = self._control = None
        if control is not None:
            control.close()
        if process is not None and self._owner == os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _exchange(
    control: socket.socket, request: tuple[bytes, ...], suffix: str, deadline: float
) -> tuple[bytes, int]:
    content = os.memfd_create("file")
    result, write_end = os.pipe()
    try:
        with open(content, "wb", closefd=False) as file:
            file.writelines(request)
        os.lseek(content, 0, os.SEEK_SET)
        socket.send_fds(control, [suffix.encode()], [content, write_end])
        os.close(content)
        os.close(write_end)
        content = write_end = -1
        received = _until_end(result, control, deadline)
        control.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            status = control.recv(20)
        except TimeoutError as error:
            raise ReaderLostError("time") from error
        if not status:
            raise ReaderLostError("gone")
        return received, int(status)
    finally:
        for descriptor in (content, write_end, result):
            if descriptor >= 0:
                os.close(descriptor)


def _until_end(pipe: int, control: socket.socket, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(control, 0)  # reports only that the other side has gone
    while True:
        ready = [descriptor for descriptor, _ in poll.poll(_ms_until(deadline))]
        if not ready:
            raise ReaderLostError("time")
        if pipe not in ready:
            raise ReaderLostError("gone")
        piece = os.read(pipe, _PIECE_BYTES)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if size > MAX_RESULT_BYTES:
            raise ReaderLostError("size")


def _ms_until(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic()) * 1_000


def _environment() -> dict[str, str]:
    """That of this process without what is secret, and with the same packages."""
    kept = {name: v for name, v in os.environ.items() if not name.endswith(_SECRETS)}
    packages = str(Path(__file__).resolve().parents[1])
    return kept | {"PYTHONPATH": os.pathsep.join([packages, kept.get("PYTHONPATH", "")]).strip(":")}
