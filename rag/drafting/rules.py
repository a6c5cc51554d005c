"""Which flags a sheet raises: what the figures show, and what is missing from them."""

from collections.abc import Iterator
from itertools import pairwise

from rag.drafting.comment_rules import comment_flags
from rag.drafting.cost_rules import cost_flags
from rag.drafting.figures import (
    Figures,
    IndicatorFigures,
    YearFigures,
)
from rag.drafting.flags import Flag, FlagCode, make_flag
from rag.drafting.limits import Limits
from rag.drafting.records import Cell, Direction, NoteKind, Sheet, Value
from rag.drafting.words import percent, year_name
from rag.text import key


def find_flags(sheet: Sheet, figures: Figures, limits: Limits) -> tuple[Flag, ...]:
    """Every flag of the sheet, in the order in which a reviewer reads it."""
    flags = [
        *_unit_flags(sheet, figures),
        *_gap_flags(sheet, figures),
        *(flag for each in figures.indicators for flag in _indicator_flags(each, figures, limits)),
        *_opposite_flags(figures, limits),
        *cost_flags(sheet, figures, limits),
        *comment_flags(sheet, figures, limits),
        *_user_flags(sheet),
        *_note_flags(sheet),
    ]
    return tuple(flags)


def _unit_flags(sheet: Sheet, figures: Figures) -> Iterator[Flag]:
    for each in figures.indicators:
        for before, now in pairwise(each.years):
            one, two = before.unit, now.unit
            if not (before.actual.blank or now.actual.blank) and key(one) != key(two):
                yield make_flag(
                    FlagCode.UNIT_CHANGED,
                    (before.actual, now.actual),
                    name=each.indicator.name.text,
                    before_unit=one,
                    unit=two,
                    year=year_name(now.fiscal_year),
                )
        for at, year in enumerate(each.years):
            if year.slipped:
                compared = year.plan if at == 0 else each.years[at - 1].actual
                yield make_flag(
                    FlagCode.UNIT_JUMP,
                    (compared, year.actual),
                    name=each.indicator.name.text,
                    before=compared.quantity(each.indicator.unit.text),
                    actual=year.actual.quantity(each.indicator.unit.text),
                    year=year_name(year.fiscal_year),
                )
    for before_cost, now_cost in pairwise(figures.costs):
        if now_cost.slipped or key(before_cost.cost.unit) != key(now_cost.cost.unit):
            yield make_flag(
                FlagCode.UNIT_JUMP if now_cost.slipped else FlagCode.UNIT_CHANGED,
                (before_cost.cost.total, now_cost.cost.total),
                name="総コスト",
                unit=now_cost.cost.unit,
                before_unit=before_cost.cost.unit,
                before=before_cost.cost.total.quantity(before_cost.cost.unit),
                actual=now_cost.cost.total.quantity(now_cost.cost.unit),
                year=year_name(now_cost.fiscal_year),
            )
    if not figures.indicators:
        yield make_flag(FlagCode.MISSING_VALUE, (sheet.name,), name="活動指標・成果指標", year="")


def _gap_flags(sheet: Sheet, figures: Figures) -> Iterator[Flag]:
    for each in figures.indicators:
        name = each.indicator.name.text
        for year in each.years:
            if year.fiscal_year > figures.evaluated_year:
                continue
            shown = year_name(year.fiscal_year)
            if year.actual.blank and (not year.plan.blank or _is_evaluated(year, figures)):
                yield make_flag(FlagCode.MISSING_VALUE, (year.actual,), name=name, year=shown)
            elif not year.actual.blank and year.actual.number is None:
                yield make_flag(
                    FlagCode.NON_NUMERIC,
                    (year.actual,),
                    name=name,
                    year=shown,
                    said=year.actual.text,
                )
            if not year.plan.blank and year.plan.number is None:
                yield make_flag(
                    FlagCode.NON_NUMERIC,
                    (year.plan,),
                    name=f"{name}の計画",
                    year=shown,
                    said=year.plan.text,
                )
    for cost in figures.costs:
        if cost.fiscal_year > figures.evaluated_year:
            continue
        for name, value in (("総コスト", cost.cost.total), ("事業費", cost.cost.project_cost)):
            shown = year_name(cost.fiscal_year)
            if value.blank:
                yield make_flag(FlagCode.MISSING_VALUE, (value,), name=name, year=shown)
            elif value.number is None:
                yield make_flag(
                    FlagCode.NON_NUMERIC, (value,), name=name, year=shown, said=value.text
                )
    if sheet.first.comment.blank and not sheet.first.comment.written:
        yield make_flag(
            FlagCode.MISSING_VALUE, (sheet.first.comment,), name="一次評価のコメント", year=""
        )
    for user in sheet.users:
        counted = user.count.number is not None or user.count.blank
        if not counted and not sheet.users_unknown:
            yield make_flag(
                FlagCode.NON_NUMERIC,
                (user.count,),
                name="利用者数",
                year=year_name(user.fiscal_year),
                said=user.count.text,
            )


