"""Checksums of a folder, and the folder as one compressed file."""

import gzip
import tarfile
from datetime import datetime
from pathlib import Path

from api.bundle.wheels import sha256_of

CHECKSUMS = "SHA256SUMS"
_LEVEL = 1  # wheels are compressed already; more takes minutes for nothing


def write_checksums(folder: Path) -> None:
    """`SHA256SUMS` over every file of the folder, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{sha256_of(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name != CHECKSUMS
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")


def pack(folder: Path, archive: Path, made: datetime) -> None:
    """`folder` as a .tar.gz: names in order, times all `made`, nobody's account in it.

    Nothing half done is left under the name of `archive`.
    """
    seconds = int(made.timestamp())

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime = seconds
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o755 if entry.isdir() or entry.name.endswith(".sh") else 0o644
        return entry

    unfinished = archive.with_name(archive.name + ".part")
    try:
        with (
            unfinished.open("wb") as file,
            gzip.GzipFile("", "wb", _LEVEL, file, mtime=seconds) as stream,
            tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as packed,
        ):
            # `add` takes the entries of a folder in the order of their names
            packed.add(folder, folder.name, filter=plain)
        unfinished.replace(archive)
    finally:
        unfinished.unlink(missing_ok=True)
