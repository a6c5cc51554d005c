"""Room on the disk: asked for before documents go in, and named when it runs out."""

import errno
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ShioriError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What SQLite, Chroma and Tantivy say when a write does not fit; SQLite calls a file over the
# process's limit an I/O error.
_FULL_WORDS = (
    "disk is full",
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "disk I/O error",
)


class DiskFullError(ShioriError):
    """A write did not fit. What was there before is unchanged and goes on answering."""

    code = "disk_full"


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskLimits:
    """What writing must leave free and may fill at most; 0 means no limit."""

    min_free_bytes: int = 0
    max_file_bytes: int = 0  # or four times the registry, where that is more

    def prepare_to_write(self, data_dir: Path, registry_bytes: int) -> None:
        """Raises `DiskFullError` when too little is free."""
        require_space(data_dir, self.min_free_bytes, registry_bytes)
        if self.max_file_bytes:
            limit_file_size(max(self.max_file_bytes, 4 * registry_bytes))


NO_LIMITS = DiskLimits()


def require_space(data_dir: Path, min_free_bytes: int, registry_bytes: int) -> None:
    """Raises `DiskFullError` below `min_free_bytes` or twice the registry; 0 asks for nothing."""
    if not min_free_bytes:
        return
    needed = max(min_free_bytes, 2 * registry_bytes)
    free = shutil.disk_usage(data_dir).free
    if free < needed:
        raise DiskFullError(
            f"ディスクの空きが足りないため登録しません（空き {_shown(free)}、必要 {_shown(needed)}）。"
            f"「{data_dir}」のあるディスクを空けてから、もう一度登録してください。"
            "登録済みの文書には引き続き答えます。"
        )


def limit_file_size(limit_bytes: int) -> None:
    """Let no file of this process grow beyond `limit_bytes`; 0 changes nothing.

    A damaged graph made Chroma write a file of more than a terabyte. Python ignores the signal, so
    that such a write fails like one on a full disk.
    """
    if limit_bytes:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        soft = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def naming_full_disk(data_dir: Path) -> Iterator[None]:
    """Within the block a write that does not fit raises `DiskFullError`, whoever was writing."""
    try:
        yield
    except (ShioriError, KeyboardInterrupt, SystemExit):
        raise
    # Rust panics are no `Exception`.
    except BaseException as error:
        if not is_full(error):
            raise
        raise DiskFullError(
            "ディスクの空きがないか、ファイルの大きさの上限に達したため、書き込めませんでした。"
            f"「{data_dir}」のあるディスクを空けてから、もう一度実行してください。"
            "前の状態はそのままで、登録済みの文書には引き続き答えます。"
        ) from error


def is_full(error: BaseException | None) -> bool:
    """Whether `error`, or what caused it, is a write that did not fit."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(words in str(error) for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _shown(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f}GB" if size_bytes >= 1e8 else f"{size_bytes / 1e6:.1f}MB"
