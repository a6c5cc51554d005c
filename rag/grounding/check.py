"""One sentence against the pieces that it cites: what of it is not there, and which pieces it is.

A sentence passes when every figure, date, office, name and quotation of it stands in its pieces in
the same place, when it points the same way and denies the same things, and when most of its words
are theirs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from rag.grounding.alignment import fits
from rag.grounding.changes import Change, borne_out, changes, turned_round
from rag.grounding.pieces import Piece, ReadPiece, read_piece
from rag.grounding.slots import Slot, comparable, same_value, slots
from rag.grounding.words import Word, foreign, share_found, words_of
from rag.temporal import years
from rag.text import key, normal
from rag.tokens import tokenise

LEAST_SHARE = 0.7  # of the words; calibrated on eval/data/grounding/dev.jsonl
LEAST_CLAUSE_SHARE = 0.55  # of the words of a clause, in one piece
MOST_FOREIGN = 1.0  # nouns that the sources do not know
MOST_PIECES = 3
_LEAST_GAIN = 0.12  # of the words, for a further piece
_DENIES = re.compile(r"[未不非無]|な[いくし]|ませ|ず(?=[、にと。]|$)|以外|除|のみ|だけ|限")
_CLAUSES = re.compile(r"[、。]")
_ANSWERS = ("#", "office", "quote", "month", "day", "ordinal")
_EXACT = ("#", "year", "month", "day", "ordinal")
_PREDICATES = frozenset(["動詞", "助動詞", "形容詞", "助詞"])
_PLAIN = frozenset({"way 対象"})  # claims something only where its opposite stands beside it
_DAYS = re.compile(r"((\d{1,2})月(\d{1,2})日)から((\d{1,2})月(\d{1,2})日)")
_CHIEF = re.compile(r"(?<!副)(?:市長|知事|本部長|部長|課長|室長|委員長|会長|議長)")
_LITERAL = {
    "name": "name",
    "quote": "quote",
    "relative": "date",
    "fraction": "number",
    "address": "address",
}
_MARKUP = re.compile(
    r"!\[|\]\(|</?[a-z][^>]*>|^\s*\[[^\]]+\]:\s|`{3}|\x1b|^\s*\||(?:\|[^|]*){3,}", re.IGNORECASE
)


class Fault(StrEnum):
    NUMBER = "number"
    DATE = "date"
    OFFICE = "office"
    QUOTE = "quote"
    NAME = "name"
    ADDRESS = "address"
    DIRECTION = "direction"
    NEGATION = "negation"
    WORDS = "words"
    MARKUP = "markup"
    MARKER = "marker"  # it points to evidence that was not given


@dataclass(frozen=True, slots=True)
class Checked:
    """`faults` is empty for a sentence that may be shown, `pieces` what it rests on."""

    faults: tuple[Fault, ...]
    pieces: tuple[int, ...]  # positions in what was given, the best first
    share: float

    @property
    def passed(self) -> bool:
        return not self.faults


def check(sentence: str, pieces: Sequence[Piece], least_share: float = LEAST_SHARE) -> Checked:
    """`sentence` (without its markers) against `pieces`."""
    if _MARKUP.search(sentence):
        return Checked((Fault.MARKUP,), (), 0.0)
    text = normal(sentence)
    said, words = slots(sentence), words_of(text)
    if not words and not any(slot.kind.startswith(_ANSWERS) for slot in said):
        return Checked((Fault.WORDS,), (), 0.0)
    chosen = _choose(said, words, pieces)
    if not chosen:
        return Checked((Fault.WORDS,), (), 0.0)
    read = [read_piece(pieces[at]) for at in chosen]
    sources = {pieces[at].source for at in chosen}
    beside = [
        read_piece(piece)
        for at, piece in enumerate(pieces)
        if piece.source in sources and at not in chosen
    ]
    whole = " ".join(each.whole for each in read)
    faults: dict[Fault, None] = {}
    told = changes(said, text)
    proven = {
        slot for change in told if borne_out(change, read) for slot in _of_change(change, said)
    }
    for slot in said:
        fault = None if slot in proven else _fault(slot, said, text, read, beside, whole)
        if fault is not None:
            faults[fault] = None
    if any(turned_round(change, (*read, *beside)) for change in told):
        faults[Fault.NUMBER] = None
    if _quoted_at_another_time(said, text, (*read, *beside)):
        faults[Fault.DATE] = None
    if _ends_before_it_begins(text, (*read, *beside)):
        faults[Fault.DATE] = None
    if _deputy_for_chief(text, whole):
        faults[Fault.NAME] = None
    if _two_years_for_one(text):
        faults[Fault.DATE] = None
    if _ends_where_it_begins(said, text):
        faults[Fault.NUMBER] = None
    share = share_found(words, whole)
    if share < least_share and not _says_only_figures(said, words):
        faults[Fault.WORDS] = None
    if not (_is_statement(said, text) and _clauses_hold(text, read)):
        faults[Fault.WORDS] = None
    if foreign(words, whole) >= MOST_FOREIGN:
        faults[Fault.WORDS] = None
    return Checked(tuple(faults), tuple(chosen), share)


def _of_change(change: Change, said: Sequence[Slot]) -> list[Slot]:
    """What of a sentence a change that is borne out proves: its values, and its word for them."""
    return [change.before, change.after] + [
        slot for slot in said if slot.kind == "way 増減" and slot.value == change.side
    ]


def _quoted_at_another_time(said: Sequence[Slot], text: str, pieces: Sequence[ReadPiece]) -> bool:
    """Whether what is quoted stands with other dates than the sentence gives it."""
    clauses = [match.start() for match in _CLAUSES.finditer(text)]
    for quote in (slot for slot in said if slot.kind == "quote"):
        holding = [p for p in pieces if any(f.value == quote.value for f in p.slots)]
        for slot in said:
            if slot.kind not in ("year", "month") or any(
                min(slot.start, quote.start) <= at < max(slot.start, quote.start) for at in clauses
            ):
                continue
            dates = [[f for f in p.slots if f.kind == slot.kind] for p in holding]
            if holding and all(
                own and not any(same_value(slot, found) for found in own) for own in dates
            ):
                return True
    return False


def _ends_before_it_begins(text: str, pieces: Sequence[ReadPiece]) -> bool:
    """「11月30日から11月6日まで」 where a source has the two days the other way round."""
    return any(
        match[4] in piece.text and match[1] in piece.text[piece.text.find(match[4]) :]
        for match in _DAYS.finditer(text)
        for piece in pieces
        if (int(match[2]), int(match[3])) > (int(match[5]), int(match[6]))
    )


def _deputy_for_chief(text: str, whole: str) -> bool:
    """「市長」 where the sources have 「副市長」 only."""
    return any(
        match.group() in whole and not re.search(rf"(?<!副){match.group()}", whole)
        for match in _CHIEF.finditer(text)
    )


def _two_years_for_one(text: str) -> bool:
    """「2001年（平成10年）」: the two calendars name different years."""
    return any(
        text[one.end : other.start].strip() == "(" and one.year != other.year
        for one, other in pairwise(years(text))
    )


def _ends_where_it_begins(said: Sequence[Slot], text: str) -> bool:
    """「40代から40代」: one end of a range was taken for both."""
    return any(
        one.kind == other.kind
        and one.value == other.value
        and text[one.end : other.start].strip() in ("から", "~")
        for one, other in pairwise([slot for slot in said if not slot.kind.startswith("is ")])
    )


def _is_statement(said: Sequence[Slot], text: str) -> bool:
    """Whether it says something: a predicate at its end, or a figure, office or name."""
    if any(slot.kind.startswith(_ANSWERS) for slot in said):
        return True
    tokens = [token for token in tokenise(text) if token.pos not in ("補助記号", "空白", "記号")]
    return bool(tokens) and tokens[-1].pos in _PREDICATES


def _clauses_hold(text: str, read: Sequence[ReadPiece]) -> bool:
    """Whether each clause is said in one piece, not put together from words of several."""
    for clause in _CLAUSES.split(text):
        words = words_of(clause)
        # What has a figure is held to the place of the figure.
        if len(words) < 2 or any(character.isdigit() for character in clause):
            continue
        if max(share_found(words, each.whole) for each in read) < LEAST_CLAUSE_SHARE:
            return False
    return True


def _says_only_figures(said: Sequence[Slot], words: tuple[Word, ...]) -> bool:
    """「前年度から3.2%減りました」: everything it says is checked to the letter."""
    return sum(word.weight for word in words) <= 1 and any(s.kind.startswith("#") for s in said)


def _choose(said: Sequence[Slot], words: tuple[Word, ...], pieces: Sequence[Piece]) -> list[int]:
    """The fewest pieces that hold the most of the sentence, the best first."""
    chosen: list[int] = []
    held = -1.0
    while len(chosen) < MOST_PIECES:
        best, gained = -1, held + (_LEAST_GAIN if chosen else 0)
        for at in range(len(pieces)):
            if at in chosen:
                continue
            value = _held(said, words, [read_piece(pieces[other]) for other in (*chosen, at)])
            if value > gained:
                best, gained = at, value
        if best < 0:
            break
        chosen.append(best)
        held = gained
    return chosen


def _held(said: Sequence[Slot], words: tuple[Word, ...], read: Sequence[ReadPiece]) -> float:
    """How much of the sentence the pieces hold: share of words, a little for each figure."""
    whole = " ".join(each.whole for each in read)
    exact = [slot for slot in said if slot.kind.startswith(_EXACT)]
    own = [slot for each in read for slot in each.slots]
    above = [slot for each in read for slot in each.context_slots]
    return (
        share_found(words, whole)
        + sum(0.35 if _holds(own, slot) else 0.25 if _holds(above, slot) else 0.0 for slot in exact)
        + sum(0.35 for slot in said if slot.kind == "name" and _numbered(slot.value, whole))
    )


def _holds(found: Sequence[Slot], slot: Slot) -> bool:
    return any(comparable(slot, other) and same_value(slot, other) for other in found)


def _fault(
    slot: Slot,
    said: Sequence[Slot],
    text: str,
    read: Sequence[ReadPiece],
    beside: Sequence[ReadPiece],
    whole: str,
) -> Fault | None:
    kind = slot.kind
    if kind in _LITERAL:
        found = key(slot.value) in whole or (kind == "name" and _numbered(slot.value, whole))
        return None if found else Fault(_LITERAL[kind])
    if kind == "office" and not _named(slot.value, whole):
        return Fault.OFFICE
    if kind.startswith("is "):
        return _denial_fault(slot, said, text, read)
    fault = _fault_of(kind)
    there, misplaced = fits(slot, said, text, read, beside)
    if not there and kind in _PLAIN and slot.value == "+":
        there = not any(found.kind == kind for each in (*read, *beside) for found in each.slots)
    return fault if misplaced or (not there and kind != "office") else None


def _fault_of(kind: str) -> Fault:
    if kind in ("year", "month", "day"):
        return Fault.DATE
    if kind.startswith("way "):
        return Fault.DIRECTION
    return Fault.OFFICE if kind == "office" else Fault.NUMBER


def _denial_fault(
    slot: Slot, said: Sequence[Slot], text: str, read: Sequence[ReadPiece]
) -> Fault | None:
    same = [found for each in read for found in each.slots if found.kind == slot.kind]
    if not same:
        if slot.value == "no" and not any(_DENIES.search(each.text) for each in read):
            return Fault.NEGATION
        return None
    if all(found.value != slot.value for found in same):
        return Fault.NEGATION
    _, misplaced = fits(slot, said, text, read, ())
    return Fault.NEGATION if misplaced else None


def _numbered(name: str, whole: str) -> bool:
    """「No.12」 for a cell 「No.：12」."""
    letters, digits = re.match(r"[a-z]*", name), re.search(r"\d+$", name)
    return bool(
        letters
        and digits
        and re.search(rf"{letters.group()}[.:]*(?<!\d){digits.group()}(?!\d)", whole)
    )


def _named(office: str, whole: str) -> bool:
    """Whether an office is named, also where its city is named apart from it."""
    name = key(office)
    if name in whole:
        return True
    return any(
        name[:cut] in whole and name[cut:] in whole
        for cut in range(2, len(name) - 2)
        if name[cut - 1] in "市県町村庁部局"
    )
