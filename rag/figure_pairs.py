"""The two figures of one thing that one sentence, list or row tells of two times, each with its name.

「2024年度 140人 → 2025年度 227人」, 「24手続き→35手続き」, 「43.8%で、前回の27.9%から」. Of several nothing is chosen.
"""

import re
from collections.abc import Sequence

from rag.asked_change import AskedChange
from rag.counters import one_spelling
from rag.date_phrases import date_phrases
from rag.dating import DateSource, Figure
from rag.text import normal
from rag.units import Unit

# Between two states of one thing: marks, particles and what such figures are called.
_SAME_THING = re.compile(
    r"(?:[\s　→⇒➡➔↓⇨▶~、,，()（）:：・／/-]|から|より|に|へ|は|が|で|の|も|と|まで|比べ|実績|目標|現状|基準|値|見込み?|今回|前回|末|時点|現在|予定|"
    r"約|\d{1,2}(?:[月日]|位))*"
)
_FROM_TO = re.compile(r"\s*(?:→|⇒|➡|➔|⇨|↓|から)\s*")
_LAST_TIME = re.compile(r"前回|前年度?|\d{1,2}年前|昨年度?|前計画|前の調査")
_BOUND = re.compile(r"\s*(?:以上|以下|以内|未満|を?超|余り|強|弱)")
_NOTE = re.compile(r"\s*[（(]([^（()）]{1,12})[）)]")
_BEFORE = 24  # characters before a figure in which 「前回」 may stand

Named = tuple[str, Figure]


def pair_of(
    asked: AskedChange, unit: Unit, figures: Sequence[Figure]
) -> tuple[Named, Named] | None:
    """The earlier and the later figure with their names."""
    if any(figure.value < 0 or is_bound(unit, figure) for figure in figures):
        return None
    if len({_written_counter(figure) for figure in figures}) != 1:
        return None
    return (
        _dated_pair(asked, unit, figures)
        or _since_last(asked, unit, figures)
        or _from_to(asked, unit, figures)
    )


def _dated_pair(
    asked: AskedChange, unit: Unit, figures: Sequence[Figure]
) -> tuple[Named, Named] | None:
    """The two with the dates asked for; without such the only two, where they are of one thing."""
    dated = [
        figure
        for figure in figures
        if figure.dating
        and figure.dating.source in (DateSource.OWN, DateSource.COLUMN)
        and figure.dating.year == figure.dating.last_year
    ]
    if len(asked.years) > 2:
        return None
    if len(asked.years) == 2:
        found = [[f for f in dated if f.dating and f.dating.year in years] for years in asked.years]
        if [len(group) for group in found] != [1, 1]:
            return None
        two = [group[0] for group in found]
    else:
        if len(figures) != 2 or len(dated) != 2 or not _of_one_thing(unit, figures):
            return None
        two = list(dated)
        years = {figure.dating.year for figure in two if figure.dating}
        if asked.years and not asked.years[0] & years:
            return None
    early, late = sorted(two, key=lambda figure: figure.dating.order if figure.dating else ())
    assert early.dating is not None and late.dating is not None
    if early.dating.order == late.dating.order or early == late:
        return None
    return (date_of(unit, early), early), (date_of(unit, late), late)


def _since_last(
    asked: AskedChange, unit: Unit, figures: Sequence[Figure]
) -> tuple[Named, Named] | None:
    """「43.8%で、前回(2021)調査時の27.9%から」: the one of last time, and the other."""
    named = asked.since_last or not asked.years
    if len(figures) != 2 or not named or len(asked.years) > 1:
        return None
    sentence = {unit.text.count("。", 0, figure.start) for figure in figures}
    before = [
        re.split(r"[、。]", unit.text[max(0, f.start - _BEFORE) : f.start])[-1] for f in figures
    ]
    last = [_LAST_TIME.search(text) for text in before]
    if [found is not None for found in last].count(True) != 1 or len(sentence) != 1:
        return None
    at = 0 if last[0] else 1
    marker, old, new = last[at], figures[at], figures[1 - at]
    assert marker is not None
    phrases = date_phrases(before[at][marker.end() :], bare=True)
    if asked.years and not (phrases and phrases[-1].year in asked.years[0]):
        return None
    name = marker.group() + (f"（{_dated(phrases[-1].text)}）" if phrases else "")
    own = new.dating is not None and new.dating.source in (DateSource.OWN, DateSource.COLUMN)
    return (name, old), (date_of(unit, new) if own else "今回", new)


def _from_to(
    asked: AskedChange, unit: Unit, figures: Sequence[Figure]
) -> tuple[Named, Named] | None:
    """「24手続き→35手続き」: the only two beside each other with an arrow or から between."""
    if asked.years or len(figures) != 2:
        return None
    first, second = figures
    if not _FROM_TO.fullmatch(normal(unit.text[first.end : second.start])):
        return None
    return ("前", first), ("後", second)


def _dated(phrase: str) -> str:
    """「2021年」 for the 「2021」 of a column head."""
    return f"{phrase}年" if phrase.isdigit() else phrase


def date_of(unit: Unit, figure: Figure) -> str:
    """The date with what is noted right behind it: 「2024年度（6か月）」."""
    assert figure.dating is not None
    phrase = figure.dating.phrase
    place = unit.text.rfind(phrase, 0, figure.start)
    note = _NOTE.match(unit.text, place + len(phrase), figure.start) if place >= 0 else None
    return _dated(phrase) + (f"（{note[1]}）" if note else "")


def _of_one_thing(unit: Unit, figures: Sequence[Figure]) -> bool:
    first, second = figures
    between = unit.text[first.end : second.start]
    for phrase in reversed(date_phrases(between, bare=True)):
        between = between[: phrase.start] + between[phrase.end :]
    return bool(_SAME_THING.fullmatch(normal(between)))


def is_bound(unit: Unit, figure: Figure) -> bool:
    """Whether the figure is no value but a bound: 「200人以上」."""
    return bool(_BOUND.match(normal(unit.text[figure.end : figure.end + 4])))


def as_written(figure: Figure) -> str:
    """The figure with its counter, without blanks: 「約291,079人」."""
    return re.sub(r"\s+", "", normal(figure.text))


def _written_counter(figure: Figure) -> str:
    counter = re.sub(r"^.*[\d,.]", "", as_written(figure))
    return one_spelling(counter)
