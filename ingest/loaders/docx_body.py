"""The stories of a DOCX (body, cells, text boxes, notes, margins) as lines in reading order."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.loaders.docx_runs import Findings, Runs, is_shaded
from ingest.loaders.docx_styles import Numbering, Style, is_on, numbering_of, outline_level
from ingest.loaders.grid_cells import GridCell
from ingest.loaders.grids import grid_text
from ingest.loaders.packages import attribute, child, local

_CONTAINERS = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"}
_UNIT = re.compile(r"[（(【\[]?\s*単位\s*[：:]?\s*([^）)】\]\s]{1,8})\s*[）)】\]]?$")
_SHORT_LINE = 22  # characters; a line this short is not wrapped prose
# Depth of Heading 1. The first heading of depth 1 would count as the title of the document.
_TOP = 2
_WIDEST_SPAN = 1_000  # columns


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A paragraph or table as text. `item` marks list items, which stand close together."""

    text: str
    item: bool = False
    heading: bool = False


def joined(lines: list[StoryLine]) -> str:
    """A blank line between paragraphs; list items and short lines stand below each other."""
    out = ""
    before: StoryLine | None = None
    for line in lines:
        if before is not None:
            close = (before.item and line.item) or (
                _is_short(before) and _is_short(line) and "\t" not in before.text + line.text
            )
            out += "\n" if close else "\n\n"
        out += line.text
        before = line
    return out + "\n" if out else ""


def _is_short(line: StoryLine) -> bool:
    return not line.heading and len(line.text) < _SHORT_LINE and not line.text.endswith("。")


def _labelled(label: str, text: str) -> str:
    return f"{label}{'' if label == '・' else ' '}{text}" if label else text


def _rows(table: ElementTree.Element) -> Iterator[ElementTree.Element]:
    yield from _inside(table, "tr")


def _cells(row: ElementTree.Element) -> Iterator[ElementTree.Element]:
    yield from _inside(row, "tc")


def _inside(element: ElementTree.Element, wanted: str) -> Iterator[ElementTree.Element]:
    """Rows or cells, also those wrapped in content controls."""
    for inner in element:
        if local(inner.tag) == wanted:
            yield inner
        elif local(inner.tag) in _CONTAINERS:
            yield from _inside(inner, wanted)


def _count(element: ElementTree.Element | None, default: int = 0) -> int:
    value = attribute(element, "val") if element is not None else ""
    return int(value) if value.isdecimal() else default


@dataclass(slots=True)
class StoryReader:
    """Reads the stories of a document; counters and findings run through all of them."""

    styles: dict[str, Style]
    numbering: Numbering
    notes: dict[tuple[str, str], ElementTree.Element]
    findings: Findings = field(default_factory=Findings)
    note_numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    title: str = ""
    carried: str = ""  # text of a paragraph whose end mark was deleted: it goes on in the next

    def lines(
        self, story: ElementTree.Element, *, shaded: bool = False, box: bool = False
    ) -> Iterator[StoryLine]:
        unit = ""
        for element in story:
            kind = local(element.tag)
            if kind == "p":
                for line in self._paragraph(element, shaded, box):
                    found = _UNIT.match(line.text.strip())
                    unit = found.group(1) if found else ""
                    yield line
            elif kind == "tbl":
                if text := self._table(element, unit):
                    yield StoryLine(text)
                unit = ""
            elif kind in _CONTAINERS:
                self.findings.insertions += kind in {"ins", "moveTo"}
                yield from self.lines(element, shaded=shaded, box=box)
            elif kind in {"del", "moveFrom"}:
                self.findings.deletions += 1
        if self.carried:
            yield StoryLine(self.carried)
            self.carried = ""

    def _paragraph(
        self, element: ElementTree.Element, shaded: bool, box: bool
    ) -> Iterator[StoryLine]:
        properties = child(element, "pPr")
        named = child(properties, "pStyle")
        style = self.styles.get(attribute(named, "val"), Style()) if named is not None else Style()
        runs = Runs(
            self.styles, self.findings, self.note_numbers, shaded or is_shaded(properties), box
        )
        text = self.carried + runs.read(element)
        self.carried = ""
        mark = child(properties, "rPr")
        if child(mark, "del") is not None or child(mark, "moveFrom") is not None:
            self.carried = text
            return
        if style.hidden and text.strip():
            self.findings.hidden.append(text.strip())
            text = ""
        level = outline_level(properties)
        yield from self._line(text, properties, style, style.level if level is None else level)
        for content in runs.boxes:
            yield from self.lines(content, box=True)
        for note in runs.notes:
            yield from self._note(note)

    def _line(
        self,
        text: str,
        properties: ElementTree.Element | None,
        style: Style,
        level: int | None,
    ) -> Iterator[StoryLine]:
        text = text.strip(" \u3000\t") if style.contents else text.replace("\t", "\u3000").strip()
        numbered = numbering_of(properties) or style.numbering
        label = self.numbering.label(*numbered) if text and numbered and numbered[0] != "0" else ""
        if not text:
            return
        if level is not None and len(text) <= 120:
            one = " ".join(text.split("\n"))
            self.title = self.title or (one if level < 0 else "")
            depth = min(6, _TOP + level)
            yield StoryLine(f"{'#' * depth} {label} {one}".replace("  ", " "), heading=True)
            return
        alignment = child(properties, "jc")
        if not self.title and alignment is not None and attribute(alignment, "val") == "center":
            self.title = text if 4 <= len(text) <= 60 and "。" not in text else ""
        yield StoryLine(_labelled(label, text), item=bool(label) or style.contents)

    def _note(self, note: tuple[str, str]) -> Iterator[StoryLine]:
        element = self.notes.get(note)
        if element is None:
            return
        text = " ".join(line.text.replace("\n", " ") for line in self.lines(element))
        if text.strip():
            yield StoryLine(f"※{self.note_numbers[note]} {text.strip()}")

    def _table(self, table: ElementTree.Element, unit: str) -> str:
        shaded = is_shaded(child(table, "tblPr")) or child(table, "tblPr", "tblStyle") is not None
        cells: list[GridCell] = []
        open_cells: dict[int, int] = {}
        heads = 0
        for number, row in enumerate(_rows(table)):
            properties = child(row, "trPr")
            if child(properties, "del") is not None:
                self.findings.deletions += 1
                continue
            self.findings.insertions += child(properties, "ins") is not None
            if is_on(properties, "tblHeader") and heads == number:
                heads += 1
            column = _count(child(properties, "gridBefore"))
            for cell in _cells(row):
                column += self._cell(cell, number, column, cells, open_cells, shaded)
        return grid_text(cells, header_rows=heads, unit=unit).text

    def _cell(
        self,
        cell: ElementTree.Element,
        row: int,
        column: int,
        cells: list[GridCell],
        open_cells: dict[int, int],  # column to index in `cells`
        shaded: bool,
    ) -> int:
        """Puts the cell among `cells`; returns how many columns it takes."""
        properties = child(cell, "tcPr")
        span = max(1, min(_count(child(properties, "gridSpan"), 1), _WIDEST_SPAN))
        merge = child(properties, "vMerge")
        if merge is not None and attribute(merge, "val") != "restart" and column in open_cells:
            above = cells[open_cells[column]]
            cells[open_cells[column]] = replace(above, rows=row - above.row + 1)
            return span
        lines = self.lines(cell, shaded=shaded or is_shaded(properties))
        text = "\n".join(line.text.lstrip("# ") if line.heading else line.text for line in lines)
        open_cells[column] = len(cells)
        cells.append(GridCell(row=row, column=column, text=text, columns=span))
        return span
