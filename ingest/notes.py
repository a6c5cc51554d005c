"""Footnotes: entries that explain a term, numbered, apart from the running text."""

import re
from collections.abc import Sequence

from ingest.lines import Line, is_open

_NUMBER_ALONE = re.compile(r"^[0-9０-９]{1,3}$")
_NUMBERED_TERM = re.compile(
    r"^(?:[0-9]{1,3}[ 　]+|注[0-9０-９]{1,2}[）)]?[ 　]*)[^\s：:。][^：:。]{0,38}[：:][ 　]*\S"
)
_NUMBERED_SENTENCE = re.compile(r"^[0-9]{1,3}[ 　]+[A-Za-z][^。]{4,60}の略。")
_TERM = re.compile(r"^[^\s：:。][^：:。]{0,38}[：:][ 　]*\S")
_MARKED = re.compile(r"^※[0-9０-９]{1,2}(?![0-9０-９年月日.,％%])[\s　]*\S")


def find_notes(lines: Sequence[Line], taken: frozenset[int]) -> list[tuple[int, int]]:
    """Footnote entries as ranges of line indexes (first, last inclusive), in order."""
    notes: list[tuple[int, int]] = []
    index = 0
    while index < len(lines):
        opening = 0 if index in taken else _opening_lines(lines, index)
        if not opening:
            index += 1
            continue
        last = index + opening - 1
        while (
            last + 1 < len(lines)
            and last + 1 not in taken
            and lines[last + 1].gap <= 1
            and not _opening_lines(lines, last + 1)
            and _goes_on(lines[last].text)
        ):
            last += 1
        notes.append((index, last))
        index = last + 1
    return notes


def _opening_lines(lines: Sequence[Line], index: int) -> int:
    """How many lines open a note here: 0 none, 1, or 2 when the number stands on its own line."""
    text = lines[index].text
    if _MARKED.match(text) or _NUMBERED_TERM.match(text) or _NUMBERED_SENTENCE.match(text):
        return 1
    if _NUMBER_ALONE.match(text) and index + 1 < len(lines) and lines[index + 1].gap == 0:
        following = lines[index + 1].text
        if _TERM.match(following) and not _NUMBER_ALONE.match(following):
            return 2
    return 0


def _goes_on(text: str) -> bool:
    return is_open(text) and not re.search(r"(?:こと|もの|方法|サービス|略)[。．]?$", text)
