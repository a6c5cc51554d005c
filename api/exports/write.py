"""An export by the suffix of its file, written so that a crash leaves no half of it."""

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from api.exports.provenance import Provenance
from rag.drafting.serialise import DraftJson
from rag.errors import ShioriError

Writer = Callable[[Sequence[DraftJson], Provenance], bytes]
SUFFIXES = (".xlsx", ".docx", ".csv", ".json")


class ExportFormatError(ShioriError):
    code = "export_format"


def export_bytes(suffix: str, drafts: Sequence[DraftJson], provenance: Provenance) -> bytes:
    """The file with `suffix` that holds `drafts`. Raises ExportFormatError for another suffix."""
    return writer_for(suffix)(drafts, provenance)


def writer_for(suffix: str) -> Writer:
    """Imported when needed: a CSV does not wait for the makers of Word files."""
    match suffix.lower():
        case ".xlsx":
            from api.exports.xlsx_file import write_xlsx

            return write_xlsx
        case ".docx":
            from api.exports.docx_file import write_docx

            return write_docx
        case ".csv":
            from api.exports.csv_file import write_csv

            return write_csv
        case ".json":
            return write_json
    raise ExportFormatError(
        f"出力の形式「{suffix or '拡張子なし'}」は使えません。.xlsx、.docx、.csv、.json のどれかにしてください。"
    )


def write_json(drafts: Sequence[DraftJson], provenance: Provenance) -> bytes:
    return (json.dumps(list(drafts), ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def write_safely(path: Path, content: bytes) -> None:
    """Puts `content` at `path` in one step: the old file stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
