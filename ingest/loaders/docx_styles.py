"""Styles and automatic numbering of a DOCX: which paragraphs are headings, which number they show."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.loaders.packages import attribute, child, local

_HEADINGS = 9
_DEEPEST_LIST = 8  # levels of a list count from 0
_LARGEST_NUMBER = 999  # beyond it Roman and letter numbers grow without bound
_KANJI = "〇一二三四五六七八九"
_AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """What a paragraph or character style says; `level` 0 is Heading 1, −1 the title."""

    level: int | None = None
    hidden: bool = False
    numbering: tuple[str, int] | None = None
    contents: bool = False  # an entry of the table of contents


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    restart: int | None


@dataclass(slots=True)
class Numbering:
    """Counts the numbered paragraphs in their order, as Word does when it shows them."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)  # numbering id to its shared counters
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def label(self, identifier: str, depth: int) -> str:
        """The number of the next paragraph at that depth: 「第1条」, 「(2)」, 「・」; "" without one."""
        levels = self.levels.get(identifier)
        if levels is None or depth not in levels:
            return ""
        counts = self._counts.setdefault(self.lists.get(identifier, identifier), {})
        level = levels[depth]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or (restart and depth < restart):
                del counts[deeper]
        if level.format == "bullet":
            return "・"
        if level.format == "none":
            return ""
        text = level.text
        for other in range(depth, -1, -1):
            if f"%{other + 1}" in text and other in levels:
                count = counts.get(other, levels[other].start)
                text = text.replace(f"%{other + 1}", _number(count, levels[other].format))
        return text.strip()


def read_styles(root: ElementTree.Element | None) -> dict[str, Style]:
    """Styles by id, with what they take over from the styles they are based on."""
    elements = {
        attribute(style, "styleId"): style
        for style in (root if root is not None else ())
        if local(style.tag) == "style"
    }
    return {identifier: _style(identifier, elements, 0) for identifier in elements}


def read_numbering(root: ElementTree.Element | None) -> Numbering:
    """The numbering definitions of the document."""
    numbering = Numbering()
    if root is None:
        return numbering
    abstract = {
        attribute(element, "abstractNumId"): _levels(element)
        for element in root
        if local(element.tag) == "abstractNum"
    }
    for element in root:
        shared = child(element, "abstractNumId")
        if local(element.tag) != "num" or shared is None:
            continue
        identifier, base = attribute(element, "numId"), attribute(shared, "val")
        levels = dict(abstract.get(base, {}))
        overrides = [inner for inner in element if local(inner.tag) == "lvlOverride"]
        for override in overrides:
            _override(levels, override)
        numbering.levels[identifier] = levels
        numbering.lists[identifier] = identifier if overrides else f"shared {base}"
    return numbering


def numbering_of(properties: ElementTree.Element | None) -> tuple[str, int] | None:
    """(numbering id, depth) that paragraph properties name; id "0" takes a number away."""
    element = child(properties, "numPr")
    if element is None:
        return None
    identifier, depth = child(element, "numId"), child(element, "ilvl")
    if identifier is None:
        return None
    value = attribute(depth, "val") if depth is not None else "0"
    return attribute(identifier, "val"), int(value) if value.isdecimal() else 0


def outline_level(properties: ElementTree.Element | None) -> int | None:
    element = child(properties, "outlineLvl")
    value = attribute(element, "val") if element is not None else ""
    return int(value) if value.isdecimal() and int(value) < _HEADINGS else None


def is_on(properties: ElementTree.Element | None, name: str) -> bool:
    """Whether a toggle such as `vanish` is set."""
    element = child(properties, name)
    return element is not None and attribute(element, "val") not in {"0", "false", "off", "none"}


