"""The year that stands at the head of what it dates: a row of a chronicle, or the lines below it.

A chronicle whose table was lost in the reading is lines: 「2001 電算 住民記録」 and what belongs to
2001 below it, up to the line that begins with 2002.
"""

import re
from bisect import bisect_right
from functools import lru_cache

from rag.text import key
from rag.types import Chunk, ChunkKind

_YEAR_CELL = re.compile(r"((?:19|20)\d\d)(?:年度?)?(?:[(（][^()（）]{2,8}[)）])?")
_YEAR_LINE = re.compile(r"^[ \u3000]*((?:19|20)\d\d)(?:年度?)?(?=[ \u3000\t]|$)", re.MULTILINE)
_FISCAL_HEAD = re.compile(r"年度$")
_LEAST_LINES = 3  # fewer years at line beginnings are an accident
_LONGEST_STEP = 5  # years between two lines
_LONGEST_BLOCK = 2_000  # characters under one year


def year_of_row(chunk: Chunk) -> str:
    """The year in the first cell of a row, as the row tells it: 「2001」, under 年度 「2001年度」.

    "" where the first cell is no year alone.
    """
    if chunk.kind is not ChunkKind.TABLE_ROW or not chunk.cells:
        return ""
    cell = re.sub(r"\s+", "", chunk.cells[0])
    if not _YEAR_CELL.fullmatch(key(cell)):
        return ""
    fiscal = bool(chunk.columns) and bool(_FISCAL_HEAD.search(re.sub(r"\s+", "", chunk.columns[0])))
    return f"{cell}年度" if fiscal and cell.isdigit() else cell


def year_above(text: str, start: int, end: int) -> str:
    """The year whose lines `text[start:end]` belongs to, "" where it stands in no chronicle.

    Only between two year lines of which the second goes on from the first: after the last of
    them nothing says where its lines end.
    """
    lines = _year_lines(text)
    at = bisect_right(lines, (start, 9_999))
    if not 0 < at < len(lines):
        return ""
    (above, year), (below, following) = lines[at - 1], lines[at]
    within = end <= below and below - above <= _LONGEST_BLOCK
    return str(year) if within and 0 <= following - year <= _LONGEST_STEP else ""


@lru_cache(maxsize=64)
def _year_lines(text: str) -> tuple[tuple[int, int], ...]:
    """(offset, year) of the lines that begin with a year, where several in a row go on."""
    lines = [(match.start(), int(match.group(1))) for match in _YEAR_LINE.finditer(text)]
    kept: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for line in lines:
        if run and not 0 <= line[1] - run[-1][1] <= _LONGEST_STEP:
            kept += run if len(run) >= _LEAST_LINES else []
            run = []
        run.append(line)
    return tuple(kept + (run if len(run) >= _LEAST_LINES else []))
