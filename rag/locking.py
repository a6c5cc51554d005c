"""One owner per data folder (between processes) and many readers beside one writer (within)."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexLockedError

LOCK_TIMEOUT_S = 0.5  # long enough for an owner that is just leaving

_LOCK_FILE = "owner.lock"
OWNER_MARK = "owner.pid"  # the number of the process that has the folder, or was killed in it
LOCK_FILES = frozenset({_LOCK_FILE, OWNER_MARK})


class FolderLock:
    """The operating system's lock on a data folder; it ends with the process, however it ends.

    Raises `IndexLockedError` naming the owner when another process, or another index of this
    one, has the folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self._pid_file = data_dir / OWNER_MARK
        # Not thread-local: the index may be closed by another thread than the one that opened it.
        self._lock = FileLock(data_dir / _LOCK_FILE, thread_local=False)
        try:
            self._lock.acquire(timeout=LOCK_TIMEOUT_S, poll_interval=0.05)
        except Timeout:
            raise IndexLockedError(
                f"データフォルダ「{data_dir}」は別のプロセス（PID {self._owner()}）が使用中です。"
                "そのサーバーまたはコマンドを終了してから、もう一度実行してください。"
            ) from None
        self._pid_file.write_text(str(os.getpid()), encoding="ascii")

    def _owner(self) -> str:
        try:
            return self._pid_file.read_text(encoding="ascii").strip() or "不明"
        except (OSError, UnicodeDecodeError):
            return "不明"

    def release(self) -> None:
        if self._lock.is_locked:
            self._pid_file.unlink(missing_ok=True)
            self._lock.release()


class ReadWriteLock:
    """Many readers or one writer. A reader may nest; a waiting writer goes before new readers."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._readers = 0
        self._writers_waiting = 0
        self._writing = False
        self._depth = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        depth = getattr(self._depth, "value", 0)
        if depth == 0:
            with self._condition:
                # A nested reader must not wait here, or it would wait for itself.
                self._condition.wait_for(lambda: not self._writing and not self._writers_waiting)
                self._readers += 1
        self._depth.value = depth + 1
        try:
            yield
        finally:
            self._depth.value = depth
            if depth == 0:
                with self._condition:
                    self._readers -= 1
                    self._condition.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        if getattr(self._depth, "value", 0):
            raise RuntimeError("a reader cannot become the writer: it would wait for itself")
        with self._condition:
            self._writers_waiting += 1
            try:
                self._condition.wait_for(lambda: not self._writing and not self._readers)
            finally:
                self._writers_waiting -= 1
            self._writing = True
        try:
            yield
        finally:
            with self._condition:
                self._writing = False
                self._condition.notify_all()
