"""Tables of office files and web pages as tab-separated rows, merged cells filled."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.loaders.grid_cells import GridCell
from ingest.loaders.grid_forms import form_pairs
from ingest.tables import header_is_seen

_TALLEST_HEADER = 4  # rows
_LONGEST_HEAD = 40  # characters
_LONGEST_WORD = 16  # characters of a head that nothing else marks
_MAX_PLACES = 2_000_000  # rows times columns; beyond it a grid is too sparse to be a table
_FORM_HEADS = ("項目", "内容")
_BLANKS = re.compile(r"[\s　]+")
_JAPANESE_WRAP = re.compile(r"(?<=[^\x00-\x7f])\s*\n\s*(?=[^\x00-\x7f])")
_FIGURE = re.compile(r"^[▲△−+-]?\s*[\d０-９][\d０-９,，.．]*$")
_YEAR = re.compile(r"^(?:19|20)\d{2}$")
_HAS_UNIT = re.compile(r"[（(].+[)）]|[%％]|率$|割合$")


@dataclass(frozen=True, kw_only=True, slots=True)
class GridText:
    """Lines of a table: the header rows as one line, if there are any, then a line per row.

    `rows` has the row of the grid that each body line stands for.
    """

    header: str
    lines: tuple[str, ...]
    rows: tuple[int, ...]
    width: int

    @property
    def text(self) -> str:
        return "\n".join((self.header, *self.lines) if self.header else self.lines)


def grid_text(cells: Iterable[GridCell], *, header_rows: int = 0, unit: str = "") -> GridText:
    """The table as text. Without `header_rows` the height of the header is seen from its merges.

    Empty rows and columns are left out, and a form becomes a table of its pairs. `unit` (千円), said once above a table, is added to the
    heads of columns of bare figures.
    """
    filled = [cell for cell in cells if cell.text.strip()]
    if not filled:
        return GridText(header="", lines=(), rows=(), width=0)
    rows = sorted({cell.row for cell in filled})
    columns = sorted({cell.column for cell in filled})
    if len(rows) * len(columns) > _MAX_PLACES:
        return _loose(filled, rows)
    if not header_rows and (form := _form(filled, rows)):
        return form
    height = header_rows or _header_height(filled, rows, columns)
    heads = set(rows[: sum(row < rows[0] + height for row in rows)])
    table = _matrix(filled, rows, columns, heads)
    header = _heads([table[row] for row in rows if row in heads], len(columns))
    body = [row for row in rows if row not in heads]
    if header and unit:
        header = _with_unit(header, [table[row] for row in body], unit)
    head = "\t".join(header)
    stated = header_rows > 0
    regular = stated or _is_regular([cell for cell in filled if cell.row not in heads], columns)
    if header and regular and _is_header(header, [table[row] for row in body], stated):
        head += "\n" + "\t".join(["---"] * len(header))
    return GridText(
        header=head,
        lines=tuple("\t".join(map(one_line, table[row])) for row in body),
        rows=tuple(body),
        width=len(columns),
    )


def _form(cells: Sequence[GridCell], rows: Sequence[int]) -> GridText | None:
    by_row: dict[int, list[GridCell]] = {row: [] for row in rows}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        by_row[cell.row].append(cell)
    pairs = form_pairs(by_row)
    if not pairs:
        return None
    lines = tuple(f"{label}\t{one_line(value)}" for _, label, value in pairs)
    header = "\t".join(_FORM_HEADS) + "\n---\t---"
    return GridText(header=header, lines=lines, rows=tuple(row for row, *_ in pairs), width=2)


def _loose(cells: Sequence[GridCell], rows: Sequence[int]) -> GridText:
    by_row: dict[int, list[str]] = {row: [] for row in rows}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        by_row[cell.row].append(one_line(cell.text))
    lines = tuple("\t".join(texts) for texts in by_row.values())
    return GridText(header="", lines=lines, rows=tuple(rows), width=max(map(len, by_row.values())))


def one_line(text: str) -> str:
    """The text of a cell on one line, without tabs."""
    return _BLANKS.sub(" ", text).strip()


def _header_height(cells: Sequence[GridCell], rows: Sequence[int], columns: Sequence[int]) -> int:
    """How many sheet rows the merges of the first row span; 1 where nothing is merged."""
    first = bottom = rows[0]
    leading = [cell for cell in cells if cell.row < first + _TALLEST_HEADER]
    for row in range(first, first + _TALLEST_HEADER):
        if row > bottom:
            break
        for cell in (cell for cell in leading if cell.row == row):
            left, right = _reach(cell.column, cell.columns, columns)
            over_others = 1 < right - left < len(columns) and cell.rows == 1
            bottom = max(
                bottom, row + cell.rows - 1, row + 1 if over_others and row == first else 0
            )
    height = bottom - first + 1
    inside = [cell.text.strip() for cell in leading if cell.row <= bottom]
    plausible = all(len(text) <= _LONGEST_HEAD and not _is_figure(text) for text in inside)
    if height > 1 and (not plausible or height > _TALLEST_HEADER or bottom >= rows[-1]):
        return 1
    return height


def _is_figure(text: str) -> bool:
    return bool(_FIGURE.match(text)) and not _YEAR.match(text)


def _matrix(
    cells: Sequence[GridCell], rows: Sequence[int], columns: Sequence[int], heads: set[int]
) -> dict[int, list[str]]:
    table = {row: [""] * len(columns) for row in rows}
    regular = _is_regular([cell for cell in cells if cell.row not in heads], columns)
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        left, right = _reach(cell.column, cell.columns, columns)
        if cell.row not in heads and (not regular or right - left == len(columns)):
            right = left + 1  # in a form, and for a title over the whole width, once is enough
        top, bottom = _reach(cell.row, cell.rows, rows)
        for row in rows[top:bottom]:
            for index in range(left, right):
                table[row][index] = table[row][index] or cell.text
    return table


def _reach(start: int, length: int, places: Sequence[int]) -> tuple[int, int]:
    """The indexes of the places (sorted) that lie in `start .. start + length`, end exclusive."""
    return bisect_left(places, start), bisect_left(places, start + length)


def _is_regular(body: Sequence[GridCell], columns: Sequence[int]) -> bool:
    """A table rather than a form: hardly a body cell reaches over several columns."""
    wide = 0
    for cell in body:
        left, right = _reach(cell.column, cell.columns, columns)
        wide += right - left > 1
    return wide * 4 <= len(body)


def _heads(header: Sequence[Sequence[str]], width: int) -> list[str]:
    heads = []
    for index in range(width if header else 0):
        words: list[str] = []
        for row in header:
            word = one_line(_JAPANESE_WRAP.sub("", row[index]))
            if word and word not in words:
                words.append(word)
        heads.append(" ".join(words))
    return heads


def _is_header(header: Sequence[str], body: Sequence[Sequence[str]], stated: bool) -> bool:
    """Whether to mark a header that its looks alone would not give away.

    A first row of short words over every column of three or more is one; of two columns it may
    as well be a list of names with their values.
    """
    if len(header) < 2 or header_is_seen([header, *body]):
        return False
    words = all(0 < len(head) <= _LONGEST_WORD and not _is_figure(head) for head in header)
    distinct = len(set(header)) == len(header) and len(body) > 1
    return stated or (words and distinct and len(header) > 2)


def _with_unit(heads: Sequence[str], body: Sequence[Sequence[str]], unit: str) -> list[str]:
    out = []
    for index, head in enumerate(heads):
        values = [row[index].strip() for row in body if row[index].strip()]
        figures = sum(_is_figure(value) for value in values)
        bare = bool(values) and figures * 2 > len(values) and not _HAS_UNIT.search(head)
        counted = re.match(r"(?i)no\.?$|番号|年度?$", head)
        out.append(f"{head}（{unit}）" if bare and head and not counted else head)
    return out
