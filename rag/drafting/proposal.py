"""A proposed 方向性 with its reasons. It is a proposal: nothing here ever sets one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.drafting.claims import explains
from rag.drafting.directions import DirectionSet, Role, role_of
from rag.drafting.figures import Figures, IndicatorFigures, YearFigures
from rag.drafting.flags import Flag, FlagCode
from rag.drafting.records import IndicatorKind, Sheet
from rag.drafting.wording import Wording
from rag.text import normal

_ENDED = re.compile(
    r"(?:事業|整備|構築|工事|期間|業務|導入|計画|補助|作成)[^。]{0,14}(?:が|は|を|も)?(?:すべて|全て|予定どおり)?(?:終了|完了|満了)(?!後|し(?:て(?:い)?な|ない)|に向け|でき(?:な|ず))"
)
_MERGE = re.compile(
    r"(?:統合|一本化|一元化|集約)(?:する|し|が|を|も)|(?:内容|対象|役割|事業)[^。]{0,10}重複"
)
_HALF, _NEAR, _FULL, _TENTH_MORE = (Decimal(percent) for percent in (50, 95, 100, 110))
_UNCLEAR = frozenset({FlagCode.UNIT_JUMP, FlagCode.UNIT_CHANGED, FlagCode.COST_SUM})
_WEAK = (
    FlagCode.BELOW_PLAN,
    FlagCode.ACTUAL_DOWN,
    FlagCode.ACTIVITY_UP_OUTCOME_DOWN,
    FlagCode.CLAIM_CONTRADICTS,
    FlagCode.INSTRUCTION_UNANSWERED,
)
_DEAR = (FlagCode.UNIT_COST_WORSE, FlagCode.COST_UP)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """`direction` is the year's name for `role`; `reasons` are Japanese sentences, weightiest first."""

    role: Role
    direction: str
    reasons: tuple[str, ...]
    flags: tuple[Flag, ...]  # those the proposal rests on


def propose(
    sheet: Sheet,
    figures: Figures,
    flags: Sequence[Flag],
    directions: DirectionSet,
    wording: Wording,
) -> Proposal:
    """The direction that figures, flags and the department's comment speak for."""
    first = role_of(sheet.first.direction.text)
    role, reason, grounds = _decide(sheet, figures, flags, first)
    said = sheet.first.direction.text
    reasons = [wording.say(f"reasons.{reason}", first=said)] if reason else []
    reasons += [wording.message(flag) for flag in grounds]
    settled = directions.settle(role)
    return Proposal(
        role=settled,
        direction=directions.name(settled),
        reasons=tuple(dict.fromkeys(reasons)),
        flags=tuple(grounds),
    )


def _decide(
    sheet: Sheet, figures: Figures, flags: Sequence[Flag], first: Role | None
) -> tuple[Role, str, list[Flag]]:
    comment = normal(sheet.first.comment.text)
    weak = _concerning(flags, figures)
    dear = [flag for flag in flags if flag.code in _DEAR]
    if first is Role.COMPLETE or (_ENDED.search(comment) and first in (None, Role.ABOLISH)):
        return Role.COMPLETE, "ended" if _ENDED.search(comment) else "follows", []
    if first is Role.MERGE or (_MERGE.search(comment) and first is not Role.EXPAND):
        return Role.MERGE, "merge" if _MERGE.search(comment) else "follows", []
    if _idle(figures):
        return (Role.ABOLISH if first is Role.ABOLISH else Role.PAUSE), "pause", []
    if first in (Role.ABOLISH, Role.PAUSE) and explains(comment):
        return first, "follows", [*weak, *dear]
    outcomes = _judged(figures)
    if _failing(outcomes) and (dear or first is Role.SHRINK):
        return Role.SHRINK, "shrink", [*weak, *dear]
    doubtful = [flag for flag in flags if flag.code in _UNCLEAR or _missing_now(flag, figures)]
    if doubtful and not weak:
        return first or Role.KEEP, "unclear" if first else "keep", doubtful
    if weak:
        return (Role.SHRINK if first is Role.SHRINK else Role.IMPROVE), "", [*weak, *dear]
    if first is Role.SHRINK:
        return Role.SHRINK, "follows", dear
    if first is Role.EXPAND:
        reached = bool(outcomes) and all(_rate(y) >= _FULL for _, y in outcomes)
        if reached and not any(flag.code is FlagCode.UNIT_COST_WORSE for flag in dear):
            return Role.EXPAND, "expand", []
        return Role.KEEP, "" if dear else "keep", dear
    too_low = any(flag.code is FlagCode.OVER_ACHIEVEMENT for flag in flags)
    if _thriving(sheet, outcomes, figures) and not dear and not too_low:
        return Role.EXPAND, "expand_strong", []
    if first is Role.IMPROVE:
        return Role.IMPROVE, "follows", dear
    return Role.KEEP, "keep", []


