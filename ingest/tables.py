"""Tables in page text: tab-separated and Markdown rows, their header rows and captions."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.lines import Line

Span = tuple[int, int]

_TAG = re.compile(r"</?[a-zA-Z]{1,8}\s*/?>")
_BREAK_TAG = re.compile(r"<(?:li|br|p|tr)\s*/?>", re.IGNORECASE)
_SPACE = re.compile(r"[\s　]+")
_NUMERIC = re.compile(
    r"^[\s▲△+-]*[\d０-９][\d０-９,，.．]*\s*(?:%|％|円|千円|百万円|件|人|名|時間|枚|回|位|か所|箇所)?(?:\(.*\)|（.*）)?$"
)
HEADER_WORDS = re.compile(
    r"^(?:no\.?|№|番号|項目|区分|種別|種類|名称|内容|意味|用語|年度|年月日?|開催年月日|期間|時期|日時|所属|担当課?|部局名?|"
    r"所管課?|氏名|役職|事業名?|施策|指標|目標値?|実績値?|現状値?|件数|割合|人数|金額|備考|手続|施設名?|単位|計|合計|"
    r"課題|方向性|主な.{1,8}|特記.{1,4}|委員|選択肢|回答数|回答率|計画|ページ|.{1,8}項目|.{0,10}日)$",
    re.IGNORECASE,
)
# A line of it below the first row says that this row is the header, whatever it looks like.
HEADER_RULE = re.compile(r"^---(?:\t---)+$")
_MARKDOWN_RULE = re.compile(r"^\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?$")


@dataclass(frozen=True, slots=True)
class Row:
    """One table row: its range in the page text and the ranges of its cells in order.

    A cell range may be empty (start == end). `aligned` is False where it is not known which of
    the table's columns the cells belong to.
    """

    start: int
    end: int
    cells: tuple[Span, ...]
    aligned: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table over the lines `first..last` (inclusive). `columns` may be empty when unknown.

    `header_end` is the number of leading lines that are header rows, not body rows.
    """

    first: int
    last: int
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    caption: str = ""


def find_tables(page_text: str, lines: Sequence[Line]) -> list[Table]:
    """Tab-separated and Markdown tables, in order. A repeated header starts a new table."""
    tables: list[Table] = []
    index = 0
    while index < len(lines):
        if "\t" in lines[index].text:
            last = _tab_run(lines, index)
            if _is_contents(lines[index : last + 1]):
                index = last + 1
                continue
            tables.extend(_tables_of_run(page_text, lines, index, last, tables))
            index = last + 1
        elif (
            _is_pipe_row(lines[index].text)
            and index + 1 < len(lines)
            and _is_pipe_row(lines[index + 1].text)
        ):
            last = index
            while (
                last + 1 < len(lines)
                and lines[last + 1].gap == 0
                and _is_pipe_row(lines[last + 1].text)
            ):
                last += 1
            tables.extend(_tables_of_run(page_text, lines, index, last, tables))
            index = last + 1
        else:
            index += 1
    return tables


