"""What the whole document says about its headings: contents, title, Markdown depths."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lines import Line
from ingest.marks import MARKDOWN, MARKUP, mark_of
from rag.text import key

_TOC_ENTRY = re.compile(
    r"^(.+?)(?:[\s　.．・…‥]{3,}|\t+)[\s　]*-?[\s　]*([0-9０-９]{1,3})[\s　]*-?$"
)

_LONGEST_ENTRY = 300  # characters


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """`contents` holds levels by the key of the title; `sound_markdown` says whether Markdown
    depths can be trusted; `title` is the key of the document's own heading, "" if there is none.
    """

    contents: Mapping[str, int]
    sound_markdown: bool
    title: str


def read_outline(lines: Sequence[Line]) -> Outline:
    """The outline of a document from all its lines."""
    return Outline(
        contents=_contents(lines),
        sound_markdown=_markdown_is_sound(lines),
        title=_document_title(lines),
    )


def _markdown_is_sound(lines: Sequence[Line]) -> bool:
    """Whether every numbering family has one Markdown depth throughout the document.

    Text recognition assigns depths page by page; then the numbering is the better guide.
    """
    depths: dict[str, set[int]] = {}
    count = 0
    for line in lines:
        match = MARKDOWN.match(line.text)
        if (
            match
            and (mark := mark_of(match.group(2)))
            and mark.family in {"chapter", "sub", "number"}
        ):
            depths.setdefault(mark.family, set()).add(len(match.group(1)))
            count += 1
    return count < 2 or all(len(found) == 1 for found in depths.values())


def _document_title(lines: Sequence[Line]) -> str:
    """Key of the first Markdown heading of the first depth, "" if there is none."""
    for line in lines:
        if (match := MARKDOWN.match(line.text)) and len(match.group(1)) == 1:
            return "" if mark_of(match.group(2)) else key(match.group(2))
    return ""


def _contents(lines: Sequence[Line]) -> dict[str, int]:
    """Titles listed in a table of contents (as keys), with their level."""
    levels: dict[str, int] = {}
    run: list[tuple[str, int]] = []
    for line in lines:
        # Quadratic on a line of nothing but dots; no entry is that long.
        match = _TOC_ENTRY.match(line.text) if len(line.text) <= _LONGEST_ENTRY else None
        if match and len(match.group(1)) <= 60 and line.gap <= 1:
            title = MARKUP.sub("", match.group(1)).strip().replace("\t", " ")
            mark = mark_of(title)
            level = mark.level if mark and mark.family != "marker" else 25
            run.append((key(mark.rest if mark and mark.rest else title), level))
            continue
        if len(run) >= 3:
            levels.update(run)
        run = []
    if len(run) >= 3:
        levels.update(run)
    return {title: level for title, level in levels.items() if len(title) >= 3}
