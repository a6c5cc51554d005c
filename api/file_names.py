"""Names of uploaded and downloaded files, made safe to store, show and send."""

import unicodedata
from urllib.parse import quote

MAX_NAME_BYTES = 200
_SEPARATORS = ("/", "\\")
_FORBIDDEN = frozenset('<>:"|?*')


def safe_file_name(sent: str) -> str:
    """The bare name in NFC without path, controls or invisible direction marks; "" if none is left.

    Shortened to 200 UTF-8 bytes with its suffix kept.
    """
    name = unicodedata.normalize("NFC", _repair_cp932(sent))
    for separator in _SEPARATORS:
        name = name.rsplit(separator, 1)[-1]
    name = "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in name
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and character not in _FORBIDDEN
    )
    return _shorten(name.strip(" .")).strip(" .")


def attachment_header(name: str) -> str:
    """Content-Disposition of a download with a Japanese name (RFC 6266)."""
    bare = safe_file_name(name) or "document"
    suffix = _suffix(bare)
    plain = f"document{suffix}" if suffix.isascii() else "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(bare, safe='')}"


def _repair_cp932(name: str) -> str:
    """Undo what happens to a CP932 name that was read byte by byte as Latin-1."""
    if not any("\x80" <= character <= "\xff" for character in name):
        return name
    try:
        repaired = name.encode("latin-1").decode("cp932")
    except UnicodeError:
        return name
    has_japanese = any("\u3041" <= character <= "\u9fff" for character in repaired)
    return repaired if has_japanese else name


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}" if dot and stem and len(suffix) <= 10 else ""


def _shorten(name: str) -> str:
    suffix = _suffix(name)
    stem = name[: len(name) - len(suffix)]
    room = MAX_NAME_BYTES - len(suffix.encode())
    stem = stem.encode()[:room].decode(errors="ignore")
    return stem + suffix
