"""The second sentence of a draft: the point that the department did not explain."""

from rag.drafting.claims import Reason, explains, explanation, measure
from rag.drafting.directions import Role, role_of
from rag.drafting.flags import Flag, FlagCode
from rag.drafting.opening import Opening
from rag.drafting.parts import ENDINGS, Parts, Sentence, shortened
from rag.drafting.records import Direction
from rag.drafting.wording import Wording

_NEAR = 95  # percent of the plan from which a gap is called small


def finding(parts: Parts, opening: Opening, flag: Flag | None) -> Sentence:
    """The second sentence: what the department did not explain, or that nothing is amiss."""
    if parts.proposal.role in ENDINGS and _follows(parts):
        return _ending_explained(parts)
    if flag is None:
        return _nothing_found(parts, opening)
    comment, longest = parts.sheet.first.comment, parts.style.quote_characters
    slots = dict(flag.slots)
    slots["said"] = shortened(slots.get("said", ""), longest)
    reason = _reason_wanted(parts, flag.slots.get("name", opening.indicator))
    explained = explanation(comment.text, longest, reason)
    slots["cause"] = _cause(parts.wording, explained)
    slots["measure"] = measure(comment.text, longest, done=True)
    slots["where"] = _where(flag)
    name, values = f"flags.{flag.code.value}.finding{kind_of_gap(flag)}", flag.values
    opened = flag.slots.get("name") == opening.indicator
    variants = (
        ("planned", bool(slots["measure"])),
        ("explained", bool(explained)),
        ("said", explains(comment.text, reason)),
        ("opened", opened),
    )
    for variant, fits in variants:
        if fits and parts.wording.has(f"{name}_{variant}"):
            name = f"{name}_{variant}"
            values = values if variant == "opened" else (*values, comment)
            break
    return Sentence(text=parts.wording.say(name, **slots), values=values)


def _reason_wanted(parts: Parts, name: str) -> Reason:
    """Too much is what has to be explained where less is better."""
    down = any(
        indicator.name.text == name and indicator.direction is Direction.DOWN
        for indicator in parts.sheet.indicators
    )
    return Reason.EXCESS if down else Reason.SHORTFALL


def kind_of_gap(flag: Flag) -> str:
    """The wordings of a missing comment and of missing indicators are not those of a figure."""
    if flag.code is not FlagCode.MISSING_VALUE:
        return ""
    kinds = {"一次評価のコメント": "_of_comment", "活動指標・成果指標": "_of_indicators"}
    return kinds.get(flag.slots.get("name", ""), "")


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
    return Sentence(
        text=parts.wording.say(f"finding.{name}", cause=cause, direction=parts.proposal.direction),
        values=(comment,),
    )


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
    reason = _reason_wanted(parts, opening.indicator)
    if opening.state.startswith("fell_reached"):
        name = "none_fell_explained" if explains(comment.text, reason) else "none_fell"
    elif opening.state.startswith(("short", "fell")):
        near = all(rate is None or rate >= _NEAR for rate in rates)
        name = f"none_{'short' if near else 'gap'}"
        name += "_explained" if explains(comment.text, reason) else ""
    elif opening.state.startswith("reached") and all(r is not None and r >= _NEAR for r in rates):
        name = "none_reached"
    return Sentence(text=parts.wording.say(f"finding.{name}"), values=(comment,))
