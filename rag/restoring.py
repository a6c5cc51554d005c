"""Putting a backup back: everything is checked before anything is put in place.

The archive is unpacked beside the folder's content; the last step that counts is one rename of
the registry. Killed anywhere, the folder holds the old state or the new one.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from rag import manifest
from rag.backup import FORMAT, MANIFEST_FILE, READ_BYTES, BackupError
from rag.disk import naming_full_disk
from rag.errors import IndexDamagedError
from rag.locking import LOCK_FILES, FolderLock
from rag.originals import sync_folder
from rag.registry import Database, documents, journal
from rag.registry.database import REGISTRY_FILE
from rag.staging import RESTORATION
from rag.stores import ORIGINALS_FOLDER

MAX_MANIFEST_BYTES = 100_000_000
_NAME = re.compile(rf"{re.escape(REGISTRY_FILE)}|{ORIGINALS_FOLDER}/[0-9a-f]{{64}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreReport:
    documents: int
    originals: int
    made_at: str  # ISO 8601, UTC
    without_original: tuple[str, ...]


def restore(archive: Path, data_dir: Path, *, replace_existing: bool = False) -> RestoreReport:
    """Make `data_dir` what it was when `archive` was written; its indexes are built when opened.

    Raises `BackupError` when the archive is not whole or the folder is not empty (unless
    `replace_existing`), `IndexLockedError` when the folder is in use, `IndexMismatchError` when a
    newer version made the backup, `DiskFullError`.
    """
    if not archive.is_file():
        raise BackupError(f"バックアップ「{archive}」が見つかりません。場所を確かめてください。")
    is_new = not data_dir.exists()
    if not is_new and not replace_existing:
        _require_empty(data_dir)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(
            f"データフォルダ「{data_dir}」を作れません。場所と権限を確かめてください。"
        ) from error
    lock = FolderLock(data_dir)
    staging = data_dir / f"{RESTORATION}{uuid4().hex}"
    try:
        with naming_full_disk(data_dir):
            staging.mkdir()
            about = _unpack(archive, staging)
            report = _check_registry(archive, staging, about)
            _put_in_place(staging, data_dir)
    except BaseException:
        is_new = is_new and not (data_dir / REGISTRY_FILE).exists()
        raise
    else:
        is_new = False
        return report
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        lock.release()
        if is_new:
            shutil.rmtree(data_dir, ignore_errors=True)


def _require_empty(data_dir: Path) -> None:
    if not data_dir.is_dir():
        raise BackupError(
            f"「{data_dir}」はフォルダではありません。--data-dir を確かめてください。"
        )
    if any(path.name not in LOCK_FILES for path in data_dir.iterdir()):
        raise BackupError(
            f"データフォルダ「{data_dir}」は空ではありません。別のフォルダを指定するか、"
            "--force を付けて今の内容を置き換えてください。"
        )


def _unpack(archive: Path, staging: Path) -> Mapping[str, Any]:
    """The manifest, after every file it lists was unpacked and found to be as it says."""
    try:
        with zipfile.ZipFile(archive) as packed:
            about = _read_manifest(archive, packed)
            files = about["files"]
            if set(packed.namelist()) != set(files) | {MANIFEST_FILE}:
                raise _damaged(
                    archive, "目録にないファイルがあるか、あるはずのファイルがありません"
                )
            (staging / ORIGINALS_FOLDER).mkdir()
            for name, expected in files.items():
                _unpack_file(archive, packed, name, expected, staging)
    except (BackupError, MemoryError):
        raise
    except OSError as error:
        # The disk says what is wrong by number. bz2, which one changed bit asks for, gives none;
        # EINVAL is a place before the file's beginning, to which a changed directory sends zipfile.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise _unreadable(archive, error) from error
    except Exception as error:
        # A changed byte makes zipfile and the decompressors raise whatever they please, and a
        # manifest that is sound JSON may still have any shape.
        raise _unreadable(archive, error) from error
    return about


def _read_manifest(archive: Path, packed: zipfile.ZipFile) -> Mapping[str, Any]:
    if packed.getinfo(MANIFEST_FILE).file_size > MAX_MANIFEST_BYTES:
        raise _damaged(archive, "目録が大きすぎます")
    about: Mapping[str, Any] = json.loads(packed.read(MANIFEST_FILE))
    if about["format"] != FORMAT:
        raise BackupError(
            f"バックアップ「{archive}」の形式 {about['format']} はこの版では戻せません。"
            "新しい版の shiori で戻してください。"
        )
    return about


def _unpack_file(
    archive: Path,
    packed: zipfile.ZipFile,
    name: str,
    expected: Mapping[str, Any],
    staging: Path,
) -> None:
    if not _NAME.fullmatch(name):
        raise _damaged(archive, f"知らないファイル {name!r} があります")
    digest, size = hashlib.sha256(), 0
    with packed.open(name) as source, (staging / name).open("xb") as target:
        while block := source.read(READ_BYTES):
            size += len(block)
            if size > expected["bytes"]:
                break
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    found = digest.hexdigest()
    is_original = name.startswith(f"{ORIGINALS_FOLDER}/")
    if size != expected["bytes"] or found != expected["sha256"]:
        raise _damaged(archive, f"{name} の中身が変わっています")
    if is_original and found != name.rpartition("/")[2]:
        raise _damaged(archive, f"{name} の中身が名前と合いません")


def _check_registry(archive: Path, staging: Path, about: Mapping[str, Any]) -> RestoreReport:
    """Raises when the unpacked registry is damaged, of a newer version, or lacks originals."""
    try:
        database = Database(staging / REGISTRY_FILE)
    except IndexDamagedError as error:
        raise _damaged(archive, "登録簿を読み取れません") from error
    try:
        faults = database.faults()
        with database.read() as connection:
            known = [document for document, _ in documents.all_documents(connection).values()]
        # The folders of the archive's time are not there; others may have their names.
        with database.write() as connection:
            journal.write_manifest(
                connection, {manifest.VECTORS_FOLDER: "", manifest.LEXICAL_FOLDER: ""}
            )
        database.forget_removed()
    finally:
        database.close()
    there = {path.name for path in (staging / ORIGINALS_FOLDER).iterdir()}
    without = set(about["without_original"])
    missing = [d.source for d in known if d.content_hash not in there and d.source not in without]
    if faults or missing:
        raise _damaged(archive, "、".join([*faults, *missing]))
    return RestoreReport(
        documents=len(known),
        originals=len(there),
        made_at=str(about["made_at"]),
        without_original=tuple(sorted(without)),
    )


def _put_in_place(staging: Path, data_dir: Path) -> None:
    originals = data_dir / ORIGINALS_FOLDER
    originals.mkdir(exist_ok=True)
    for path in (staging / ORIGINALS_FOLDER).iterdir():
        path.replace(originals / path.name)
    sync_folder(originals)
    _settle_old_log(data_dir / REGISTRY_FILE)
    (staging / REGISTRY_FILE).replace(data_dir / REGISTRY_FILE)
    sync_folder(data_dir)


def _settle_old_log(registry: Path) -> None:
    """SQLite would play the old registry's write-ahead log into the new one."""
    if registry.exists():
        try:
            with closing(sqlite3.connect(registry)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # damaged, which may be why it is replaced
    for ending in ("-wal", "-shm"):
        registry.with_name(f"{registry.name}{ending}").unlink(missing_ok=True)


def _unreadable(archive: Path, error: Exception) -> BackupError:
    return _damaged(archive, f"読み取れません: {error}")


def _damaged(archive: Path, what: str) -> BackupError:
    return BackupError(
        f"バックアップ「{archive}」は完全ではありません（{what}）。"
        "何も変更していません。別のバックアップを指定してください。"
    )
