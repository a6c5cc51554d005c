"""Files are read in another process, so that no file can stop this one.

Parsers of PDF and Office files crash, hang and swallow memory on damaged or hostile files. Here
a file costs at most its limits, and whatever happens to its reader becomes one Japanese sentence.
"""

import atexit
import os
import signal

from ingest.catalog import CatalogEntry
from ingest.errors import (
    FileLimitError,
    ReaderCrashedError,
    UnreadableFileError,
    UnsupportedFormatError,
)
from ingest.isolation_child import OUT_OF_MEMORY, suffix_of
from ingest.limits import Limits
from ingest.reader_process import Reader, ReaderLostError
from ingest.reading import ReadFile
from ingest.wire import BrokenResultError, Order, Outcome, order_bytes, outcome_of
from rag.errors import IngestError

_reader = Reader()


def close_reader() -> None:
    """End the reading process; the next file starts another."""
    _reader.close()


atexit.register(close_reader)


def read_isolated(
    content: bytes,
    source: str,
    entry: CatalogEntry | None = None,
    *,
    limits: Limits | None = None,
) -> ReadFile:
    """As `ingest.reading.read_file`, in another process and within `limits`.

    Raises:
        UnreadableFileError, UnsupportedFormatError: as `read_file`.
        FileLimitError: the file takes more time, memory or text than it may.
        ReaderCrashedError: the reader broke down over it.
    """
    limits = limits or Limits()
    cpu_s, wall_s = limits.cpu_s_for(len(content)), limits.wall_s_for(len(content))
    order = Order(source=source, entry=entry, limits=limits, cpu_s=cpu_s)
    try:
        received, status = _reader.exchange(order_bytes(order), content, suffix_of(source), wall_s)
        if status:
            raise _of_status(source, status, limits, cpu_s)
        outcome = outcome_of(received, source, content)
    except ReaderLostError as error:
        raise _of_loss(source, error.reason, wall_s) from error
    except BrokenResultError as error:
        raise _crashed(source) from error
    if outcome.read is None:
        raise _of_outcome(source, outcome, limits)
    return outcome.read


def _of_outcome(source: str, outcome: Outcome, limits: Limits) -> IngestError:
    if outcome.fault == "memory":
        return _memory(source, limits)
    if outcome.fault or not outcome.message:
        return _crashed(source)
    for kind in (UnsupportedFormatError, FileLimitError, UnreadableFileError):
        if outcome.code == kind.code:
            return kind(outcome.message)
    return UnreadableFileError(outcome.message)


def _of_status(source: str, status: int, limits: Limits, cpu_s: int) -> IngestError:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
        return FileLimitError(
            f"「{source}」は読み取りの計算が{cpu_s}秒を超えたため中止しました。"
            "ページを分けるか、元のアプリケーションで保存し直してから登録してください。"
        )
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == OUT_OF_MEMORY:
        return _memory(source, limits)
    return _crashed(source)


def _of_loss(source: str, reason: str, wall_s: int) -> IngestError:
    if reason == "time":
        return FileLimitError(
            f"「{source}」は{wall_s}秒たっても読み終わらないため中止しました。"
            "ページを分けるか、元のアプリケーションで保存し直してから登録してください。"
        )
    if reason == "size":
        return FileLimitError(
            f"「{source}」から取り出した文章が多すぎるため中止しました。分割して登録してください。"
        )
    return _crashed(source)


def _memory(source: str, limits: Limits) -> FileLimitError:
    return FileLimitError(
        f"「{source}」は読み取りに使うメモリーが上限の{limits.memory_bytes // 1_000_000:,}MBを超えたため"
        "中止しました。分割するか、画像や書式を減らして保存し直してから登録してください。"
    )


def _crashed(source: str) -> ReaderCrashedError:
    return ReaderCrashedError(
        f"「{source}」の読み取りの途中で読み取りプログラムが止まりました。ファイルが壊れているおそれがあります。"
        "元のアプリケーションで開いて保存し直してから登録してください。"
    )
