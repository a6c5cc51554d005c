"""ZIP archives: every file inside becomes a document of its own. Nothing is unpacked to disk."""

import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.errors import UnreadableFileError
from ingest.limits import Limits
from ingest.loaders import SUFFIXES
from ingest.loaders.kinds import ADVICE
from ingest.loaders.packages import Package
from ingest.names import sanitise_name
from rag.errors import IngestError

ARCHIVE_SUFFIXES = frozenset({".zip"})
_DEEPEST = 2  # archives inside archives
_UNICODE_NAME = 0x800  # flag of members whose name is UTF-8
_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A file inside an archive, known as 「資料.zip/別紙/予算.xlsx」.

    `refusal` says why it cannot be taken in; its content is then empty.
    """

    source: str
    content: bytes = b""
    refusal: IngestError | None = None


def is_archive(source: str) -> bool:
    return PurePosixPath(source).suffix.lower() in ARCHIVE_SUFFIXES


def members(
    content: bytes, source: str, limits: Limits, skipped: Callable[[str], None]
) -> Iterator[Member]:
    """The files inside an archive, one at a time, those of archives inside it among them.

    `skipped` gets one sentence for the files of kinds that are never read.

    Raises:
        UnreadableFileError: the archive itself is damaged, too large, or has nothing to read.
    """
    package = Package(content, source, max_bytes=limits.unpacked_bytes)
    yield from _members(package, source, limits, skipped, 1)


def _members(
    package: Package, source: str, limits: Limits, skipped: Callable[[str], None], depth: int
) -> Iterator[Member]:
    seen: set[str] = set()
    ignored: list[str] = []
    for info in package.members.values():
        shown = _shown_name(info)
        if info.is_dir() or _is_litter(shown):
            continue
        safe = _safe_path(shown)
        known = f"{source}/{safe or sanitise_name(shown) or '名前なし'}"
        suffix = PurePosixPath(known).suffix.lower()
        if suffix not in SUFFIXES | ADVICE.keys() | ARCHIVE_SUFFIXES:
            ignored.append(shown)
            continue
        refusal = _refusal(info, shown, known, bool(safe), known in seen, limits)
        seen.add(known)
        if refusal is not None:
            yield Member(source=known, refusal=refusal)
            continue
        try:
            inner = package.read(info.filename)
            if suffix not in ARCHIVE_SUFFIXES:
                yield Member(source=known, content=inner)
                continue
            if depth >= _DEEPEST:
                raise UnreadableFileError(
                    f"「{known}」はZIPの中のZIPがさらに重なっているため読み込めません。展開してから登録してください。"
                )
            nested = package.inner(inner, known)
            yield from _members(nested, known, limits, skipped, depth + 1)
        except UnreadableFileError as error:
            yield Member(source=known, refusal=error)
    if ignored:
        names = "、".join(ignored[:_SHOWN]) + (" ほか" if len(ignored) > _SHOWN else "")
        skipped(
            f"「{source}」の中の{len(ignored)}個（{names}）は読み込めない形式のため登録していません。"
        )
    if not seen and depth == 1:
        raise UnreadableFileError(
            f"「{source}」には読み込めるファイルが入っていません。読み込める形式は {'、'.join(sorted(SUFFIXES))} です。"
        )


def _refusal(
    info: zipfile.ZipInfo, shown: str, known: str, safe: bool, repeated: bool, limits: Limits
) -> UnreadableFileError | None:
    if not safe:
        return UnreadableFileError(
            f"ZIPの中の「{shown[:100]}」は置き場所の名前が不正（「..」や絶対パス）なため読み込みません。ZIPを作り直してください。"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        return UnreadableFileError(
            f"「{known}」はほかのファイルへのリンクなため読み込みません。元のファイルを入れ直してください。"
        )
    if repeated:
        return UnreadableFileError(
            f"ZIPの中に「{shown}」が二つあります。名前を変えて作り直してください。"
        )
    if info.file_size > limits.file_bytes:
        return UnreadableFileError(
            f"「{known}」は{info.file_size // 1_000_000:,}MBあり、上限の{limits.file_bytes // 1_000_000:,}MBを超えています。分割して登録してください。"
        )
    return None


def _shown_name(info: zipfile.ZipInfo) -> str:
    """The name as written. Windows writes CP932 without saying so; zipfile then reads CP437."""
    name = info.orig_filename
    if not info.flag_bits & _UNICODE_NAME:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "cp932"):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    return name


def _is_litter(name: str) -> bool:
    """What file managers leave beside the files."""
    parts = name.replace("\\", "/").split("/")
    last = parts[-1]
    return (
        "__MACOSX" in parts
        or last.startswith((".", "~$"))
        or last.lower() in {"thumbs.db", "desktop.ini"}
    )


def _safe_path(name: str) -> str:
    """The path inside the archive, each part sanitised; "" for one that leads out of it."""
    path = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in path:
        return ""
    clean = [sanitise_name(part) for part in parts if part not in {"", "."}]
    return "/".join(clean) if clean and all(clean) else ""
