"""Cells of numbered rows that end in marks: 「26 環境家計簿アプリの活用 環境部 環境政策課 継続 ○ ○」

Such rows are ragged twice: extraction drops the empty mark columns, and a wrapped office stands on
lines of its own. The texts before the marks are told apart by the number of them that most rows
have; which columns the marks stand in stays unknown, so they are one cell without a head.
"""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.lines import Line
from ingest.tables import HEADER_WORDS, Span

_TOKEN = re.compile(r"[^\s　]+")
_MARK = re.compile(r"^[○●〇◯◎△×✓✔]$")
_PARENTHESES = re.compile(r"[（(].*$")
_MIN_LEAD = 4  # No., a name and two more: with fewer there is nothing to tell apart
_HEAD_LINES = 4  # lines above the first row among which its heads are looked for

Cells = tuple[Span, ...]


def is_wide_header(text: str) -> bool:
    """A title with column heads behind it: 「目標1 窓口拡充 部局 所属（旧所属） ｷｬｯｼｭﾚｽ …」"""
    words = text.split()
    return len(words) >= 5 and sum(map(_is_head, words)) >= 2


def ends_in_mark(text: str) -> bool:
    return bool(_MARK.match(text.split()[-1]))


def marked_cells(lines: Sequence[Line], spans: Sequence[tuple[int, int]]) -> list[Cells | None]:
    """For each row its texts and, last, its marks as one cell (maybe empty); None where unclear.

    All None unless marks end at least half of the rows.
    """
    split = [_split(lines, first, last) for first, last in spans]
    if 2 * sum(marks is not None for _, marks in split) < len(spans):
        return [None] * len(spans)
    single = Counter(
        len(texts) for (texts, _), (first, last) in zip(split, spans, strict=True) if first == last
    )
    width, rows = single.most_common(1)[0] if single else (0, 0)
    if width < _MIN_LEAD or 2 * rows <= sum(single.values()):
        return [None] * len(spans)
    cells: list[Cells | None] = []
    for (texts, marks), (_, last) in zip(split, spans, strict=True):
        end = lines[last].end
        cells.append((*texts, marks or (end, end)) if len(texts) == width else None)
    return cells


def marked_heads(
    lines: Sequence[Line], first: int, rows: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Heads of the text cells of `rows` from the title line above; "" where none is sure.

    The number and the name stand under the title, which is no head of theirs.
    """
    lead = len(rows[0]) - 1
    for index in range(first - 1, max(-1, first - 1 - _HEAD_LINES), -1):
        if not is_wide_header(lines[index].text):
            continue
        words = lines[index].text.split()
        start = next(i for i, word in enumerate(words) if i and _is_head(word))
        heads = words[start : start + lead - 2]
        heads += [""] * (lead - 2 - len(heads))
        named = [
            head
            if _is_head(head) or any(row[column] in head for row in rows if row[column])
            else ""
            for column, head in enumerate(heads, start=2)
        ]
        return ("No.", "", *named, "")
    return ()


def shared_heads(tables: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Heads that agree as far as they are known are those of one table; the fullest serve all."""
    out: list[tuple[str, ...]] = []
    for columns in tables:
        fuller = [
            other
            for other in tables
            if len(other) == len(columns)
            and any(columns)
            and all(not head or head == theirs for head, theirs in zip(columns, other, strict=True))
        ]
        out.append(max(fuller, key=lambda other: sum(map(bool, other)), default=columns))
    return out


def _is_head(word: str) -> bool:
    return bool(HEADER_WORDS.match(_PARENTHESES.sub("", word)))


def _split(lines: Sequence[Line], first: int, last: int) -> tuple[list[Span], Span | None]:
    """The texts of a row and the range of its marks; lines of one word each are one wrapped text."""
    texts: list[Span] = []
    marks: Span | None = None
    wrapped = False
    for index in range(first, last + 1):
        line = lines[index]
        tokens = [
            (line.start + m.start(), line.start + m.end()) for m in _TOKEN.finditer(line.text)
        ]
        words = line.text.split()
        count = 0
        while index == last and count < len(words) and _MARK.match(words[-1 - count]):
            count += 1
        if count:
            marks = (tokens[-count][0], tokens[-1][1])
            tokens = tokens[:-count]
        joins = index > first and len(tokens) == 1 and index != last
        if joins and wrapped:
            texts[-1] = (texts[-1][0], tokens[0][1])
        else:
            texts.extend(tokens)
        wrapped = joins
    return texts, marks
