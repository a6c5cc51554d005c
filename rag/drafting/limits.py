"""The bounds of the flags, read from `limits.toml`."""

import tomllib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).parent / "limits.toml"


class Limits(BaseModel):
    """Percentages. `cost_sum_tolerance` is in the unit in which costs are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    over_achievement: Decimal
    below_plan: Decimal
    actual_down: Decimal
    cost_up: Decimal
    unit_cost_worse: Decimal
    smooth_needs: Decimal
    cost_sum_tolerance: Decimal


@lru_cache(maxsize=1)
def default_limits() -> Limits:
    return Limits.model_validate(tomllib.loads(_FILE.read_text(encoding="utf-8")))
