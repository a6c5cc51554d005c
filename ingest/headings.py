"""Which lines are headings, and how deep.

Levels are comparable across families: 第1章 (20) holds 1-1 (30) holds (1) (50) holds ① (60).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.lines import Line, is_open
from ingest.scattered_headers import is_header_line
from rag.text import close_up_blanks, key

_N = "[0-9０-９]"
_KN = "[0-9０-９一二三四五六七八九十]"


_TOO_OFTEN = 4  # a plain line printed so often is a tag or a chart word, not a label
DOCUMENT = 0  # level of the document's own title, which starts everything anew


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    title: str
    lines: int = 1  # a question may be wrapped over several


@dataclass(frozen=True, slots=True)
class Mark:
    """The numbering or symbol a line opens with. `value` is the number, or -1."""

    family: str
    level: int
    value: int
    rest: str  # the line without the mark


_FAMILIES: tuple[tuple[str, int, re.Pattern[str]], ...] = (
    ("part", 10, re.compile(rf"第\s*({_KN}+)\s*[編部](?=$|[\s　～~])[\s　]*(.*)")),
    ("chapter", 20, re.compile(rf"第\s*({_KN}+)\s*章[\s　]*(.*)")),
    ("section", 30, re.compile(rf"第\s*({_KN}+)\s*節[\s　]*(.*)")),
    ("ordinal", 20, re.compile(rf"第\s*({_N}{{1,2}})[\s　]+(\S.*)")),
    ("annex", 20, re.compile(rf"(?:資料|別表|別紙|様式)\s*({_N}{{1,2}})(?:[-－―‐]{_N}+)?[\s　]+(?!{_N}{{4}})(\S.*)")),
    ("sub", 32, re.compile(rf"({_N}{{1,2}})[-－.．]{_N}{{1,2}}[-－.．]{_N}{{1,2}}[.．]?[\s　]+(\S.*)")),
    ("sub", 30, re.compile(rf"{_N}{{1,2}}[-－.．]({_N}{{1,2}})[.．]?[\s　]+(\S.*)")),
    ("number", 25, re.compile(rf"({_N}{{1,2}})(?:[.．、][\s　]*|[\s　]+)(\S.*)")),
    ("question", 22, re.compile(rf"[問Q]\s*({_N}{{1,2}})[\s　.．]+(\S.*)")),
    ("paren", 50, re.compile(rf"[(（]({_N}{{1,2}})[)）][\s　]*(\S.*)")),
    ("kana", 55, re.compile(r"([ア-コ])[\s　]+(\S.*)")),
    ("circled", 60, re.compile(r"([①-⑳])[\s　]*(\S.*)")),
    ("marker", 65, re.compile(r"([■□◆◇●○◯〇◎▼▲▶★☆])[\s　]*(\S.*)")),
    ("bracket", 70, re.compile(r"([【＜〈《])([^】＞〉》]{1,40}[】＞〉》])$")),
)
_BRACKETED_CAPTION = re.compile(rf"【?[図表]\s*{_N}{{1,3}}(?:[-－]{_N}+)?】?[\s　:：.．]\s*\S.{{0,60}}$")
_MARKDOWN = re.compile(r"(#{1,6})[\s　]+(.*\S)")
_BOLD_LABEL = re.compile(r"\*\*([^*0-9０-９]{2,30})\*\*$")
_TOC_ENTRY = re.compile(rf"^(.+?)(?:[\s　.．・…‥]{{3,}}|\t+)[\s　]*-?[\s　]*({_N}{{1,3}})[\s　]*-?$")
_BULLET = re.compile(r"(?:[-*+•・※→⇒➢✓✔✅]|[■□◆◇●○◯〇◎▼▲▶★☆]|[①-⑳])[\s　]*\S|\|")
_WRAPS_ON = re.compile(r"(?:[をはがにでのとや、，・]|および|及び|又は|する|した|して|ため|から|より)$")
_ABOUT = re.compile(r"(?:について|のために|に向けて|とは|ために)$")
_MARKUP = re.compile(r"</?[a-zA-Z]{1,6}\s*/?>|\*\*|~~|`|\]\([^)]*\)|\[(?=[^\]]*\]\()")
_HAS_LETTERS = re.compile(r"[ぁ-んァ-ヶ一-鿿A-Za-z]{2}")
_LABEL_CLASH = re.compile(r"[。、，．：:;；!！?？\t|=＝％%]|\d{3,}|https?:|@|\.$")


def mark_of(text: str) -> Mark | None:
    """The numbering or symbol at the start of a line, if any."""
    for family, level, pattern in _FAMILIES:
        match = pattern.match(text)
        if match:
            return Mark(family, level, _value(match.group(1)), (match.group(2) or "").strip())
    return None


def is_list_item(text: str) -> bool:
    """Whether a line opens with a bullet or a number in the manner of list items."""
    if _BULLET.match(text):
        return True
    mark = mark_of(text)
    return mark is not None and mark.family in {"number", "paren", "circled", "marker", "kana"}


def is_toc_entry(text: str) -> bool:
    """「1 はじめに ....... 3」"""
    return bool(re.search(rf"[.．・…‥]{{4,}}[\s　]*-?[\s　]*{_N}{{1,3}}[\s　]*-?$", text)) or bool(
        re.search(rf"(?:\.\s){{3,}}.*{_N}{{1,3}}$", text)
    )


def clean_title(text: str) -> str:
    """A heading for display: without markup, 「施 策 」 closed up, one blank between words."""
    title = _MARKUP.sub("", text).strip("# \u3000\t")
    return re.sub(r"[\s　]+", " ", close_up_blanks(title)).strip()[:80]


def markdown_levels_are_sound(lines: Sequence[Line]) -> bool:
    """Whether every numbering family has one Markdown depth throughout the document.

    Text recognition assigns depths page by page; then the numbering is the better guide.
    """
    depths: dict[str, set[int]] = {}
    count = 0
    for line in lines:
        match = _MARKDOWN.match(line.text)
        if match and (mark := mark_of(match.group(2))) and mark.family in {"chapter", "sub", "number"}:
            depths.setdefault(mark.family, set()).add(len(match.group(1)))
            count += 1
    return count < 2 or all(len(found) == 1 for found in depths.values())


def document_title(lines: Sequence[Line]) -> str:
    """Key of the first Markdown heading of the first depth, "" if there is none."""
    for line in lines:
        if (match := _MARKDOWN.match(line.text)) and len(match.group(1)) == 1:
            return "" if mark_of(match.group(2)) else key(match.group(2))
    return ""


def toc_levels(lines: Sequence[Line]) -> dict[str, int]:
    """Titles listed in a table of contents (as keys), with their level."""
    levels: dict[str, int] = {}
    run: list[tuple[str, int]] = []
    for line in lines:
        match = _TOC_ENTRY.match(line.text)
        if match and len(match.group(1)) <= 60 and line.gap <= 1:
            title = _MARKUP.sub("", match.group(1)).strip().replace("\t", " ")
            mark = mark_of(title)
            level = mark.level if mark and mark.family != "marker" else 25
            run.append((key(mark.rest if mark and mark.rest else title), level))
            continue
        if len(run) >= 3:
            levels.update(run)
        run = []
    if len(run) >= 3:
        levels.update(run)
    return {title: level for title, level in levels.items() if len(title) >= 3}


def find_headings(
    lines: Sequence[Line],
    skip: frozenset[int],
    toc: Mapping[str, int],
    sound_markdown: bool,
    title: str = "",
) -> dict[int, Heading]:
    """Headings by line index. `skip` names lines that belong to tables or furniture."""
    runs = _list_runs(lines, skip)
    whole = "\n\n".join(["", *(line.text for line in lines), ""])
    found: dict[int, Heading] = {}
    covered = 0
    for index, line in enumerate(lines):
        if index in skip or index < covered or "\t" in line.text:
            continue
        heading = _heading_at(lines, index, runs, toc, sound_markdown, found, skip, whole, title)
        if heading is not None and heading.title:
            found[index] = heading
            covered = index + heading.lines
    return found


def _heading_at(
    lines: Sequence[Line],
    index: int,
    runs: frozenset[int],
    toc: Mapping[str, int],
    sound_markdown: bool,
    found: Mapping[int, Heading],
    skip: frozenset[int],
    whole: str,
    title: str,
) -> Heading | None:
    text = lines[index].text
    if markdown := _MARKDOWN.match(text):
        return _markdown_heading(markdown, sound_markdown, title)
    if is_toc_entry(text):
        return None
    if _BRACKETED_CAPTION.match(text):
        return Heading(72, clean_title(text))
    if (bold := _BOLD_LABEL.match(text)) and not bold.group(1).endswith("。"):
        return Heading(75, clean_title(text))
    if lines[index].opens_page and (page_title := _page_title(lines[index].text)):
        return page_title
    if question := _question(lines, index, skip):
        return question
    mark = mark_of(text)
    if mark is not None:
        return _numbered_heading(lines, index, mark, runs, found)
    level = toc.get(key(text))
    if level is not None and lines[index].gap >= 1:
        return Heading(level, clean_title(text))
    label = _label(lines, index, found, skip)
    if label and whole.count(f"\n{text}\n") >= _TOO_OFTEN:
        return None
    if label and _is_tag(lines, index, whole):
        return None
    return label


def _markdown_heading(match: re.Match[str], sound: bool, document: str) -> Heading:
    depth, title = len(match.group(1)), match.group(2)
    if depth == 1 and key(title) == document:
        return Heading(DOCUMENT, clean_title(title))
    mark = mark_of(clean_title(title))
    if sound:
        return Heading(depth, clean_title(title))
    if mark and mark.family in {"part", "chapter", "ordinal", "annex", "sub", "section"}:
        return Heading(mark.level, clean_title(title))
    if mark and mark.family == "number":
        return Heading(20, clean_title(title))
    if mark and mark.family == "circled":
        return Heading(60, clean_title(title))
    return Heading(40 + depth, clean_title(title))


def _numbered_heading(
    lines: Sequence[Line],
    index: int,
    mark: Mark,
    runs: frozenset[int],
    found: Mapping[int, Heading],
) -> Heading | None:
    text = lines[index].text
    if index in runs or not _HAS_LETTERS.search(mark.rest or text):
        return None
    strong = mark.family in {"part", "chapter", "section", "question"}
    if len(text) > (70 if strong else 42) or re.search(r"[。，．]$|。.", text):
        return None
    if _WRAPS_ON.search(text) and not _ABOUT.search(text) and mark.family != "question":
        return None
    if mark.family == "number":
        if mark.value > 20 or re.match(r"[\d０-９%％]", mark.rest) or "○" in mark.rest:
            return None
        if is_open(lines[index - 1].text) and index and lines[index].gap == 0 and index - 1 not in found:
            return None
        if len(re.findall(r"\d[\d,.]*%?", mark.rest)) >= 3:
            return None
    if mark.family in {"marker", "circled", "kana"} and (len(text) > 36 or re.search("[：、]", text)):
        return None
    if mark.family in {"marker", "number", "circled"}:
        following = mark_of(lines[index + 1].text) if index + 1 < len(lines) else None
        if index + 1 == len(lines) or (following and following.level < mark.level):
            return None
    return Heading(mark.level, clean_title(text))


def _page_title(text: str) -> Heading | None:
    """The title that a page of slides opens with."""
    mark = mark_of(text)
    if mark is not None and mark.family != "marker":
        return None
    title = clean_title(mark.rest if mark else text)
    words = title.split()
    if not 5 <= len(title) <= 50 and not re.search(r"(?:名簿|一覧|次第)$", title):
        return None
    if (_LABEL_CLASH.search(title) and not mark) or title.endswith("。") or (len(words) > 1 and len(title) < 20):
        return None
    if len(title) > 24 and _WRAPS_ON.search(title) and not _ABOUT.search(title):
        return None
    return Heading(20, clean_title(text))


def _question(lines: Sequence[Line], index: int, skip: frozenset[int]) -> Heading | None:
    """A survey question on its own, possibly wrapped: 「…を感じますか？」"""
    if lines[index].gap < 1 or _BULLET.match(lines[index].text):
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


def _is_tag(lines: Sequence[Line], index: int, whole: str) -> bool:
    """A keyword printed behind list items again and again is no heading of the next item."""
    if not index or index + 1 >= len(lines):
        return False
    between_items = all(_BULLET.match(lines[i].text) for i in (index - 1, index + 1))
    return between_items and whole.count(lines[index].text) >= _TOO_OFTEN


def _label(
    lines: Sequence[Line], index: int, found: Mapping[int, Heading], skip: frozenset[int]
) -> Heading | None:
    """A short line on its own before a paragraph, list or table: 「これまでの取り組み」"""
    line = lines[index]
    if not 2 <= len(line.text) <= 24 or line.gap < 1 or index + 1 >= len(lines):
        return None
    if re.fullmatch(r"[(（].*[)）]", line.text) or is_header_line(line.text):
        return None
    if _LABEL_CLASH.search(line.text) or _BULLET.match(line.text) or not _HAS_LETTERS.search(line.text):
        return None
    previous, following = lines[index - 1] if index else None, lines[index + 1]
    if previous is not None and index - 1 not in found and line.gap < 2 and is_open(previous.text):
        return None
    if following.gap < 1 and index + 1 not in skip:
        return None
    if previous is not None and _is_fragment(previous.text, line.text):
        return None
    body = len(following.text) >= 30 or following.text.endswith("。") or _BULLET.match(following.text)
    if not body and index + 1 not in skip:
        return None
    return Heading(80, clean_title(line.text))


def _is_fragment(previous: str, text: str) -> bool:
    """A scrap of a chart or of a wrapped cell rather than a label."""
    if re.search(r"(?:^|[\s　])[\d,.]+[%％]?$|^(?:No|選択肢)|[○●]$", previous):
        return True
    return bool(re.search(r"[ァ-ヶー]$", previous)) and bool(re.match(r"[ァ-ヶー]", text))


def _list_runs(lines: Sequence[Line], skip: frozenset[int]) -> frozenset[int]:
    """Lines that are items of a numbered or bulleted list rather than headings."""
    marks = [None if i in skip else mark_of(line.text) for i, line in enumerate(lines)]
    linked: dict[int, set[int]] = {}
    for index, mark in enumerate(marks):
        if mark is None or mark.family in {"part", "chapter", "section", "question", "annex", "bracket"}:
            continue
        partner = _next_item(lines, marks, index, skip)
        if partner is not None:
            linked.setdefault(index, set()).add(partner)
            linked.setdefault(partner, set()).add(index)
    members: set[int] = set()
    for index in linked:
        mark = marks[index]
        assert mark is not None
        needed = 3 if mark.family in {"number", "sub", "ordinal", "kana"} else 2
        if _run_length(index, linked) >= needed:
            members.add(index)
    return frozenset(members)


def _next_item(
    lines: Sequence[Line], marks: Sequence[Mark | None], index: int, skip: frozenset[int]
) -> int | None:
    mark = marks[index]
    assert mark is not None
    between = 0
    reach = 3 if mark.family in {"paren", "circled"} else 2 if mark.family == "marker" else 1
    for later in range(index + 1, min(len(lines), index + 1 + reach)):
        if later in skip or _MARKDOWN.match(lines[later].text):
            return None
        other = marks[later]
        if other is not None and other.family == mark.family:
            same = other.value == mark.value + 1 if mark.family != "marker" else other.value == mark.value
            return later if same else None
        # Only a wrapped tail or one short sentence may stand between two items of a list.
        if other is not None and other.family != "bracket":
            return None
        between += len(lines[later].text)
        if between > 90 or (mark.family == "marker" and lines[later].gap > 0):
            return None
    return None


def _run_length(index: int, linked: Mapping[int, set[int]]) -> int:
    seen, stack = {index}, [index]
    while stack and len(seen) < 4:
        for neighbour in linked.get(stack.pop(), ()):
            if neighbour not in seen:
                seen.add(neighbour)
                stack.append(neighbour)
    return len(seen)


def _value(text: str) -> int:
    if text[0] in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳":
        return ord(text[0]) - ord("①") + 1
    if re.fullmatch(f"{_N}+", text):
        return int(text)
    kanji = "一二三四五六七八九十"
    if text in kanji:
        return kanji.index(text) + 1
    return ord(text[0])
