"""Flags of the costs: what rose, what does not add up, what cannot be compared."""

from collections.abc import Iterator
from itertools import pairwise

from rag.drafting.figures import CostFigures, Figures, method_changed, method_told
from rag.drafting.flags import Flag, FlagCode, make_flag
from rag.drafting.limits import Limits
from rag.drafting.numbers import write_number
from rag.drafting.records import Sheet
from rag.drafting.words import percent, year_name


def cost_flags(sheet: Sheet, figures: Figures, limits: Limits) -> Iterator[Flag]:
    """Flags of total, method, sum and unit cost."""
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
    yield from _unit_cost_flags(figures, limits)
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
