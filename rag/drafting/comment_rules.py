"""Flags of the first evaluation's comment: against the figures, and against the year before."""

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.drafting.claims import Claim, Said, answers, claims, name_overlap, same_wording
from rag.drafting.figures import Figures, IndicatorFigures, YearFigures, change
from rag.drafting.flags import Flag, FlagCode, make_flag
from rag.drafting.limits import Limits
from rag.drafting.records import IndicatorKind, Sheet, Value
from rag.drafting.words import year_name
from rag.text import normal

_HUNDRED = Decimal(100)
_DONE_AS_PLANNED = re.compile(
    r"(?:計画|予定)(?:どおり|通り|した回数).{0,8}?"
    r"(?:増やし|開い|開催|実施|行[っい]|進め|整備|配布|設置|作成|制作|終え|始め|発信)"
)


def comment_flags(sheet: Sheet, figures: Figures, limits: Limits) -> Iterator[Flag]:
    comment = sheet.first.comment
    said = claims(comment.text)
    contradiction = next(_contradictions(said, sheet, figures, limits), None)
    if contradiction is not None:
        yield contradiction
    else:
        yield from _understatements(said, sheet, figures)
    previous = sheet.previous
    if same_wording(comment.text, previous.first_comment.text):
        yield make_flag(FlagCode.SAME_COMMENT, (previous.first_comment, comment))
    reply = f"{comment.text}\n{sheet.means.text}"
    for instruction in previous.instructions:
        if not instruction.blank and not answers(reply, instruction.text):
            yield make_flag(
                FlagCode.INSTRUCTION_UNANSWERED,
                (instruction, comment),
                said=instruction.text.rstrip("。"),
            )


def _contradictions(
    said: list[Said], sheet: Sheet, figures: Figures, limits: Limits
) -> Iterator[Flag]:
    for claim in said:
        if claim.claim in (Claim.REACHED, Claim.SMOOTH):
            yield from _overstated(claim, sheet, figures, limits)
        elif claim.claim in (Claim.GROWN, Claim.SHRUNK):
            yield from _wrong_way(claim, sheet, figures)


def _overstated(claim: Said, sheet: Sheet, figures: Figures, limits: Limits) -> Iterator[Flag]:
    smooth = claim.claim is Claim.SMOOTH or claim.hedged
    needed = limits.smooth_needs if smooth else _HUNDRED
    for each, year in _spoken_of(claim, figures):
        short = year.achievement is not None and year.achievement < needed
        worse = each.worsening(year)
        fell = (
            smooth
            and worse is not None
            and worse > limits.actual_down
            and (year.achievement is None or year.achievement < _HUNDRED)
        )
        if short or fell:
            yield _flag(FlagCode.CLAIM_CONTRADICTS, claim, sheet, each, year)
            return


def _wrong_way(claim: Said, sheet: Sheet, figures: Figures) -> Iterator[Flag]:
    """「増加した」 of an indicator or of the users, where the figures went down, and the reverse."""
    grown = claim.claim is Claim.GROWN
    if "利用者" in normal(claim.words) and not sheet.users_unknown:
        counts = {year.fiscal_year: year.count for year in sheet.users}
        now, before = counts.get(figures.evaluated_year), counts.get(figures.evaluated_year - 1)
        moved = (
            change(before.number, now.number) if now is not None and before is not None else None
        )
        if (
            moved is not None
            and now is not None
            and before is not None
            and (moved < 0) is grown
            and moved != 0
        ):
            yield make_flag(
                FlagCode.CLAIM_CONTRADICTS,
                (sheet.first.comment, before, now),
                said=claim.brief,
                name="利用者数",
                before=before.quantity("人"),
                actual=now.quantity("人"),
                year=year_name(figures.evaluated_year),
            )
            return
    for each, year in _named(claim, figures):
        if year.change is not None and year.change != 0 and (year.change < 0) is grown:
            yield _flag(FlagCode.CLAIM_CONTRADICTS, claim, sheet, each, year)
            return


def _understatements(said: list[Said], sheet: Sheet, figures: Figures) -> Iterator[Flag]:
    """The comment says missed while every figure it can mean was reached."""
    if any(claim.claim is Claim.REACHED for claim in said):
        return
    for claim in said:
        if claim.claim is not Claim.MISSED:
            continue
        meant = _named(claim, figures) or _evaluated(figures)
        rates = [year.achievement for _, year in meant]
        if rates and all(rate is not None and rate >= _HUNDRED for rate in rates):
            outcome = [m for m in meant if m[0].indicator.kind is IndicatorKind.OUTCOME]
            each, year = (outcome or meant)[0]
            yield _flag(FlagCode.CLAIM_UNDERSTATES, claim, sheet, each, year)
            return


def _spoken_of(claim: Said, figures: Figures) -> list[tuple[IndicatorFigures, YearFigures]]:
    """The indicators a claim is about: those it names, else the outcomes, else all."""
    named = _named(claim, figures)
    if named:
        return named
    every = _evaluated(figures)
    kind = _kind_named(claim)
    of_kind = [pair for pair in every if pair[0].indicator.kind is kind]
    return of_kind or every


def _kind_named(claim: Said) -> IndicatorKind:
    """「計画どおり講座を開いた」 speaks of what was done, not of what came of it."""
    done = "活動指標" in claim.words or _DONE_AS_PLANNED.search(normal(claim.brief))
    return IndicatorKind.ACTIVITY if done else IndicatorKind.OUTCOME


def _evaluated(figures: Figures) -> list[tuple[IndicatorFigures, YearFigures]]:
    pairs = [(each, each.year(figures.evaluated_year)) for each in figures.indicators]
    return [(each, year) for each, year in pairs if year is not None]


def _named(claim: Said, figures: Figures) -> list[tuple[IndicatorFigures, YearFigures]]:
    """The indicators whose name the claim takes up: those that share the most of it."""
    scored = [
        (name_overlap(each.indicator.name.text, claim.brief), each, year)
        for each, year in _evaluated(figures)
    ]
    most = max((score for score, _, _ in scored), default=0)
    if most < 2:
        return []
    return [(each, year) for score, each, year in scored if score == most]


def _flag(
    code: FlagCode, claim: Said, sheet: Sheet, each: IndicatorFigures, year: YearFigures
) -> Flag:
    earlier = [
        y.actual for y in each.years if y.fiscal_year < year.fiscal_year and not y.actual.blank
    ]
    values: list[Value] = [sheet.first.comment, year.plan, year.actual]
    if earlier:
        values.append(earlier[-1])
    unit = each.indicator.unit.text
    return make_flag(
        code,
        values,
        said=claim.brief,
        name=each.indicator.name.text,
        plan=year.plan.quantity(unit),
        actual=year.actual.quantity(unit),
        before=earlier[-1].quantity(unit) if earlier else "",
        year=year_name(year.fiscal_year),
    )
