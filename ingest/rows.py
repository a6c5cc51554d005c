"""Table rows whose cells are separated by blanks only, as text extraction leaves them.

Three shapes are recognised: a label with figures behind it, rows that count up (No. or year),
and glossaries. What is not clearly one of these stays prose.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.glossaries import find_glossaries
from ingest.lines import Line
from ingest.marked_rows import (
    ends_in_mark,
    is_wide_header,
    marked_cells,
    marked_heads,
    shared_heads,
)
from ingest.marks import is_toc_entry
from ingest.scattered_headers import columns_for, header_tokens, is_header_line
from ingest.tables import Row, Span, Table

_TOKEN = re.compile(r"[^\s　]+")
_VALUE = re.compile(
    r"^(?:[▲△+-]?[\d０-９][\d０-９,，.．]*(?:%|％|円|件|人|名|時間|回|位|か所)?|[○●〇×△◎－—–-]|－)$"
)
_SCALE = re.compile(r"^[\d.,]+[%％]?$")
_LETTERS = re.compile(r"[ぁ-んァ-ヶ一-鿿A-Za-z]")
_STAND_IN = re.compile(r"^[ぁ-んァ-ヶー一-鿿]{1,6}$")
_OPEN_PERIOD = re.compile(r"\d\s*年?度?\s*[～〜~–-]\s*$")
_COUNT = re.compile(r"^(\d{1,4})[ 　]+(?=\S)")
_MIN_ROWS = 3
_MIN_COUNTING_ROWS = 4


def find_rows(page_text: str, lines: Sequence[Line], taken: frozenset[int]) -> list[Table]:
    """Tables made of blank-separated rows, in order; `taken` names lines already spoken for."""
    tables: list[Table] = []
    used = set(taken)
    for finder in (_glossary_rows, _figure_rows, _counting_rows, _mark_rows):
        for table in finder(page_text, lines, frozenset(used)):
            used.update(range(table.first, table.last + 1))
            tables.append(table)
    return sorted(tables, key=lambda table: table.first)


def _glossary_rows(page_text: str, lines: Sequence[Line], used: frozenset[int]) -> list[Table]:
    return find_glossaries(lines, used)


def _tokens(line: Line) -> list[Span]:
    return [(line.start + m.start(), line.start + m.end()) for m in _TOKEN.finditer(line.text)]


def _figure_rows(page_text: str, lines: Sequence[Line], used: frozenset[int]) -> list[Table]:
    """Rows that end in figures: 「LINE 271 67%」"""
    repeated = _repeated_words(lines)
    tails = [
        0 if i in used else _tail_length(line.text, repeated, figures=True)
        for i, line in enumerate(lines)
    ]
    return _rows_with_tails(page_text, lines, tails)


def _mark_rows(page_text: str, lines: Sequence[Line], used: frozenset[int]) -> list[Table]:
    """Rows that end in marks: 「総務部 ● ● ●」; a row without any mark may stand among them."""
    tails = [
        0 if i in used or re.search(r"\d", line.text) else _tail_length(line.text, frozenset())
        for i, line in enumerate(lines)
    ]
    marked = [tail >= 2 for tail in tails]
    for index in range(1, len(lines) - 1):
        bare = tails[index] == 0 and index not in used and len(lines[index].text) <= 12
        among = any(marked[max(0, index - 2) : index]) and any(marked[index + 1 : index + 3])
        if bare and among and lines[index].gap <= 1 and _LETTERS.search(lines[index].text):
            tails[index] = -1
    return _rows_with_tails(page_text, lines, tails)


def _rows_with_tails(page_text: str, lines: Sequence[Line], tails: Sequence[int]) -> list[Table]:
    tables: list[Table] = []
    index = 0
    while index < len(lines):
        if tails[index] < 2:
            index += 1
            continue
        last = index
        while last + 1 < len(lines) and _is_row(tails[last + 1]) and lines[last + 1].gap <= 1:
            last += 1
        rows = [(_tokens(lines[i]), max(0, tails[i])) for i in range(index, last + 1)]
        columns, rows_cells = _align(lines, index, last, rows)
        if len(rows) >= _MIN_ROWS or (columns and len(rows) >= 2):
            tables.append(
                Table(
                    index,
                    last,
                    tuple(
                        Row(lines[i].start, lines[i].end, cells, len(cells) in (0, len(columns)))
                        for i, cells in zip(range(index, last + 1), rows_cells, strict=True)
                    ),
                    columns,
                )
            )
        index = last + 1
    return tables


def _is_row(tail: int) -> bool:
    return tail >= 2 or tail == -1


def _repeated_words(lines: Sequence[Line]) -> frozenset[str]:
    """Words such as 「独自集計」 that stand in place of a figure in several rows."""
    counts: Counter[str] = Counter()
    for line in lines:
        words = line.text.split()
        if len(words) >= 4 and sum(bool(_VALUE.match(word)) for word in words) >= 2:
            counts.update(word for word in words if _STAND_IN.match(word))
    return frozenset(word for word, count in counts.items() if count >= 6)


def _tail_length(text: str, repeated: frozenset[str], *, figures: bool = False) -> int:
    """How many figures stand at the end of the line, behind a label; 0 if it is no such row."""
    if "\t" in text or is_toc_entry(text):
        return 0
    words = text.split()
    tail = 0
    while tail < len(words) and (_VALUE.match(words[-1 - tail]) or words[-1 - tail] in repeated):
        tail += 1
    label = "".join(words[: len(words) - tail])
    if figures and not any(re.search(r"\d", word) for word in words[len(words) - tail :]):
        return 0
    if not _LETTERS.search(label) or len(label) > 60 or re.search(r"[。：:]$", label):
        return 0
    return tail


def _align(
    lines: Sequence[Line],
    first: int,
    last: int,
    rows: Sequence[tuple[list[Span], int]],
) -> tuple[tuple[str, ...], list[tuple[Span, ...]]]:
    """Column heads where they can be recovered, and the cells of every row."""
    width = Counter(tail for _, tail in rows).most_common(1)[0][0]
    leads = Counter(len(tokens) - tail for tokens, tail in rows if tail == width)
    lead = leads.most_common(1)[0][0]
    header = columns_for(lines, first, last, lead, width)
    if not header.columns:
        # Without heads, everything before the figures is one label.
        return (), [_cells(tokens, tail, 1) for tokens, tail in rows]
    cells = []
    for tokens, tail in rows:
        row = _cells(tokens, tail, header.lead)
        values = list(row[header.lead :])
        short = header.groups * (header.period - 1)
        if header.groups > 1 and len(values) == short:
            # A figure per group is missing at the end of the group (a ratio not computed).
            spread: list[Span] = []
            for group in range(header.groups):
                part = values[group * (header.period - 1) : (group + 1) * (header.period - 1)]
                spread.extend([*part, (part[-1][1], part[-1][1])])
            values = spread
        cells.append((*row[: header.lead], *values))
    return header.columns, cells


def _cells(tokens: Sequence[Span], tail: int, lead: int) -> tuple[Span, ...]:
    labels, values = list(tokens[: len(tokens) - tail]), list(tokens[len(tokens) - tail :])
    if lead and len(labels) > lead:
        labels = [*labels[: lead - 1], (labels[lead - 1][0], labels[-1][1])]
    return (*labels, *values)


def _counting_rows(page_text: str, lines: Sequence[Line], used: frozenset[int]) -> list[Table]:
    """Rows that count up: 「1 政策開発部長 塚原 馨」 or by year."""
    starts: list[tuple[int, int]] = []
    for index, line in enumerate(lines):
        plain = index not in used and "\t" not in line.text and not is_toc_entry(line.text)
        if plain and (
            is_wide_header(line.text) or (index and _OPEN_PERIOD.search(lines[index - 1].text))
        ):
            continue  # a numbered title, or the second half of 「2001～／2003 年度」
        match = _COUNT.match(line.text) if plain else None
        if match and not re.match(r"^\d+[ 　]+[^ 　]{1,24}[：:]", line.text):
            starts.append((index, int(match.group(1))))
    tables: list[Table] = []
    run: list[tuple[int, int]] = []
    for index, value in [*starts, (len(lines) + 99, -1)]:
        if run and _counts_on(run[-1], (index, value), lines, used):
            run.append((index, value))
            continue
        if _is_counting_table(run, lines):
            tables.extend(_counting_tables(page_text, run, lines, used, index))
        run = [(index, value)]
    heads = shared_heads([table.columns for table in tables])
    return [replace(table, columns=columns) for table, columns in zip(tables, heads, strict=True)]


def _counts_on(
    before: tuple[int, int], after: tuple[int, int], lines: Sequence[Line], used: frozenset[int]
) -> bool:
    year = 1900 <= after[1] <= 2100
    reach = 60 if year else 9
    if after[0] - before[0] > reach or after[0] >= len(lines):
        return False
    if any(i in used for i in range(before[0], after[0])):
        return False
    return before[1] <= after[1] <= before[1] + 10 if year else after[1] == before[1] + 1


def _is_counting_table(run: Sequence[tuple[int, int]], lines: Sequence[Line]) -> bool:
    if len(run) < _MIN_COUNTING_ROWS:
        return False
    rich = sum(len(lines[index].text.split()) >= 3 for index, _ in run)
    return rich * 3 >= len(run) * 2 or 1900 <= run[0][1] <= 2100


def _counting_tables(
    page_text: str,
    run: Sequence[tuple[int, int]],
    lines: Sequence[Line],
    used: frozenset[int],
    following: int,
) -> list[Table]:
    """The rows of a run; where a heading or a repeated header interrupts it, a new table begins."""
    header = _header_before(lines, run[0][0])
    by_year = 1900 <= run[0][1] <= 2100
    spans: list[tuple[int, int]] = []
    for position, (index, _) in enumerate(run):
        limit = run[position + 1][0] if position + 1 < len(run) else min(following, len(lines))
        end = _row_end(lines, index, limit, used, by_year, position + 1 == len(run))
        spans.append((index, end))
    marked = marked_cells(lines, spans)
    tables: list[Table] = []
    begin = 0
    for position in range(1, len(spans) + 1):
        if position == len(spans) or spans[position - 1][1] + 1 != spans[position][0]:
            part = slice(begin, position)
            table = _counting_table(page_text, lines, spans[part], marked[part], header)
            if tables and any(marked[part]) and not table.columns:
                # The page ended; its running texts stand between the rows.
                table = replace(table, columns=tables[-1].columns)
            tables.append(table)
            begin = position
    return tables


def _counting_table(
    page_text: str,
    lines: Sequence[Line],
    spans: Sequence[tuple[int, int]],
    marked: Sequence[tuple[Span, ...] | None],
    header: Sequence[str],
) -> Table:
    rows = tuple(
        Row(lines[first].start, lines[last].end, cells)
        if cells
        else _counting_row(lines, first, last)
        for cells, (first, last) in zip(marked, spans, strict=True)
    )
    known = [[page_text[s:e] for s, e in cells] for cells in marked if cells]
    if known:
        rows = tuple(replace(row, aligned=len(row.cells) == len(known[0])) for row in rows)
        columns = marked_heads(lines, spans[0][0], known)
    else:
        fits = bool(header) and all(len(row.cells) == len(header) for row in rows)
        columns = tuple(header) if fits else ()
    return Table(spans[0][0], spans[-1][1], rows, columns)


def _row_end(
    lines: Sequence[Line],
    index: int,
    limit: int,
    used: frozenset[int],
    by_year: bool,
    is_last: bool,
) -> int:
    end = index
    for later in range(index + 1, limit):
        line = lines[later]
        header = is_header_line(line.text) or is_wide_header(line.text)
        if later in used or header or line.text.startswith(("【", "第")):
            break
        if ends_in_mark(lines[end].text):
            break
        if by_year:
            if line.gap >= 3 or (is_last and later - index > 12):
                break
        elif (line.gap >= 1 and not (_ends_in_value(line.text) and len(line.text) <= 25)) or (
            is_last and later - index > 8
        ):
            break
        end = later
    return end


def _ends_in_value(text: str) -> bool:
    return bool(_VALUE.match(text.split()[-1]))


def _header_before(lines: Sequence[Line], first: int) -> list[str]:
    """The nearest line of usual column heads; a 「No.」 on a line of its own belongs to it."""
    for index in range(first - 1, max(-1, first - 7), -1):
        if is_header_line(lines[index].text):
            tokens = header_tokens(lines[index].text)
            above = [lines[i].text.strip() for i in range(max(0, index - 3), index)]
            number = next((t for t in above if re.fullmatch(r"(?i)no\.?|番号", t)), "")
            return [number, *tokens] if number else tokens
    return []


def _counting_row(lines: Sequence[Line], first: int, last: int) -> Row:
    start, end = lines[first].start, lines[last].end
    tokens = _tokens(lines[first])
    if first == last and len(tokens) > 2:
        return Row(start, end, _name_joined(lines[first], _brackets_joined(lines[first], tokens)))
    return Row(start, end, (tokens[0], (tokens[1][0], end)) if len(tokens) > 1 else ((start, end),))


def _name_joined(line: Line, tokens: list[Span]) -> tuple[Span, ...]:
    """A family and a given name, one to three kanji each, are one cell: 「塚原 馨」."""
    words = [line.text[s - line.start : e - line.start] for s, e in tokens[-2:]]
    if len(tokens) >= 4 and all(
        re.fullmatch(r"[一-鿿﨑々ヶぁ-んァ-ヶ]{1,3}", word) for word in words
    ):
        return (*tokens[:-2], (tokens[-2][0], tokens[-1][1]))
    return tuple(tokens)


def _brackets_joined(line: Line, tokens: list[Span]) -> list[Span]:
    """「[基本法第 13 条関係]」 is one cell."""
    joined: list[Span] = []
    depth = 0
    for start, end in tokens:
        word = line.text[start - line.start : end - line.start]
        joined[-1:] = [(joined[-1][0], end)] if depth > 0 else [*joined[-1:], (start, end)]
        depth += len(re.findall(r"[\[(（「【]", word)) - len(re.findall(r"[\])）」】]", word))
    return joined
