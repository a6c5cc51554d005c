"""Taking out of the derived indexes what was removed from them.

Each is made anew from the registry, beside the one in use, and put in its place.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rag import derived, manifest
from rag.adoption import forget_outdated
from rag.registry import journal
from rag.stores import Stores


def compact(stores: Stores) -> None:
    """Leave no removed word in any file, and few removed vectors. The caller has the turn to write."""
    if stores.lexical.holds_removed():
        with _next_folder(stores, derived.LEXICAL) as folder:
            lexical = derived.build_lexical(folder, stores.database)
            with _exchange(stores, manifest.LEXICAL_FOLDER, folder):
                old, stores.lexical = stores.lexical, lexical
        derived.close_quietly(old)
    if stores.vectors.holds_mostly_removed():
        with _next_folder(stores, derived.VECTORS) as folder:
            dense = derived.build_vectors(folder, stores.database, stores.space)
            with _exchange(stores, manifest.VECTORS_FOLDER, folder):
                before, stores.vectors = stores.vectors, dense
        derived.close_quietly(before)
    with stores.database.read() as connection:
        said = journal.read_manifest(connection)
    used = said[manifest.VECTORS_FOLDER], said[manifest.LEXICAL_FOLDER]
    derived.forget_other_folders(stores.data_dir, used)
    stores.database.forget_removed()
    forget_outdated(stores.data_dir, stores.database)


@contextmanager
def _next_folder(stores: Stores, kind: str) -> Iterator[Path]:
    """A new folder for an index, deleted again when it does not come into use."""
    folder = stores.data_dir / derived.next_folder(stores.data_dir, kind)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _exchange(stores: Stores, named: str, folder: Path) -> Iterator[None]:
    """While nobody searches: the manifest names the new folder."""
    with stores.switch.writing():
        with stores.database.write() as connection:
            journal.write_manifest(connection, {named: folder.name})
        yield
