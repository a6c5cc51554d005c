"""The next generation of an index, built beside the one in use, takes its place.

`rag/generation.py` builds it in a folder of its own. Here the owner of the data folder takes it
over: documents, vectors and folders in one transaction of the registry, when it is opened or while
it goes on answering. Until then, and after a crash before it, the old generation answers.
"""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from rag import derived, manifest
from rag.embedding import Embedder
from rag.errors import IndexLockedError
from rag.locking import FolderLock
from rag.registry import Database, documents, journal, vectors
from rag.registry.database import REGISTRY_FILE
from rag.types import Document

if TYPE_CHECKING:
    from rag.stores import Stores

log = logging.getLogger(__name__)

NEXT_FOLDER = "next"
READY_FILE = "ready.json"
COPY_FILE = "source.sqlite3"  # of the registry, while the next generation is built
_BUILT_FROM = "built-from:"  # in the manifest of the next generation, by document id


class Adoption(StrEnum):
    NONE = "none"  # nothing is ready
    STALE = "stale"  # documents changed meanwhile: it has to catch up
    OTHER = "other"  # made for other settings or another version than this process has
    DONE = "done"


def announce(data_dir: Path, embedding_model: str) -> None:
    """Say that the next generation is complete; `embedding_model` is the setting it needs."""
    ready = data_dir / NEXT_FOLDER / READY_FILE
    unfinished = ready.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"embedding_model": embedding_model}), encoding="utf-8")
    unfinished.replace(ready)


def withdraw(data_dir: Path) -> None:
    (data_dir / NEXT_FOLDER / READY_FILE).unlink(missing_ok=True)


def announced(data_dir: Path) -> str | None:
    """The embedding model that a complete next generation needs; None when there is none."""
    try:
        text = (data_dir / NEXT_FOLDER / READY_FILE).read_text(encoding="utf-8")
        return str(json.loads(text)["embedding_model"])
    except (OSError, ValueError, KeyError):
        return None


def mark_built(connection: Connection, document_id: str, state: str) -> None:
    """Note in the next generation which state of a document it has; "" for none."""
    journal.write_manifest(connection, {f"{_BUILT_FROM}{document_id}": state})


def built_from(connection: Connection) -> dict[str, str]:
    return {
        key.removeprefix(_BUILT_FROM): state
        for key, state in journal.read_manifest(connection).items()
        if key.startswith(_BUILT_FROM) and state
    }


def states(connection: Connection) -> dict[str, str]:
    """One word for each document that changes whenever the document does, by id."""
    return {
        key: state_of(document, revision)
        for key, (document, revision) in documents.all_documents(connection).items()
    }


def state_of(document: Document, revision: int) -> str:
    return hashlib.sha256(f"{revision}\n{document!r}".encode()).hexdigest()[:16]


def adopt_when_opening(data_dir: Path, database: Database, wanted: Mapping[str, str]) -> None:
    """Take over a complete next generation that was made for the settings `wanted`."""
    with _complete(data_dir) as following:
        if following is None:
            return
        with following.read() as connection:
            made_for = journal.read_manifest(connection)
        if manifest.differences(made_for, wanted) or not _is_current(database, following):
            return
        folders = _move_folders(data_dir, made_for)
        _copy_vectors(database, following, made_for["fingerprint"])
        with database.write() as connection:
            _write_generation(connection, following, made_for, folders)
    shutil.rmtree(data_dir / NEXT_FOLDER, ignore_errors=True)
    log.info("作り直した索引に切り替えました")


