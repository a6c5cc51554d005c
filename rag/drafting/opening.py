"""The first sentence of a draft: what the sheet shows, one indicator with its year."""

from dataclasses import dataclass

from rag.drafting.figures import HUNDRED, Figures, IndicatorFigures, YearFigures
from rag.drafting.flags import Flag, FlagCode
from rag.drafting.records import Direction, IndicatorKind, Sheet, Value
from rag.drafting.wording import Wording
from rag.drafting.words import year_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """`state` is the name of the wording: reached, short, below, …"""

    text: str
    state: str
    values: tuple[Value, ...]
    indicator: str = ""


def open_draft(sheet: Sheet, figures: Figures, main: Flag | None, wording: Wording) -> Opening:
    """The sentence on the indicator that the main flag is about, or on the first outcome."""
    each = _focus(figures, main)
    if each is None:
        return _without_indicator(sheet, figures, wording)
    year = each.year(figures.evaluated_year)
    if year is None:
        return _without_indicator(sheet, figures, wording)
    state, values, more = _state(sheet, each, year, main)
    unit = each.indicator.unit.text
    slots = {
        "year": year_name(year.fiscal_year),
        "name": each.indicator.name.text,
        "plan": year.plan.quantity(unit),
        "actual": year.actual.quantity(unit),
        "said": year.actual.text,
    } | more
    return Opening(
        text=wording.say(f"opening.{state}", **slots),
        state=state,
        values=(each.indicator.name, *values),
        indicator=each.indicator.name.text,
    )


def _focus(figures: Figures, main: Flag | None) -> IndicatorFigures | None:
    if main is not None:
        named = [e for e in figures.indicators if e.indicator.name.text == main.slots.get("name")]
        if named:
            return named[0]
    evaluated = [e for e in figures.indicators if e.year(figures.evaluated_year) is not None]
    outcomes = [e for e in evaluated if e.indicator.kind is IndicatorKind.OUTCOME]
    told = [e for e in (*outcomes, *evaluated) if _has_actual(e, figures)]
    return next(iter((*told, *outcomes, *evaluated)), None)


def _has_actual(each: IndicatorFigures, figures: Figures) -> bool:
    year = each.year(figures.evaluated_year)
    return year is not None and year.actual.number is not None


def _state(
    sheet: Sheet, each: IndicatorFigures, year: YearFigures, main: Flag | None
) -> tuple[str, tuple[Value, ...], dict[str, str]]:
    """(wording, cells, further slots)."""
    unit = each.indicator.unit.text
    before = each.year(year.fiscal_year - 1)
    if year.slipped:
        last = before.actual if before is not None and before.actual.number is not None else None
        compared = last or year.plan
        label = f"前年度の{compared.quantity(unit)}" if last else f"計画の{compared.quantity(unit)}"
        return "slipped", (compared, year.actual), {"compared": label}
    if year.actual.blank:
        plan_only = not year.plan.blank
        return ("missing", (year.plan,), {}) if plan_only else ("missing_both", (year.actual,), {})
    if year.actual.number is None:
        return "non_numeric", (year.actual,), {}
    if main is not None and main.code is FlagCode.UNIT_CHANGED:
        return "units", (year.actual,), {}
    if year.plan.blank:
        return "no_plan", (year.actual,), {}
    if year.achievement is None:
        return "plain", (year.plan, year.actual), {}
    both = (year.plan, year.actual)
    down = "_down" if each.indicator.direction is Direction.DOWN else ""
    worse = each.worsening(year) is not None and not sheet.users_unknown
    fell = before is not None and worse and (main is None or _speaks_of_fall(main))
    if before is not None and fell:
        state = "fell_reached" if year.achievement >= HUNDRED else ("rose_down" if down else "fell")
        if not (down and state == "fell_reached"):
            return state, (*both, before.actual), {"before": before.actual.quantity(unit)}
    if year.achievement >= HUNDRED:
        return f"reached{down}", both, {}
    return f"{'short' if year.achievement >= 80 else 'below'}{down}", both, {}


def _speaks_of_fall(main: Flag) -> bool:
    return main.code in (FlagCode.ACTUAL_DOWN, FlagCode.CLAIM_CONTRADICTS, FlagCode.BELOW_PLAN)


def _without_indicator(sheet: Sheet, figures: Figures, wording: Wording) -> Opening:
    cost = figures.cost(figures.evaluated_year)
    if cost is None or cost.cost.total.number is None or figures.indicators:
        text = wording.say("opening.no_indicator", name=sheet.name.text)
        return Opening(text=text, state="no_indicator", values=(sheet.name,))
    return Opening(
        text=wording.say(
            "opening.cost_only",
            year=year_name(figures.evaluated_year),
            total=cost.cost.total.quantity(cost.cost.unit),
        ),
        state="cost_only",
        values=(cost.cost.total,),
    )
