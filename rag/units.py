"""The pieces an extractive answer is made of: sentences, lists, table rows, each with its range."""

import re
from dataclasses import dataclass

from rag.text import MappedText, join_lines, split_sentences
from rag.types import Chunk, ChunkKind, Page

MAX_BLOCK_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable piece of a chunk. `page.text[start:end]` is its quote, `text` how it reads."""

    chunk: Chunk
    start: int
    end: int
    text: str
    kind: ChunkKind


_MARKER = re.compile(r"^[ \u3000]*(?:[-*+•●○◯◎◆◇■□▪▶►▲△★☆✓✔⇒→・◦]+[ \u3000]*)+")
_HEADING_MARK = re.compile(r"^#{1,6}\s+")
_SENTENCE_END = "。！？!?"


def units_of(chunk: Chunk, page: Page) -> list[Unit]:
    """The units of `chunk` in text order."""
    if chunk.kind is ChunkKind.TABLE_ROW:
        return [Unit(chunk, chunk.start, chunk.end, read_row(chunk), chunk.kind)]
    mapped = join_lines(page.text[chunk.start : chunk.end])
    sentences = split_sentences(mapped.text)
    if chunk.kind is ChunkKind.LIST:
        return _list_units(chunk, mapped, sentences)
    return _prose_units(chunk, mapped, sentences)


def read_row(chunk: Chunk) -> str:
    """A table row as it is read aloud: each filled cell with its column head."""
    if not chunk.columns or len(chunk.columns) != len(chunk.cells):
        return chunk.text
    cells = [
        f"{head}：{cell}" if head else cell
        for head, cell in zip(chunk.columns, chunk.cells, strict=True)
        if cell.strip()
    ]
    return "／".join(cells)


def plain(text: str) -> str:
    """A line without its bullet."""
    return _MARKER.sub("", _HEADING_MARK.sub("", text)).strip()


def _unit(chunk: Chunk, mapped: MappedText, start: int, end: int, text: str) -> Unit:
    low, high = mapped.source_range(start, end)
    return Unit(chunk, chunk.start + low, chunk.start + high, text, chunk.kind)


def _list_units(
    chunk: Chunk, mapped: MappedText, sentences: list[tuple[int, int]]
) -> list[Unit]:
    """The whole list as one unit; the items alone serve the scoring of facts."""
    if not sentences:
        return []
    lines = [plain(mapped.text[start:end]) for start, end in sentences]
    whole = _unit(chunk, mapped, sentences[0][0], sentences[-1][1], _read_list(lines))
    if len(whole.text) <= MAX_BLOCK_CHARACTERS or len(sentences) < 3:
        return [whole]
    items = [
        _unit(chunk, mapped, start, end, line)
        for (start, end), line in zip(sentences, lines, strict=True)
        if line
    ]
    return [whole, *items]


def _read_list(lines: list[str]) -> str:
    out = ""
    for line in lines:
        if not line:
            continue
        if out and out[-1] not in _SENTENCE_END + "：:":
            out += "、" if len(line) < 40 and len(out) < 400 else "／"
        out += line
    return out


def _prose_units(
    chunk: Chunk, mapped: MappedText, sentences: list[tuple[int, int]]
) -> list[Unit]:
    """Sentences; lines that end without a full stop belong together (label and value)."""
    units: list[Unit] = []
    block: list[tuple[int, int]] = []

    def close() -> None:
        if block:
            text = " ".join(plain(mapped.text[start:end]) for start, end in block)
            units.append(_unit(chunk, mapped, block[0][0], block[-1][1], text.strip()))
            block.clear()

    for start, end in sentences:
        if mapped.text[end - 1] in _SENTENCE_END and len(mapped.text[start:end]) >= 12:
            close()
            units.append(_unit(chunk, mapped, start, end, plain(mapped.text[start:end])))
            continue
        if block and end - block[0][0] > MAX_BLOCK_CHARACTERS:
            close()
        block.append((start, end))
    close()
    return [unit for unit in units if unit.text]
