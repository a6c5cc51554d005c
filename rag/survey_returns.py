"""How many of those asked did not answer: 「対象者数 1,500人」 less 「回答数 407人」."""

import re

from rag.calculation import Calculation, Part, subtracted
from rag.question import Question
from rag.text import normal
from rag.units import Unit

_ASKS = re.compile(
    r"(?:回答|回収|返信|返送|提出)(?:し|され|でき|が|は)?(?:て(?:い)?)?(?:な(?:い|かっ)|ませ|得られな)|未(?:回答|回収|提出)"
)
_COUNTED = r"\d[\d,]*[人名件通票]"
_FIGURE = rf"[^\d。()]{{0,12}}(?P<figure>{_COUNTED})(?:\s*\((?P<groups>[^()]*)\))?"
_ASKED = re.compile(rf"(?:対象者?数|対象者?|モニター数|配[布付]数|発送数|送付数)\s*[::]?{_FIGURE}")
_RETURNED = re.compile(rf"(?:有効)?(?:回答|回収|返信|返送|提出)者?数\s*[::]?{_FIGURE}")
_GROUP = re.compile(rf"(?P<name>[^\W\d_]{{1,6}}|\d{{2}}代)\s*(?P<figure>{_COUNTED})")


def asks_unreturned(question: Question) -> bool:
    return bool(_ASKS.search(question.normalised))


def unreturned(question: Question, unit: Unit) -> Calculation | None:
    """Those asked less those who answered, of the group that the question names.

    None unless the unit tells both once.
    """
    text = re.sub(r"回\s*答\s*数", "回答数", normal(unit.text))
    asked, returned = list(_ASKED.finditer(text)), list(_RETURNED.finditer(text))
    if len(asked) != 1 or len(returned) != 1 or asked[0].start() > returned[0].start():
        return None
    whole, part = asked[0]["figure"], returned[0]["figure"]
    groups = [_groups(match["groups"]) for match in (asked[0], returned[0])]
    named = [name for name in {**groups[0], **groups[1]} if name in question.normalised]
    of_group = ""
    if named:
        if len(named) != 1 or not all(named[0] in group for group in groups):
            return None
        of_group = f"、{named[0]}"
        whole, part = (group[named[0]] for group in groups)
    one, two = Part(f"対象{of_group}", whole, unit), Part(f"回答{of_group}", part, unit)
    return subtracted(one, two) if two.value < one.value else None


def _groups(told: str | None) -> dict[str, str]:
    return {match["name"]: match["figure"] for match in _GROUP.finditer(told or "")}
