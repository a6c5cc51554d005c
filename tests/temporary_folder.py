"""Where the tests put their temporary files: in memory, if the machine has room for them there.

The index, the registry and the log are synced to disk at every change, hundreds of times in a test
that opens an index. Nothing that a test asserts depends on the disk: a process that is killed
leaves the same files in memory as on a disk, and power cuts have a campaign of their own.
"""

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
NEEDED_BYTES = 6_000_000_000  # a whole run leaves less than half of it at a time


def use_memory() -> None:
    """Set TMPDIR to a folder in memory, for this process and those it starts, unless it is set."""
    if "TMPDIR" not in os.environ and _has_room(IN_MEMORY):
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None  # looked up again


def _has_room(folder: Path) -> bool:
    """Whether programs may be written to the folder and run there, and it has room."""
    try:
        return (
            os.access(folder, os.W_OK)
            and not os.statvfs(folder).f_flag & os.ST_NOEXEC
            and shutil.disk_usage(folder).free >= NEEDED_BYTES
        )
    except OSError:
        return False
