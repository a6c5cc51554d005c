"""The things that a question would have added or compared: 「子育てと介護」, 「AはBより何件多い」."""

import re
from dataclasses import dataclass

from rag.asked_change import COUNTED
from rag.calculation import Direction
from rag.question import Question

_ADDS = re.compile(r"足す|足し|足せ|合わせ|あわせ|合計|総計|トータル|計何|全部で")
_SUBTRACTS = re.compile(
    rf"の差(?:額|は|を|って|$|[?？])|差は|差額|引く|引い|どれだけ(?:多|少な)|何(?:{COUNTED})の?(?:差|多|少な|違)"
)
_TIMES = re.compile(r"何倍")
_NAME = r"[一-鿿々ァ-ヶーa-z0-9]+(?:[てりしみきえ][一-鿿々]*)?"
_NAMES = re.compile(rf"{_NAME}(?:(?:と|・|、|及び|や|\+){_NAME})+(?:の(?P<kind>{_NAME}))?")
_BETWEEN = re.compile(r"と|・|、|及び|や|\+")
_THAN = r"(?:より|に比べて?|と比べて?)も?、?"
_IS = r"(?:の[^、。はが]{1,10})?(?:は|が|の(?:ほう|方)が)、?"
_COMPARED = (
    re.compile(rf"(?P<one>{_NAME}){_IS}(?P<than>{_NAME})(?:{_THAN}|の何倍)"),
    re.compile(rf"(?P<than>{_NAME}){_THAN}(?P<one>{_NAME}){_IS}"),
)
_SET_APART = re.compile(r"[^、・]+、[^、・と]+(?:・[^、・と]+)+")
_MEASURE = re.compile(r"[数額率量]$|時間$")
# What is named by its time is one thing, told twice.
_TIME = re.compile(r"年|前回|今回|前期|当初|現在|以前|月$")
_SCHOOLS = re.compile(r"小・?中学校")  # 「小中学校」 are 「小学校」 and 「中学校」


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedThings:
    """`names` in the order of the question, two or more; `kind` is what they all are, or ""."""

    names: tuple[str, ...]
    kind: str
    adds: bool
    times: bool
    direction: Direction  # of the second from the first


def named_things(question: Question) -> NamedThings | None:
    """None where the question asks neither for a sum nor for a difference of things it names."""
    text = re.sub(r"\s", "", question.normalised)
    adds, times = bool(_ADDS.search(text)), bool(_TIMES.search(text))
    if not adds and not times and not _SUBTRACTS.search(text):
        return None
    names, kind = _listed(text)
    direction = Direction.EITHER
    if not adds and (compared := _compared(text)):
        names, kind = compared, ""
        direction = Direction.DOWN if "少な" in text else Direction.UP
    if adds and len(names) < 2 and _SCHOOLS.search(text):
        names = ("小学校", "中学校")
    if len(names) < 2 or (not adds and len(names) != 2) or any(map(_TIME.search, names)):
        return None
    return NamedThings(names=names, kind=kind, adds=adds, times=times, direction=direction)


def _listed(text: str) -> tuple[tuple[str, ...], str]:
    """The names that stand beside each other, and what they are told to be."""
    found: list[tuple[list[str], str]] = []
    for match in _NAMES.finditer(text):
        whole = text[match.start() : match.start("kind") - 1] if match["kind"] else match.group()
        names = _BETWEEN.split(whole)
        # 「キャッシュレス件数、市民課と税務課」, 「計画書、本編・資料編」: what is counted, or has the things.
        if len(names) > 2 and (_MEASURE.search(names[0]) or _SET_APART.fullmatch(whole)):
            names = names[1:]
        if all(len(name) >= 2 for name in names):
            found.append((names, match["kind"] or ""))
    names, kind = found[0] if found else ([], "")
    return tuple(dict.fromkeys(names)), kind


def _compared(text: str) -> tuple[str, str] | None:
    """The one compared with and the one compared, in this order."""
    for pattern in _COMPARED:
        if (match := pattern.search(text)) and min(len(match["one"]), len(match["than"])) >= 2:
            return match["than"], match["one"]
    return None
