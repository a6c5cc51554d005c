"""The pieces an extractive answer is made of: sentences, lists, table rows, each with its range."""

import re
from dataclasses import dataclass, field, replace

from rag.chronicles import year_above, year_of_row
from rag.text import DOT_LEADERS, MappedText, join_lines, key, split_sentences
from rag.types import Chunk, ChunkKind, Page

MAX_BLOCK_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable piece of a chunk. `page.text[start:end]` is its quote.

    `parts` are the complete pieces it reads as (one sentence, the items of a list, the cells of
    a row); dropping some of them leaves a text that is still whole. `dated` is the year of the
    chronicle that it stands under, "" where it stands in none.
    """

    chunk: Chunk
    start: int
    end: int
    parts: tuple[str, ...]
    kind: ChunkKind
    dated: str = ""

    # The parts as one text, joined once: it is looked at some twenty times for each question.
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", join_parts(self.parts, self.kind))


# Not the sign of a figure: 「-3.2%」「△1,234千円」.
_MARKER = re.compile(
    r"^[ \u3000]*(?:(?![-+－＋]\d|[△▲]\s*\d)[-*+•●○◯◎◆◇■□▪▶►▲△★☆✓✔⇒→➢・◦][ \u3000]*)+"
)
_HEADING_MARK = re.compile(r"^#{1,6}\s+")
# A heading and its page number. Several with rising numbers are a table of contents, which says
# nothing; labels with figures do not rise.
_CONTENTS_LINE = re.compile(r"\S\s*(?:\t|[.．…‥・]{3,})\s*(\d{1,3})\s*$")
_FEWEST_CONTENTS = 3
_SENTENCE_END = "。！？!?"
# A line break inside a cell is a wrapped line unless an item or sentence starts after it.
_WRAPPED_CELL = re.compile(r"(?<![。：:])\s*\n[ \t]*(?![-・●○■◆①-⑳※(（【<➢]|\d+[.)]|\s)")
_LONG_CELL = 80  # a longer cell is read as its sentences and items


def units_of(chunk: Chunk, page: Page) -> list[Unit]:
    """The units of `chunk` in text order."""
    if chunk.kind is ChunkKind.TABLE_ROW:
        parts = _row_parts(chunk)
        dated = year_of_row(chunk)
        return [Unit(chunk, chunk.start, chunk.end, parts, chunk.kind, dated)] if parts else []
    mapped = _read_chunk(chunk, page.text)
    sentences = _without_contents(mapped.text, split_sentences(mapped.text))
    cut = _list_units if chunk.kind is ChunkKind.LIST else _prose_units
    units = cut(chunk, mapped, sentences)
    year = year_above(page.text, chunk.start, chunk.end)
    # A sentence there is a note at the foot of the page, or no chronicle.
    return [replace(u, dated="" if "。" in u.text else year) for u in units] if year else units


def _without_contents(text: str, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """`pieces` of `text` but for the lines of a table of contents."""
    pieces = [piece for piece in pieces if not DOT_LEADERS.search(text, *piece)]
    found = [_CONTENTS_LINE.search(text[start:end]) for start, end in pieces]
    pages = [int(match.group(1)) for match in found if match]
    if len(pages) < _FEWEST_CONTENTS or pages != sorted(pages) or pages[0] == pages[-1]:
        return pieces
    return [piece for piece, match in zip(pieces, found, strict=True) if not match]


def _read_chunk(chunk: Chunk, text: str) -> MappedText:
    """The chunk's joined lines; its headings keep lines of their own, whatever they end with."""
    start = _body_start(chunk, text)
    body = join_lines(text[start : chunk.end])
    if start == chunk.start:
        return body
    head = join_lines(text[chunk.start : start])
    shift = start - chunk.start
    return MappedText(
        f"{head.text}\n{body.text}",
        (*head.offsets[:-1], shift - 1, *(shift + offset for offset in body.offsets)),
    )


