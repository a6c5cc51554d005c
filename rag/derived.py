"""The two derived indexes: opened, held against the registry, and rebuilt from it.

Each lies in a numbered folder that the manifest names. A rebuild fills the next folder and then
moves the name, so that a crash meanwhile leaves the old one in use.
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection

from rag import manifest
from rag.background import with_pauses
from rag.entries import document_of, split_key
from rag.lexical import TantivyLexical
from rag.lexical_files import check_files, forget_leftovers
from rag.registry import Database, documents, vectors
from rag.tokens import analyse
from rag.vector_files import check_texts
from rag.vectors import ChromaVectors, Entries

log = logging.getLogger(__name__)

VECTORS = "vectors"
LEXICAL = "lexical"
_ENTRIES_AT_ONCE = 2_000
_SELF_QUERIES = 10
_SAME = 0.999

Store = TypeVar("Store", ChromaVectors, TantivyLexical)


class DamagedEntriesError(Exception):
    """A derived index does not hold what the registry says. Never leaves this package."""


def open_or_rebuild(
    data_dir: Path,
    kind: str,
    folder: str,
    open_store: Callable[[Path], Store],
    check: Callable[[Store], None],
    build: Callable[[Path], Store],
) -> tuple[Store, str]:
    """The store in `folder`, or a new one when it is missing or fails `check`; and its folder."""
    if folder and (data_dir / folder).is_dir():
        store = None
        try:
            store = open_store(data_dir / folder)
            check(store)
            return store, folder
        # Damaged files make both engines raise whatever they please, Rust panics included.
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
                raise
            log.warning("%s の索引を登録簿から作り直します: %s", kind, error)
            if store is not None:
                close_quietly(store)
    new = next_folder(data_dir, kind)
    return build(data_dir / new), new


def open_indexes(
    data_dir: Path, folders: Mapping[str, str], database: Database, space: str
) -> tuple[ChromaVectors, TantivyLexical, dict[str, str]]:
    """Both indexes in the folders that a manifest names, or new ones of what `database` holds.

    Also the part of the manifest that names where they are now.
    """
    dense, vectors_folder = open_or_rebuild(
        data_dir,
        VECTORS,
        folders.get(manifest.VECTORS_FOLDER, ""),
        open_vectors,
        lambda store: check_vectors(store, database, space),
        lambda folder: build_vectors(folder, database, space),
    )
    try:
        lexical, lexical_folder = open_or_rebuild(
            data_dir,
            LEXICAL,
            folders.get(manifest.LEXICAL_FOLDER, ""),
            open_lexical,
            lambda store: check_lexical(store, database),
            lambda folder: build_lexical(folder, database),
        )
    except BaseException:
        close_quietly(dense)
        raise
    named = {manifest.VECTORS_FOLDER: vectors_folder, manifest.LEXICAL_FOLDER: lexical_folder}
    return dense, lexical, named


def close_quietly(store: ChromaVectors | TantivyLexical) -> None:
    """Close a store that may be damaged."""
    try:
        store.close()
    except Exception as error:
        log.warning("壊れた索引を閉じられませんでした: %s", error)


def next_folder(data_dir: Path, kind: str) -> str:
    numbers = [int(path.name.rpartition("-")[2]) for path in data_dir.glob(f"{kind}-[0-9]*")]
    return f"{kind}-{max(numbers, default=0) + 1:06d}"


def forget_other_folders(data_dir: Path, current: Iterable[str]) -> None:
    """Delete the folders of derived indexes that are not in use."""
    used = set(current)
    for kind in (VECTORS, LEXICAL):
        for path in data_dir.glob(f"{kind}-[0-9]*"):
            if path.name not in used:
                shutil.rmtree(path, ignore_errors=True)


def open_vectors(folder: Path) -> ChromaVectors:
    """The dense index in `folder`, whose database Chroma can read without ending the process."""
    check_texts(folder)
    return ChromaVectors(folder)


def open_lexical(folder: Path) -> TantivyLexical:
    """The lexical index in `folder`, whose files are as they were written."""
    check_files(folder)
    forget_leftovers(folder)
    return TantivyLexical(folder)


def check_vectors(store: ChromaVectors, database: Database, space: str) -> None:
    """Drop entries the registry does not know; raise when one is missing, other or not found.

    Raises as well when most of what the folder holds is of no use any more.

    Every vector is compared with the registry's (1 s for 10,000): Chroma keeps no checksums.
    """
    with database.read() as connection:
        expected = documents.entry_keys(connection)
        if not store.is_made_for(len(expected)):
            raise DamagedEntriesError(f"{len(expected)} 件の探し方に合わない作りです")
        _reconcile(store, set(expected))
        if store.holds_mostly_removed():
            raise DamagedEntriesError("ほとんどが取り除いた項目です")
        if not store.agrees_with(_entries(connection, expected, space)):
            raise DamagedEntriesError("登録簿と異なるベクトルがあります")
        if store.is_exact:
            return
        probes = list(expected)[:: max(1, len(expected) // _SELF_QUERIES)]
        known = vectors.known(connection, space, [expected[key] for key in probes])
    for key in probes:
        vector = known[expected[key]]
        best = store.search(vector.tolist(), 1)
        if vector.any() and (not best or best[0].score < _SAME):
            raise DamagedEntriesError(f"{key} が自身のベクトルで見つかりません")


def _entries(connection: Connection, expected: Mapping[str, str], space: str) -> Iterator[Entries]:
    """Keys, owners and vectors as the registry has them."""
    for entries in _batches(expected):
        known = vectors.known(connection, space, list(entries.values()))
        keys = list(entries)
        yield keys, _owners(keys), np.stack([known[entries[key]] for key in keys])


def check_lexical(store: TantivyLexical, database: Database) -> None:
    """As `check_vectors`; raises as well when removed words are still in the files."""
    with database.read() as connection:
        expected = documents.entry_keys(connection)
    _reconcile(store, set(expected))
    if store.holds_removed():
        raise DamagedEntriesError("取り除いた項目の語がファイルに残っています")


def _reconcile(store: ChromaVectors | TantivyLexical, expected: set[str]) -> None:
    held = store.keys()
    if expected - held:
        raise DamagedEntriesError(f"{len(expected)} 件のうち {len(expected - held)} 件がありません")
    if held - expected:
        log.info("登録簿にない索引項目 %d 件を取り除きます", len(held - expected))
        store.remove(held - expected)


def build_vectors(folder: Path, database: Database, space: str) -> ChromaVectors:
    """A dense index of every chunk, from the vectors in the registry."""
    with database.read() as connection:
        expected = documents.entry_keys(connection)
        store = ChromaVectors(folder, len(expected))
        for keys, owners, matrix in _entries(connection, expected, space):
            store.add(keys, owners, matrix)
    return store


def build_lexical(folder: Path, database: Database) -> TantivyLexical:
    """A lexical index of every chunk, tokenised anew from the registry."""
    store = TantivyLexical(folder)
    with database.read() as connection:
        for entries in _batches(documents.entry_keys(connection)):
            chunks = documents.chunks_by_id(connection, [split_key(key)[0] for key in entries])
            keys = list(entries)
            store.add(
                keys, _owners(keys), (analyse(chunk.search_text) for chunk in with_pauses(chunks))
            )
    return store


def _owners(keys: list[str]) -> list[str]:
    return [document_of(split_key(key)[0]) for key in keys]


def _batches(entries: Mapping[str, str]) -> Iterator[dict[str, str]]:
    keys = list(entries)
    for start in range(0, len(keys), _ENTRIES_AT_ONCE):
        yield {key: entries[key] for key in keys[start : start + _ENTRIES_AT_ONCE]}
