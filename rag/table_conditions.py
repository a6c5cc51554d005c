"""Conditions on the rows of a table that a question states in plain words.

A condition is a cell that the question names (「DX戦略課の事業」), a marked column that it names
(「利便性に○が付く」), a number of marks (「○が2つ以上」) or a word that the rows hold (「AIに関する」).
A question with a word that neither the conditions nor the table explain is about something else.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rag.question import Question
from rag.text import key
from rag.types import Chunk

MARKS = frozenset("○●◯〇✓✔◎")
_CELL_PIECES = re.compile(r"[\n、／/]|<[^>]*>")
_PARENTHESES = re.compile(r"[（(][^（()）]*[)）]?")
_SHORTEST = 3  # characters a cell needs to be recognised as a condition
_SHORT_KIND = re.compile(r"^[一-鿿]{2}$")  # 新規, 拡充: only where a column has few such values
_FEW_VALUES = 6
_CONTENT_WORD = re.compile(r"^(?:[一-鿿々]{2,}|[ァ-ヶー]{2,}|[a-z0-9&]{2,})$")
_SAID_ANYHOW = re.compile(
    r"担当|一覧|掲載|合計|総数|件数|事業|全部|個数|部署|部局|所管|該当|対象|以上|数$|つ$|^\d+$"
)
_ABOUT = re.compile(
    r"に関する|に関わる|関連|関係の|を含む|が入|と付く|とつく|がつく名|という(?:言葉|語|文字)"
)
_MARK_COUNT = re.compile(r"[○●◯〇丸印](?:印|マーク)?が?(\d+)(?:つ|個|か所)(以上)?")
_NEGATED = re.compile(r"以外|を除|ていない|ではない|でない")
# What people say for the usual kinds of a project.
_KINDS_IN_WORDS = {
    "新規": r"新しく|新たに|新しい",
    "拡充": r"拡充|広げ|強化した",
    "継続": r"引き続き|前から続",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`holds` says whether a row meets it; `words` says it as a noun clause in Japanese."""

    column: int  # -1 where no single column is meant
    words: str
    holds: Callable[[Chunk], bool]
    shared: bool  # whether several rows of the table can meet it, as an office or a mark


def conditions(
    question: Question, rows: Sequence[Chunk], beside: str = ""
) -> list[Condition] | None:
    """The conditions of the question on `rows` of one table; None if it states none for sure.

    `beside` is what stands between and right above the rows: the title of the table.
    """
    text = key(question.text)
    if not rows or _NEGATED.search(question.normalised):
        return None
    taken: list[tuple[int, int]] = []
    found = _named_cells(text, question.normalised, rows, taken)
    found += _marked_columns(text, rows, taken)
    counted = _mark_count(question, rows)
    found += [counted] if counted else []
    left = [word for word in _unexplained(question, text, taken, rows) if word not in key(beside)]
    held = [word for word in left if any(_row_holds(row, word) for row in rows)]
    if len(held) < len(left) or not (found or (held and _ABOUT.search(question.normalised))):
        return None
    return [*found, *(_contains(word) for word in held)]


def values_of(cell: str) -> set[str]:
    """What a cell says, as keys: its text, its pieces, and these without what is in brackets."""
    texts = [cell, _PARENTHESES.sub("", cell)]
    pieces = [piece for text in texts for piece in _CELL_PIECES.split(text)]
    return {key(piece) for piece in [*texts, *pieces]} - {""}


def without_brackets(cell: str) -> str:
    """A cell on one line, without 「（旧：…）」."""
    return re.sub(r"\s+", "", _PARENTHESES.sub("", cell))


def marks_in(row: Chunk) -> int:
    """How many marks a row has, in columns of their own or side by side in one cell."""
    cells = [re.sub(r"\s", "", cell) for cell in row.cells]
    return sum(len(cell) for cell in cells if cell and set(cell) <= MARKS)


