"""Bare figures of tables by year: the counter of their head, and the two rows of two years."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.asked_change import AskedChange
from rag.calculation import Calculation, Part, divided, subtracted
from rag.counted_cells import counter_of_head
from rag.counters import one_spelling
from rag.dating import DateSource, Dating, Figure
from rag.question import Question
from rag.table_rows import of_one_table
from rag.text import key, normal
from rag.types import ChunkKind
from rag.units import Unit

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NAME = re.compile(r"[^\W\d]{2}")


def counted_by_head(asked: AskedChange, unit: Unit, figures: Sequence[Figure]) -> list[Figure]:
    """The figures of a row that has none with the counter asked for, its bare ones with it.

    Only where a head or the row's name says that it counts so: 「件数」, 「利用者（人）」.
    """
    counted = any(figure.counter == asked.counter for figure in figures)
    if unit.kind is not ChunkKind.TABLE_ROW or not unit.chunk.cells or counted:
        return list(figures)
    counter = _counter_of_row(asked, unit)
    if counter is None:
        return list(figures)
    return [
        replace(figure, text=f"{figure.text}{counter}", counter=asked.counter or counter)
        if figure.counter == "" and figure.dating and figure.dating.source is DateSource.COLUMN
        else figure
        for figure in figures
    ]


def _counter_of_row(asked: AskedChange, unit: Unit) -> str | None:
    """The cell below 「単位」, else what its heads or its name say of the counter asked for."""
    chunk = unit.chunk
    for head, cell in zip(chunk.columns, chunk.cells, strict=False):
        if key(head) == "単位":
            told = key(cell)
            fits = asked.counter in (None, one_spelling(told)) or bool(
                asked.counter and counter_of_head(f"({told})", asked.counter)
            )
            return told if fits and told else None
    if asked.counter is None:
        return None
    said = (counter_of_head(text, asked.counter) for text in (chunk.cells[0], *chunk.columns))
    return next((counter for counter in said if counter), None)


def between_rows(
    question: Question,
    asked: AskedChange,
    units: Sequence[Unit],
    figures_of: Callable[[Unit], Sequence[Figure]],
) -> Calculation | None:
    """From the two rows of the years asked for, in the column asked for; None if any is unsure."""
    if len(asked.years) != 2:
        return None
    rows = [
        (unit, dating)
        for unit in units
        if unit.kind is ChunkKind.TABLE_ROW
        and len(unit.chunk.columns) == len(unit.chunk.cells)
        and (dating := _date_of_row(figures_of(unit)))
    ]
    pair = [[row for row in rows if row[1].year in years] for years in asked.years]
    pair = [_meant(question, group) for group in pair]
    if [len(group) for group in pair] != [1, 1]:
        return None
    (one, first), (two, second) = sorted((group[0] for group in pair), key=lambda row: row[1].order)
    if one == two or not of_one_table(one.chunk, two.chunk) or _names(one) != _names(two):
        return None
    column = _column(question, one, two)
    if column is None:
        return None
    figures = [_figure(asked, unit, column) for unit in (one, two)]
    if figures[0] is None or figures[1] is None:
        return None
    early, late = Part(first.phrase, figures[0], one), Part(second.phrase, figures[1], two)
    return divided(early, late) if asked.times else subtracted(early, late, asked.direction)


def _date_of_row(figures: Sequence[Figure]) -> Dating | None:
    """The one date that all figures of a row have from a cell of theirs."""
    dates = {
        figure.dating.order: figure.dating
        for figure in figures
        if figure.dating and figure.dating.source is DateSource.COLUMN
    }
    dated = next(iter(dates.values()), None)
    return dated if len(dates) == 1 and dated and dated.year == dated.last_year else None


def _meant(question: Question, rows: Sequence[tuple[Unit, Dating]]) -> list[tuple[Unit, Dating]]:
    """Of several rows of a year those whose name the question says."""
    if len(rows) < 2:
        return list(rows)
    text = key(question.text)
    return [row for row in rows if (names := _names(row[0])) and all(n in text for n in names)]


def _names(unit: Unit) -> list[str]:
    """The cells that say what the row is of, but for its date."""
    cells = map(key, unit.chunk.cells)
    return [
        cell for cell in cells if _NAME.search(cell) and not re.match(r"[\d約]|令和|平成", cell)
    ]


def _column(question: Question, one: Unit, two: Unit) -> int | None:
    """The one column of figures, or that whose head the question names."""
    columns = {
        index: key(head)
        for index, head in enumerate(one.chunk.columns)
        if all(_NUMBER.match(normal(unit.chunk.cells[index]).strip()) for unit in (one, two))
        and not re.search(r"年|no|番号", key(head))
    }
    if len(columns) < 2:
        return next(iter(columns), None)
    text = key(question.text)
    pairs = {i: {head[at : at + 2] for at in range(len(head) - 1)} for i, head in columns.items()}
    said = {i: sum(pair in text for pair in of_head) for i, of_head in pairs.items()}
    best = [i for i, count in said.items() if count == max(said.values()) > 0]
    # 「件数」 where 「件数」 and 「窓口の件数」 stand side by side is the first.
    whole = [i for i in best if said[i] == len(pairs[i])]
    return best[0] if len(best) == 1 else whole[0] if len(whole) == 1 else None


def _figure(asked: AskedChange, unit: Unit, column: int) -> str | None:
    """The cell with its counter, its own or that of its head; None with another or with none."""
    cell = re.sub(r"\s", "", normal(unit.chunk.cells[column]))
    number = _NUMBER.match(cell)
    assert number is not None
    own = cell[number.end() :]
    if own:
        spelled = one_spelling(own)
        return cell if asked.counter in (None, spelled) and not re.search(r"[\d(]", own) else None
    if asked.counter is None:
        return None
    counter = counter_of_head(unit.chunk.columns[column], asked.counter)
    return f"{cell}{counter}" if counter else None
