"""Which lines of a page are furniture: running heads and feet, page numbers, stray marks.

The stored page text is never changed; furniture is only kept out of the chunks.
"""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.lines import Line
from rag.text import key

_PAGE_NUMBER = re.compile(
    r"^[-－—–‐ー〜~\s]*(?:p\.?|page|頁)?\s*[0-9０-９]{1,4}\s*(?:頁|ページ)?(?:\s*[/／]\s*[0-9０-９]{1,4})?[-－—–‐ー〜~\s]*$",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"^[-\s]*[ivxIVX]{1,5}[-\s]*$")
_BEGINNING = 8  # characters, digits masked
_EDGE = 3  # lines at the top and at the bottom where running heads and feet stand
_NOTHING_READABLE = re.compile(r"^[^\w\u3041-\u9fff①-⑳❶-❿■-◯〇×✓✔★☆→←↑↓⇔]+$")


def find_furniture(pages: Sequence[Sequence[Line]]) -> list[frozenset[int]]:
    """Per page the indexes of its furniture lines."""
    heads = _running(pages)
    beginning = _shared_beginning(pages)
    out: list[frozenset[int]] = []
    for lines in pages:
        found = {i for i in _edge_indexes(lines) if _masked(lines[i].text) in heads}
        if beginning and lines and _masked(lines[0].text).startswith(beginning):
            found.add(0)
        if len(pages) > 1:
            found.update(_page_number_indexes(lines, found))
        found.update(i for i, line in enumerate(lines) if _is_stray(line.text))
        out.append(frozenset(found))
    return out


def printed_label(lines: Sequence[Line]) -> str:
    """The printed page number of a page: 「- 12 -」 gives 「12」; empty where there is none."""
    for index in _page_number_indexes(lines, set()):
        match = re.search(r"[0-9０-９]+|[ivxIVX]+", lines[index].text)
        if match:
            return match.group()
    return ""


def _running(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Edge lines, digits masked, that stand on at least three pages and a fifth of all."""
    if len(pages) < 3:
        return frozenset()
    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update(
            {_masked(lines[i].text) for i in _edge_indexes(lines) if len(lines[i].text) <= 80}
        )
    needed = max(3, len(pages) // 8)
    return frozenset(text for text, count in counts.items() if count >= needed and len(text) >= 2)


def _shared_beginning(pages: Sequence[Sequence[Line]]) -> str:
    """How the first line of most pages begins: a head of the document's and the chapter's name
    changes behind the first of the two."""
    counts = Counter(_masked(lines[0].text)[:_BEGINNING] for lines in pages if lines)
    if not counts:
        return ""
    text, count = counts.most_common(1)[0]
    return text if count >= max(4, len(pages) // 2) and len(text) == _BEGINNING else ""


def _edge_indexes(lines: Sequence[Line]) -> list[int]:
    count = len(lines)
    top = [i for i in range(min(_EDGE - 1, count)) if "\t" not in lines[i].text]
    bottom = [i for i in range(max(0, count - _EDGE + 1), count) if "\t" not in lines[i].text]
    return sorted({*top, *bottom})


def _masked(text: str) -> str:
    return re.sub(r"[0-9]+", "#", key(text))


def _page_number_indexes(lines: Sequence[Line], found: set[int]) -> list[int]:
    """A lone number at the very bottom or top, running heads aside."""
    remaining = [i for i in range(len(lines)) if i not in found]
    for index in (remaining[-1:], remaining[:1]):
        if index and (
            _PAGE_NUMBER.match(lines[index[0]].text) or _ROMAN.match(lines[index[0]].text)
        ):
            return index
    return []


def _is_stray(text: str) -> bool:
    """Rules and bullets with nothing behind them: 「---」, 「・」."""
    return bool(_NOTHING_READABLE.match(text)) and "\t" not in text
