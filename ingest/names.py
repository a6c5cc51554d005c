"""Names of files: the source under which a document is known, and its id."""

import hashlib
import unicodedata
from pathlib import Path

_LONGEST = 200
_FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def sanitise_name(name: str) -> str:
    """An uploaded file's name for use as source: NFC, no path, no control or direction characters.

    At most 200 characters; the suffix is kept. Empty if nothing usable is left.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in _FORBIDDEN).strip(" .　")
    if len(name) > _LONGEST:
        stem, dot, suffix = name.rpartition(".")
        if not dot or len(suffix) > 10:
            return name[:_LONGEST]
        name = f"{stem[: _LONGEST - len(suffix) - 1]}.{suffix}"
    return name


def source_of(path: Path, folder: Path | None) -> str:
    """The path relative to the folder given, "/" separated, NFC; the bare name of a single file."""
    relative = path.relative_to(folder).as_posix() if folder else path.name
    readable = relative.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", readable)


def document_id(source: str) -> str:
    """Stable id of the document known under `source`: a changed file keeps it."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", source).encode()).hexdigest()
    return f"d{digest[:12]}"
