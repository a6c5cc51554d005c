"""Forms laid out on a grid of cells: labels with what was filled in beside them.

Japanese offices draw their forms on sheets of narrow square columns (方眼紙): each label and each
value is merged over many of them, several pairs stand in one row, and a name may be written one
letter a cell. Read as a table, the first pair would be the head of everything below.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from ingest.loaders.grid_cells import GridCell

_LONGEST_LABEL = 16  # characters
_MOST_ROWS = 60
_LETTERS_IN_A_ROW = 4
_LETTER = re.compile(r"[ぁ-んァ-ヶー一-鿿々A-Za-z0-9０-９]$")
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-鿿]")
_WEEKDAYS = frozenset("月火水木金土日祝")
_NO_LABEL = re.compile(r"[。\d０-９]|^[○●◎×△－—-]+$")
_FILLED_IN = re.compile(r"[\d０-９]|.{17}")


def form_pairs(rows: Mapping[int, Sequence[GridCell]]) -> list[tuple[int, str, str]]:
    """(row, label, value) of a form, in order; empty for anything else.

    `rows` has the filled cells of each row by column. A form has pairs only, no label twice, and a
    value that reaches over columns in which another row has a label.
    """
    if not 2 <= len(rows) <= _MOST_ROWS or any(len(cells) % 2 for cells in rows.values()):
        return []
    pairs = [
        (row, label, value)
        for row, cells in rows.items()
        for label, value in zip(cells[::2], cells[1::2], strict=True)
    ]
    labels = [" ".join(label.text.split()) for _, label, _ in pairs]
    if len(set(labels)) < len(labels) or not all(map(_is_label, labels)):
        return []
    starts = {label.column for _, label, _ in pairs}
    wide = any(
        value.column < start < value.column + value.columns
        for *_, value in pairs
        for start in starts
    )
    widest = max(map(len, rows.values()))
    first = next(iter(rows.values()))
    # As wide as any and only words: the heads of a table whose last row is merged.
    heads = len(first) == widest and not any(_FILLED_IN.search(cell.text) for cell in first[1::2])
    if not wide or heads:
        return []
    return [(row, label, value.text) for (row, _, value), label in zip(pairs, labels, strict=True)]


def _is_label(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_LABEL and not _NO_LABEL.search(text)


def with_words(rows: Mapping[int, Sequence[GridCell]]) -> dict[int, list[GridCell]]:
    """The same cells, words written one letter a cell made one cell each.

    Columns in which another row has a cell hold figures or marks of their own, as in a calendar.
    """
    out: dict[int, list[GridCell]] = {}
    for row, cells in rows.items():
        others = {cell.column for at, more in rows.items() if at != row for cell in more}
        out[row] = []
        for _, group in groupby(enumerate(cells), lambda found: _run_of(found[0], found[1])):
            run = [cell for _, cell in group]
            letters = "".join(cell.text for cell in run)
            if (
                len(run) >= _LETTERS_IN_A_ROW
                and _JAPANESE.search(letters)
                and not _WEEKDAYS.issuperset(letters)
                and not others.intersection(cell.column for cell in run[1:])
            ):
                run = [replace(run[0], text=letters, columns=len(run))]
            out[row].extend(run)
    return out


def _run_of(index: int, cell: GridCell) -> int | tuple[int, int]:
    """The same for letters in neighbouring columns, another one for each other cell."""
    alone = cell.rows == cell.columns == 1 and _LETTER.match(cell.text)
    return cell.column - index if alone else (index, cell.column)