def header_is_seen(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row, and no other, is taken for the header by its looks alone."""
    return _header_rows(rows) == 1


def plain_cell(text: str) -> str:
    """A cell for reading: tags removed, list items separated, one line."""
    text = _BREAK_TAG.sub("\n", text)
    text = _TAG.sub("", text)
    pieces = [_SPACE.sub(" ", piece).strip() for piece in text.split("\n")]
    return " ".join(piece for piece in pieces if piece)


def _is_contents(lines: Sequence[Line]) -> bool:
    """A table of contents: titles with rising page numbers behind them."""
    numbers = [int(m.group(1)) for line in lines if (m := re.search(r"\t(\d{1,3})$", line.text))]
    if len(numbers) < 4 or len(numbers) * 5 < len(lines) * 4 or numbers != sorted(numbers):
        return False
    return not any(re.search(r"\t\d[\d,.]*\t", line.text) for line in lines)


def _is_pipe_row(text: str) -> bool:
    return text.startswith("|") and text.count("|") >= 2


def _tab_run(lines: Sequence[Line], first: int) -> int:
    """The last line of a run of tab-separated rows; a cell may span lines without a tab."""
    last = first
    while last + 1 < len(lines) and lines[last + 1].gap == 0:
        if "\t" in lines[last + 1].text:
            last += 1
            continue
        ahead = last + 2
        while (
            ahead < len(lines)
            and ahead < last + 5
            and lines[ahead].gap == 0
            and "\t" not in lines[ahead].text
        ):
            ahead += 1
        if ahead < len(lines) and lines[ahead].gap == 0 and "\t" in lines[ahead].text:
            last = ahead
        else:
            break
    return last


def _tables_of_run(
    page_text: str, lines: Sequence[Line], first: int, last: int, before: Sequence[Table]
) -> list[Table]:
    rows: list[tuple[int, Row]] = []
    stated = 0  # header rows as the loader of an office file marked them
    for index in range(first, last + 1):
        line = lines[index]
        if _MARKDOWN_RULE.match(line.text):
            continue
        if HEADER_RULE.match(line.text):
            stated = stated or len(rows)
            continue
        if "\t" not in line.text and not _is_pipe_row(line.text) and rows:
            at, row = rows[-1]
            rows[-1] = (
                at,
                Row(row.start, line.end, (*row.cells[:-1], (row.cells[-1][0], line.end))),
            )
            continue
        rows.append((index, _row(page_text, line)))
    if not rows:
        return []
    texts = [[plain_cell(page_text[s:e]) for s, e in row.cells] for _, row in rows]
    header_rows = stated or _header_rows(texts)
    columns = merge_headers(texts[:header_rows]) if header_rows else ()
    if not columns and before and before[-1].columns and _continues(before[-1], rows, lines, first):
        columns = before[-1].columns
    out: list[Table] = []
    start_line, body = first, rows[header_rows:]
    current: list[Row] = []
    for position, (index, row) in enumerate(body):
        repeated = position and columns and tuple(texts[header_rows + position]) == tuple(texts[0])
        if repeated and header_rows == 1:
            out.append(Table(start_line, index - 1, tuple(current), columns))
            current, start_line = [], index
            continue
        current.append(row)
    out.append(Table(start_line, last, tuple(current), columns))
    return out


def _row(page_text: str, line: Line) -> Row:
    text, offset = line.text, line.start
    if "\t" in text:
        separators = [m.start() for m in re.finditer("\t", text)]
        bounds = [-1, *separators, len(text)]
    else:
        separators = [m.start() for m in re.finditer(r"(?<!\\)\|", text)]
        bounds = separators if text.endswith("|") else [*separators, len(text)]
    cells = []
    for left, right in itertools.pairwise(bounds):
        start, end = offset + left + 1, offset + right
        while start < end and page_text[start] in " \u3000":
            start += 1
        while end > start and page_text[end - 1] in " \u3000":
            end -= 1
        cells.append((start, end))
    return Row(line.start, line.end, tuple(cells))


def _header_rows(texts: Sequence[Sequence[str]]) -> int:
    """How many leading rows are header rows: 0, 1 or 2."""
    if len(texts) < 2 or not _looks_like_header(texts[0], texts[1:]):
        return 0
    second = texts[1]
    if len(texts) > 2 and len(second) == len(texts[0]) and not second[0]:
        merged = any(not cell for cell in texts[0][1:])
        short = all(len(cell) <= 24 and not _NUMERIC.match(cell) for cell in second)
        if merged and short and any(second) and texts[2][0]:
            return 2
    return 1


def _looks_like_header(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    filled = [cell for cell in head if cell]
    if len(filled) < 2 or any(len(cell) > 40 for cell in filled):
        return False
    if not head[0] and all(len(cell) <= 20 and not _NUMERIC.match(cell) for cell in filled):
        # The corner above row labels is empty.
        return sum(bool(row[0]) for row in body if row) * 2 >= len(body)
    if any(re.search(r"[。]$|^[【・●○〇-]", cell) for cell in filled):
        return False
    words = sum(bool(HEADER_WORDS.match(cell.replace(" ", ""))) for cell in filled)
    # Years as column heads are numeric and yet a header: 計画 | 2022 | 2023.
    years = sum(
        bool(re.match(r"^(?:19|20)\d{2}(?:\s*[-～年(（]|$)|^(?:令和|平成|R|H)\d", cell))
        for cell in filled
    )
    numeric = sum(bool(_NUMERIC.match(cell)) for cell in filled) - years
    if numeric > 0:
        return False
    if words >= 1 or years >= 2:
        return True
    if re.match(r"^(?:第?\d|[(（]\d)", filled[0]):
        return False
    for column, cell in enumerate(head):
        below = [row[column] for row in body if column < len(row) and row[column]]
        if not below:
            continue
        if sum(bool(_NUMERIC.match(value)) for value in below) * 2 > len(
            below
        ) and not _NUMERIC.match(cell):
            return True
        if (
            len(cell) * 3 < sum(map(len, below)) / len(below)
            and sum(map(len, below)) / len(below) > 24
        ):
            return len(head) > 1 and head[0] != ""
    return False


def merge_headers(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Column heads from one or two header rows; a merged cell reaches over empty ones."""
    if len(rows) == 1:
        return tuple(rows[0])
    upper: list[str] = []
    for index, cell in enumerate(rows[0]):
        upper.append(
            cell or (upper[-1] if index and rows[1][index : index + 1] != [""] and upper else "")
        )
    merged = []
    for index, above in enumerate(upper):
        lower = rows[1][index] if index < len(rows[1]) else ""
        merged.append(f"{above} {lower}".strip() if lower and lower != above else above)
    return tuple(merged)


def _continues(
    table: Table, rows: Sequence[tuple[int, Row]], lines: Sequence[Line], first: int
) -> bool:
    """A table without a header right after another with as many columns goes on from it."""
    return (
        first == table.last + 1
        and lines[first].gap <= 4
        and all(len(row.cells) == len(table.columns) for _, row in rows)
    )
