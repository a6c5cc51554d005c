"""Progress of an ingestion: the seam, and a display on a terminal."""

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class IngestProgress(Protocol):
    def file_started(self, source: str, number: int, total: int) -> None:
        """The `number`-th of `total` files is being read."""
        ...

    def chunks_found(self, pages: int, chunks: int) -> None:
        """A file has been cut; its chunks are embedded next."""
        ...

    def chunks_embedded(self, count: int) -> None:
        """`count` more chunks have been embedded."""
        ...

    def file_finished(self, source: str) -> None: ...


class SilentProgress:
    """Shows nothing."""

    def file_started(self, source: str, number: int, total: int) -> None: ...

    def chunks_found(self, pages: int, chunks: int) -> None: ...

    def chunks_embedded(self, count: int) -> None: ...

    def file_finished(self, source: str) -> None: ...


class TerminalProgress:
    """Bars on stderr: files, and the chunks of the present file with rate and time left.

    Use as a context manager. Shows nothing when stderr is not a terminal.
    """

    def __init__(self, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._files: TaskID | None = None
        self._chunks: TaskID | None = None
        self._pages = 0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def file_started(self, source: str, number: int, total: int) -> None:
        if self._files is None:
            self._files = self._bars.add_task("ファイル", total=total, note="")
        self._bars.update(self._files, completed=number - 1, total=total, note=source[-40:])

    def chunks_found(self, pages: int, chunks: int) -> None:
        self._pages += pages
        if self._chunks is not None:
            self._bars.remove_task(self._chunks)
        self._chunks = self._bars.add_task("埋め込み", total=chunks, note=f"{self._pages} ページ")

    def chunks_embedded(self, count: int) -> None:
        if self._chunks is None:
            return
        self._bars.advance(self._chunks, count)
        speed = self._bars.tasks[-1].speed
        rate = f"、毎秒 {speed:.0f} 個" if speed else ""
        self._bars.update(self._chunks, note=f"{self._pages} ページ{rate}")

    def file_finished(self, source: str) -> None:
        if self._files is not None:
            self._bars.advance(self._files)


def progress_for_stderr() -> TerminalProgress:
    """The display for a command: bars when stderr is a terminal, nothing otherwise."""
    return TerminalProgress(Console(file=sys.stderr))
