"""The text of one DOCX paragraph in its accepted view: insertions in, deletions and hidden text out."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from ingest.loaders.docx_styles import Style, is_on
from ingest.loaders.packages import attribute, child, local

_WRAPPERS = {
    "ins", "moveTo", "hyperlink", "smartTag", "customXml", "sdtContent", "fldSimple", "dir", "bdo",
    "oMath", "oMathPara", "rubyBase",
}  # fmt: skip
_DELETED = {"del", "moveFrom"}
_TINY = 4  # half points; nobody reads letters of 2 points
_SYMBOLS = {"F0FE": "☑", "F0FD": "☒", "F06F": "□", "F0A8": "□", "F052": "☑", "F0A3": "□", "F0FC": "✓", "F0B7": "・", "F06C": "●", "F06E": "■", "F075": "◆", "F0E0": "→"}  # fmt: skip


@dataclass(slots=True)
class Findings:
    """What a reader of the page would not see, and what else people should know of."""

    hidden: list[str] = field(default_factory=list)
    insertions: int = 0
    deletions: int = 0
    fields_to_files: int = 0
    objects: int = 0


@dataclass(slots=True)
class Runs:
    """Collects a paragraph's text, the notes it refers to and the text boxes anchored in it.

    `shaded` tells that something behind the text is coloured, so that white letters can be read.
    """

    styles: dict[str, Style]
    findings: Findings
    note_numbers: dict[tuple[str, str], int]
    shaded: bool = False
    in_box: bool = False
    text: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[ElementTree.Element] = field(default_factory=list)
    _fields: list[bool] = field(default_factory=list)  # per open field: whether its result is on

    def read(self, paragraph: ElementTree.Element) -> str:
        self._walk(paragraph)
        return "".join(self.text)

    def _walk(self, element: ElementTree.Element) -> None:
        for inner in element:
            kind = local(inner.tag)
            if kind == "r":
                self._run(inner)
            elif kind in _DELETED:
                self.findings.deletions += 1
            elif kind in _WRAPPERS:
                self.findings.insertions += kind in {"ins", "moveTo"}
                if kind == "fldSimple":
                    self._note_field(attribute(inner, "instr"))
                self._walk(inner)
            elif kind in {"sdt", "ruby"}:
                self._walk(inner)
            elif kind == "AlternateContent":
                self._walk(_choice(inner))
            elif kind not in {"pPr", "rt", "sdtPr"}:
                self._walk_math(inner)

    def _walk_math(self, element: ElementTree.Element) -> None:
        """Formulas nest their runs in fractions, roots and the like."""
        if "officeDocument" in str(element.tag) and "math" in str(element.tag):
            self._walk(element)

    def _run(self, run: ElementTree.Element) -> None:
        properties = child(run, "rPr")
        before = len(self.text)
        for inner in run:
            self._piece(inner)
        if len(self.text) == before:
            return
        shown = "".join(self.text[before:])
        if shown.strip() and self._is_hidden(properties):
            self.findings.hidden.append(shown.strip())
            del self.text[before:]

    def _piece(self, element: ElementTree.Element) -> None:
        kind = local(element.tag)
        if kind == "fldChar":
            self._field(attribute(element, "fldCharType"))
        elif kind == "instrText":
            self._note_field(element.text or "")
        elif self._fields and not all(self._fields):
            return
        elif kind == "t":
            self.text.append(element.text or "")
        elif kind in {"tab", "ptab"}:
            self.text.append("\t")
        elif kind in {"br", "cr"}:
            self.text.append("\n")
        elif kind == "noBreakHyphen":
            self.text.append("-")
        elif kind == "sym":
            self.text.append(_SYMBOLS.get(attribute(element, "char").upper(), ""))
        elif kind in {"footnoteReference", "endnoteReference"}:
            self._note(kind.removesuffix("Reference"), attribute(element, "id"))
        elif kind == "ruby":
            self._walk(element)
        elif kind in {"drawing", "pict", "object", "AlternateContent"}:
            self._drawing(element)

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(False)
        elif self._fields and kind == "separate":
            self._fields[-1] = True
        elif self._fields and kind == "end":
            self._fields.pop()

    def _note_field(self, instruction: str) -> None:
        words = instruction.split()
        self.findings.fields_to_files += bool(words) and words[0].upper() in {
            "INCLUDETEXT", "INCLUDEPICTURE", "DDE", "DDEAUTO", "LINK",
        }  # fmt: skip

    def _note(self, kind: str, identifier: str) -> None:
        number = self.note_numbers.setdefault((kind, identifier), len(self.note_numbers) + 1)
        self.text.append(f"※{number}")
        self.notes.append((kind, identifier))

    def _drawing(self, element: ElementTree.Element) -> None:
        if local(element.tag) == "AlternateContent":
            element = _choice(element)
        self.findings.objects += any(local(inner.tag) == "OLEObject" for inner in element.iter())
        stack = [element]
        while stack:
            inner = stack.pop()
            if local(inner.tag) == "txbxContent":
                self.boxes.append(inner)
            elif local(inner.tag) == "AlternateContent":
                stack.append(_choice(inner))
            else:
                stack.extend(reversed(list(inner)))

    def _is_hidden(self, properties: ElementTree.Element | None) -> bool:
        if properties is None:
            return False
        style = child(properties, "rStyle")
        named = self.styles.get(attribute(style, "val"), Style()) if style is not None else Style()
        if is_on(properties, "vanish") or (named.hidden and child(properties, "vanish") is None):
            return True
        size = child(properties, "sz")
        points = attribute(size, "val") if size is not None else ""
        if points.isdecimal() and int(points) <= _TINY:
            return True
        colour = child(properties, "color")
        white = colour is not None and attribute(colour, "val").upper() == "FFFFFF"
        return white and not (
            self.shaded
            or self.in_box
            or is_shaded(properties)
            or child(properties, "highlight") is not None
        )


def is_shaded(properties: ElementTree.Element | None) -> bool:
    """Whether a run, paragraph or cell has a colour behind it."""
    shade = child(properties, "shd")
    if shade is None:
        return False
    fill = attribute(shade, "fill").upper()
    themed = attribute(shade, "themeFill")
    return bool(themed) or fill not in {"", "AUTO", "FFFFFF"} or attribute(shade, "val") == "solid"


def _choice(element: ElementTree.Element) -> ElementTree.Element:
    """Of a drawing kept in two editions the newer one; else the other."""
    for kind in ("Choice", "Fallback"):
        for inner in element:
            if local(inner.tag) == kind and len(inner):
                return inner
    return element
