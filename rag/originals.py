"""The files as they came in, kept under the SHA-256 of their content."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from rag.errors import IngestError

_UNFINISHED = ".tmp"


class Originals:
    """One folder of originals. A file is either there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, content_hash: str) -> Path:
        return self._folder / content_hash

    def keep(self, original: bytes | Path, content_hash: str) -> None:
        """Store `original`. Raises `IngestError` when its content is not what the hash says."""
        content = original if isinstance(original, bytes) else original.read_bytes()
        if hashlib.sha256(content).hexdigest() != content_hash:
            name = "" if isinstance(original, bytes) else f"「{original.name}」"
            raise IngestError(
                f"ファイル{name}の内容が読み取り中に変わりました。もう一度取り込んでください。"
            )
        if self.path(content_hash).exists():
            return
        unfinished = self._folder / f"{uuid4().hex}{_UNFINISHED}"
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path(content_hash))
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(self._folder)

    def forget_all_but(self, content_hashes: Iterable[str]) -> None:
        """Delete every file that no document refers to."""
        wanted = set(content_hashes)
        for path in self._folder.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
