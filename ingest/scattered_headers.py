"""Column heads of a blank-separated table, which extraction scatters before and after the rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.lines import Line
from ingest.tables import HEADER_WORDS
from rag.text import close_up_blanks

_WIDE_BLANK = re.compile(r"(?<=[一-鿿ぁ-んァ-ヶ])[ 　]{2,}(?=[一-鿿ぁ-んァ-ヶ](?:[\s　]|$))")
_NOT_A_HEAD = re.compile(r"[。、：:※【】「」%％→●○×△◎]|^\d|^[・■●○◆➢]")
_FAR = 30  # lines over which charts scatter the usual heads of a survey table
_WINDOW = 8  # lines looked at on either side


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """Recovered heads: `lead` labels, then `groups` × `period` = `width` figures."""

    columns: tuple[str, ...] = ()
    lead: int = 1
    width: int = 0
    groups: int = 1
    period: int = 0


def header_tokens(text: str) -> list[str]:
    """The words of a line that can be column heads; empty if the line is something else.

    「所   属 氏  名」 gives 所属 and 氏名.
    """
    if _NOT_A_HEAD.search(text) or len(text) > 70:
        return []
    words = close_up_blanks(_WIDE_BLANK.sub("", text)).split()
    return words if all(len(word) <= 18 for word in words) else []


def is_header_line(text: str) -> bool:
    """Whether most words of the line are usual column heads: 「年度 主な取組み 特記事項」"""
    words = header_tokens(text)
    return len(words) >= 2 and 2 * sum(bool(HEADER_WORDS.match(word)) for word in words) >= len(
        words
    )


def columns_for(lines: Sequence[Line], first: int, last: int, lead: int, width: int) -> HeaderRow:
    """Heads for rows of `lead` label words and `width` figures, found around the rows.

    Only a count that fits exactly is accepted; otherwise no heads at all.
    """
    before = _label_lines(lines, range(first - 1, max(-1, first - 1 - _WINDOW), -1))[::-1]
    after = _label_lines(lines, range(last + 1, min(len(lines), last + 1 + _WINDOW)))
    for line in [*reversed(before), *after]:
        # A label of two or three words is as long as a line of heads and none of them.
        if not any(HEADER_WORDS.match(word) for word in line):
            continue
        if len(line) == width + 1:
            return HeaderRow(tuple(line), 1, width, 1, width)
        if lead > 1 and len(line) == width + lead:
            return HeaderRow(tuple(line), lead, width, 1, width)
    far = [
        *range(first - 1, max(-1, first - _FAR), -1),
        *range(last + 1, min(len(lines), last + _FAR)),
    ]
    for index in sorted(far, key=lambda i: min(abs(i - first), abs(i - last))):
        words = header_tokens(lines[index].text)
        if len(words) == width + 1 and all(HEADER_WORDS.match(word) for word in words):
            return HeaderRow(tuple(words), 1, width, 1, width)
    leaves = _joined_wraps(before)
    if len(leaves) != width:
        return HeaderRow()
    groups = _groups(leaves, after)
    period = width // len(groups) if groups else width
    names = [f"{groups[i // period]} {leaf}" if groups else leaf for i, leaf in enumerate(leaves)]
    for count in dict.fromkeys((lead, 1)):
        labels = next((line for line in after if len(line) == count and line != groups), None)
        if labels:
            return HeaderRow((*labels, *names), count, width, max(1, len(groups)), period)
    return HeaderRow()


def _label_lines(lines: Sequence[Line], indexes: range) -> list[list[str]]:
    found: list[list[str]] = []
    forward = indexes.step > 0
    for index in indexes:
        words = header_tokens(lines[index].text)
        if not words or (forward and lines[index].gap >= 2):
            break
        found.append(words)
        if not forward and lines[index].gap >= 2:
            break
    return found


def _joined_wraps(lines: Sequence[Sequence[str]]) -> list[str]:
    """Heads in order; single words on neighbouring lines are one wrapped head."""
    leaves: list[str] = []
    open_head = False
    for words in lines:
        if len(words) == 1 and open_head:
            leaves[-1] += words[0]
        else:
            leaves.extend(words)
        open_head = len(words) == 1
    return leaves


def _groups(leaves: Sequence[str], after: Sequence[Sequence[str]]) -> list[str]:
    for words in after:
        if 2 <= len(words) < len(leaves) and len(leaves) % len(words) == 0:
            period = len(leaves) // len(words)
            if all(leaves[i] == leaves[i % period] for i in range(len(leaves))):
                return list(words)
    return []
