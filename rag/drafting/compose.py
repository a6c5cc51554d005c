"""The text of a draft: two to four sentences from figures, flags, proposal and references."""

from collections.abc import Sequence

from rag.drafting.claims import measure
from rag.drafting.directions import role_of
from rag.drafting.figures import Figures
from rag.drafting.finding import finding, kind_of_gap
from rag.drafting.flags import Flag, FlagCode
from rag.drafting.opening import Opening, open_draft
from rag.drafting.parts import ENDINGS, Parts, Sentence, shortened
from rag.drafting.records import Value
from rag.drafting.sources import Reference, ReferenceRole

# The point that a comment makes first; the others are added where there is room.
PRIORITY = (
    FlagCode.UNIT_JUMP,
    FlagCode.UNIT_CHANGED,
    FlagCode.CLAIM_CONTRADICTS,
    FlagCode.MISSING_VALUE,
    FlagCode.NON_NUMERIC,
    FlagCode.COST_SUM,
    FlagCode.ACTIVITY_UP_OUTCOME_DOWN,
    FlagCode.BELOW_PLAN,
    FlagCode.ACTUAL_DOWN,
    FlagCode.INSTRUCTION_UNANSWERED,
    FlagCode.SAME_COMMENT,
    FlagCode.LABOUR_METHOD_CHANGED,
    FlagCode.COST_UP,
    FlagCode.UNIT_COST_WORSE,
    FlagCode.OVER_ACHIEVEMENT,
    FlagCode.NO_TARGET,
    FlagCode.CLAIM_UNDERSTATES,
    FlagCode.USERS_UNKNOWN,
)
# What may not be said where the number of users is 把握困難: nothing about a trend.
_TRENDS = frozenset(
    {
        FlagCode.ACTUAL_DOWN,
        FlagCode.ACTIVITY_UP_OUTCOME_DOWN,
        FlagCode.COST_UP,
        FlagCode.UNIT_COST_WORSE,
    }
)
# Two points that say the same thing; the second is not added to the first.
_TOGETHER = (
    frozenset({FlagCode.BELOW_PLAN, FlagCode.ACTUAL_DOWN, FlagCode.CLAIM_CONTRADICTS}),
    frozenset({FlagCode.COST_UP, FlagCode.UNIT_COST_WORSE}),
    frozenset({FlagCode.ACTIVITY_UP_OUTCOME_DOWN, FlagCode.ACTUAL_DOWN, FlagCode.BELOW_PLAN}),
)
# Points that ask for the sheet to be mended: what plans and auditors say is beside them.
_TO_MEND = frozenset(
    {
        FlagCode.UNIT_JUMP,
        FlagCode.UNIT_CHANGED,
        FlagCode.MISSING_VALUE,
        FlagCode.NON_NUMERIC,
        FlagCode.COST_SUM,
        FlagCode.LABOUR_METHOD_CHANGED,
        FlagCode.INSTRUCTION_UNANSWERED,
    }
)
_ABOUT_RESULT = frozenset(
    {FlagCode.BELOW_PLAN, FlagCode.ACTUAL_DOWN, FlagCode.CLAIM_CONTRADICTS, FlagCode.NO_TARGET}
)


def compose(parts: Parts) -> list[Sentence]:
    """The sentences of the draft: as much as fits, at least the opening, the point and the ask."""
    points = _points(parts)
    if parts.proposal.role in ENDINGS:
        points = points[:1]
    main = points[0] if points else None
    opening = open_draft(parts.sheet, parts.figures, main, parts.wording)
    best: list[Sentence] = []
    for second in (*points[1:3], None):
        for used in _reference_choices(parts.references, main, opening):
            draft = _draft(parts, opening, main, second, used)
            length = sum(len(sentence.text) for sentence in draft)
            if length <= parts.style.max_characters:
                return draft
            if not best or length < sum(len(sentence.text) for sentence in best):
                best = draft
    return best


def _points(parts: Parts) -> list[Flag]:
    """The flags a draft may speak of, weightiest first, no two that say the same."""
    outcomes = {indicator.name.text for indicator in parts.sheet.outcomes}
    known = [flag for flag in parts.flags if flag.code in PRIORITY and _worth_saying(parts, flag)]
    known.sort(key=lambda flag: (PRIORITY.index(flag.code), flag.slots.get("name") not in outcomes))
    chosen: list[Flag] = []
    for flag in known:
        if not any(_says_the_same(flag, other) for other in chosen):
            chosen.append(flag)
    return chosen


def _worth_saying(parts: Parts, flag: Flag) -> bool:
    """Not a trend where users are 把握困難, a planned decline, or a cost that users keep up with."""
    if flag.code in _TRENDS and parts.sheet.users_unknown:
        return False
    if flag.code is FlagCode.ACTUAL_DOWN:
        return not _reached(parts.figures, flag.slots.get("name", ""))
    if flag.code is FlagCode.COST_UP:
        years = {unit_cost.fiscal_year for unit_cost in parts.figures.unit_costs}
        both = {parts.figures.evaluated_year, parts.figures.evaluated_year - 1} <= years
        return not both or any(f.code is FlagCode.UNIT_COST_WORSE for f in parts.flags)
    return True


