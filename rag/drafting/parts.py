"""What a draft is made of, and a sentence of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.drafting.directions import Role
from rag.drafting.figures import Figures
from rag.drafting.flags import Flag
from rag.drafting.proposal import Proposal
from rag.drafting.records import Sheet, Value
from rag.drafting.sources import Reference
from rag.drafting.style import HouseStyle
from rag.drafting.wording import Wording

# Directions that end a project or make it smaller: the ask is theirs, whatever the flags say.
ENDINGS = (Role.COMPLETE, Role.ABOLISH, Role.PAUSE, Role.MERGE, Role.SHRINK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence with what it rests on. `optional` ones go first when the draft is too long."""

    text: str
    values: tuple[Value, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """All that a draft can be made of."""

    sheet: Sheet
    figures: Figures
    flags: Sequence[Flag]
    proposal: Proposal
    references: Sequence[Reference]
    wording: Wording
    style: HouseStyle


def shortened(text: str, longest: int) -> str:
    """`text` without its stop, cut at a comma where it is too long, so that it stays a quotation."""
    bare = text.strip().rstrip("。")
    if len(bare) <= longest:
        return bare
    cut = bare.rfind("、", 8, longest)
    return bare[:cut] if cut > 0 else bare[:longest]
