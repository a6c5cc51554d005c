"""A sum or difference of figures that the question names: 「13手続き＋11手続き＝24手続き」.

Only where each thing named has one figure with the unit asked for, all of them in one document.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.asked_columns import covering_columns
from rag.calculation import Calculation, Part, added, divided, subtracted
from rag.counted_cells import counter_of_head
from rag.counters import counter_pattern
from rag.date_phrases import date_phrases
from rag.named_things import NamedThings
from rag.question import Question
from rag.scoring import Evidence
from rag.temporal import years
from rag.text import key, normal
from rag.types import Chunk, ChunkKind
from rag.units import Unit

_FIGURE = r"(?<![\d.,])(?P<number>\d[\d,]*(?:\.\d+)?)\s*"
_COUNT_NAMED = re.compile(r"([件人枚台回校])数")
_LESS_OR_MORE = ("少ない", "多い")
_APART = r"[\s・、／|]*"
_REACH = 30  # characters between a name and its figure
_BEHIND_DATE = 8  # characters between a date and its figure: 「2024年度（実績） 140件」
_LOOKED_AT = 30  # best units in which figures are looked for
_UNIT = "手続き?|[人名件円回台校社枚冊%]|ページ|業務|トン|事業|施設|時間|団体|世帯|項目|種類|[箇かカヶヵ]所|千円|万円|億円"


def of_names(
    question: Question, things: NamedThings, evidence: Sequence[Evidence]
) -> Calculation | None:
    """The sum or difference asked for, from the best units; None where anything is unsure."""
    best = [item.unit for item in evidence[:_LOOKED_AT]]
    for document in dict.fromkeys(unit.chunk.document_id for unit in best):
        units = [unit for unit in best if unit.chunk.document_id == document]
        parts = _side_by_side(question, things, units) or [
            part for name in things.names if (part := _part(question, things, name, units))
        ]
        if len(parts) == len(things.names):
            return _calculated(things, parts)
    return None


def _calculated(things: NamedThings, parts: Sequence[Part]) -> Calculation | None:
    if things.adds:
        found = added(parts)
    elif things.times:
        found = divided(parts[0], parts[1])
    else:
        found = subtracted(parts[0], parts[1], things.direction, _LESS_OR_MORE)
    return found and replace(found, named=True)


def _side_by_side(
    question: Question, things: NamedThings, units: Sequence[Unit]
) -> list[Part] | None:
    """As many figures in a row as names in a row before them: 「本編 資料編 計12ページ 計35ページ」.

    None unless one unit has such a line.
    """
    names = _APART.join(map(re.escape, things.names))
    figure = rf"{_APART}計?\s*(?:{_pattern(question).replace('?P<number>', '?:')})"
    line = re.compile(f"{names}({figure * len(things.names)})(?!{figure})")
    found = [(unit, match) for unit in units if (match := line.search(normal(unit.text)))]
    if len({key(match[1]) for _, match in found}) != 1:
        return None
    unit, match = found[0]
    written = [figure.group() for figure in re.finditer(_pattern(question), match[1])]
    return [
        Part(name, re.sub(r"\s", "", figure), unit)
        for name, figure in zip(things.names, written, strict=True)
    ]


def _part(question: Question, things: NamedThings, name: str, units: Sequence[Unit]) -> Part | None:
    """The one figure that stands with `name`; None if there is none or several differ."""
    found: dict[str, Part] = {}
    for unit in units:
        below, head = _in_row(question, things, name, unit)
        figure = below or _in_text(question, name, things.names, unit)
        if figure:
            found.setdefault(key(figure), Part(name, figure, unit, head))
    return next(iter(found.values())) if len(found) == 1 else None


def _counters(question: Question) -> tuple[str, ...]:
    """The counters asked for, also of 「件数の差」."""
    return question.units or tuple(_COUNT_NAMED.findall(question.normalised))


def _pattern(question: Question) -> str:
    asked = [unit for unit in _counters(question) if re.fullmatch(_UNIT, unit)]
    units = "|".join(counter_pattern(unit) for unit in asked) or _UNIT
    return f"{_FIGURE}(?:{units})"


def _in_text(question: Question, name: str, names: Sequence[str], unit: Unit) -> str | None:
    """The first figure behind the name, before the next name and within the same sentence."""
    if unit.kind is ChunkKind.TABLE_ROW and len(unit.chunk.columns) == len(unit.chunk.cells) > 2:
        return None
    text = normal(unit.text)
    others = [other for other in names if other != name]
    figures = []
    for match in re.finditer(re.escape(name), text):
        rest = re.split(r"[。\n]", text[match.end() :])[0]
        stop = min([rest.find(other) for other in others if other in rest] or [len(rest)])
        of_years = _of_years(question, rest[:stop])
        if of_years is not None:
            figures.extend(of_years)
            continue
        figure = re.search(_pattern(question), rest[:stop])
        if figure and figure.start() <= _REACH:
            figures.append(figure.group().replace(" ", ""))
    return figures[0] if len(set(figures)) == 1 else None


def _of_years(question: Question, text: str) -> list[str] | None:
    """Where each of several years has its figure, that of the year asked for; None elsewhere."""
    years = {mention.year for mention in question.years}
    dated = [
        (phrase.year, re.sub(r"\s", "", figure[1]))
        for phrase in date_phrases(text)
        if (
            figure := re.match(
                rf"\D{{0,{_BEHIND_DATE}}}?({_pattern(question)})", text[phrase.end :]
            )
        )
    ]
    if len({year for year, _ in dated}) < 2:
        return None
    return [figure for year, figure in dated if years == {year}]


def _in_row(question: Question, things: NamedThings, name: str, unit: Unit) -> tuple[str, str]:
    """The figure below the head that the name is, or beside the cell that it is; else "".

    With the head that says what a bare figure counts.
    """
    chunk = unit.chunk
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return "", ""
    if _of_other_year(question, chunk):
        return "", ""
    text = key(question.text)
    heads = [key(head) for head in chunk.columns]
    cells = [normal(cell).strip() for cell in chunk.cells]
    figure = re.compile(rf"{_pattern(question)}(?:\s*[(（].*)?$")
    label = key(chunk.cells[0])
    below = [i for i, head in enumerate(heads) if head and head.startswith(key(name))]
    if len(below) == 1 and len(label) >= 2 and re.sub("数$", "", label) in text:
        match = figure.match(cells[below[0]])
        return (match.group().split("(")[0].replace(" ", ""), "") if match else ("", "")
    if any(key(cell) in (key(name), key(name + things.kind)) for cell in chunk.cells):
        counted = _counted_cell(question, text, heads, cells)
        if counted:
            return counted
    if key(name) in key(chunk.cells[0]):
        cells = _of_asked_year(question, heads, cells)
        matches = [match for cell in cells[1:] if (match := figure.match(cell))]
        if len(matches) == 1:
            return matches[0].group().split("(")[0].replace(" ", ""), ""
    return "", ""


def _of_asked_year(question: Question, heads: Sequence[str], cells: Sequence[str]) -> list[str]:
    """The cells below the year asked for, where the heads are years; else all of them."""
    asked = {mention.year for mention in question.years}
    told = [{mention.year for mention in years(head)} for head in heads]
    if len(asked) != 1 or sum(map(bool, told)) < 2:
        return list(cells)
    found = [cell for cell, of_head in zip(cells, told, strict=True) if of_head == asked]
    return [cells[0], *found]


def _of_other_year(question: Question, chunk: Chunk) -> bool:
    """Whether a cell of the row is a date, of another year than the one asked for."""
    asked = {mention.year for mention in question.years}
    dated = [
        phrases[0].year
        for cell in chunk.cells
        if (phrases := date_phrases(cell)) and len(phrases[0].text) >= len(cell.strip()) - 1
    ]
    return len(asked) == 1 and bool(dated) and not asked & set(dated)


def _counted_cell(
    question: Question, text: str, heads: Sequence[str], cells: Sequence[str]
) -> tuple[str, str] | None:
    """The bare figure under the one head that says what is counted, with its counter."""
    for counter in _counters(question):
        counted = {
            i: found
            for i, head in enumerate(heads)
            if re.fullmatch(r"\d[\d,]*", cells[i]) and (found := counter_of_head(head, counter))
        }
        said = covering_columns(text, {i: heads[i] for i in counted})
        if len(said) == 1:
            column = said.pop()
            return f"{cells[column]}{counted[column]}", heads[column]
    return None
