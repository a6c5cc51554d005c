"""Under which licences the parts of a bundle come, with their texts."""

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from api.bundle.wheels import Wheel

UNKNOWN = "記載なし"
MAX_NAME_CHARS = 60  # a longer "License" field is the text itself

# Classifiers that name one licence; "BSD License" and the like do not.
_SPDX = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_TEXT_FILE = re.compile(
    r"(LICEN[CS]E|COPYING|NOTICE|AUTHORS)S?(?![A-Za-z])[^/]*|GPL|LGPL|BSD", re.IGNORECASE
)
_CODE = frozenset({".py", ".pyi", ".pyc", ".so"})


def licence_of(wheel: Wheel) -> str:
    """An SPDX expression where one is stated or plain from the classifier, else the name given."""
    expression = wheel.metadata.get("License-Expression")
    if expression:
        return str(expression)
    stated = str(wheel.metadata.get("License") or "").strip()
    marked = [
        str(line).rsplit(" :: ", 1)[1]
        for line in wheel.metadata.get_all("Classifier", [])
        if str(line).startswith("License :: ") and str(line).count(" :: ") > 1
    ]
    if len(marked) == 1 and marked[0] in _SPDX:
        return _SPDX[marked[0]]
    if stated and "\n" not in stated and len(stated) <= MAX_NAME_CHARS:
        return stated
    return ", ".join(_SPDX.get(name, name) for name in marked) or UNKNOWN


def write_licences(wheels: Iterable[Wheel], folder: Path) -> None:
    """`LICENCES.md`, a table of all parts, and the texts that they bring, in `licences/`."""
    lines = [
        "# 同梱しているソフトウェアとライセンス",
        "",
        "文は各ソフトウェアに付いてきたものを、licences/ にそのまま置いています。",
        "",
        "| 名前 | 版 | ライセンス | 文 |",
        "| --- | --- | --- | --- |",
    ]
    for wheel in wheels:
        target = folder / "licences" / f"{wheel.name}-{wheel.version}"
        texts = _copy_texts(wheel, target)
        where = f"licences/{target.name}/" if texts else "同梱なし"
        licence = licence_of(wheel).replace("|", "/")
        lines.append(f"| {wheel.name} | {wheel.version} | {licence} | {where} |")
    (folder / "LICENCES.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _copy_texts(wheel: Wheel, target: Path) -> int:
    """Number of files written. Folders of the wheel become part of the name."""
    written = 0
    with zipfile.ZipFile(wheel.path) as archive:
        for entry in archive.infolist():
            path = PurePosixPath(entry.filename)
            if entry.is_dir() or ".." in path.parts or not _is_licence(path):
                continue
            target.mkdir(parents=True, exist_ok=True)
            inner = [part for part in path.parts if not part.endswith(".dist-info")]
            inner = inner[1:] if inner[0] == "licenses" else inner
            (target / "__".join(inner)).write_bytes(archive.read(entry))
            written += 1
    return written


def _is_licence(path: PurePosixPath) -> bool:
    # PEP 639 gives licences a folder of their own, where any name will do
    if len(path.parts) > 2 and path.parts[0].endswith(".dist-info") and path.parts[1] == "licenses":
        return True
    return bool(_TEXT_FILE.fullmatch(path.name)) and path.suffix not in _CODE