def _reached(figures: Figures, name: str) -> bool:
    for each in figures.indicators:
        year = each.year(figures.evaluated_year)
        if each.indicator.name.text == name and year is not None:
            return year.achievement is not None and year.achievement >= 100
    return False


def _says_the_same(flag: Flag, other: Flag) -> bool:
    if flag.code is other.code:
        return True
    return any(flag.code in group and other.code in group for group in _TOGETHER)


def _reference_choices(
    references: Sequence[Reference], main: Flag | None, opening: Opening
) -> list[tuple[Reference, ...]]:
    """Which references to try to use, the richest first; none where figures are to be mended."""
    if main is not None and main.code in _TO_MEND:
        return [()]
    by_role = {reference.role: reference for reference in references}
    target = by_role.get(ReferenceRole.PLAN_TARGET)
    if target is not None and target.indicator != opening.indicator:
        target = None
    if main is not None and main.code not in _ABOUT_RESULT:
        target = None
    entry, audit = by_role.get(ReferenceRole.PLAN_ENTRY), by_role.get(ReferenceRole.AUDIT)
    choices = [(target or entry, audit), (target,), (audit,), (entry,)]
    found = [tuple(r for r in choice if r is not None) for choice in choices]
    return [*dict.fromkeys(choice for choice in found if choice), ()]


def _draft(
    parts: Parts,
    opening: Opening,
    main: Flag | None,
    second: Flag | None,
    references: Sequence[Reference],
) -> list[Sentence]:
    return [
        Sentence(text=opening.text, values=opening.values),
        finding(parts, opening, main),
        _direction(parts, main, references),
        _closing(parts, main, second),
    ]


def _direction(parts: Parts, main: Flag | None, references: Sequence[Reference]) -> Sentence:
    say, proposal = parts.wording.say, parts.proposal
    first = parts.sheet.first.direction
    values: list[Value] = [] if first.blank else [first]
    if first.blank:
        lead = say("direction.alone", direction=proposal.direction)
    elif role_of(first.text) is proposal.role:
        lead = say("direction.same", direction=proposal.direction)
    else:
        lead = say(
            "direction.differs",
            first=shortened(first.text, 12),
            because=_because(parts),
            direction=proposal.direction,
        )
    refer = "".join(_refer(parts, reference) for reference in references)
    if main is not None and proposal.role not in ENDINGS:
        ask = say(f"flags.{main.code.value}.ask{kind_of_gap(main)}")
    else:
        ask = say(f"direction.ask.{proposal.role.value}")
        planned = _planned(parts)
        if planned:
            values.append(parts.sheet.first.comment)
            ask = say(f"direction.ask.{proposal.role.value}_planned", measure=planned)
    return Sentence(text=f"{lead}{refer}{ask}", values=tuple(values), references=tuple(references))


def _planned(parts: Parts) -> str:
    """What the department is going to do, where the draft can ask it to get on with it."""
    if not parts.wording.has(f"direction.ask.{parts.proposal.role.value}_planned"):
        return ""
    return measure(parts.sheet.first.comment.text, parts.style.quote_characters)


def _because(parts: Parts) -> str:
    """Why the proposal differs from the department's direction: never left out."""
    for flag in parts.proposal.flags:
        if parts.wording.has(f"flags.{flag.code.value}.because"):
            return parts.wording.say(f"flags.{flag.code.value}.because")
    return parts.wording.say(f"direction.because.{parts.proposal.role.value}")


def _refer(parts: Parts, reference: Reference) -> str:
    title, quote = reference.title, reference.quote.replace("「", "『").replace("」", "』")
    if reference.role is ReferenceRole.PLAN_TARGET:
        return parts.wording.say("direction.refer_target", title=title, target=quote)
    name = "refer_audit" if reference.role is ReferenceRole.AUDIT else "refer_plan"
    if parts.proposal.role in ENDINGS and reference.role is ReferenceRole.PLAN_ENTRY:
        name = "refer_plan_ending"
    return parts.wording.say(f"direction.{name}", title=title, quote=quote)


def _closing(parts: Parts, main: Flag | None, second: Flag | None) -> Sentence:
    say, role = parts.wording.say, parts.proposal.role
    if parts.wording.has(f"closing.{role.value}"):
        return Sentence(text=say(f"closing.{role.value}"))
    other = _check(parts, second) if second is not None else ""
    values = second.values if second is not None else ()
    if main is None or role in ENDINGS:
        if main is None and _planned(parts):
            name = "closing.planned_two" if other else "closing.planned"
            return Sentence(text=say(name, second=other), values=values)
        check = say(f"closing.check.{role.value}")
    else:
        check = _check(parts, main)
    if not other or other == check:
        return Sentence(text=say("closing.one", check=check))
    return Sentence(text=say("closing.two", check=check, second=other), values=values)


def _check(parts: Parts, flag: Flag) -> str:
    return parts.wording.say(f"flags.{flag.code.value}.check{kind_of_gap(flag)}")