def _is_evaluated(year: YearFigures, figures: Figures) -> bool:
    return year.fiscal_year == figures.evaluated_year


def _indicator_flags(each: IndicatorFigures, figures: Figures, limits: Limits) -> Iterator[Flag]:
    indicator = each.indicator
    year = each.year(figures.evaluated_year)
    if year is None:
        return
    slots = {
        "name": indicator.name.text,
        "year": year_name(year.fiscal_year),
        "plan": year.plan.quantity(indicator.unit.text),
        "actual": year.actual.quantity(indicator.unit.text),
    }
    if year.plan.blank and all(y.plan.blank for y in each.years):
        yield make_flag(FlagCode.NO_TARGET, (indicator.name, year.plan), **slots)
    reached = year.achievement
    if reached is not None and reached > limits.over_achievement:
        yield make_flag(
            FlagCode.OVER_ACHIEVEMENT, (year.plan, year.actual), rate=percent(reached), **slots
        )
    if reached is not None and reached < limits.below_plan:
        yield make_flag(
            FlagCode.BELOW_PLAN, (year.plan, year.actual), rate=percent(reached), **slots
        )
    worse = each.worsening(year)
    before = _year_before(each, year)
    if worse is not None and worse > limits.actual_down and before is not None:
        yield make_flag(
            FlagCode.ACTUAL_DOWN,
            (before.actual, year.actual),
            rate=percent(worse),
            before=before.actual.quantity(indicator.unit.text),
            before_year=year_name(before.fiscal_year),
            **slots,
        )


def _year_before(each: IndicatorFigures, year: YearFigures) -> YearFigures | None:
    earlier = [y for y in each.years if y.fiscal_year < year.fiscal_year]
    return earlier[-1] if earlier else None


def _opposite_flags(figures: Figures, limits: Limits) -> Iterator[Flag]:
    """An activity that grew while an outcome went the wrong way."""
    grown: list[tuple[IndicatorFigures, Value, Value]] = []
    worse: list[tuple[IndicatorFigures, Value, Value]] = []
    for each in figures.indicators:
        year = each.year(figures.evaluated_year)
        before = _year_before(each, year) if year is not None else None
        if year is None or before is None or year.change is None:
            continue
        if each.indicator in _activities(figures) and each.improving(year):
            grown.append((each, before.actual, year.actual))
        elif each.indicator not in _activities(figures) and each.worsening(year) is not None:
            worse.append((each, before.actual, year.actual))
    if grown and worse:
        activity, outcome = grown[0], worse[0]
        yield make_flag(
            FlagCode.ACTIVITY_UP_OUTCOME_DOWN,
            (*activity[1:], *outcome[1:]),
            activity=activity[0].indicator.name.text,
            activity_before=activity[1].quantity(activity[0].indicator.unit.text),
            activity_actual=activity[2].quantity(activity[0].indicator.unit.text),
            name=outcome[0].indicator.name.text,
            turn=_turn(outcome[0]),
            before=outcome[1].quantity(outcome[0].indicator.unit.text),
            actual=outcome[2].quantity(outcome[0].indicator.unit.text),
            year=year_name(figures.evaluated_year),
        )


def _turn(each: IndicatorFigures) -> str:
    return "減っており" if each.indicator.direction is Direction.UP else "増えており"


def _activities(figures: Figures) -> tuple[object, ...]:
    return tuple(e.indicator for e in figures.indicators if e.indicator.kind == "activity")


def _user_flags(sheet: Sheet) -> Iterator[Flag]:
    unknown = [year.count for year in sheet.users if "把握困難" in year.count.text]
    if unknown:
        yield make_flag(FlagCode.USERS_UNKNOWN, unknown)


def _note_flags(sheet: Sheet) -> Iterator[Flag]:
    seen: set[tuple[bool, Cell]] = set()
    for note in sheet.notes:
        told = (note.kind is NoteKind.INSTRUCTION, note.cell)
        if note.kind is NoteKind.CELL_COMMENT or told in seen:
            continue
        seen.add(told)
        code = (
            FlagCode.PLANTED_INSTRUCTION
            if note.kind is NoteKind.INSTRUCTION
            else FlagCode.HIDDEN_TEXT
        )
        shown = note.text if len(note.text) <= 60 else f"{note.text[:60]}…"
        yield Flag(code=code, values=(), cells=(note.cell,), slots={"said": shown, "why": note.why})
