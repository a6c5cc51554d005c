"""Which lines are headings, and how deep."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.labels import (
    has_label_shape,
    is_repeated,
    is_tag,
    label_heading,
    page_title,
    question_heading,
    series_key,
    shared_beginnings,
)
from ingest.lines import Line, is_open
from ingest.marks import (
    ABOUT,
    DOCUMENT,
    HAS_LETTERS,
    MARKDOWN,
    WRAPS_ON,
    Heading,
    Mark,
    clean_title,
    is_toc_entry,
    mark_of,
)
from ingest.outline import Outline
from rag.text import key

_N = "[0-9０-９]"
_SERIES = 22  # level of 「取組① …」「取組② …」
_WEAK = 64  # headings from this level on may be the second of two labels in a row
_FIGURE_CAPTION = re.compile(
    rf"【?[図表]\s*{_N}{{1,3}}(?:[-－]{_N}+)?】?[\s　:：.．]\s*\S.{{0,60}}$"
)
_BOLD_LABEL = re.compile(r"\*\*([^*0-9０-９]{2,30})\*\*$")


def find_headings(
    lines: Sequence[Line], skip: frozenset[int], outline: Outline
) -> dict[int, Heading]:
    """Headings by line index. `skip` names lines that belong to tables or notes."""
    runs = _list_runs(lines, skip)
    counts = Counter(line.text for line in lines)
    found: dict[int, Heading] = {}
    covered = 0
    for index, line in enumerate(lines):
        if index in skip or index < covered or "\t" in line.text:
            continue
        heading = _marked_heading(lines, index, runs, outline, found, skip)
        if heading is None and mark_of(line.text) is None:
            heading = _plain_heading(lines, index, outline, found, skip, counts)
        if heading is not None and heading.title:
            found[index] = heading
            covered = index + heading.lines
    _add_series(lines, skip, found)
    _add_labels_above(lines, skip, found, counts)
    return found


def _add_series(lines: Sequence[Line], skip: frozenset[int], found: dict[int, Heading]) -> None:
    shared = shared_beginnings(lines)
    for index, line in enumerate(lines):
        weak = index not in found or found[index].level > _WEAK
        if weak and index not in skip and series_key(line.text) in shared:
            found[index] = Heading(_SERIES, clean_title(line.text))


def _add_labels_above(
    lines: Sequence[Line], skip: frozenset[int], found: dict[int, Heading], counts: Counter[str]
) -> None:
    """A label right above a weak heading is a heading too."""
    for index in reversed(range(len(lines) - 1)):
        below = found.get(index + 1)
        if index in found or index in skip or below is None or below.level < _WEAK:
            continue
        text = lines[index].text
        if has_label_shape(lines, index, found) and not is_repeated(text, counts):
            found[index] = Heading(_WEAK + 1, clean_title(text))


def _marked_heading(
    lines: Sequence[Line],
    index: int,
    runs: frozenset[int],
    outline: Outline,
    found: Mapping[int, Heading],
    skip: frozenset[int],
) -> Heading | None:
    """A heading by Markdown, caption, question mark or number."""
    text = lines[index].text
    if markdown := MARKDOWN.match(text):
        return _markdown_heading(markdown, outline)
    if is_toc_entry(text):
        return None
    if _FIGURE_CAPTION.match(text):
        return Heading(72, clean_title(text))
    if (bold := _BOLD_LABEL.match(text)) and not bold.group(1).endswith("。"):
        return Heading(75, clean_title(text))
    if lines[index].opens_page and (title := page_title(text)):
        return title
    if asked := question_heading(lines, index, skip):
        return asked
    mark = mark_of(text)
    return _numbered_heading(lines, index, mark, runs, found) if mark else None


def _plain_heading(
    lines: Sequence[Line],
    index: int,
    outline: Outline,
    found: Mapping[int, Heading],
    skip: frozenset[int],
    counts: Counter[str],
) -> Heading | None:
    """A heading known from the contents, or a label on a line of its own."""
    text = lines[index].text
    if is_toc_entry(text):
        return None
    level = outline.contents.get(key(text))
    if level is not None and lines[index].gap >= 1:
        return Heading(level, clean_title(text))
    label = label_heading(lines, index, found, skip)
    if label is None or is_repeated(text, counts) or is_tag(lines, index):
        return None
    return label


def _markdown_heading(match: re.Match[str], outline: Outline) -> Heading:
    depth, title = len(match.group(1)), match.group(2)
    if depth == 1 and key(title) == outline.title:
        return Heading(DOCUMENT, clean_title(title))
    mark = mark_of(clean_title(title))
    if outline.sound_markdown:
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
    if index in runs or not HAS_LETTERS.search(mark.rest or text):
        return None
    strong = mark.family in {"part", "chapter", "section", "question"}
    if len(text) > (70 if strong else 42) or re.search(r"[。，．]$|。.", text):
        return None
    if WRAPS_ON.search(text) and not ABOUT.search(text) and mark.family != "question":
        return None
    if mark.family == "number":
        if mark.value > 20 or re.match(r"[\d０-９%％]", mark.rest) or "○" in mark.rest:
            return None
        if (
            is_open(lines[index - 1].text)
            and index
            and lines[index].gap == 0
            and index - 1 not in found
        ):
            return None
        if len(re.findall(r"\d[\d,.]*%?", mark.rest)) >= 3:
            return None
    if mark.family in {"marker", "circled", "kana"} and (
        len(text) > 36 or re.search("[：、]", text)
    ):
        return None
    if mark.family in {"marker", "number", "circled"}:
        following = mark_of(lines[index + 1].text) if index + 1 < len(lines) else None
        last = index + 1 == len(lines) and mark.family != "number"
        if last or (following and following.level < mark.level):
            return None
    return Heading(mark.level, clean_title(text))


def _list_runs(lines: Sequence[Line], skip: frozenset[int]) -> frozenset[int]:
    """Lines that are items of a numbered or bulleted list rather than headings."""
    marks = [None if i in skip else mark_of(line.text) for i, line in enumerate(lines)]
    linked: dict[int, set[int]] = {}
    for index, mark in enumerate(marks):
        if mark is None or mark.family in {
            "part",
            "chapter",
            "section",
            "question",
            "annex",
            "bracket",
        }:
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
        if later in skip or MARKDOWN.match(lines[later].text):
            return None
        other = marks[later]
        if other is not None and other.family == mark.family:
            same = (
                other.value == mark.value + 1
                if mark.family != "marker"
                else other.value == mark.value
            )
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
