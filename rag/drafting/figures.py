"""Figures of a sheet, computed without a model: achievement, change, unit cost, sparkline points.

Every figure is None where the sheet gives no ground for it. Where two years cannot be compared
(a jump that looks like another unit, another method for the labour cost) no change is given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rag.drafting.records import (
    CostYear,
    Direction,
    Indicator,
    IndicatorYear,
    Sheet,
    UserYear,
    Value,
)
from rag.text import key, normal

HUNDRED = Decimal(100)
# Ratios that look like a slipped unit (人 and 千人) rather than like a change: about 100 or 1,000.
_SLIPS = ((Decimal(65), Decimal(150)), (Decimal(600), Decimal(1600)))
_METHOD_TOLD = re.compile(
    r"人件費.{0,12}(?:算定|算出|積算|計上|単価).{0,14}(?:変更し|変わっ|変わり|見直し(?:た|まし|て|に伴|により)|改め)"
)
_LARGE_ENOUGH = Decimal(100)  # below this, growth by a factor of 100 is ordinary (1 to 100)


@dataclass(frozen=True, kw_only=True, slots=True)
class YearFigures:
    """One indicator in one year. `achievement` and `change` are percentages, e.g. 93.7."""

    fiscal_year: int
    plan: Value
    actual: Value
    achievement: Decimal | None  # direction-aware: 100 or more is reached
    change: Decimal | None  # of the actual figure against the year before
    slipped: bool  # the actual figure looks as if it were in another unit
    unit: str  # of the actual figure: written in its cell, else that of the indicator


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorFigures:
    indicator: Indicator
    years: tuple[YearFigures, ...]
    sparkline: tuple[float | None, ...]  # actual figures of `years` scaled to 0..1

    def year(self, fiscal_year: int) -> YearFigures | None:
        return next((y for y in self.years if y.fiscal_year == fiscal_year), None)

    def worsening(self, year: YearFigures) -> Decimal | None:
        """By how many percent the actual figure went the wrong way; None unless it did."""
        if year.change is None or self.indicator.direction is Direction.UP:
            return -year.change if year.change is not None and year.change < 0 else None
        return year.change if year.change > 0 else None

    def improving(self, year: YearFigures) -> bool:
        if year.change is None:
            return False
        return year.change > 0 if self.indicator.direction is Direction.UP else year.change < 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CostFigures:
    fiscal_year: int
    cost: CostYear
    change: Decimal | None  # of the total in percent; None across a change of method
    project_change: Decimal | None  # of the project cost alone
    comparable: bool  # with the year before
    slipped: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitCost:
    """Yen for one user, or for one unit of the first activity where users are not counted."""

    fiscal_year: int
    yen: Decimal
    basis: str  # 「利用者」 or the name of the indicator
    unit: str  # of what is counted
    cells: tuple[Value, Value]  # total cost, count


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    evaluated_year: int
    indicators: tuple[IndicatorFigures, ...]
    costs: tuple[CostFigures, ...]
    unit_costs: tuple[UnitCost, ...]

    def cost(self, fiscal_year: int) -> CostFigures | None:
        return next((c for c in self.costs if c.fiscal_year == fiscal_year), None)


def compute(sheet: Sheet) -> Figures:
    """All figures of `sheet`."""
    year = evaluated_year(sheet)
    told = frozenset({year}) if method_told(sheet) is not None else frozenset[int]()
    costs = _costs(sheet.costs, told)
    return Figures(
        evaluated_year=year,
        indicators=tuple(_indicator(indicator) for indicator in sheet.indicators),
        costs=costs,
        unit_costs=_unit_costs(sheet, costs),
    )


def evaluated_year(sheet: Sheet) -> int:
    """The sheet's fiscal year, or the latest before it of which it says anything.

    A sheet written while its year still runs may plan for that year, but has neither actual
    figures nor costs nor users of it; then the year before is evaluated.
    """
    acted = {y.fiscal_year for i in sheet.indicators for y in i.years if not y.actual.blank}
    running = (
        sheet.fiscal_year not in acted
        and any(year < sheet.fiscal_year for year in acted)
        and all(c.total.blank for c in sheet.costs if c.fiscal_year == sheet.fiscal_year)
        and all(u.count.blank for u in sheet.users if u.fiscal_year == sheet.fiscal_year)
    )
    planned = {y.fiscal_year for i in sheet.indicators for y in i.years if not y.plan.blank}
    told = acted if running else acted | planned
    return max((year for year in told if year <= sheet.fiscal_year), default=sheet.fiscal_year)


def achievement(plan: Decimal, actual: Decimal, direction: Direction) -> Decimal | None:
    """Percent of the plan: actual ÷ plan, or plan ÷ actual where less is better."""
    if direction is Direction.DOWN:
        plan, actual = actual, plan
    if plan <= 0 or actual < 0:
        return None
    return HUNDRED * actual / plan


def change(before: Decimal | None, now: Decimal | None) -> Decimal | None:
    if before is None or now is None or before <= 0:
        return None
    return HUNDRED * (now - before) / before


def looks_slipped(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two figures differ by about ×100 or ×1000, as with 千人 in a column of 人."""
    if one is None or other is None or one <= 0 or other <= 0:
        return False
    small, large = sorted((one, other))
    return large >= _LARGE_ENOUGH and any(low <= large / small <= high for low, high in _SLIPS)


