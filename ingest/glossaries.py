"""Glossaries set in two columns: a term, and its meaning over one or more lines."""

import re
from collections.abc import Sequence

from ingest.lines import Line
from ingest.tables import Row, Span, Table

_HEADER = re.compile(r"^(?:用\s*語|用語名)[\s　]+(?:意\s*味|説\s*明|解\s*説|内\s*容)$")
_NUMBERED = re.compile(r"^[\d０-９]+[.．]?[\s　]")
_TOKEN = re.compile(r"[^\s　]+")


def find_glossaries(lines: Sequence[Line], used: frozenset[int]) -> list[Table]:
    """Tables of 用語 and 意味 below a line with these heads, in order."""
    tables: list[Table] = []
    for index, line in enumerate(lines):
        if index in used or not _HEADER.match(line.text):
            continue
        rows: list[Row] = []
        last = index
        position = index + 1
        while position < len(lines) and position not in used:
            end = _entry_end(lines, position)
            if end is None:
                break
            rows.append(_entry(lines, position, end))
            last, position = end, end + 1
        if len(rows) >= 2:
            tables.append(Table(index, last, tuple(rows), ("用語", "意味")))
    return tables


def _entry_end(lines: Sequence[Line], first: int) -> int | None:
    """The last line of the glossary entry that opens at `first`: its sentence is over there."""
    for index in range(first, min(len(lines), first + 16)):
        text = lines[index].text
        numbered = index == first and _NUMBERED.match(text) is not None  # the title of a new part
        if (
            numbered
            or _HEADER.match(text)
            or (index > first and re.match(r"^第[\d一-十]+章", text))
        ):
            return None
        ends = re.search(r"[。）)]$", text) is not None
        following = lines[index + 1].text if index + 1 < len(lines) else ""
        if ends and (
            not following
            or _opens_entry(following, lines[index + 1].gap)
            or _HEADER.match(following)
        ):
            return index
        if ends and not _opens_entry(following, lines[index + 1].gap) and lines[index + 1].gap >= 2:
            return index
    return None


def _opens_entry(text: str, gap: int) -> bool:
    words = text.split()
    if re.fullmatch(r"[ぁ-んァ-ヶ]", words[0]) and len(words) > 2:
        words = words[1:]
    if len(words) >= 2 and 2 <= len(words[0]) <= 16 and not re.search(r"[。、]", words[0]):
        return True
    return gap >= 1 and len(text) <= 14 and not re.search(r"[。、]", text)


def _entry(lines: Sequence[Line], first: int, last: int) -> Row:
    """Term and definition. A term may be wrapped: short lines without a sentence belong to it."""
    start, end = lines[first].start, lines[last].end
    while first < last and len(lines[first].text) == 1:
        first += 1  # an index word set upright: ア, ル, フ, …
    tokens = _tokens(lines[first])
    if (
        len(tokens) > 2
        and tokens[0][1] - tokens[0][0] == 1
        and len(lines[first].text.split()[0]) == 1
    ):
        tokens = tokens[1:]  # the index letter あ, か, …
    if len(tokens) >= 2:
        return Row(start, end, ((tokens[0][0], tokens[0][1]), (tokens[1][0], end)))
    term_last = first
    while (
        term_last < last
        and len(lines[term_last + 1].text) <= 13
        and "。" not in lines[term_last + 1].text
    ):
        term_last += 1
    if term_last == last:
        return Row(start, end, ((start, end),))
    return Row(
        start, end, ((lines[first].start, lines[term_last].end), (lines[term_last + 1].start, end))
    )


def _tokens(line: Line) -> list[Span]:
    return [(line.start + m.start(), line.start + m.end()) for m in _TOKEN.finditer(line.text)]
