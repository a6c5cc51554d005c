"""A data folder put in order by force: indexes thrown away to be made anew, leftovers told apart.

Opening an index settles what was cut off and rebuilds what fails its checks by itself. This is for
what no check sees, and for saying what was done.
"""

from pathlib import Path

from rag import manifest
from rag.adoption import NEXT_FOLDER
from rag.derived import LEXICAL, VECTORS
from rag.locking import OWNER_MARK, FolderLock
from rag.registry import Database, journal
from rag.registry.database import REGISTRY_FILE, naming_damage
from rag.staging import BACKUP, RESTORATION
from rag.stores import ORIGINALS_FOLDER

INDEXES = (VECTORS, LEXICAL)
_STAGING = (BACKUP, RESTORATION)


def forget_indexes(data_dir: Path) -> bool:
    """Make the next opening build both derived indexes from the registry; False without one.

    The old ones stay until the new ones are complete. Raises `IndexLockedError` when somebody uses
    the folder, `IndexDamagedError` when the registry cannot be read.
    """
    if not (data_dir / REGISTRY_FILE).is_file():
        return False
    lock = FolderLock(data_dir)
    try:
        database = Database(data_dir / REGISTRY_FILE)
        try:
            with naming_damage(database.path), database.write() as connection:
                journal.write_manifest(
                    connection, {manifest.VECTORS_FOLDER: "", manifest.LEXICAL_FOLDER: ""}
                )
        finally:
            database.close()
    finally:
        lock.release()
    return True


def passing(data_dir: Path) -> dict[str, int]:
    """Bytes by name of all that comes and goes in a data folder.

    Working folders of backups and restorations, index folders, an outdated next generation,
    originals and the mark of an owner: what is here before an opening and not after it was a
    leftover.
    """
    names = [f"{kind}-*" for kind in INDEXES] + [f"{kind}*/" for kind in _STAGING]
    found = [path for name in names for path in data_dir.glob(name)]
    found += (data_dir / ORIGINALS_FOLDER).glob("*")
    found += [path for path in (data_dir / NEXT_FOLDER, data_dir / OWNER_MARK) if path.exists()]
    return {str(path.relative_to(data_dir)): _bytes(path) for path in found}


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