def _named_cells(
    text: str, normalised: str, rows: Sequence[Chunk], taken: list[tuple[int, int]]
) -> list[Condition]:
    counts: Counter[tuple[int, str]] = Counter()
    for row in rows:
        for column, cell in enumerate(row.cells):
            counts.update((column, value) for value in values_of(cell))
    distinct = Counter(column for column, _ in counts)
    by_column: dict[int, list[str]] = {}
    # Long names first: 「市民税課」 is not 「市民」.
    for (column, value), count in sorted(counts.items(), key=lambda c: (-len(c[0][1]), -c[1])):
        few = distinct[column] <= _FEW_VALUES and count >= 1 and len(rows) >= 4
        long = len(value) >= _SHORTEST and not re.fullmatch(r"[\d.,%]+", value)
        if not long and not (few and _SHORT_KIND.match(value)):
            continue
        span = _free(text, value, taken)
        said = few and value in _KINDS_IN_WORDS and re.search(_KINDS_IN_WORDS[value], normalised)
        if span is None and not said:
            continue
        if span:
            taken.append(span)
        by_column.setdefault(column, []).append(value)
    return [
        Condition(
            column,
            _in_words(rows, column, values),
            partial(_says, column=column, values=frozenset(values)),
            all(counts[column, value] >= 2 or distinct[column] <= _FEW_VALUES for value in values),
        )
        for column, values in by_column.items()
    ]


def _says(row: Chunk, column: int, values: frozenset[str]) -> bool:
    return bool(values_of(row.cells[column]) & values)


def _is_marked(row: Chunk, column: int) -> bool:
    return row.cells[column].strip() in MARKS


def _has_marks(row: Chunk, least: int, more: bool) -> bool:
    return marks_in(row) >= least if more else marks_in(row) == least


def _in_words(rows: Sequence[Chunk], column: int, values: Sequence[str]) -> str:
    head = re.sub(r"\s+", "", rows[0].columns[column])
    shown = "または".join(f"「{_as_written(rows, column, value)}」" for value in values)
    return f"「{head}」が{shown}" if head else shown


def _as_written(rows: Sequence[Chunk], column: int, value: str) -> str:
    for row in rows:
        cell = row.cells[column]
        for piece in (
            cell,
            *_CELL_PIECES.split(cell),
            *_CELL_PIECES.split(_PARENTHESES.sub("", cell)),
        ):
            if key(piece) == value:
                return re.sub(r"\s+", "", piece)
    return value


def _free(text: str, value: str, taken: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Where `value` stands in `text` outside of what is taken."""
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        if all(end <= low or high <= start for low, high in taken):
            return start, end
        start = text.find(value, start + 1)
    return None


def _marked_columns(
    text: str, rows: Sequence[Chunk], taken: list[tuple[int, int]]
) -> list[Condition]:
    found = []
    for column, head in enumerate(rows[0].columns):
        name = key(head)
        if len(name) < _SHORTEST or not any(row.cells[column].strip() in MARKS for row in rows):
            continue
        span = _free(text, name, taken)
        if span:
            taken.append(span)
            written = re.sub(r"\s+", "", head)
            found.append(
                Condition(
                    column, f"「{written}」に印がある", partial(_is_marked, column=column), True
                )
            )
    return found


def _mark_count(question: Question, rows: Sequence[Chunk]) -> Condition | None:
    match = _MARK_COUNT.search(question.normalised)
    if not match or not any(marks_in(row) for row in rows):
        return None
    least, more = int(match.group(1)), bool(match.group(2))
    words = f"印が{least}つ{'以上' if more else ''}付いている"
    return Condition(-1, words, partial(_has_marks, least=least, more=more), True)


def unexplained(question: Question, rows: Sequence[Chunk]) -> list[str]:
    """Content words of the question that the table's place does not say."""
    return _unexplained(question, key(question.text), (), rows)


def _unexplained(
    question: Question, text: str, taken: Sequence[tuple[int, int]], rows: Sequence[Chunk]
) -> list[str]:
    """Content words of the question outside its conditions that the table's place does not say."""
    named = "\n".join(text[low:high] for low, high in taken)
    places = {(row.heading, row.columns) for row in rows}
    place = "\n".join(key("\n".join((*heading, *columns))) for heading, columns in places)
    searched = [key(row.search_text) for row in rows]
    left = []
    for surface in question.words:
        word = key(surface)
        if not _CONTENT_WORD.match(word) or _SAID_ANYHOW.search(word):
            continue
        if word in named or word in place or all(word in body for body in searched):
            continue
        if any(re.search(said, surface) for said in _KINDS_IN_WORDS.values()):
            continue
        left.append(word)
    return left


def _row_holds(row: Chunk, word: str) -> bool:
    return word in key("\n".join(row.cells))


def _contains(word: str) -> Condition:
    return Condition(-1, f"「{word}」を含む", partial(_row_holds, word=word), False)
