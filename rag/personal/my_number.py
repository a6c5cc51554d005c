"""個人番号 (12 digits) by form, check digit and what stands around it.

A tenth of all 12-digit numbers has a right check digit, so that the check alone says little: what
is labelled as something else (整理番号, 金額, a time) is let pass, what is labelled as マイナンバー or
stands near the word is one, and the rest is only possibly one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.personal.kinds import Finding, PersonalKind

DIGITS = 12
_KANJI = str.maketrans("〇零○一二三四五六七八九", "000123456789")
# Recognised text has letters for digits, each beside a digit.
_LETTERS = re.compile(
    r"(?<![A-Za-z])[OoIl]{1,4}(?=[0-9])|(?<=[0-9])[OoIl]{1,4}(?![A-Za-z])"
    r"|(?<=[0-9][ -])[Oo](?=[ -][0-9])"
)
_LETTER_DIGITS = str.maketrans("OoIl", "0011")
_RUN = re.compile(r"[0-9]+(?:[\s|│┃・_-]{1,4}[0-9]+)*")
_GROUP = re.compile(r"[0-9]+")
_WORD = re.compile(
    r"マイ[ -]?ナンバー|ﾏｲﾅﾝﾊﾞ[ｰ-]|個\s?人\s?番\s?号|個人識別番号|my ?number", re.IGNORECASE
)
_LABEL = re.compile(
    r"[ぁ-ねは-ん一-龥々ァ-ヴーA-Za-z]{1,10}(?:番号|コード|ナンバー|記号)"
    r"|(?:ID|No\.?|NO\.?|№|ISBN|JAN|URL|SKU|MAC)(?![a-z])|金額|合計|総額|予算額|決算額|日時"
    r"|タイムスタンプ|バーコード|[¥\\$]"
)
_UNIT = re.compile(
    r" ?(?:円|千円|百万円|億円|万円|件|人|名|個|枚|回|株|票|バイト|文字|号|年|月|点|ドル|%|㎡|kWh|kg|km|[KMG]?B|ミリ秒|秒)"
)
_TIME = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d")
_YEARS = re.compile(r"(?:(?:19|20)\d\d){3}")
_LABEL_REACH = 24
_WORD_BEFORE = 300  # a column's head stands far above its numbers
_WORD_AFTER = 60
_NEAR = 40


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    digits: str
    regular: bool  # one number as people write it
    plain: bool  # so regular that it needs no word beside it


def find_my_numbers(text: str) -> Iterator[Finding]:
    """In folded text, in order, without overlaps."""
    digits = _LETTERS.sub(lambda m: m.group().translate(_LETTER_DIGITS), text.translate(_KANJI))
    words = [match.end() for match in _WORD.finditer(text)]
    last = 0
    for run in _RUN.finditer(digits):
        if run.end() - run.start() < DIGITS:
            continue
        groups = [match.span() for match in _GROUP.finditer(digits, run.start(), run.end())]
        for candidate in _candidates(digits, groups):
            if candidate.start < last or _letters_only(text, candidate):
                continue
            kind = _kind(text, candidate, words)
            if kind is not None:
                last = candidate.end
                yield Finding(kind, candidate.start, candidate.end)


def check_digit(first: str) -> int:
    """Of the first 11 digits. 総務省令第85号第5条: 11 minus (sum of digit x weight, mod 11)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(d) * w for d, w in zip(first, weights, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def is_valid(digits: str) -> bool:
    return int(digits[-1]) == check_digit(digits[:-1])


def _candidates(text: str, groups: Sequence[tuple[int, int]]) -> Iterator[_Candidate]:
    """Neighbouring groups of digits with 12 digits together."""
    for first in range(len(groups)):
        total = 0
        for last in range(first, min(first + DIGITS, len(groups))):
            total += groups[last][1] - groups[last][0]
            if total >= DIGITS:
                break
        if total != DIGITS:
            continue
        chosen = groups[first : last + 1]
        between = [text[a[1] : b[0]] for a, b in pairwise(chosen)]
        sizes = [end - start for start, end in chosen]
        before = text[groups[first - 1][1] : chosen[0][0]] if first else ""
        after = text[chosen[-1][1] : groups[last + 1][0]] if last + 1 < len(groups) else ""
        separator = between[0] if between else "-"
        uniform = len(set(between)) <= 1
        alone = separator not in (before, after)
        regular = uniform and sizes in ([12], [4, 4, 4], [1] * 12) and alone
        digits = "".join(text[start:end] for start, end in chosen)
        yield _Candidate(
            chosen[0][0],
            chosen[-1][1],
            digits,
            regular,
            regular and separator in ("-", " "),
        )


def _letters_only(text: str, candidate: _Candidate) -> bool:
    """Whether most of the digits are letters."""
    written = text[candidate.start : candidate.end]
    return sum(character in "OoIl" for character in written) > DIGITS // 3


def _kind(text: str, candidate: _Candidate, words: Sequence[int]) -> PersonalKind | None:
    start, end = candidate.start, candidate.end
    valid = is_valid(candidate.digits)
    before = text[max(0, start - _LABEL_REACH) : start]
    named = max((m.end() for m in _WORD.finditer(before)), default=-1)
    # What a column is called stands a line above and may be any column's.
    line = before.rfind("\n") + 1
    label = max((m.end() for m in _LABEL.finditer(before, line)), default=-1)
    directly = named >= 0 and named >= label
    if directly and candidate.regular and not _UNIT.match(text, end):
        return PersonalKind.MY_NUMBER  # even with a wrong digit: somebody's, misspelt
    if not valid:
        return None
    if directly or (not candidate.regular and _one_between(words, start - _NEAR, start)):
        return PersonalKind.MY_NUMBER
    if label >= 0 or _UNIT.match(text, end) or not candidate.regular:
        return None
    if _one_between(words, start - _WORD_BEFORE, end + _WORD_AFTER):
        return PersonalKind.MY_NUMBER
    if not candidate.plain or _part_of_more(text, start, end):
        return None
    if _TIME.fullmatch(candidate.digits) or _YEARS.fullmatch(candidate.digits):
        return None
    return PersonalKind.POSSIBLE_MY_NUMBER


def _one_between(words: Sequence[int], first: int, last: int) -> bool:
    at = bisect_left(words, first)
    return at < len(words) and words[at] <= last


def _part_of_more(text: str, start: int, end: int) -> bool:
    """Whether letters or signs make it a piece of something longer: an address, a file name."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return any((c.isascii() and c.isalnum()) or c in "/_=.,+@#~" for c in around)
