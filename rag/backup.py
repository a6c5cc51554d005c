"""A backup: registry and originals in one zip, of one moment, while others read and write.

The registry is copied by SQLite itself, and the originals are held by hard links before that, so
that a document deleted meanwhile is still there to be copied. The indexes are left out: they are
rebuilt from the registry. Copying the folder file by file would mix states.
"""

import hashlib
import importlib.metadata
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from rag.disk import naming_full_disk
from rag.errors import ShioriError
from rag.originals import sync_folder
from rag.registry import Database, documents, journal
from rag.registry.database import REGISTRY_FILE, copy_registry, forget_sessions
from rag.registry.schema import SCHEMA_REVISION
from rag.staging import BACKUP, BACKUP_LOCK_FILE
from rag.stores import ORIGINALS_FOLDER

FORMAT = 1
MANIFEST_FILE = "manifest.json"
READ_BYTES = 1 << 20


class BackupError(ShioriError):
    """A backup cannot be made, or an archive cannot be restored."""

    code = "backup"


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupReport:
    archive: Path
    size_bytes: int
    documents: int
    originals: int
    without_original: tuple[str, ...]  # sources; their text is in the registry


def back_up(data_dir: Path, archive: Path, *, overwrite: bool = False) -> BackupReport:
    """Write a backup of `data_dir` to `archive`, which is there whole or not at all.

    Raises `BackupError` and `DiskFullError`. The folder's owner need not stop.
    """
    _require_places(data_dir, archive, overwrite)
    unfinished = archive.with_name(f".{archive.name}.{uuid4().hex}.tmp")
    copied = archive.with_name(f".{archive.name}.{uuid4().hex}.sqlite3")
    try:
        with naming_full_disk(archive.parent), _held_originals(data_dir) as held:
            # After the links: every original that the copy names is held or was never kept.
            copy_registry(data_dir / REGISTRY_FILE, copied)
            forget_sessions(copied)
            _link_missing(data_dir, held)
            report = _write_archive(archive, unfinished, copied, held)
            unfinished.replace(archive)
            sync_folder(archive.parent)
            return report
    finally:
        unfinished.unlink(missing_ok=True)
        for ending in ("", "-wal", "-shm"):
            copied.with_name(f"{copied.name}{ending}").unlink(missing_ok=True)


def _require_places(data_dir: Path, archive: Path, overwrite: bool) -> None:
    if not (data_dir / REGISTRY_FILE).is_file():
        raise BackupError(
            f"データフォルダ「{data_dir}」に登録簿がありません。--data-dir を確かめてください。"
        )
    if not archive.absolute().parent.is_dir():
        raise BackupError(
            f"保存先のフォルダ「{archive.parent}」がありません。先に作ってから実行してください。"
        )
    if archive.absolute().is_relative_to(data_dir.absolute()):
        raise BackupError(
            f"バックアップ「{archive}」をデータフォルダの中には置けません。別の場所を指定してください。"
        )
    if archive.exists() and not overwrite:
        raise BackupError(
            f"「{archive}」はすでにあります。別の名前にするか、--force を付けて上書きしてください。"
        )


@contextmanager
def _held_originals(data_dir: Path) -> Iterator[Path]:
    """A folder with a link to every original there is now."""
    lock = FileLock(data_dir / BACKUP_LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BackupError(
            "別のバックアップが実行中です。終わってから、もう一度実行してください。"
        ) from None
    held = data_dir / f"{BACKUP}{uuid4().hex}"
    try:
        held.mkdir()
        _link_missing(data_dir, held)
        yield held
    finally:
        shutil.rmtree(held, ignore_errors=True)
        lock.release()


def _link_missing(data_dir: Path, held: Path) -> None:
    for path in (data_dir / ORIGINALS_FOLDER).iterdir():
        if _is_hash(path.name) and not (held / path.name).exists():
            try:
                os.link(path, held / path.name)
            except FileNotFoundError:
                continue  # deleted meanwhile; the registry tells whether it is needed
            except OSError:
                shutil.copyfile(path, held / path.name)  # no hard links on this disk


def _write_archive(archive: Path, unfinished: Path, registry: Path, held: Path) -> BackupReport:
    database = Database(registry)
    try:
        with database.read() as connection:
            known = [document for document, _ in documents.all_documents(connection).values()]
            settings = journal.read_manifest(connection)
    finally:
        database.close()
    files: dict[str, dict[str, object]] = {}
    wanted = sorted({document.content_hash for document in known})
    sound = {digest for digest in wanted if _sha256(held / digest) == digest}
    with unfinished.open("xb") as file:
        os.chmod(unfinished, 0o600)  # every text of the city is in it
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            files[REGISTRY_FILE] = _pack(packed, registry, REGISTRY_FILE)
            for digest in sorted(sound):
                name = f"{ORIGINALS_FOLDER}/{digest}"
                files[name] = _pack(packed, held / digest, name)
            without = [d.source for d in known if d.content_hash not in sound]
            about = {
                "format": FORMAT,
                "made_by": importlib.metadata.version("shiori"),
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "schema": SCHEMA_REVISION,
                "documents": len(known),
                "without_original": without,
                "settings": settings,
                "files": files,
            }
            packed.writestr(MANIFEST_FILE, json.dumps(about, ensure_ascii=False, indent=1))
        file.flush()
        os.fsync(file.fileno())
    return BackupReport(
        archive=archive,
        size_bytes=unfinished.stat().st_size,
        documents=len(known),
        originals=len(sound),
        without_original=tuple(without),
    )


def _pack(packed: zipfile.ZipFile, path: Path, name: str) -> dict[str, object]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, packed.open(name, "w", force_zip64=True) as target:
        while block := source.read(READ_BYTES):
            digest.update(block)
            size += len(block)
            target.write(block)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _sha256(path: Path) -> str:
    """Of the file's content; "" when there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _is_hash(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")
