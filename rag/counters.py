"""The words that count (件, 人, 手続き…): one spelling for those that mean the same."""

import re

_ONE_SPELLING = {
    "名": "人",
    "パーセント": "%",
    "手続き": "手続",
    "か所": "箇所",
    "カ所": "箇所",
    "ヶ所": "箇所",
    "ヶ月": "か月",
}
_SPELLINGS = {
    "人": "[人名]",
    "%": "(?:%|パーセント)",
    "手続": "手続き?",
    "箇所": "[箇かカヶ]所",
    "か月": "[か箇カヶ]月",
}


def one_spelling(counter: str) -> str:
    """「名」 counts what 「人」 counts; a counter of its own is returned as it is."""
    return _ONE_SPELLING.get(counter, counter)


def counter_pattern(counter: str) -> str:
    """A regular expression for every spelling of `counter` in normalised text."""
    spelling = one_spelling(counter)
    return _SPELLINGS.get(spelling, re.escape(spelling))
