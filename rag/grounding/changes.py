"""Changes from one value to another: 「151人から227人に増えた」 against what the sources give.

A table gives the values with their years and no word for what became of them. Then the word of the
sentence is checked by comparing the values, and so is which of the two comes first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from rag.grounding.pieces import ReadPiece
from rag.grounding.slots import Slot

_FROM = re.compile(r"\)?\s*(?:で(?:あったもの)?)?から")
_BEFORE = re.compile(r"\s*\((?:前回|前年度?|昨年度?)の?\s*")
_CELL = "¦"
_SMALLER_IS_HIGHER = frozenset({"#位"})


@dataclass(frozen=True, slots=True)
class Change:
    """「`before` から `after` へ」 in a sentence."""

    before: Slot
    after: Slot

    @property
    def side(self) -> str:
        """ "+" for more (for a rank: higher up), "-" for less, "" for the same."""
        one, other = _number(self.before), _number(self.after)
        if one == other:
            return ""
        more = other > one
        return "+" if more != (self.before.kind in _SMALLER_IS_HIGHER) else "-"


def changes(said: Sequence[Slot], text: str) -> list[Change]:
    """The changes that a sentence tells, by figures with the same counter."""
    figures = [slot for slot in said if slot.kind.startswith("#")]
    return [
        Change(one, other)
        for one, other in pairwise(figures)
        if one.kind == other.kind and _FROM.match(text, one.end)
    ]


def turned_round(change: Change, pieces: Sequence[ReadPiece]) -> bool:
    """Whether the sources have the two values the other way round."""
    orders = [order for piece in pieces if (order := _order(change, piece))]
    return bool(orders) and all(order < 0 for order in orders)


def borne_out(change: Change, pieces: Sequence[ReadPiece]) -> bool:
    """Whether one piece has both values, the earlier one first."""
    return any((_order(change, piece) or 0) > 0 for piece in pieces)


def _order(change: Change, piece: ReadPiece) -> int:
    """1 if the piece gives `before` the earlier time, -1 if the later one, 0 if it does not say."""
    order = 0
    for one in _held(change.before, piece):
        for other in _held(change.after, piece):
            if one == other:
                continue
            told = _told(one, other, piece) or -_told(other, one, piece)
            if not told:
                first, second = _year_of(one, piece), _year_of(other, piece)
                told = (first < second) - (first > second) if first and second else 0
            order = order or told
    return order


def _told(one: Slot, other: Slot, piece: ReadPiece) -> int:
    """1 if the piece itself says 「one から other」 or 「other（前回one）」."""
    if one.end <= other.start:
        return int(bool(_FROM.match(piece.text, one.end)))
    return int(bool(_BEFORE.fullmatch(piece.text[other.end : one.start])))


def _held(slot: Slot, piece: ReadPiece) -> list[Slot]:
    return [found for found in piece.slots if found.kind[:1] == "#" and found.value == slot.value]


def _year_of(slot: Slot, piece: ReadPiece) -> int:
    """The year that a figure stands with: in its cell, else the last one before it; 0 for none."""
    text, years = piece.text, [each for each in piece.slots if each.kind == "year"]
    start = text.rfind(_CELL, 0, slot.start) + 1
    end = text.find(_CELL, slot.end)
    end = len(text) if end < 0 else end
    in_cell = [each for each in years if start <= each.start < end]
    if _CELL in text:
        return int(in_cell[-1].value[:4]) if in_cell else 0
    before = [each for each in years if each.start < slot.start]
    return int(before[-1].value[:4]) if before else 0


def _number(slot: Slot) -> Decimal:
    return Decimal(slot.value.rstrip("<=>"))
