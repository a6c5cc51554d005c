"""The sets of 方向性 per fiscal year, and what the departments' words for them mean."""

import tomllib
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from rag.text import key

_FILE = Path(__file__).parent / "directions.toml"


class Role(StrEnum):
    """What a 方向性 means, whatever a year calls it."""

    EXPAND = "expand"
    KEEP = "keep"
    IMPROVE = "improve"
    SHRINK = "shrink"
    MERGE = "merge"
    PAUSE = "pause"
    ABOLISH = "abolish"
    COMPLETE = "complete"


# What takes the place of a role that a year's set does not have.
_NEAREST = {
    Role.EXPAND: Role.KEEP,
    Role.IMPROVE: Role.KEEP,
    Role.SHRINK: Role.IMPROVE,
    Role.MERGE: Role.IMPROVE,
    Role.PAUSE: Role.SHRINK,
    Role.ABOLISH: Role.SHRINK,
    Role.COMPLETE: Role.ABOLISH,
}
_WORDS = (
    (Role.EXPAND, ("拡充", "拡大")),
    (Role.IMPROVE, ("改善", "見直", "改良")),
    (Role.SHRINK, ("縮小",)),
    (Role.MERGE, ("統合", "統廃合")),
    (Role.PAUSE, ("休止",)),
    (Role.ABOLISH, ("廃止",)),
    (Role.COMPLETE, ("完了", "終了")),
    (Role.KEEP, ("継続", "維持", "現状")),
)


class DirectionSet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    first_year: int = Field(alias="from")
    expand: str = ""
    keep: str
    improve: str = ""
    shrink: str = ""
    merge: str = ""
    pause: str = ""
    abolish: str = ""
    complete: str = ""

    def name(self, role: Role) -> str:
        """What this set calls `role`, or the nearest it has."""
        while not (found := str(getattr(self, role.value))):
            role = _NEAREST[role]
        return found

    def settle(self, role: Role) -> Role:
        """`role`, or the nearest one that this set has."""
        while not getattr(self, role.value):
            role = _NEAREST[role]
        return role

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for role in Role if (name := str(getattr(self, role.value))))


class _File(BaseModel):
    sets: list[DirectionSet]


@lru_cache(maxsize=4)
def direction_sets(path: Path = _FILE) -> tuple[DirectionSet, ...]:
    found = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).sets
    return tuple(sorted(found, key=lambda each: each.first_year))


def directions_of(fiscal_year: int, path: Path = _FILE) -> DirectionSet:
    """The set in force in `fiscal_year`; the first one for years before all."""
    sets = direction_sets(path)
    return next((each for each in reversed(sets) if each.first_year <= fiscal_year), sets[0])


def role_of(text: str) -> Role | None:
    """The role that a department's words name (「改善（継続）」 is IMPROVE), None for others."""
    said = key(text)
    return next((role for role, words in _WORDS if any(word in said for word in words)), None)