def _style(identifier: str, elements: dict[str, ElementTree.Element], depth: int) -> Style:
    element = elements.get(identifier)
    if element is None or depth > 12:  # styles may be based on each other in a circle
        return Style()
    based = child(element, "basedOn")
    above = _style(attribute(based, "val"), elements, depth + 1) if based is not None else Style()
    named = child(element, "name")
    name = attribute(named, "val").lower() if named is not None else ""
    properties = child(element, "pPr")
    level = outline_level(properties)
    if level is None and name.startswith("heading ") and name[8:].isdecimal():
        level = int(name[8:]) - 1
    if level is None and name == "title":
        level = -1
    return Style(
        level=above.level if level is None else level,
        hidden=above.hidden or is_on(child(element, "rPr"), "vanish"),
        numbering=numbering_of(properties) or above.numbering,
        contents=above.contents or name.startswith("toc "),
    )


def _levels(element: ElementTree.Element) -> dict[int, _Level]:
    found = {}
    for level in element:
        depth = attribute(level, "ilvl")
        if local(level.tag) == "lvl" and depth.isdecimal() and int(depth) <= _DEEPEST_LIST:
            found[int(depth)] = _level(level)
    return found


def _level(element: ElementTree.Element) -> _Level:
    def value(name: str, default: str) -> str:
        inner = child(element, name)
        return attribute(inner, "val") if inner is not None else default

    start, restart = value("start", "1"), value("lvlRestart", "")
    return _Level(
        format=value("numFmt", "decimal"),
        text=value("lvlText", ""),
        start=int(start) if start.isdecimal() else 1,
        restart=int(restart) if restart.isdecimal() else None,
    )


def _override(levels: dict[int, _Level], override: ElementTree.Element) -> None:
    depth = attribute(override, "ilvl")
    if not depth.isdecimal() or int(depth) > _DEEPEST_LIST:
        return
    own, start = child(override, "lvl"), child(override, "startOverride")
    if own is not None:
        levels[int(depth)] = _level(own)
    value = attribute(start, "val") if start is not None else ""
    if value.isdecimal() and int(depth) in levels:
        level = levels[int(depth)]
        levels[int(depth)] = _Level(level.format, level.text, int(value), level.restart)


def _number(count: int, kind: str) -> str:
    writer = _WRITERS.get(kind)
    return writer(count) if writer and 0 < count <= _LARGEST_NUMBER else str(count)


def _letter(count: int, letters: str) -> str:
    return letters[(count - 1) % len(letters)] * ((count - 1) // len(letters) + 1)


def _kanji(count: int) -> str:
    if not 0 < count < 100:
        return "".join(_KANJI[int(digit)] for digit in str(count))
    tens, ones = divmod(count, 10)
    return (
        ("" if tens < 2 else _KANJI[tens]) + ("十" if tens else "") + (_KANJI[ones] if ones else "")
    )


def _circled(count: int) -> str:
    return chr(0x2460 + count - 1) if 0 < count <= 20 else f"({count})"


def _roman(count: int) -> str:
    out = ""
    for value, letters in zip(
        (100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        out += letters * (count // value)
        count %= value
    return out


_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WRITERS: dict[str, Callable[[int], str]] = {
    "decimalFullWidth": lambda n: str(n).translate(_FULL_WIDTH),
    "decimalFullWidth2": lambda n: str(n).translate(_FULL_WIDTH),
    "decimalZero": lambda n: f"{n:02d}",
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedParen": lambda n: f"({n})",
    "aiueo": lambda n: _letter(n, _AIUEO),
    "aiueoFullWidth": lambda n: _letter(n, _AIUEO),
    "iroha": lambda n: _letter(n, _IROHA),
    "irohaFullWidth": lambda n: _letter(n, _IROHA),
    "japaneseCounting": _kanji,
    "japaneseDigitalTenThousand": _kanji,
    "ideographDigital": _kanji,
    "chineseCounting": _kanji,
    "upperLetter": lambda n: _letter(n, _LATIN),
    "lowerLetter": lambda n: _letter(n, _LATIN.lower()),
    "upperRoman": _roman,
    "lowerRoman": lambda n: _roman(n).lower(),
}
