"""ZIP containers (Office files among them), read in memory with limits and never unpacked to disk."""

import io
import posixpath
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from typing import NoReturn

from ingest.errors import UnreadableFileError
from ingest.limits import in_force

MAX_MEMBERS = 5_000
_DEEPEST = 200  # nested elements
_PIECE = 1 << 16


class Package:
    """The members of a ZIP file. What is unpacked in all stays below a limit whatever the
    directory of the file claims."""

    def __init__(self, content: bytes, name: str, *, max_bytes: int | None = None) -> None:
        max_bytes = in_force().unpacked_bytes if max_bytes is None else max_bytes
        self.name = name
        self._left = max_bytes
        self._outer: Package | None = None
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            members = self._zip.infolist()
        except Exception as error:
            # zipfile raises more than BadZipFile on damaged directories.
            raise _damaged(name) from error
        if len(members) > MAX_MEMBERS:
            raise UnreadableFileError(
                f"「{name}」には{len(members):,}個のファイルが入っており、上限の{MAX_MEMBERS:,}個を超えています。分けて登録してください。"
            )
        if sum(member.file_size for member in members) > max_bytes:
            _too_large(name, max_bytes)
        self._max_bytes = max_bytes
        self.members = {member.filename: member for member in members}

    def inner(self, content: bytes, name: str) -> "Package":
        """A package inside this one, which shares its limit."""
        package = Package(content, name, max_bytes=max(0, self._left))
        package._outer = self
        return package

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._outer is not None:
            self._outer._spend(size)
        if self._left < 0:
            _too_large(self.name, self._max_bytes)

    def has(self, part: str) -> bool:
        return part in self.members

    def read(self, part: str) -> bytes:
        """The bytes of a member.

        Raises:
            UnreadableFileError: missing, damaged, encrypted, or over the limit.
        """
        return b"".join(self.pieces(part))

    def pieces(self, part: str) -> Iterator[bytes]:
        """The bytes of a member piece by piece, counted against the limit."""
        member = self.members.get(part)
        if member is None:
            raise _damaged(self.name)
        if member.flag_bits & 1:
            raise UnreadableFileError(
                f"「{self.name}」はパスワードで保護されています。パスワードを外してから登録してください。"
            )
        try:
            with self._zip.open(member) as stream:
                while piece := stream.read(_PIECE):
                    self._spend(len(piece))
                    yield piece
        except (UnreadableFileError, MemoryError):
            raise
        except Exception as error:
            # Offsets before the beginning and names in no encoding raise whatever they please.
            raise _damaged(self.name) from error

    def tree(self, part: str) -> ElementTree.Element:
        """The root of an XML part. A DOCTYPE (the door of entity attacks) is refused."""
        parser = ElementTree.XMLParser(target=_GuardedBuilder(self.name))
        try:
            for piece in self.pieces(part):
                parser.feed(piece)
            root = parser.close()
        except (ElementTree.ParseError, ValueError) as error:
            raise _damaged(self.name) from error
        assert isinstance(root, ElementTree.Element)
        return root

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationships of a part: id to (kind, path of the member); external ones are left out."""
        folder, base = posixpath.split(part)
        path = f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"
        if not self.has(path):
            return {}
        found = {}
        for relation in self.tree(path):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "")
            full = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(folder, target))
            )
            found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], full)
        return found


class _GuardedBuilder(ElementTree.TreeBuilder):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise UnreadableFileError(
            f"「{self._name}」には安全に読めない定義（DOCTYPE）が含まれているため読み込めません。作成したソフトで保存し直してください。"
        )

    def start(self, tag: str, attrs: dict[str, str]) -> ElementTree.Element:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableFileError(
                f"「{self._name}」は表などの入れ子が深すぎるため読み込めません。構造を単純にして保存し直してください。"
            )
        return super().start(tag, attrs)

    def end(self, tag: str) -> ElementTree.Element:
        self._depth -= 1
        return super().end(tag)


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace (both editions of the format)."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: ElementTree.Element, name: str) -> str:
    """The attribute of that local name, "" where it is missing."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def child(element: ElementTree.Element | None, *path: str) -> ElementTree.Element | None:
    """The first descendant along local names."""
    for name in path:
        if element is None:
            return None
        element = next((inner for inner in element if local(inner.tag) == name), None)
    return element


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"「{name}」は壊れているか途中で切れているため読み込めません。元のファイルから作り直してください。"
    )


def _too_large(name: str, limit: int) -> NoReturn:
    raise UnreadableFileError(
        f"「{name}」は展開すると上限の{limit // 1_000_000:,}MBを超えます。ファイルを分けて登録してください。"
    )
