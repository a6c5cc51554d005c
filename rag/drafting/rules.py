"""Which flags a sheet raises: what the figures show, and what is missing from them."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from rag.drafting.comment_rules import comment_flags
from rag.drafting.figures import (
    CostFigures,
    Figures,
    IndicatorFigures,
    YearFigures,
    method_changed,
    method_told,
)
from rag.drafting.flags import Flag, FlagCode, make_flag
from rag.drafting.limits import Limits
from rag.drafting.numbers import write_number
from rag.drafting.records import Cell, Direction, NoteKind, Sheet, Value
from rag.temporal import era_year
from rag.text import key


def find_flags(sheet: Sheet, figures: Figures, limits: Limits) -> tuple[Flag, ...]:
    """Every flag of the sheet, in the order in which a reviewer reads it."""
    flags = [
        *_unit_flags(sheet, figures),
        *_gap_flags(sheet, figures),
        *(flag for each in figures.indicators for flag in _indicator_flags(each, figures, limits)),
        *_opposite_flags(figures, limits),
        *_cost_flags(sheet, figures, limits),
        *_unit_cost_flags(figures, limits),
        *comment_flags(sheet, figures, limits),
        *_user_flags(sheet),
        *_note_flags(sheet),
    ]
    return tuple(flags)


def year_name(year: int) -> str:
    return f"{era_year(year)}度"


def percent(number: Decimal) -> str:
    return write_number(round(number, 1))


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


def _cost_flags(sheet: Sheet, figures: Figures, limits: Limits) -> Iterator[Flag]:
    told = method_told(sheet)
    if told is not None and not any(
        method_changed(before.cost, now.cost) for before, now in pairwise(figures.costs)
    ):
        yield make_flag(
            FlagCode.LABOUR_METHOD_CHANGED, (told,), year=year_name(figures.evaluated_year)
        )
    for before, now in pairwise(figures.costs):
        if now.fiscal_year > figures.evaluated_year:
            continue
        if method_changed(before.cost, now.cost):
            yield make_flag(
                FlagCode.LABOUR_METHOD_CHANGED,
                (before.cost.labour_method, now.cost.labour_method),
                year=year_name(now.fiscal_year),
                before_method=before.cost.labour_method.text,
                method=now.cost.labour_method.text,
            )
    yield from _cost_up(figures, limits)
    for figures_of_year in figures.costs:
        flag = _sum_flag(figures_of_year, limits)
        if flag is not None:
            yield flag


def _cost_up(figures: Figures, limits: Limits) -> Iterator[Flag]:
    """The rise of the total, or of the project cost alone where totals are not comparable."""
    now = figures.cost(figures.evaluated_year)
    earlier = [c for c in figures.costs if c.fiscal_year < figures.evaluated_year]
    if now is None or not earlier:
        return
    before = earlier[-1]
    name, values, rise = "総コスト", (before.cost.total, now.cost.total), now.change
    if not now.comparable:
        name, rise = "事業費", now.project_change
        values = (before.cost.project_cost, now.cost.project_cost)
    if rise is not None and rise > limits.cost_up:
        yield make_flag(
            FlagCode.COST_UP,
            values,
            name=name,
            rate=percent(rise),
            before=values[0].quantity(now.cost.unit),
            actual=values[1].quantity(now.cost.unit),
            year=year_name(now.fiscal_year),
            before_year=year_name(before.fiscal_year),
        )


def _sum_flag(figures: CostFigures, limits: Limits) -> Flag | None:
    cost = figures.cost
    parts = (cost.project_cost.number, cost.labour_cost.number, cost.total.number)
    project, labour, total = parts
    if project is None or labour is None or total is None:
        return None
    if abs(project + labour - total) <= limits.cost_sum_tolerance:
        return None
    return make_flag(
        FlagCode.COST_SUM,
        (cost.project_cost, cost.labour_cost, cost.total),
        project=cost.project_cost.quantity(cost.unit),
        labour=cost.labour_cost.quantity(cost.unit),
        total=cost.total.quantity(cost.unit),
        year=year_name(cost.fiscal_year),
    )


def _unit_cost_flags(figures: Figures, limits: Limits) -> Iterator[Flag]:
    found = {unit_cost.fiscal_year: unit_cost for unit_cost in figures.unit_costs}
    now = found.get(figures.evaluated_year)
    before = found.get(figures.evaluated_year - 1)
    cost = figures.cost(figures.evaluated_year)
    if now is None or before is None or cost is None or not cost.comparable:
        return
    slipped = any(
        y.slipped for e in figures.indicators for y in e.years if e.indicator.name.text == now.basis
    )
    by_users = now.basis == "利用者"
    if slipped or now.yen <= before.yen * (1 + limits.unit_cost_worse / 100):
        return
    yield make_flag(
        FlagCode.UNIT_COST_WORSE,
        (*before.cells, *now.cells),
        basis="利用者" if by_users else f"「{now.basis}」",
        per="利用者1人" if by_users else f"「{now.basis}」1{now.unit}",
        before_total=before.cells[0].quantity(cost.cost.unit),
        before_count=before.cells[1].quantity(now.unit),
        total=now.cells[0].quantity(cost.cost.unit),
        count=now.cells[1].quantity(now.unit),
        before_yen=write_number(round(before.yen, 0)),
        yen=write_number(round(now.yen, 0)),
        year=year_name(now.fiscal_year),
    )


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
