"""What the sheets of a workbook share: their names and order, strings, number formats."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from ingest.loaders.number_formats import BUILT_IN
from ingest.loaders.packages import Package, attribute, child, local

_PHONETIC = {"rPh", "phoneticPr"}
_CONTROL = {"000a": "\n", "000d": "\n", "005f": "_"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetEntry:
    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Workbook:
    """`formats` holds a format code by the index that cells name as their style."""

    sheets: tuple[SheetEntry, ...]
    strings: tuple[str, ...]
    formats: tuple[str, ...]
    from_1904: bool


def read_workbook(package: Package) -> Workbook:
    """The workbook part and what it refers to.

    Raises:
        UnreadableFileError: a part is missing or damaged.
    """
    part = next(
        (path for kind, path in package.targets("").values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    root = package.tree(part)
    targets = package.targets(part)
    properties = child(root, "workbookPr")
    by_kind = {kind: path for kind, path in targets.values()}
    return Workbook(
        sheets=_sheets(child(root, "sheets"), targets),
        strings=_strings(package, by_kind.get("sharedStrings", "")),
        formats=_formats(package, by_kind.get("styles", "")),
        from_1904=properties is not None and attribute(properties, "date1904") in {"1", "true"},
    )


def string_text(element: ElementTree.Element) -> str:
    """The text of a string item: its runs, without the reading of kanji that Excel keeps beside."""
    out = []
    for inner in element:
        kind = local(inner.tag)
        if kind == "t":
            out.append(inner.text or "")
        elif kind not in _PHONETIC:
            out.append(string_text(inner))
    return unescaped("".join(out))


def unescaped(text: str) -> str:
    """Control characters are written as _x000D_; only line ends matter to a reader."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: _CONTROL.get(match.group(1).lower(), ""), text)


def _sheets(
    element: ElementTree.Element | None, targets: dict[str, tuple[str, str]]
) -> tuple[SheetEntry, ...]:
    found = []
    for sheet in element if element is not None else ():
        kind, part = targets.get(attribute(sheet, "id"), ("", ""))
        if kind == "worksheet":
            hidden = attribute(sheet, "state") in {"hidden", "veryHidden"}
            found.append(SheetEntry(name=attribute(sheet, "name"), part=part, hidden=hidden))
    return tuple(found)


def _strings(package: Package, part: str) -> tuple[str, ...]:
    if not part or not package.has(part):
        return ()
    return tuple(string_text(item) for item in package.tree(part))


def _formats(package: Package, part: str) -> tuple[str, ...]:
    if not part or not package.has(part):
        return ()
    root = package.tree(part)
    codes = dict(BUILT_IN)
    for number_format in child(root, "numFmts") or ():
        identifier = attribute(number_format, "numFmtId")
        if identifier.isdecimal():
            codes[int(identifier)] = attribute(number_format, "formatCode")
    found = []
    for style in child(root, "cellXfs") or ():
        identifier = attribute(style, "numFmtId")
        found.append(codes.get(int(identifier), "General") if identifier.isdecimal() else "General")
    return tuple(found)
