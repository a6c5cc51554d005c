"""HTML as text: headings as `#` lines, lists, tables as tab-separated rows; nothing hidden."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ingest.errors import UnreadableFileError
from ingest.limits import in_force
from ingest.loaders.encoding import decode
from ingest.loaders.grid_cells import GridCell
from ingest.loaders.grids import grid_text
from ingest.loaders.records import LoadedDocument, LoadedPage
from rag.text import clean

_DROPPED = {
    "script", "style", "template", "noscript", "nav", "svg", "math", "canvas", "iframe", "object",
    "select", "textarea", "button", "rt", "rp", "del", "s", "datalist", "audio", "video", "map",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "address", "blockquote",
    "dl", "dd", "dt", "figure", "figcaption", "form", "fieldset", "details", "summary", "hr", "ul",
    "ol", "li", "pre", "center", "body", "caption", "legend",
}  # fmt: skip
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
}  # fmt: skip
_HEADING = re.compile(r"h([1-6])$")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)|opacity\s*:\s*0\s*(?:;|$)",
    re.IGNORECASE,
)
_UNIT = re.compile(r"[（(【\[]?\s*単位\s*[：:]?\s*([^）)】\]\s]{1,8})\s*[）)】\]]?$")
_SPACE = re.compile(r"[ \t\r\f\v\n]+")
_WIDEST_SPAN = 1_000
_SHOWN = 30


@dataclass(slots=True)
class _Table:
    cells: list[GridCell] = field(default_factory=list)
    taken: dict[int, int] = field(
        default_factory=dict
    )  # column to the row down to which it is filled
    row: int = -1
    column: int = 0
    heads: int = 0
    head_row: bool = False
    open: tuple[int, int] | None = None  # rows and columns of the open cell
    text: list[str] = field(default_factory=list)

    def add(self) -> None:
        if self.open is None:
            return
        rows, columns = self.open
        self.open = None
        while self.taken.get(self.column, -1) >= self.row:
            self.column += 1
        for column in range(self.column, self.column + columns):
            self.taken[column] = self.row + rows - 1
        text = "".join(self.text)
        self.cells.append(
            GridCell(row=self.row, column=self.column, text=text, rows=rows, columns=columns)
        )
        self.text = []
        self.column += columns


def load_html(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    """One page: what a browser would show, in order.

    Raises:
        UnreadableFileError: no known encoding, no text, or too much.
    """
    decoded, _ = decode(content, name)
    if len(decoded) > 4 * in_force().characters:
        raise UnreadableFileError(
            f"「{name}」は{len(decoded):,}文字あり、読み込める大きさを超えています。分割して登録してください。"
        )
    reader = _Reader()
    reader.feed(clean(decoded))
    reader.close()
    text = reader.result()
    if not text.strip():
        raise UnreadableFileError(
            f"「{name}」には表示される文字がありません。内容を確かめてください。"
        )
    return LoadedDocument(
        pages=(LoadedPage(text=text),),
        has_pages=False,
        media_type="text/html",
        metadata_title=reader.title,
        warnings=tuple(_warnings(name, reader.hidden)),
    )


def _warnings(name: str, hidden: list[str]) -> list[str]:
    shown = [text for text in (_SPACE.sub(" ", part).strip() for part in hidden) if text]
    if not shown:
        return []
    sample = shown[0][:_SHOWN] + ("…" if len(shown[0]) > _SHOWN else "")
    return [
        f"「{name}」に画面では見えない文字が{len(shown)}か所（例:「{sample}」）あり、検索の対象から外しました。"
    ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.hidden: list[str] = []
        self._paragraphs: list[str] = []
        self._text: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []  # element, dropped, hidden
        self._dropped = self._concealed = self._preformatted = 0
        self._lists: list[int] = []  # next number of each open list, 0 for bullets
        self._tables: list[_Table] = []
        self._in_title = self._in_head = False

    def result(self) -> str:
        while self._tables:
            self._close_table()
        self._break()
        out = ""
        for paragraph in self._paragraphs:
            close = paragraph.startswith(("・", "　")) or re.match(r"\d+\. ", paragraph)
            close = close and re.match(r"[\s　]*(?:・|\d+\. )", out.rpartition("\n")[2])
            out += ("" if not out else "\n" if close else "\n\n") + paragraph
        return out + "\n" if out else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._text.append("\n")
            return
        self._before(tag, dict(attrs))
        if tag in _VOID:
            return
        attributes = dict(attrs)
        dropped = tag in _DROPPED
        concealed = "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
        self._open.append((tag, dropped, concealed))
        self._dropped += dropped
        self._concealed += concealed
        self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or not any(opened == tag for opened, _, _ in self._open[-200:]):
            return
        while self._open:
            opened, dropped, concealed = self._open.pop()
            self._dropped -= dropped
            self._concealed -= concealed
            self._preformatted -= opened == "pre"
            self._after(opened)
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title = _SPACE.sub(" ", self.title + data).strip()
        elif self._in_head or self._dropped:
            return
        elif self._concealed:
            self.hidden.append(data)
        else:
            self._text.append(data if self._preformatted else _SPACE.sub(" ", data))

    def _before(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag in {"head", "title"}:
            self._in_head = self._in_head or tag == "head"
            self._in_title = self._in_title or (tag == "title" and not self._open_is("svg"))
        elif tag == "body":
            self._in_head = False
        if tag in {"ul", "ol"}:
            self._break()
            start = attributes.get("start") or "1"
            self._lists.append(int(start) if tag == "ol" and start.isdecimal() else tag == "ol")
        elif tag == "table":
            self._break()
            self._tables.append(_Table())
        elif tag in {"tr", "td", "th", "thead", "tbody", "tfoot"} and self._tables:
            self._table_part(tag, attributes)
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._break()
        if tag == "li":
            self._text.append(self._bullet())

    def _open_is(self, tag: str) -> bool:
        return any(opened == tag for opened, _, _ in self._open)

    def _bullet(self) -> str:
        depth = "　" * max(0, len(self._lists) - 1)
        if not self._lists or not self._lists[-1]:
            return f"{depth}・"
        self._lists[-1] += 1
        return f"{depth}{self._lists[-1] - 1}. "

    def _table_part(self, tag: str, attributes: dict[str, str | None]) -> None:
        table = self._tables[-1]
        self._end_cell()
        if tag == "tr":
            table.row += 1
            table.column = 0
            table.head_row = True
        elif tag in {"td", "th"}:
            table.row = max(0, table.row)
            table.head_row = table.head_row and tag == "th"
            if tag == "td" and table.heads == table.row + 1:
                table.heads = table.row
            elif tag == "th" and table.head_row and table.heads == table.row:
                table.heads = table.row + 1
            table.open = (_span(attributes, "rowspan"), _span(attributes, "colspan"))

    def _after(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "head":
            self._in_head = False
        elif tag in {"ul", "ol"} and self._lists:
            self._break()
            self._lists.pop()
        elif tag in {"td", "th", "tr"} and self._tables:
            self._end_cell()
        elif tag == "table" and self._tables:
            self._close_table()
        elif heading := _HEADING.match(tag):
            text = _SPACE.sub(" ", self._taken())
            self._put(f"{'#' * int(heading.group(1))} {text}" if text else "")
        elif tag in _BLOCKS:
            self._break()

    def _end_cell(self) -> None:
        table = self._tables[-1]
        if table.open is not None:
            table.text.append(self._taken())
            table.add()

    def _close_table(self) -> None:
        self._end_cell()
        table = self._tables.pop()
        rows = table.row + 1
        heads = table.heads if 0 < table.heads < rows else 0
        before = self._paragraphs[-1] if self._paragraphs and not self._tables else ""
        unit = _UNIT.match(before.strip())
        text = grid_text(table.cells, header_rows=heads, unit=unit.group(1) if unit else "").text
        if self._tables and self._tables[-1].open is not None:
            self._text.append(text)  # a table inside a cell becomes text of that cell
        else:
            self._put(text)

    def _break(self) -> None:
        if self._tables and self._tables[-1].open is not None:
            self._text.append("\n")
        else:
            self._put(self._taken())

    def _taken(self) -> str:
        text = "".join(self._text)
        self._text = []
        lines = (line.strip(" \t") for line in text.split("\n"))
        return "\n".join(line for line in lines if line).strip("\n")

    def _put(self, text: str) -> None:
        if text.strip("・ \u3000"):
            self._paragraphs.append(text)


def _span(attributes: dict[str, str | None], name: str) -> int:
    value = attributes.get(name) or "1"
    return max(1, min(int(value), _WIDEST_SPAN)) if value.isdecimal() and len(value) < 8 else 1