def adopt_while_running(
    stores: "Stores", open_embedder: Callable[[str], Embedder], chunker_version: str
) -> Adoption:
    """As `adopt_when_opening` for an open index, whose readers go on; the caller is its writer."""
    data_dir = stores.data_dir
    with _complete(data_dir) as following:
        model = announced(data_dir)
        if following is None or model is None:
            return Adoption.NONE
        with following.read() as connection:
            made_for = journal.read_manifest(connection)
        embedder = stores.embedder
        if embedder.info.fingerprint != made_for["fingerprint"]:
            embedder = open_embedder(model)
        wanted = manifest.of_indexes(embedder.info) | {manifest.CHUNKER: chunker_version}
        if manifest.differences(made_for, wanted):
            return Adoption.OTHER
        if not _is_current(stores.database, following):
            withdraw(data_dir)
            return Adoption.STALE
        space = embedder.info.fingerprint
        folders = _move_folders(data_dir, made_for)
        dense, lexical, folders = derived.open_indexes(data_dir, folders, following, space)
        _copy_vectors(stores.database, following, space)
        with ExitStack() as exclusive:
            with stores.database.write() as connection:
                _write_generation(connection, following, made_for, folders)
                # Readers wait only from here to the end: for the commit and the exchange.
                exclusive.enter_context(stores.switch.writing())
            old = stores.vectors
            stores.vectors, stores.lexical = dense, lexical
            stores.embedder, stores.space = embedder, space
            stores.load(recut=True)
    derived.close_quietly(old)
    derived.forget_other_folders(data_dir, folders.values())
    with stores.database.write() as connection:
        vectors.forget_unused(connection, space)
    shutil.rmtree(data_dir / NEXT_FOLDER, ignore_errors=True)
    return Adoption.DONE


def forget_outdated(data_dir: Path, database: Database) -> None:
    """Delete texts that are no longer in force from a next generation that nobody is building.

    Its builder does so itself when it catches up; one that was given up would keep them.
    """
    folder = data_dir / NEXT_FOLDER
    if not (folder / REGISTRY_FILE).is_file():
        return
    try:
        lock = FolderLock(folder)
    except IndexLockedError:
        return
    try:
        for path in folder.glob(f"{COPY_FILE}*"):
            path.unlink(missing_ok=True)
        following = Database(folder / REGISTRY_FILE)
        try:
            with database.read() as now, following.read() as built:
                current, done = states(now), built_from(built)
                gone = [
                    key for key in documents.revisions(built) if current.get(key) != done.get(key)
                ]
            if gone:
                withdraw(data_dir)
                with following.write() as connection:
                    for key in gone:
                        documents.remove(connection, key)
                        mark_built(connection, key, "")
                following.forget_removed()
                # Built anew from its registry when somebody goes on with it.
                for path in folder.glob(f"{derived.LEXICAL}-*/"):
                    shutil.rmtree(path, ignore_errors=True)
        finally:
            following.close()
    finally:
        lock.release()


@contextmanager
def _complete(data_dir: Path) -> Iterator[Database | None]:
    """The registry of a complete next generation that nobody is building on; else None."""
    folder = data_dir / NEXT_FOLDER
    if announced(data_dir) is None or not (folder / REGISTRY_FILE).is_file():
        yield None
        return
    try:
        lock = FolderLock(folder)
    except IndexLockedError:
        yield None
        return
    try:
        following = Database(folder / REGISTRY_FILE)
        try:
            yield following
        finally:
            following.close()
    finally:
        lock.release()


def _is_current(database: Database, following: Database) -> bool:
    with database.read() as now, following.read() as built:
        return states(now) == built_from(built)


def _move_folders(data_dir: Path, made_for: Mapping[str, str]) -> dict[str, str]:
    """The derived indexes under new names in the data folder; a missing one is built when opened."""
    moved = {}
    for key, kind in (
        (manifest.VECTORS_FOLDER, derived.VECTORS),
        (manifest.LEXICAL_FOLDER, derived.LEXICAL),
    ):
        moved[key] = derived.next_folder(data_dir, kind)
        source = data_dir / NEXT_FOLDER / made_for.get(key, "-")
        if source.is_dir():
            source.rename(data_dir / moved[key])
    return moved


def _copy_vectors(database: Database, following: Database, space: str) -> None:
    with following.read() as connection:
        for part in vectors.batches(connection, space):
            with database.write() as target:
                vectors.put(target, space, part)


def _write_generation(
    connection: Connection,
    following: Database,
    made_for: Mapping[str, str],
    folders: Mapping[str, str],
) -> None:
    with following.read() as source:
        for key, (document, revision) in documents.all_documents(source).items():
            documents.recut(
                connection,
                document,
                documents.pages_of(source, key),
                documents.chunks_of(source, key),
                revision,
            )
        newest = max(journal.generation(connection), journal.generation(source)) + 1
    settings = {
        key: value
        for key, value in made_for.items()
        if not key.startswith(_BUILT_FROM) and key not in folders
    }
    journal.write_manifest(connection, settings | dict(folders) | {journal.GENERATION: str(newest)})