def _body_start(chunk: Chunk, text: str) -> int:
    """Where the chunk's own text begins, after the headings it may start with."""
    headings = {key(part) for part in chunk.heading}
    start = chunk.start
    while start < chunk.end:
        end = text.find("\n", start, chunk.end)
        line = text[start : end if end >= 0 else chunk.end]
        if end < 0 or (line.strip() and key(plain(line)) not in headings):
            break
        start = end + 1
    return start if text[start : chunk.end].strip() else chunk.start


def join_parts(parts: tuple[str, ...] | list[str], kind: ChunkKind) -> str:
    """Parts as one text: 「、」 between short list items, 「／」 between cells and long items."""
    out = ""
    for part in parts:
        if out and out[-1] not in _SENTENCE_END + "：:":
            short = kind is not ChunkKind.TABLE_ROW and len(part) < 40
            out += ("、" if short else "／") if kind is not ChunkKind.PROSE else " "
        out += part
    return out


def plain(text: str) -> str:
    """A line without its bullet."""
    return _MARKER.sub("", _HEADING_MARK.sub("", text)).strip()


def _row_parts(chunk: Chunk) -> tuple[str, ...]:
    """Each filled cell with its column head; a long cell as its sentences and items."""
    if not chunk.cells:
        return (chunk.text,) if chunk.text else ()
    headed = len(chunk.columns) == len(chunk.cells)
    parts: list[str] = []
    for index, cell in enumerate(chunk.cells):
        text = join_lines(_WRAPPED_CELL.sub("", cell)).text
        pieces = [plain(text[start:end]) for start, end in split_sentences(text)]
        pieces = [piece for piece in pieces if piece]
        if not pieces:
            continue
        if len(text) <= _LONG_CELL:
            pieces = [join_parts(pieces, ChunkKind.LIST)]
        head = re.sub(r"\s+", "", chunk.columns[index]) if headed else ""
        parts.append(f"{head}：{pieces[0]}" if head and head != pieces[0] else pieces[0])
        parts.extend(pieces[1:])
    return tuple(parts)


def _unit(chunk: Chunk, mapped: MappedText, start: int, end: int, parts: tuple[str, ...]) -> Unit:
    low, high = mapped.source_range(start, end)
    return Unit(chunk, chunk.start + low, chunk.start + high, parts, chunk.kind)


def _list_units(chunk: Chunk, mapped: MappedText, sentences: list[tuple[int, int]]) -> list[Unit]:
    """The whole list as one unit; in a long one the items alone as well."""
    lines = [(start, end, plain(mapped.text[start:end])) for start, end in sentences]
    lines = [line for line in lines if line[2]]
    if not lines:
        return []
    whole = _unit(chunk, mapped, lines[0][0], lines[-1][1], tuple(line[2] for line in lines))
    if len(whole.text) <= MAX_BLOCK_CHARACTERS or len(lines) < 3:
        return [whole]
    return [whole, *(_unit(chunk, mapped, start, end, (text,)) for start, end, text in lines)]


def _prose_units(chunk: Chunk, mapped: MappedText, sentences: list[tuple[int, int]]) -> list[Unit]:
    """Sentences; lines that end without a full stop belong together (label and value)."""
    units: list[Unit] = []
    block: list[tuple[int, int]] = []

    def close() -> None:
        parts = tuple(part for s, e in block if (part := plain(mapped.text[s:e])))
        if parts:
            units.append(_unit(chunk, mapped, block[0][0], block[-1][1], parts))
        block.clear()

    for start, end in sentences:
        if mapped.text[end - 1] in _SENTENCE_END and end - start >= 12:
            close()
            text = plain(mapped.text[start:end])
            if text:
                units.append(_unit(chunk, mapped, start, end, (text,)))
            continue
        if block and end - block[0][0] > MAX_BLOCK_CHARACTERS:
            close()
        block.append((start, end))
    close()
    return units
