"""The words that count (件, 人, 手続き…): one spelling for those that mean the same."""

import re

_ONE_SPELLING = {
    "名": "人",
    "パーセント": "%",
    "手続き": "手続",
    "か所": "箇所",
    "カ所": "箇所",
    "ヶ所": "箇所",
    "ヵ所": "箇所",
    "キロ": "キロメートル",
    "ヶ月": "か月",
}
_SPELLINGS = {
    "人": "[人名]",
    "%": "(?:%|パーセント)",
    "手続": "手続き?",
    "箇所": "[箇かカヶヵ]所",
    "か月": "[か箇カヶ]月",
    "キロメートル": "キロ(?:メートル)?(?!グラム)",
}


ANY_COUNTER = (
    "手続き?|事業|施設|時間|か所|箇所|%|千円|百万円|億円|円|[人名件台回枚本校社団位票世歳]"
)

# Things that are counted by their own name: 「70の個別事業」「54のシナリオ」 count 事業 and シナリオ.
_NAMES_A_THING = re.compile(r"手続|事業|施設|業務|団体|項目|種類|課題|[ァ-ヶー]{3,}")
_BEFORE_THE_THING = "(?:の(?:[一-鿿]{1,4})?)?"


def one_spelling(counter: str) -> str:
    """「名」 counts what 「人」 counts; a counter of its own is returned as it is."""
    return _ONE_SPELLING.get(counter, counter)


def counter_pattern(counter: str) -> str:
    """A regular expression for every spelling of `counter` in normalised text."""
    spelling = one_spelling(counter)
    pattern = _SPELLINGS.get(spelling, re.escape(spelling))
    return f"{_BEFORE_THE_THING}{pattern}" if _NAMES_A_THING.fullmatch(spelling) else pattern