def _concerning(flags: Sequence[Flag], figures: Figures) -> list[Flag]:
    """The flags that speak for improvement; a shortfall counts where it is an outcome's."""
    outcomes = {
        each.indicator.name.text
        for each in figures.indicators
        if each.indicator.kind is IndicatorKind.OUTCOME
    }
    return [
        flag
        for flag in flags
        if flag.code in _WEAK
        and (
            flag.code not in (FlagCode.BELOW_PLAN, FlagCode.ACTUAL_DOWN)
            or flag.slots.get("name") in outcomes
            or not outcomes
        )
        and not (flag.code is FlagCode.ACTUAL_DOWN and _at_least(flag, figures, _FULL))
        and not (flag.code is FlagCode.ACTIVITY_UP_OUTCOME_DOWN and _at_least(flag, figures, _NEAR))
    ]


def _at_least(flag: Flag, figures: Figures, percent: Decimal) -> bool:
    """A fall that still leaves the plan (nearly) reached is no weakness."""
    for each in figures.indicators:
        year = each.year(figures.evaluated_year)
        if each.indicator.name.text == flag.slots.get("name") and year is not None:
            return year.achievement is not None and year.achievement >= percent
    return False


def _missing_now(flag: Flag, figures: Figures) -> bool:
    now = {
        value.cell
        for each in figures.indicators
        for year in each.years
        if year.fiscal_year == figures.evaluated_year
        for value in (year.actual,)
    }
    gap = flag.code in (FlagCode.MISSING_VALUE, FlagCode.NON_NUMERIC)
    return gap and any(cell in now for cell in flag.cells)


def _judged(figures: Figures) -> list[tuple[IndicatorFigures, YearFigures]]:
    """The outcomes (or, without any, all indicators) with an achievement in the evaluated year."""
    pairs = [(each, each.year(figures.evaluated_year)) for each in figures.indicators]
    found = [(e, y) for e, y in pairs if y is not None and y.achievement is not None]
    outcomes = [(e, y) for e, y in found if e.indicator.kind is IndicatorKind.OUTCOME]
    return outcomes or found


def _rate(year: YearFigures | None) -> Decimal:
    return year.achievement if year is not None and year.achievement is not None else Decimal(0)


def _failing(outcomes: list[tuple[IndicatorFigures, YearFigures]]) -> bool:
    """Two years below half of the plan, all of them."""
    return bool(outcomes) and all(
        _rate(year) < _HALF
        and (before := each.year(year.fiscal_year - 1)) is not None
        and before.achievement is not None
        and before.achievement < _HALF
        for each, year in outcomes
    )


def _thriving(
    sheet: Sheet, outcomes: list[tuple[IndicatorFigures, YearFigures]], figures: Figures
) -> bool:
    counts = {year.fiscal_year: year.count.number for year in sheet.users}
    now, before = counts.get(figures.evaluated_year), counts.get(figures.evaluated_year - 1)
    more_users = now is not None and before is not None and now > before * Decimal("1.1")
    return bool(more_users and outcomes) and all(
        _rate(year) >= _TENTH_MORE and _rate(each.year(year.fiscal_year - 1)) >= _TENTH_MORE
        for each, year in outcomes
    )


def _idle(figures: Figures) -> bool:
    """No activity at all in the evaluated year and the year before."""
    activities = [e for e in figures.indicators if e.indicator.kind is IndicatorKind.ACTIVITY]
    years = [each.year(figures.evaluated_year - back) for each in activities for back in (0, 1)]
    return bool(years) and all(year is not None and year.actual.number == 0 for year in years)