def sparkline(numbers: Sequence[Decimal | None]) -> tuple[float | None, ...]:
    """Points scaled so that the smallest is 0 and the largest 1 (0.5 when all are equal)."""
    known = [number for number in numbers if number is not None]
    if not known:
        return tuple(None for _ in numbers)
    low, high = min(known), max(known)
    span = high - low
    return tuple(
        None if number is None else (float((number - low) / span) if span else 0.5)
        for number in numbers
    )


def _indicator(indicator: Indicator) -> IndicatorFigures:
    years: list[YearFigures] = []
    before: IndicatorYear | None = None
    for year in indicator.years:
        plan, actual = year.plan.number, year.actual.number
        unit = indicator.unit.text
        same_unit = before is None or _same_unit(before.actual, year.actual, unit)
        last = before.actual.number if before is not None else None
        against_plan = looks_slipped(plan, actual)
        slipped = against_plan or (
            looks_slipped(last, actual)
            and (plan is None or not _near(plan, actual))  # a planned jump is no slip
        )
        # The year after a slip jumps back; that jump is the other year's.
        after_slip = bool(years and years[-1].slipped)
        comparable = same_unit and not slipped and not after_slip
        years.append(
            YearFigures(
                fiscal_year=year.fiscal_year,
                plan=year.plan,
                actual=year.actual,
                achievement=None
                if slipped
                or plan is None
                or actual is None
                or not _same_unit(year.plan, year.actual, unit)
                else achievement(plan, actual, indicator.direction),
                change=change(last, actual) if comparable else None,
                slipped=slipped and not (after_slip and not against_plan),
                unit=year.actual.unit or unit,
            )
        )
        before = year
    return IndicatorFigures(
        indicator=indicator,
        years=tuple(years),
        sparkline=sparkline([y.actual.number for y in years]),
    )


def _near(plan: Decimal, actual: Decimal | None) -> bool:
    return actual is not None and plan > 0 and Decimal("0.3") <= actual / plan <= 3


def _same_unit(before: Value, now: Value, unit: str) -> bool:
    return key(before.unit or unit) == key(now.unit or unit)


def method_told(sheet: Sheet) -> Value | None:
    """The comment, where it says that the labour cost is worked out anew in the evaluated year."""
    comment = sheet.first.comment
    return comment if _METHOD_TOLD.search(normal(comment.text)) else None


def _costs(costs: Sequence[CostYear], changed: frozenset[int]) -> tuple[CostFigures, ...]:
    """`changed`: years from which on the sheet says the method is another."""
    found: list[CostFigures] = []
    before: CostYear | None = None
    for cost in costs:
        same_method = before is None or not method_changed(before, cost)
        same_method = same_method and cost.fiscal_year not in changed
        slipped = before is not None and looks_slipped(before.total.number, cost.total.number)
        comparable = before is not None and same_method and not slipped
        comparable = comparable and before is not None and key(before.unit) == key(cost.unit)
        found.append(
            CostFigures(
                fiscal_year=cost.fiscal_year,
                cost=cost,
                change=change(before.total.number, cost.total.number)
                if before is not None and comparable
                else None,
                project_change=change(before.project_cost.number, cost.project_cost.number)
                if before is not None and not slipped and key(before.unit) == key(cost.unit)
                else None,
                comparable=comparable,
                slipped=slipped,
            )
        )
        before = cost
    return tuple(found)


def method_changed(before: CostYear, now: CostYear) -> bool:
    """Whether the labour cost (人件費) was worked out in another way than the year before."""
    one, two = before.labour_method, now.labour_method
    return not one.blank and not two.blank and key(one.text) != key(two.text)


def _unit_costs(sheet: Sheet, costs: Sequence[CostFigures]) -> tuple[UnitCost, ...]:
    users = {year.fiscal_year: year for year in sheet.users}
    countable = [a for a in sheet.activities if "%" not in normal(a.unit.text)]
    activity = countable[0] if countable else None
    counted = sum(1 for year in users.values() if _counts(year)) >= 2
    found: list[UnitCost] = []
    for figures in costs:
        total, scale = figures.cost.total, yen_per_unit(figures.cost.unit)
        if counted and figures.fiscal_year in users:
            count, basis, unit = users[figures.fiscal_year].count, "利用者", "人"
        elif activity is not None and not counted:
            year = next((y for y in activity.years if y.fiscal_year == figures.fiscal_year), None)
            if year is None:
                continue
            count, basis, unit = year.actual, activity.name.text, activity.unit.text
        else:
            continue
        if total.number is None or count.number is None or count.number <= 0:
            continue
        found.append(
            UnitCost(
                fiscal_year=figures.fiscal_year,
                yen=total.number * scale / count.number,
                basis=basis,
                unit=unit,
                cells=(total, count),
            )
        )
    return tuple(found)


def _counts(year: UserYear) -> bool:
    return year.count.number is not None and year.count.number > 0


def yen_per_unit(unit: str) -> Decimal:
    """How many yen a unit of cost is: 千円 1,000, 百万円 1,000,000, 円 1."""
    scales = {"百万円": 10**6, "千円": 10**3, "万円": 10**4, "円": 1}
    return Decimal(next((scale for name, scale in scales.items() if name in unit), 10**3))
