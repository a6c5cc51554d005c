"""Marks at the start of a line: numbering, bullets and symbols, and the heading they make."""

import re
from dataclasses import dataclass

from rag.text import close_up_blanks

_N = "[0-9０-９]"
_KN = "[0-9０-９一二三四五六七八九十]"

_FAMILIES: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("part", 10, re.compile(rf"第\s*({_KN}+)\s*[編部](?=$|[\s　～~])[\s　]*(.*)")),
    ("chapter", 20, re.compile(rf"第\s*({_KN}+)\s*章[\s　]*(.*)")),
    ("section", 30, re.compile(rf"第\s*({_KN}+)\s*節[\s　]*(.*)")),
    ("ordinal", 20, re.compile(rf"第\s*({_N}{{1,2}})[\s　]+(\S.*)")),
    (
        "annex",
        20,
        re.compile(
            rf"(?:資料|別表|別紙|様式)\s*({_N}{{1,2}})(?:[-－―‐]{_N}+)?[\s　]+(?!{_N}{{4}})(\S.*)"
        ),
    ),
    (
        "sub",
        32,
        re.compile(rf"({_N}{{1,2}})[-－.．]{_N}{{1,2}}[-－.．]{_N}{{1,2}}[.．]?[\s　]+(\S.*)"),
    ),
    ("sub", 30, re.compile(rf"{_N}{{1,2}}[-－.．]({_N}{{1,2}})[.．]?[\s　]+(\S.*)")),
    ("number", 25, re.compile(rf"({_N}{{1,2}})(?:[.．、][\s　]*|[\s　]+)(\S.*)")),
    ("question", 22, re.compile(rf"[問Q]\s*({_N}{{1,2}})[\s　.．]+(\S.*)")),
    ("paren", 50, re.compile(rf"[(（]({_N}{{1,2}})[)）][\s　]*(\S.*)")),
    ("kana", 55, re.compile(r"([ア-コ])[\s　]+(\S.*)")),
    ("circled", 60, re.compile(r"([①-⑳])[\s　]*(\S.*)")),
    ("marker", 65, re.compile(r"([■□◆◇●○◯〇◎▼▲▶★☆])[\s　]*(\S.*)")),
    ("bracket", 70, re.compile(r"([【＜〈《])([^】＞〉》]{1,40}[】＞〉》])$")),
)
BULLET = re.compile(r"(?:[-*+•・※→⇒➢✓✔✅]|[■□◆◇●○◯〇◎▼▲▶★☆]|[①-⑳])[\s　]*\S|\|")
MARKDOWN = re.compile(r"(#{1,6})[\s　]+(.*\S)")
MARKUP = re.compile(r"</?[a-zA-Z]{1,6}\s*/?>|\*\*|~~|`|\]\([^)]*\)|\[(?=[^\]]*\]\()")
HAS_LETTERS = re.compile(r"[ぁ-んァ-ヶ一-鿿A-Za-z]{2}")
WRAPS_ON = re.compile(
    r"(?:[をはがにでのとや、，・]|および|及び|又は|する|した|して|ため|から|より)$"
)
ABOUT = re.compile(r"(?:について|のために|に向けて|とは|ために|はじめに|[終お]わりに|ともに)$")
DOCUMENT = 0  # level of the document's own title, which starts everything anew


@dataclass(frozen=True, slots=True)
class Heading:
    """Levels are comparable across families: 第1章 (20) holds 1-1 (30) holds (1) (50)."""

    level: int
    title: str
    lines: int = 1  # a question may be wrapped over several


@dataclass(frozen=True, slots=True)
class Mark:
    """The numbering or symbol a line opens with. `value` is the number, or a character code."""

    family: str
    level: int
    value: int
    rest: str  # the line without the mark


def mark_of(text: str) -> Mark | None:
    """The numbering or symbol at the start of a line, if any."""
    for family, level, pattern in _FAMILIES:
        match = pattern.match(text)
        if match:
            return Mark(family, level, _value(match.group(1)), (match.group(2) or "").strip())
    return None


def is_list_item(text: str) -> bool:
    """Whether a line opens with a bullet or a number in the manner of list items."""
    if BULLET.match(text):
        return True
    mark = mark_of(text)
    return mark is not None and mark.family in {"number", "paren", "circled", "marker", "kana"}


_LONGEST_ENTRY = 300  # characters of a line in a table of contents


def is_toc_entry(text: str) -> bool:
    """「1 はじめに ....... 3」"""
    # Only the end tells, and on a line of nothing but dots these searches are quadratic.
    text = text[-_LONGEST_ENTRY:]
    return bool(re.search(rf"[.．・…‥]{{4,}}[\s　]*-?[\s　]*{_N}{{1,3}}[\s　]*-?$", text)) or bool(
        re.search(rf"(?:\.\s){{3,}}.*{_N}{{1,3}}$", text)
    )


def clean_title(text: str) -> str:
    """A heading for display: without markup, 「施 策 」 closed up, one blank between words."""
    text = re.sub(rf"第[ 　]*({_KN}+)[ 　]*([編部章節])", r"第\1\2", text)
    title = MARKUP.sub("", text).strip("# \u3000\t")
    return re.sub(r"[\s　]+", " ", close_up_blanks(title)).strip()[:80]


def _value(text: str) -> int:
    if text[0] in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳":
        return ord(text[0]) - ord("①") + 1
    if re.fullmatch(f"{_N}+", text):
        return int(text)
    kanji = "一二三四五六七八九十"
    if text in kanji:
        return kanji.index(text) + 1
    return ord(text[0])
