"""A sum or difference of figures that the question names: 「13手続き＋11手続き＝24手続き」.

Only where each thing named has one figure with the unit asked for, all of them in one document.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.counters import counter_pattern, one_spelling
from rag.question import Question
from rag.scoring import Evidence
from rag.table_rows import covering_columns
from rag.text import key, normal
from rag.types import ChunkKind
from rag.units import Unit

_ADDS = re.compile(r"足す|足し|足せ|合わせ|あわせ|合計|総計|トータル|計何|全部で")
_SUBTRACTS = re.compile(r"の差|差は|差額|引く|引い|どれだけ多|何\w{1,2}多い")
_NAME = r"[一-鿿々ァ-ヶーa-z0-9]+(?:[てりしみきえ][一-鿿々]*)?"
_NAMES = re.compile(rf"{_NAME}(?:(?:と|・|、|及び|や|\+){_NAME})+")
_BETWEEN = re.compile(r"と|・|、|及び|や|\+")
_MEASURE = re.compile(r"[数額率量]$|時間$")
_FIGURE = r"(?<![\d.,])(?P<number>\d[\d,]*(?:\.\d+)?)\s*"
_REACH = 30  # characters between a name and its figure
_LOOKED_AT = 30  # best units in which figures are looked for
_UNIT = "手続き?|[人名件円回台校社枚%]|事業|施設|時間|団体|世帯|項目|種類|[箇かカ]所|千円|万円|億円"


@dataclass(frozen=True, slots=True)
class Part:
    """One figure: the name from the question, the figure as written, where it stands."""

    name: str
    figure: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Calculation:
    """`text` is one Japanese sentence without markers; `parts` are to be cited in their order."""

    text: str
    short: str
    parts: tuple[Part, ...]


def calculation(question: Question, evidence: Sequence[Evidence]) -> Calculation | None:
    """The calculation asked for, from the best units of `evidence`; None where anything is unsure."""
    sign = 1 if _ADDS.search(question.normalised) else -1
    if sign < 0 and not _SUBTRACTS.search(question.normalised):
        return None
    names = _names(question)
    if len(names) < 2 or (sign < 0 and len(names) != 2):
        return None
    best = [item.unit for item in evidence[:_LOOKED_AT]]
    for document in dict.fromkeys(unit.chunk.document_id for unit in best):
        units = [unit for unit in best if unit.chunk.document_id == document]
        parts = [_part(question, name, names, units) for name in names]
        if all(parts):
            return _calculated([part for part in parts if part], sign)
    return None


def _names(question: Question) -> list[str]:
    """The things to add: 「子育てと介護」, 「10代・20代」."""
    text = re.sub(r"\s", "", question.normalised)
    runs = [_BETWEEN.split(match.group()) for match in _NAMES.finditer(text)]
    # 「キャッシュレス件数、市民課と税務課」: what is counted is none of the things.
    runs = [run[1:] if len(run) > 2 and _MEASURE.search(run[0]) else run for run in runs]
    runs = [run for run in runs if all(len(name) >= 2 for name in run)]
    return list(dict.fromkeys(runs[0])) if runs else []


def _part(
    question: Question, name: str, names: Sequence[str], units: Sequence[Unit]
) -> Part | None:
    """The one figure that stands with `name`; None if there is none or several differ."""
    found: dict[str, Part] = {}
    for unit in units:
        figure = _in_row(question, name, unit) or _in_text(question, name, names, unit)
        if figure:
            found.setdefault(key(figure), Part(name, figure, unit))
    return next(iter(found.values())) if len(found) == 1 else None


def _pattern(question: Question) -> str:
    asked = [unit for unit in question.units if re.fullmatch(_UNIT, unit)]
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
        figure = re.search(_pattern(question), rest[:stop])
        if figure and figure.start() <= _REACH:
            figures.append(figure.group().replace(" ", ""))
    return figures[0] if len(set(figures)) == 1 else None


def _in_row(question: Question, name: str, unit: Unit) -> str | None:
    """The figure below the head that the name is, or beside the cell that it is."""
    chunk = unit.chunk
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return None
    text = key(question.text)
    heads = [key(head) for head in chunk.columns]
    cells = [normal(cell).strip() for cell in chunk.cells]
    figure = re.compile(rf"{_pattern(question)}(?:\s*[(（].*)?$")
    label = key(chunk.cells[0])
    below = [
        i
        for i, head in enumerate(heads)
        if head and (head == key(name) or head.startswith(key(name)))
    ]
    if len(below) == 1 and len(label) >= 2 and re.sub("数$", "", label) in text:
        match = figure.match(cells[below[0]])
        return match.group().split("(")[0].replace(" ", "") if match else None
    if any(key(cell) == key(name) for cell in chunk.cells):
        counted = _counted_cell(question, text, heads, cells)
        if counted:
            return counted
    if key(name) in key(chunk.cells[0]):
        matches = [match for cell in cells[1:] if (match := figure.match(cell))]
        return matches[0].group().split("(")[0].replace(" ", "") if len(matches) == 1 else None
    return None


def _counted_cell(
    question: Question, text: str, heads: Sequence[str], cells: Sequence[str]
) -> str | None:
    """The bare figure under the one head that says what is counted, with its counter."""
    for counter in question.units:
        columns = {
            i: head
            for i, head in enumerate(heads)
            if counter in head and re.fullmatch(r"\d[\d,]*", cells[i])
        }
        said = covering_columns(text, columns)
        if len(said) == 1:
            return f"{cells[said.pop()]}{counter}"
    return None


def _calculated(parts: Sequence[Part], sign: int) -> Calculation | None:
    values = [Decimal(_number(part.figure)) for part in parts]
    units = [re.sub(r"^[\d,.\s]+", "", part.figure) for part in parts]
    if len({one_spelling(unit) for unit in units}) != 1:
        return None
    result = sum(values, Decimal(0)) if sign > 0 else abs(values[0] - values[1])
    ordered = sorted(parts, key=lambda part: -Decimal(_number(part.figure))) if sign < 0 else parts
    short = f"{result:,}{units[0]}"
    operator = "＋" if sign > 0 else "－"
    said = operator.join(f"{part.figure}（{part.name}）" for part in ordered)
    return Calculation(f"{said}＝{short}です。", short, tuple(ordered))


def _number(figure: str) -> str:
    match = re.match(r"[\d,.]+", figure)
    assert match is not None
    return match.group().replace(",", "").rstrip(".")
