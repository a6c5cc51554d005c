"""The text of a draft: two to four sentences from figures, flags, proposal and references."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.drafting.claims import explains, explanation, measure
from rag.drafting.directions import Role, role_of
from rag.drafting.figures import Figures
from rag.drafting.flags import Flag, FlagCode
from rag.drafting.opening import Opening, open_draft
from rag.drafting.proposal import Proposal
from rag.drafting.records import Sheet, Value
from rag.drafting.sources import Reference, ReferenceRole
from rag.drafting.style import HouseStyle
from rag.drafting.wording import Wording

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
_NEAR = 95  # percent of the plan from which a gap is called small
_ENDINGS = (Role.COMPLETE, Role.ABOLISH, Role.PAUSE, Role.MERGE, Role.SHRINK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence with what it rests on. `optional` ones go first when the draft is too long."""

    text: str
    values: tuple[Value, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """All that a draft can be made of."""

    sheet: Sheet
    figures: Figures
    flags: Sequence[Flag]
    proposal: Proposal
    references: Sequence[Reference]
    wording: Wording
    style: HouseStyle


def compose(parts: Parts) -> list[Sentence]:
    """The sentences of the draft: as much as fits, at least the opening, the point and the ask."""
    points = _points(parts)
    if parts.proposal.role in _ENDINGS:
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
        _finding(parts, opening, main),
        _direction(parts, main, references),
        _closing(parts, main, second),
    ]


def _finding(parts: Parts, opening: Opening, flag: Flag | None) -> Sentence:
    if parts.proposal.role in _ENDINGS and _follows(parts):
        return _ending_explained(parts)
    if flag is None:
        return _nothing_found(parts, opening)
    comment, longest = parts.sheet.first.comment, parts.style.quote_characters
    slots = dict(flag.slots)
    slots["said"] = shortened(slots.get("said", ""), longest)
    explained = explanation(comment.text, longest)
    slots["cause"] = _cause(parts.wording, explained)
    slots["measure"] = measure(comment.text, longest, done=True)
    slots["where"] = _where(flag)
    name, values = f"flags.{flag.code.value}.finding", flag.values
    opened = flag.slots.get("name") == opening.indicator
    variants = (
        ("planned", bool(slots["measure"])),
        ("explained", bool(explained)),
        ("said", explains(comment.text)),
        ("opened", opened),
    )
    for variant, fits in variants:
        if fits and parts.wording.has(f"{name}_{variant}"):
            name = f"{name}_{variant}"
            values = values if variant == "opened" else (*values, comment)
            break
    return Sentence(text=parts.wording.say(name, **slots), values=values)


def _cause(wording: Wording, explained: str) -> str:
    name = "finding.cause_clause" if explained.endswith("ため") else "finding.cause_noun"
    return wording.say(name, explanation=explained) if explained else ""


def _follows(parts: Parts) -> bool:
    return role_of(parts.sheet.first.direction.text) is parts.proposal.role


def _ending_explained(parts: Parts) -> Sentence:
    """Where the department itself wants to end or merge: the reason it gives, or that it gives none."""
    comment = parts.sheet.first.comment
    explained = explanation(comment.text, parts.style.quote_characters)
    if parts.proposal.role is Role.COMPLETE:
        name = "ended"
    else:
        stated = "ending_said" if explains(comment.text) else "ending_plain"
        name = "ending_explained" if explained else stated
    cause = _cause(parts.wording, explained)
    return Sentence(text=parts.wording.say(f"finding.{name}", cause=cause), values=(comment,))


def _where(flag: Flag) -> str:
    """The field that a gap is in: 「令和7年度の総コスト」, 「令和7年度の「受講者数」の実績」."""
    name, year = flag.slots.get("name", ""), flag.slots.get("year", "")
    if name in ("総コスト", "事業費", "利用者数"):
        return f"{year}の{name}"
    return f"{year}の「{name}」の実績" if year else name


def _nothing_found(parts: Parts, opening: Opening) -> Sentence:
    """Where no flag is raised, what can be said of the evaluation."""
    comment = parts.sheet.first.comment
    name = "none_plain"
    rates = [
        year.achievement
        for each in parts.figures.indicators
        if (year := each.year(parts.figures.evaluated_year)) is not None
    ]
    if opening.state.startswith(("short", "fell")):
        near = all(rate is None or rate >= _NEAR for rate in rates)
        name = f"none_{'short' if near else 'gap'}"
        name += "_explained" if explains(comment.text) else ""
    elif opening.state.startswith("reached") and all(r is not None and r >= _NEAR for r in rates):
        name = "none_reached"
    return Sentence(text=parts.wording.say(f"finding.{name}"), values=(comment,))


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
    if main is not None and proposal.role not in _ENDINGS:
        ask = say(f"flags.{main.code.value}.ask")
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
    if parts.proposal.role in _ENDINGS and reference.role is ReferenceRole.PLAN_ENTRY:
        name = "refer_plan_ending"
    return parts.wording.say(f"direction.{name}", title=title, quote=quote)


def _closing(parts: Parts, main: Flag | None, second: Flag | None) -> Sentence:
    say, role = parts.wording.say, parts.proposal.role
    if parts.wording.has(f"closing.{role.value}"):
        return Sentence(text=say(f"closing.{role.value}"))
    other = say(f"flags.{second.code.value}.check") if second is not None else ""
    values = second.values if second is not None else ()
    if main is None or role in _ENDINGS:
        if main is None and _planned(parts):
            name = "closing.planned_two" if other else "closing.planned"
            return Sentence(text=say(name, second=other), values=values)
        check = say(f"closing.check.{role.value}")
    else:
        check = say(f"flags.{main.code.value}.check")
    if not other or other == check:
        return Sentence(text=say("closing.one", check=check))
    return Sentence(text=say("closing.two", check=check, second=other), values=values)


def shortened(text: str, longest: int) -> str:
    """`text` without its stop, cut at a comma where it is too long, so that it stays a quotation."""
    bare = text.strip().rstrip("。")
    if len(bare) <= longest:
        return bare
    cut = bare.rfind("、", 8, longest)
    return bare[:cut] if cut > 0 else bare[:longest]
