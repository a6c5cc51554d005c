"""Room on the disk: asked for before documents go in, and named when it runs out."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
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
