"""Headings without a number: labels on a line of their own, questions, page titles, series."""

import re
from collections.abc import Mapping, Sequence

from ingest.lines import Line, is_open
from ingest.marks import (
    ABOUT,
    BULLET,
    HAS_LETTERS,
    WRAPS_ON,
    Heading,
    clean_title,
    mark_of,
)
from ingest.scattered_headers import is_header_line

_SERIES_LINE = re.compile(r"(?!#)([^①-⑳。、\t]{3,20}?)[\s　]?[①-⑳][^。①-⑳]{2,24}$")
_LABEL_CLASH = re.compile(r"[。、，．：:;；!！?？\t|=＝％%]|\d{3,}|https?:|@|\.$")
_NEARBY = 300  # lines in which tags repeat
_TOO_OFTEN = 4  # a plain line printed so often is a tag or a chart word, not a label


def question_heading(lines: Sequence[Line], index: int, skip: frozenset[int]) -> Heading | None:
    """A survey question on its own, possibly wrapped: 「…を感じますか？」"""
    if lines[index].gap < 1 or BULLET.match(lines[index].text):
        return None
    last = index
    while (
        not lines[last].text.rstrip(")）0123456789n= (（").endswith(("？", "?"))
        and last + 1 < len(lines)
        and last - index < 3
        and lines[last + 1].gap == 0
        and last + 1 not in skip
    ):
        last += 1
    text = "".join(line.text for line in lines[index : last + 1])
    if not re.search(r"[？?](?:[\s　]*[(（]n=\d+[)）])?$", text) or "。" in text or len(text) > 100:
        return None
    if last + 1 >= len(lines) or (lines[last + 1].gap < 1 and last + 1 not in skip):
        return None
    return Heading(60, clean_title(text), last - index + 1)


def page_title(text: str) -> Heading | None:
    """The title that a page of slides opens with."""
    mark = mark_of(text)
    if mark is not None and mark.family != "marker":
        return None
    title = clean_title(mark.rest if mark else text)
    words = title.split()
    if not 5 <= len(title) <= 50 and not re.search(r"(?:名簿|一覧|次第)$", title):
        return None
    if (
        (_LABEL_CLASH.search(title) and not mark)
        or title.endswith("。")
        or (len(words) > 1 and len(title) < 20)
    ):
        return None
    if len(title) > 24 and WRAPS_ON.search(title) and not ABOUT.search(title):
        return None
    return Heading(20, clean_title(text))


def is_tag(lines: Sequence[Line], index: int) -> bool:
    """A keyword printed behind list items again and again is no heading of the next item."""
    if not index or index + 1 >= len(lines):
        return False
    between_items = all(BULLET.match(lines[i].text) for i in (index - 1, index + 1))
    if not between_items:
        return False
    nearby = lines[max(0, index - _NEARBY) : index + _NEARBY]
    return sum(line.text.count(lines[index].text) for line in nearby) >= _TOO_OFTEN


def label_heading(
    lines: Sequence[Line], index: int, found: Mapping[int, Heading], skip: frozenset[int]
) -> Heading | None:
    """A short line on its own before a paragraph, list or table: 「これまでの取り組み」"""
    following = lines[index + 1] if index + 1 < len(lines) else None
    if following is None or not has_label_shape(lines, index, found):
        return None
    if following.gap < 1 and index + 1 not in skip:
        return None
    body = (
        len(following.text) >= 30 or following.text.endswith("。") or BULLET.match(following.text)
    )
    if not body and index + 1 not in skip:
        return None
    return Heading(80, clean_title(lines[index].text))


def has_label_shape(lines: Sequence[Line], index: int, found: Mapping[int, Heading]) -> bool:
    line = lines[index]
    if not 2 <= len(line.text) <= 24 or line.gap < 1 or is_header_line(line.text):
        return False
    if _LABEL_CLASH.search(line.text) or BULLET.match(line.text) or "\t" in line.text:
        return False
    if not HAS_LETTERS.search(line.text) or re.fullmatch(r"[(（].*[)）]|など|ほか", line.text):
        return False
    if not index:
        return True
    previous = lines[index - 1]
    if index - 1 not in found and line.gap < 2 and is_open(previous.text):
        return False
    return not _is_fragment(previous.text, line.text)


def is_repeated(text: str, counts: Mapping[str, int]) -> bool:
    """Whether the same line stands in the document again and again."""
    return counts[text] >= _TOO_OFTEN


def _is_fragment(previous: str, text: str) -> bool:
    """A scrap of a chart or of a wrapped cell rather than a label."""
    if re.search(r"(?:^|[\s　])[\d,.]+[%％]?$|^(?:No|選択肢)|[○●]$", previous):
        return True
    return bool(re.search(r"[ァ-ヶー]$", previous)) and bool(re.match(r"[ァ-ヶー]", text))


def shared_beginnings(lines: Sequence[Line]) -> frozenset[str]:
    """Beginnings that at least three short lines share, each with its own ①, ②, …"""
    numbers: dict[str, set[str]] = {}
    for line in lines:
        if beginning := series_key(line.text):
            numbers.setdefault(beginning, set()).add(line.text[len(beginning) :].strip()[:1])
    return frozenset(text for text, found in numbers.items() if len(found) >= 3)


def series_key(text: str) -> str:
    match = _SERIES_LINE.match(text)
    return match.group(1) if match else ""
