"""Folders that backups and restorations use meanwhile, and what killed ones leave of them."""

import shutil
from pathlib import Path

from filelock import FileLock, Timeout

BACKUP = "backup-"
RESTORATION = "restore-"
BACKUP_LOCK_FILE = "backup.lock"


def forget_staging(data_dir: Path) -> None:
    """Delete what killed backups and restorations left. Only for the owner of the folder.

    The owner may start while a backup is being made: its folder stays.
    """
    for folder in data_dir.glob(f"{RESTORATION}*/"):
        shutil.rmtree(folder, ignore_errors=True)
    stale = list(data_dir.glob(f"{BACKUP}*/"))
    if not stale:
        return
    try:
        with FileLock(data_dir / BACKUP_LOCK_FILE).acquire(timeout=0):
            for folder in stale:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        return
