"""What a sentence may rest on: quotable pieces of a source, read once into what can be checked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from rag.counters import one_spelling
from rag.grounding.quantities import SCALES
from rag.grounding.slots import Slot, slots
from rag.text import key, normal

_BREAK = re.compile(r"[。\n¦]")
_CLAUSE_END = re.compile(r"[、。\n¦]")
_FULL_STOP = re.compile(r"[。\n]")
_JOINS = re.compile(r"(?:年度?|月|日|か年)?(?:から|~|-|・|と|及び|または|、|\()?(?:令和|平成)?")
_SAYS = re.compile(r"[^\W_ぁ-ん年月日度末]")
_EXACT = ("year", "month", "#", "ordinal")
_CELLS = "¦"  # for the 「／」 between cells, which normalising makes a slash
# What a figure is to the next one: 「20業務のうち12業務」.
_ROLE = re.compile(r"の?うち|中(?=[、\d])")
_MEASURE = re.compile(r"[▲-]?[\d,.]+(?:%|[円件人名])?")
_ROLE_WITHIN = 8  # characters: 「1,758の手続のうち」
_TOPIC_END = re.compile(r"[、は]")
_PARTICLE = re.compile(r"[をがにはもと」』、]")
_BRACKETS = re.compile(r"\([^()]*\)")
# Pairs that are grammar: 「に導」, 「した」, and digits, which are read as figures.
_GRAMMAR = re.compile(r"[ぁ-んー]{2}|年度|.?[をがはにでともへのやか\d].?")
_RUN = re.compile(r"[^\W_]+")
_HEAD_UNIT = re.compile(
    r"\((?:単位[:：]?)?(?P<scale>千|万|百万|億)?(?P<counter>円|人|名|件|%|回|時間|か所|箇所|台|施設)\)"
)
_YEARS = ("year", "month", "day")


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, row or cell that can be quoted, with what it stands under.

    `source` is the number that the server gave the evidence it belongs to, as E1.
    """

    source: str
    text: str
    context: str = ""  # headings, column heads, title and dates of the document


@dataclass(frozen=True, slots=True)
class ReadPiece:
    """`features` of a slot are what stands around it; `whole` is everything there is to read."""

    text: str  # normalised
    whole: str  # key of text and context
    slots: tuple[Slot, ...]
    context_slots: tuple[Slot, ...]
    context_features: frozenset[str]


