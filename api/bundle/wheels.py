"""What a wheel says of itself, read without installing it."""

import hashlib
import platform
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from api.bundle.errors import BundleError

# Options of the project that a machine without a network could not add later, but for the large ones.
EXTRAS = ("oidc",)
_READ_BYTES = 1 << 20
# The names that the first manylinux tags had before they carried the version of glibc.
_OLD_TAGS = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    path: Path
    name: str  # canonical: lower case, words joined by "-"
    version: str
    sha256: str
    metadata: Message
    unpacked_bytes: int
    glibc: tuple[int, int]  # the oldest it runs with; (0, 0) when it needs none

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"

    def requires(self, extras: Collection[str] = ()) -> list[str]:
        """Canonical names of what it needs on this machine with `extras`, in order of names."""
        needed = set()
        for line in self.metadata.get_all("Requires-Dist", []):
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                needed.add(canonicalize_name(requirement.name))
        return sorted(needed)


def read_wheels(folder: Path) -> list[Wheel]:
    """The wheels of a folder, by name. Raises BundleError when one of them is broken."""
    return sorted(map(read_wheel, folder.glob("*.whl")), key=lambda wheel: wheel.name)


def read_wheel(path: Path) -> Wheel:
    """Raises BundleError when the file is no wheel."""
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            inside = next(
                e for e in entries if re.fullmatch(r"[^/]+\.dist-info/METADATA", e.filename)
            )
            metadata = BytesParser().parsebytes(archive.read(inside))
    except (ValueError, StopIteration, zipfile.BadZipFile) as error:
        raise BundleError(f"「{path.name}」をwheelとして読めません。") from error
    return Wheel(
        path=path,
        name=name,
        version=str(version),
        sha256=sha256_of(path),
        metadata=metadata,
        unpacked_bytes=sum(entry.file_size for entry in entries),
        glibc=min(_glibc_of(tag.platform) for tag in tags),
    )


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _glibc_of(platform_tag: str) -> tuple[int, int]:
    if found := _GLIBC.match(platform_tag):
        return int(found[1]), int(found[2])
    for prefix, version in _OLD_TAGS.items():
        if platform_tag.startswith(f"{prefix}_"):
            return version
    if not platform_tag.startswith("linux_"):
        return 0, 0
    # compiled here, so that it needs what this machine has
    major, minor, *_ = platform.libc_ver()[1].split(".")
    return int(major), int(minor)
