"""What a reviewer should look at in a sheet. Every flag names the cells it comes from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rag.drafting.records import Cell, Value


class FlagCode(StrEnum):
    """Stable names. Their Japanese wording is in `wording/`, the same for every department."""

    NO_TARGET = "no_target"
    OVER_ACHIEVEMENT = "over_achievement"
    BELOW_PLAN = "below_plan"
    ACTUAL_DOWN = "actual_down"
    COST_UP = "cost_up"
    COST_SUM = "cost_sum_mismatch"
    ACTIVITY_UP_OUTCOME_DOWN = "activity_up_outcome_down"
    UNIT_COST_WORSE = "unit_cost_worse"
    MISSING_VALUE = "missing_value"
    NON_NUMERIC = "non_numeric"
    UNIT_CHANGED = "unit_changed"
    UNIT_JUMP = "unit_jump"
    CLAIM_CONTRADICTS = "claim_contradicts"
    CLAIM_UNDERSTATES = "claim_understates"
    SAME_COMMENT = "same_comment"
    INSTRUCTION_UNANSWERED = "instruction_unanswered"
    LABOUR_METHOD_CHANGED = "labour_method_changed"
    USERS_UNKNOWN = "users_unknown"
    PLANTED_INSTRUCTION = "planted_instruction"
    HIDDEN_TEXT = "hidden_text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """`slots` fill the wording: texts as the sheet has them, and rates for the reviewer."""

    code: FlagCode
    values: tuple[Value, ...]
    cells: tuple[Cell, ...]
    slots: Mapping[str, str] = field(default_factory=dict)


def make_flag(code: FlagCode, values: Iterable[Value], **slots: str) -> Flag:
    named = tuple(values)
    cells: dict[Cell, None] = {value.cell: None for value in named}
    return Flag(code=code, values=named, cells=tuple(cells), slots=slots)