@lru_cache(maxsize=4_096)
def read_piece(piece: Piece) -> ReadPiece:
    text = normal(piece.text.replace("\t", _CELLS).replace("／", _CELLS))
    own = _with_head_units(text, slots(text), normal(piece.context))
    return ReadPiece(
        text,
        key(f"{piece.text} {piece.context}"),
        own,
        tuple(slot for slot in slots(piece.context) if slot.kind in _YEARS),
        features(normal(piece.context), slots(piece.context)),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slot stands: `near` is its own clause with the topic, `far` the whole sentence."""

    near: frozenset[str]
    far: frozenset[str]


def place_of(text: str, found: Sequence[Slot], slot: Slot, *, source: bool) -> Place:
    """The features around `slot` in a sentence, or in a piece of a `source`.

    Its clause begins behind the slot before it that could be taken for it; what follows belongs
    to it unless another such slot comes first. The first and last of a range (2022~2025年度)
    share theirs. A figure in brackets (前回54%) belongs to the one before them. In a source the
    topic (「利用者数は、」) and what is said at the end hold for all.
    """
    if _CELLS in text:
        return _place_in_row(text, found, slot)
    head = _last_end(_FULL_STOP, text, slot.start)
    closing = _FULL_STOP.search(text, slot.end)
    tail = closing.start() if closing else len(text)
    part = _ROLE.match(text, slot.end) or _ROLE.search(text, slot.end, slot.end + _ROLE_WITHIN)
    # 「1,758手続のうち791がオンライン」: what follows is said of the part.
    if part is not None:
        tail = part.end()
    far = _features_in(text, found, slot, [(head, slot.start), (slot.end, tail)], quotes=False)
    near = _in_sentence(text, found, slot, head, tail)
    if source:
        first = min(s.start for s in found if alike_kind(s, slot) and s.start >= head)
        topic = (head, _last_end(_TOPIC_END, text, first))
        said = _predicate(text, found, slot.end, tail)
        near |= _features_in(text, found, slot, [topic, said])
    return Place(near, far)


def _in_sentence(
    text: str, found: Sequence[Slot], slot: Slot, head: int, tail: int
) -> frozenset[str]:
    bracket = _bracket_around(text, head, tail, slot)
    if bracket is None:
        return _near(_without_brackets(text, found, slot), found, slot, head, tail)
    opening, closing = bracket
    inner = _near(text, found, slot, opening, closing)
    owner = [s for s in found if alike_kind(s, slot) and opening - 3 <= s.end < opening]
    if owner:
        return inner | _near(
            _without_brackets(text, found, owner[-1]), found, owner[-1], head, tail
        )
    before = text.rfind(")", head, opening - 1) + 1
    label = max(head, before, _last_end(_CLAUSE_END, text, opening - 1))
    return inner | _features_in(text, found, slot, [(label, opening - 1)])


def _near(text: str, found: Sequence[Slot], slot: Slot, head: int, tail: int) -> frozenset[str]:
    """The features of the clause of `slot` within `text[head:tail]`."""
    alike = [
        s
        for s in found
        if s == slot
        or (alike_kind(s, slot) and head <= s.start < tail and text[s.start : s.end].strip())
    ]
    at = alike.index(slot)
    first = last = at
    while first > 0 and _joined(text[alike[first - 1].end : alike[first].start]):
        first -= 1
    while last + 1 < len(alike) and _joined(text[alike[last].end : alike[last + 1].start]):
        last += 1
    start = max(head, alike[first - 1].end if first else head, _last_end(_BREAK, text, slot.start))
    figures = [s.end for s in found if s.kind.startswith("#") and head <= s.end <= slot.start]
    comma = text.find("、", figures[-1], slot.start) if figures else -1
    start = max(start, comma + 1)  # a figure of any sort ends its clause
    behind = alike[last].end
    following = alike[last + 1].start if last + 1 < len(alike) else tail + 1
    clause = _clause_end(text, behind, tail)
    # 「2015年には、」 is the time of what follows.
    while slot.kind in _YEARS and clause < tail and not _SAYS.search(text, behind, clause):
        clause = _clause_end(text, clause + 1, tail)
    end = clause if clause <= following else behind
    spans = [(start, slot.start), (slot.end, end)]
    role = _ROLE.match(text, behind)
    return _features_in(text, found, slot, spans) | ({f"@{role.group()}"} if role else set())


def _predicate(text: str, found: Sequence[Slot], start: int, tail: int) -> tuple[int, int]:
    """What is said at the end of a sentence: 「策定しました」."""
    figures = [s.end for s in found if s.end <= tail and s.kind.startswith(_EXACT)]
    return max([start, _last_end(_PARTICLE, text, tail), *figures]), tail


def _place_in_row(text: str, found: Sequence[Slot], slot: Slot) -> Place:
    """A cell with its head, and the cells that hold nothing of the kind: the name of the row."""
    edges = [-1, *(at for at, character in enumerate(text) if character == _CELLS), len(text)]
    cells = [(start + 1, end) for start, end in pairwise(edges)]
    start, end = next(cell for cell in cells if cell[0] <= slot.start < cell[1])
    naming = [
        (left, right)
        for left, right in _own_names(text, cells, start)
        if not any(_could_swap(s, slot) for s in found if left <= s.start < right)
        and not _is_measure(text[left:right])
    ]
    several = sum(_could_swap(s, slot) for s in found if start <= s.start < end) > 1
    colon = text.find(":", start, min(end, slot.start)) + 1
    spans = [*naming, (start, colon) if several and colon else (start, end)]
    near = _features_in(text, found, slot, spans)
    if several:
        near |= _in_sentence(text, found, slot, max(start, colon), end)
    far = [(0, slot.start), (slot.end, len(text))]
    return Place(near, _features_in(text, found, slot, far))


def _is_measure(cell: str) -> bool:
    """Whether a cell holds a figure and nothing else, as 「決済額(円)計:1,496,150」."""
    return bool(_MEASURE.fullmatch(cell.rpartition(":")[2]))


def _own_names(text: str, cells: Sequence[tuple[int, int]], start: int) -> list[tuple[int, int]]:
    """The cells that may name the cell at `start`: where a head comes several times, as in
    「地域:甲¦率:1%¦地域:乙¦率:2%」, the last one before it."""
    heads = [
        text[left : text.find(":", left, right)] if ":" in text[left:right] else ""
        for left, right in cells
    ]
    kept = []
    for cell, head in zip(cells, heads, strict=True):
        alike = [other for other, name in zip(cells, heads, strict=True) if name == head]
        if head and len(alike) > 1:
            before = [other for other in alike if other[0] <= start]
            if not before or cell != before[-1]:
                continue
        kept.append(cell)
    return kept


def _last_end(pattern: re.Pattern[str], text: str, before: int) -> int:
    ends = [match.end() for match in pattern.finditer(text, 0, before)]
    return ends[-1] if ends else 0


def _clause_end(text: str, start: int, tail: int) -> int:
    match = _CLAUSE_END.search(text, start, tail)
    return match.start() if match else tail


def _bracket_around(text: str, head: int, tail: int, slot: Slot) -> tuple[int, int] | None:
    opening = text.rfind("(", head, slot.start)
    if opening < 0 or ")" in text[opening : slot.start]:
        return None
    closing = text.find(")", slot.end, tail)
    return (opening + 1, closing) if closing >= 0 else None


def _without_brackets(text: str, found: Sequence[Slot], slot: Slot) -> str:
    """`text` with the brackets blanked that hold figures of the same kind."""
    out = text
    for match in _BRACKETS.finditer(text):
        inside = (s for s in found if match.start() < s.start and s.end < match.end())
        if any(alike_kind(s, slot) for s in inside):
            out = out[: match.start()] + " " * len(match.group()) + out[match.end() :]
    return out


def _could_swap(one: Slot, other: Slot) -> bool:
    """Whether the two hold values of one sort; then neither tells the other's place."""
    return one.kind == other.kind or (
        (one.kind, other.kind).count("#") == 1 and (one.kind[:1] == other.kind[:1])
    )


def _joined(between: str) -> bool:
    """Whether two figures with this between them are one range or pair."""
    return bool(_JOINS.fullmatch(between.strip()))


def _features_in(
    text: str,
    found: Sequence[Slot],
    slot: Slot,
    spans: Sequence[tuple[int, int]],
    *,
    quotes: bool = True,
) -> frozenset[str]:
    kept = sorted({(start, end) for start, end in spans if start < end})
    inside = [
        s
        for s in found
        if not _could_swap(s, slot)
        and (quotes or s.kind != "quote")
        and any(start <= s.start and s.end <= end for start, end in kept)
    ]
    return features(" ".join(text[start:end] for start, end in kept), inside)


def alike_kind(one: Slot, other: Slot) -> bool:
    """Whether the two stand in one enumeration: 「3位（33.8%）」 are two."""
    return one.kind == other.kind


def features(text: str, inside: Sequence[Slot]) -> frozenset[str]:
    """Pairs of characters that carry meaning, and the years and figures as wholes."""
    found = {f"@{slot.value[:4]}" for slot in inside if slot.kind == "year"}
    found |= {f"@{slot.kind}{slot.value}" for slot in inside if slot.kind == "month"}
    found |= {f"@{slot.value}" for slot in inside if slot.kind.startswith(("#", "ordinal"))}
    found |= {f"「{slot.value}" for slot in inside if slot.kind in ("quote", "office")}
    for run in _RUN.findall(text):
        found |= {
            run[i : i + 2] for i in range(len(run) - 1) if not _GRAMMAR.fullmatch(run[i : i + 2])
        }
    return frozenset(found)


def _with_head_units(text: str, found: tuple[Slot, ...], context: str) -> tuple[Slot, ...]:
    """Bare figures with the counter and scale that their column head or caption gives them."""
    captioned = _HEAD_UNIT.search(context)
    out = []
    for slot in found:
        if slot.kind == "#":
            start = max([m.end() for m in _BREAK.finditer(text, 0, slot.start)][-1:] or [0])
            head = list(_HEAD_UNIT.finditer(text, start, slot.start))
            unit = head[-1] if head else captioned
            if unit:
                scale = SCALES.get(unit.group("scale") or "", Decimal(1))
                value = Decimal(slot.value[:-1]) * scale
                shown = f"{value:f}"
                shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
                kind = f"#{one_spelling(unit.group('counter'))}"
                slot = Slot(kind, f"{shown}{slot.value[-1]}", slot.start, slot.end)
        out.append(slot)
    return tuple(out)
