"""By how much something grew, shrank or differs between two times: what a question asks for."""

import re
from dataclasses import dataclass

from rag.calculation import Direction
from rag.counters import one_spelling
from rag.date_phrases import date_phrases
from rag.question import Question
from rag.temporal import ERA_OFFSETS

COUNTED = (
    "業務|事業|手続き?|施設|時間|種類|項目|団体|世帯|[箇かカヶヵ]所|ページ|ポイント|パーセント|%|"
    "千円|百万円|万円|億円|円|トン|ヘクタール|キロメートル|キロ|メートル|路線|棟|戸|橋|筆|基|床|隻|[人名件台枚本校社票通冊回個点頭匹店]"
)
_UP = "増|ふえ|ふや|伸[びば]|上[がげ]|上昇|向上|多[いくか]|上回"
_DOWN = "減|へっ|へる|へら|下[がげ]|低下|少な|下回|縮"
_MOVES = f"{_UP}|{_DOWN}|差|違|変わ|変化"
_HOW_MUCH = "どれ(?:だけ|くらい|ぐらい|ほど)|どの(?:くらい|ぐらい|程度|位)|いくつ|いくら"
_ASKS = re.compile(
    rf"(?:何(?P<counter>{COUNTED})|{_HOW_MUCH})(?:くらい|ぐらい|ほど|程度|も|分)?の?、?(?:{_MOVES})"
    rf"|(?:増え|増加し|増やし|減っ|減少し|減らし)た(?:の|数|件数|人数)?は何(?P<moved>{COUNTED})"
    rf"|(?P<times>何倍)|あと何(?P<left>{COUNTED})"
    r"|(?:の差|増加数|減少数|増加幅|減少幅|増減|増加分|減少分)(?:は|を|って|$|[?？])"
)
_PAST = re.compile(r"(?:増え|増やし|減っ|減らし|へっ|増加し|減少し|伸び|上がっ|下がっ)(?:た|まし)")
_SHORT_YEAR = re.compile(r"(?<![\d年.,/])(\d{1,2})年度")  # 「24年度」
_ERA_LETTER = re.compile(r"(?<![a-z])(?P<era>[rh])(?P<number>\d{1,2})(?![\d.年度])")  # 「R6→R7」
_LAST_ERA_YEAR = 15  # of 令和 that 「7年度」 may mean; later ones are of the Western century
_YEAR_BEFORE = re.compile(r"前年|昨年")
_LAST_TIME = re.compile(r"前回|前の|前年|\d年前|昨年|以前|前計画|始めた|当初")
_SINCE = re.compile(rf"(?<![\d.,])(?P<number>\d[\d,]*(?:\.\d+)?)の?(?:{COUNTED})(?:から|より)")
_THAN = re.compile(r"[^、。]{1,14}?(?:より|に比べ|と比べ)")
_TIME = re.compile(
    r"\d|年|前|回|当初|現在|現状|今|始|ピーク|最初|初め|計画|目標|期|昔|以前|導入|開始|月|震災|コロナ"
)
_THAN_NOW = re.compile(r"今回(?:より|に比べ|と比べ)")
_THAN_YEAR = re.compile(r"(?:令和|平成|昭和)?\d{1,4}年(?:度)?(?=より|に比べ|と比べ)")
_TURNED = {
    Direction.UP: Direction.DOWN,
    Direction.DOWN: Direction.UP,
    Direction.EITHER: Direction.EITHER,
}
_ANY = frozenset({"個", "点", "つ"})  # 「何個」 is asked of whatever has no counter of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedChange:
    """`years` holds for each time named the Western years that it may mean."""

    counter: str | None  # in one spelling, 「%」 for ポイント; None for any
    direction: Direction
    times: bool  # 「何倍」
    years: tuple[frozenset[int], ...]
    since_last: bool  # 「前回より」
    past: bool  # 「増えた」: nothing that is still to come
    since: tuple[str, ...]  # the figures that it starts from: 「693」 of 「693手続から」


def asked_change(question: Question) -> AskedChange | None:
    """None where the question does not ask by how much or how many times."""
    text = question.normalised
    match = _ASKS.search(text)
    than = _THAN.search(text)
    # 「BよりA」 compares two things, unless B is a time.
    if match is None or (than and not _TIME.search(than[0])):
        return None
    counter = match["counter"] or match["moved"] or match["left"]
    if counter is None and len(question.units) == 1 and question.units[0] not in ("倍", "ポイント"):
        counter = question.units[0]
    up, down = re.search(_UP, match.group()), re.search(_DOWN, match.group())
    direction = (
        Direction.EITHER if bool(up) == bool(down) else Direction.UP if up else Direction.DOWN
    )
    years = _years(text)
    return AskedChange(
        counter=_spelled(counter),
        direction=_TURNED[direction] if _than_later(text, years) else direction,
        times=match["times"] is not None,
        years=years,
        since_last=bool(_LAST_TIME.search(text)),
        past=bool(_PAST.search(text)),
        since=tuple(found["number"] for found in _SINCE.finditer(text)),
    )


def _than_later(text: str, years: tuple[frozenset[int], ...]) -> bool:
    """Whether the earlier is measured by the later: 「前回は今回より」, 「2023年度は2024年度より」."""
    if _THAN_NOW.search(text):
        return True
    match = _THAN_YEAR.search(text)
    if match is None or len(years) != 2:
        return False
    of_match = [index for index, group in enumerate(years) if _years(match.group())[0] <= group]
    return len(of_match) == 1 and max(years[1 - of_match[0]]) < max(years[of_match[0]])


def _spelled(counter: str | None) -> str | None:
    if counter is None or counter in _ANY or counter == "割":
        return None
    return "%" if counter in ("ポイント", "パーセント", "%") else one_spelling(counter)


def _years(text: str) -> tuple[frozenset[int], ...]:
    phrases = date_phrases(text, bare=True)
    found = [
        (phrase.start, frozenset({year}))
        for phrase in phrases
        for year in dict.fromkeys((phrase.year, phrase.last_year))
    ]
    taken = [(phrase.start, phrase.end) for phrase in phrases]
    for match in (*_SHORT_YEAR.finditer(text), *_ERA_LETTER.finditer(text)):
        if any(match.start() < high and low < match.end() for low, high in taken):
            continue
        if "era" in match.re.groupindex:
            years = {ERA_OFFSETS[match["era"]] + int(match["number"])}
        else:
            number = int(match[1])
            years = {2000 + number, ERA_OFFSETS["h"] + number}
            years |= {ERA_OFFSETS["r"] + number} if number <= _LAST_ERA_YEAR else set()
        found.append((match.start(), frozenset(years)))
    named = list(dict.fromkeys(years for _, years in sorted(found, key=lambda item: item[0])))
    if len(named) == 1 and _YEAR_BEFORE.search(text):
        named.append(frozenset(year - 1 for year in named[0]))
    return tuple(named)
