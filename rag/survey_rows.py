"""Rows of a survey that extraction left without heads: 「回覧板 180 44%」 is an option with its replies.

A line of such a table is a label, a whole number and a percentage. Where the page calls its numbers
回答数 or 回収数 nearby, the number counts replies and the percentage is their share.
"""

import re
from dataclasses import replace

from rag.table_pairing import counted_otherwise, printed_range
from rag.text import normal
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit, units_of

_LINE = re.compile(
    r"^[ \u3000]*(?P<label>[^\s\d%％][^\n%％。]{1,59}?)[ \u3000]+(?P<count>\d[\d,]*)[ \u3000]+(?P<share>\d+(?:\.\d+)?[ ]?[%％])[ \u3000]*$",
    re.MULTILINE,
)
_COUNT = re.compile(r"\d[\d,]*")
_SHARE = re.compile(r"\d+(?:\.\d+)?\s*%")
# Figures at the end of a label are those of another column: 「20代 32 71% 9 20%」.
_FIGURE_AT_END = re.compile(r"\d[\d,.]*$")
_OF_EVERY_QUESTION = frozenset({"その他", "無回答", "不明", "特になし", "計", "合計", "全体"})
_HEADS = re.compile(r"(回答|回収)(?:者)?[数率]")
_CELLS = 3


def survey_units(chunk: Chunk, page: Page) -> list[Unit]:
    """The rows of a survey in `chunk` that have no heads, each with the heads its page gives.

    Of a row that the chunk is, that row; of a chunk of lines, each line that is one. Empty where the
    page tells of no replies, and for a label that stands there with a number of another row, too.
    """
    if chunk.kind is ChunkKind.TABLE_ROW:
        cells = tuple(cell.strip() for cell in chunk.cells)
        if any(chunk.columns) or len(cells) != _CELLS or not _is_option(*cells):
            return []
        kind = _replies(page, chunk.start, chunk.end)
        return [_unit(chunk, page, chunk.start, chunk.end, cells, kind)] if kind else []
    found = []
    for match in _LINE.finditer(page.text, chunk.start, chunk.end):
        start, end = match.start("label"), match.end("share")
        cells = (match["label"], match["count"], match["share"])
        if not _is_option(*cells) or counted_otherwise(page, start, end, match["label"]):
            continue
        kind = _replies(page, start, end)
        if kind:
            found.append(_unit(chunk, page, start, end, cells, kind))
    return found


def _is_option(label: str, count: str, share: str) -> bool:
    return (
        bool(re.search(r"[^\W\d]{2}", label))
        and label not in _OF_EVERY_QUESTION
        and not _FIGURE_AT_END.search(normal(label))
        and bool(_COUNT.fullmatch(normal(count)))
        and bool(_SHARE.fullmatch(normal(share)))
    )


def _replies(page: Page, start: int, end: int) -> str:
    """「回答」 or 「回収」, as the nearest head on the printed page says; "" where none does."""
    low, high = printed_range(page, start, end)
    heads = list(_HEADS.finditer(page.text, low, high))
    nearest = min(
        heads,
        key=lambda head: min(abs(head.start() - start), abs(head.start() - end)),
        default=None,
    )
    return nearest.group(1) if nearest else ""


def _unit(
    chunk: Chunk, page: Page, start: int, end: int, cells: tuple[str, ...], kind: str
) -> Unit:
    row = replace(
        chunk,
        kind=ChunkKind.TABLE_ROW,
        start=start,
        end=end,
        text="\t".join(cells),
        columns=("選択肢", f"{kind}数", f"{kind}率"),
        cells=cells,
    )
    (unit,) = units_of(row, page)
    return unit
