"""What a batch has done so far, one line a sheet, so that a crash loses one sheet at most."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from filelock import FileLock, Timeout

from rag.drafting.serialise import DraftJson, is_draft
from rag.errors import ShioriError

_VERSION = 1


class BatchBusyError(ShioriError):
    code = "batch_busy"


class Journal:
    """Finished drafts by their position in the batch. Use as a context manager.

    `fingerprint` names everything that a draft depends on; a journal with another one is begun
    anew. A line that a crash cut off is left out, and its sheet drafted again.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._lock = FileLock(f"{path}.lock", timeout=0)
        self._file: IO[str] | None = None
        self.done: Mapping[int, DraftJson] = {}

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise BatchBusyError(
                f"「{self._path.name}」を使う別の作業が動いています。終わるのを待つか、別の出力先にしてください。"
            ) from error
        kept = self._read()
        self.done = kept
        # Written again from what is whole, so that a line cut off by a crash is gone.
        with self._path.open("w", encoding="utf-8") as file:
            file.write(_line({"journal": _VERSION, "fingerprint": self._fingerprint}))
            for position, draft in kept.items():
                file.write(_line({"position": position, "draft": draft}))
            file.flush()
            os.fsync(file.fileno())
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
        self._lock.release()
        Path(f"{self._path}.lock").unlink(missing_ok=True)

    def keep(self, position: int, draft: DraftJson) -> None:
        """Puts the draft on the disk before the next one is begun."""
        assert self._file is not None
        self._file.write(_line({"position": position, "draft": draft}))
        self._file.flush()
        os.fsync(self._file.fileno())

    def remove(self) -> None:
        """Forgets everything: the batch is complete and its output written."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[int, DraftJson]:
        kept: dict[int, DraftJson] = {}
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return kept
        for number, line in enumerate(lines):
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                break
            if number == 0:
                if entry != {"journal": _VERSION, "fingerprint": self._fingerprint}:
                    return {}
                continue
            draft = entry.get("draft")
            if not isinstance(entry.get("position"), int) or not isinstance(draft, dict):
                break
            if is_draft(draft):
                kept[entry["position"]] = cast(DraftJson, draft)
        return kept


def _line(entry: Mapping[str, object]) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"
