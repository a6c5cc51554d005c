"""Whether a value stands in the same place in the sources: 「Aは10件」 is not true of B's 10件.

The places of a value and of the values that could be taken for it are compared by what stands
around them. Only what tells the places apart counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rag.grounding.pieces import Place, ReadPiece, features, place_of
from rag.grounding.slots import Slot, comparable, same_value

# By how much another value must fit better; calibrated on eval/data/grounding/dev.jsonl.
CLEARLY = 0.4  # of what tells the two places apart
LEAST_GAIN = 2.0
OTHER_SORT = 3.0  # the least gain of a figure with another counter
FAR = 0.5  # what the rest of the sentence counts beside the clause
_QUOTED_WEIGHT = 2  # of a name in 「」
_EXACT_WEIGHT = 4  # of a year or figure beside the value; one pair of characters weighs 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    same: bool
    kind: str
    place: Place


def fits(
    slot: Slot,
    said: Sequence[Slot],
    text: str,
    read: Sequence[ReadPiece],
    beside: Sequence[ReadPiece],
) -> tuple[bool, bool]:
    """Whether the value is in `read`; whether another value fits its place in the text better.

    `beside` are further pieces of the same sources.
    """
    candidates, there = _candidates(slot, said, read, beside)
    kinds = {slot.kind} | {candidate.kind for candidate in candidates if candidate.same}
    strangers = [c.place for c in candidates if not c.same and c.kind not in kinds]
    candidates = [c for c in candidates if c.same or c.kind in kinds]
    here = place_of(text, said, slot, source=False)
    same = [candidate.place for candidate in candidates if candidate.same]
    others = [candidate.place for candidate in candidates if not candidate.same]
    misplaced = bool(same) and (
        any(all(_fits_better(here, other, place) for place in same) for other in others)
        # 「業務時間は8割」: what the label belongs to is a figure of another sort.
        or any(
            all(_fits_better(here, other, place, OTHER_SORT) for place in same)
            for other in strangers
        )
    )
    return there, misplaced


def _fits_better(here: Place, other: Place, place: Place, least: float = LEAST_GAIN) -> bool:
    """Whether `here` has clearly more of what only `other` has than of what only `place` has."""
    gains = losses = 0.0
    for wanted, one, two, weight in (
        (here.near, other.near, place.near, 1.0),
        (here.far, other.far, place.far, FAR),
    ):
        gains += weight * _weight(wanted & (one - two))
        losses += weight * _weight(wanted & (two - one))
    return gains - losses >= max(least, CLEARLY * (gains + losses))


def _candidates(
    slot: Slot, said: Sequence[Slot], read: Sequence[ReadPiece], beside: Sequence[ReadPiece]
) -> tuple[list[_Candidate], bool]:
    found: list[_Candidate] = []
    there = False
    for position, piece in enumerate((*read, *beside)):
        chosen = position < len(read)
        for other in piece.slots:
            if not (comparable(slot, other) or _both_figures(slot, other)):
                continue
            same = comparable(slot, other) and _same(slot, other, said, piece)
            there = there or (same and chosen)
            own = place_of(piece.text, piece.slots, other, source=True)
            found.append(
                _Candidate(same, other.kind, Place(own.near, own.far | piece.context_features))
            )
        for other in piece.context_slots:
            if not (comparable(slot, other) and same_value(slot, other)):
                continue
            own_dates = [own_slot for own_slot in piece.slots if own_slot.kind == slot.kind]
            # A date above a piece holds for what the piece gives no other date for, or where the
            # sentence gives the piece's own date as well.
            there = there or (chosen and (not own_dates or _says_one_of(own_dates, said)))
            if not own_dates:
                whole = features(piece.text, piece.slots) | piece.context_features
                found.append(_Candidate(True, other.kind, Place(whole, whole)))
    return found, there


def _says_one_of(dates: Sequence[Slot], said: Sequence[Slot]) -> bool:
    return any(comparable(one, date) and same_value(one, date) for one in said for date in dates)


def _both_figures(one: Slot, other: Slot) -> bool:
    return one.kind[:1] == other.kind[:1] == "#"


def _weight(found: frozenset[str]) -> float:
    """Years and figures in full; of long common wording each further pair tells less."""
    exact = sum(feature.startswith("@") for feature in found)
    quoted = sum(feature.startswith("「") for feature in found)
    plain = len(found) - exact - quoted
    return _EXACT_WEIGHT * exact + _QUOTED_WEIGHT * quoted + 2 * math.sqrt(plain)


def _same(slot: Slot, found: Slot, said: Sequence[Slot], piece: ReadPiece) -> bool:
    if same_value(slot, found):
        return True
    if not slot.kind.startswith("#"):
        return False
    # 「▲3.2%」 and 「3.2%の減」 say the same.
    if found.value == f"-{slot.value}":
        return any(s.kind == "way 増減" and s.value == "-" for s in said)
    if slot.value == f"-{found.value}":
        return any(s.kind == "way 増減" and s.value == "-" for s in piece.slots)
    return False
