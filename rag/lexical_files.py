"""The files of a Tantivy folder, held against the checksums that Tantivy writes at their ends.

Tantivy looks at them only when asked to, and its Python package does not offer that: a flipped
bit in a postings list would give other scores without an error.

A file of a segment ends with: {"version": …, "crc": N}, the length of that as 4 bytes, and 4
bytes that are always the same. The CRC-32 is of everything before.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_MAGIC = 1337
_TAIL = struct.Struct("<II")  # length of the footer, magic number
_KINDS = {".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term", ".del"}
_READ_BYTES = 1 << 20


class DamagedFileError(Exception):
    """A file is not as Tantivy wrote it. Never leaves this package."""


def check_files(folder: Path) -> None:
    """Raises `DamagedFileError`, `ValueError` or `OSError` for a file that was changed."""
    in_use = _in_use(folder)
    for path in _files(folder):
        if _part_of(path) in in_use:
            _check(path)


def forget_leftovers(folder: Path) -> None:
    """Delete files that were being written when the process died.

    Tantivy does not expect them: it fails when it is to write one of the same name.
    """
    in_use = _in_use(folder)
    for path in list(_files(folder)):
        if _part_of(path) not in in_use:
            path.unlink(missing_ok=True)


def _in_use(folder: Path) -> set[str]:
    """File names without their suffix, of every segment and of its list of removed entries."""
    state = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    names = set()
    for segment in state["segments"]:
        name = segment["segment_id"].replace("-", "")
        names.add(name)
        if segment["deletes"]:
            names.add(f"{name}.{segment['deletes']['opstamp']}.del")
    return names


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix in _KINDS)


def _part_of(path: Path) -> str:
    return path.name if path.suffix == ".del" else path.stem


def _check(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < _TAIL.size:
            raise DamagedFileError(f"{path.name} が途中で切れています")
        file.seek(size - _TAIL.size)
        length, magic = _TAIL.unpack(file.read(_TAIL.size))
        body = size - _TAIL.size - length
        if magic != _MAGIC or body < 0:
            raise DamagedFileError(f"{path.name} の終わりの形が違います")
        file.seek(body)
        expected = json.loads(file.read(length))["crc"]
        file.seek(0)
        found = 0
        while body > 0:
            block = file.read(min(_READ_BYTES, body))
            if not block:
                raise DamagedFileError(f"{path.name} が途中で切れています")
            found = zlib.crc32(block, found)
            body -= len(block)
    if found != expected:
        raise DamagedFileError(
            f"{path.name} の内容が書いたときと違います（CRC-32 {found}、書いたとき {expected}）"
        )
