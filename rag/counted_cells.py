"""What the bare numbers of a table count: 「34」 under 取り扱い件数 is 34件, 「80」 under 回答数 80人."""

import re
from collections.abc import Sequence

from rag.counters import one_spelling
from rag.text import normal

_WHOLE = re.compile(r"\d[\d,]*")
_SHARE = re.compile(r"\d+(?:\.\d+)?\s*(?:%|パーセント)")
# 「職員数（人）」「金額(単位:千円)」: the head says the unit itself.
_BRACKETED = re.compile(
    r"[(\[](?:単位[:：]?)?(千円|百万円|億円|万円|円|[人名件台回枚校社票世帯箇か所本冊時間日]{1,2})[)\]]"
)
_SCALE = "千|百万|十万|万|億"
_PEOPLE = re.compile(r"者数|員数|人数|人口")
_REPLIES = re.compile(r"回答(?:者)?数|回収数|有効回答")
_NUMBER_OF = re.compile(
    r"(件|世帯|施設|事業|手続|校|団体|箇所|枚|台|回|冊|票|社|種類|時間|日)き?数"
)
# What comes back from a survey is counted as people, sheets or votes, as one likes.
_COUNTS_REPLIES = frozenset({"人", "名", "件", "通", "票", "枚"})
_NO_COUNT = re.compile(r"[率額費]|割合|比$|平均|当たり|あたり|%|順位|増減")


def counter_under(head: str, asked: Sequence[str] = ()) -> str:
    """The counter of a bare whole number under `head`; "" where the head does not tell one.

    `asked` are the units that the question asks for: replies to a survey are 通 for who asks for 通.
    """
    text = re.sub(r"\s+", "", normal(head))
    if match := _BRACKETED.search(text):
        return match.group(1)
    if _NO_COUNT.search(text):
        return ""
    if _REPLIES.search(text):
        return next((unit for unit in asked if unit in _COUNTS_REPLIES), "人")
    if match := _NUMBER_OF.search(text):
        return match.group(1)
    return "人" if _PEOPLE.search(text) else ""


def counter_of_head(head: str, counter: str) -> str | None:
    """In what bare figures below `head` are counted, where that is `counter` or a scale of it.

    「件数」 counts in 件, 「支出額（千円）」 in 千円. An amount whose head names no yen may be in
    thousands of them as well.
    """
    text, spelling = re.sub(r"\s+", "", normal(head)), one_spelling(counter)
    if spelling == "%":
        return "%" if re.search(r"%|率|割合", text) else None
    scaled = re.search(rf"[(\[](?:単位[:：]?)?({_SCALE}){re.escape(spelling)}[)\]]", text)
    if scaled:
        return f"{scaled[1]}{counter}"
    told = counter_under(text, (counter,))
    return told if told and one_spelling(told) == spelling else None


def counts_other(head: str, asked: Sequence[str]) -> bool:
    """Whether the head says that its numbers count something else than `asked`, or are money."""
    if not asked:
        return False
    wanted = {one_spelling(unit) for unit in asked}
    if re.search(r"額|金$", normal(head)) and not wanted & {"円", "%"}:
        return True
    counter = counter_under(head, asked)
    return bool(counter) and one_spelling(counter) not in wanted


def is_replies(head: str) -> bool:
    """Whether the head says that its numbers are those who answered."""
    return bool(_REPLIES.search(normal(head))) and not _NO_COUNT.search(normal(head))


def is_whole(cell: str) -> bool:
    """A cell that is a whole number and nothing else."""
    return bool(_WHOLE.fullmatch(normal(cell).strip()))


def is_share(cell: str) -> bool:
    """A cell that is a percentage and nothing else."""
    return bool(_SHARE.fullmatch(normal(cell).strip()))


def with_counter(cell: str, head: str, asked: Sequence[str] = ()) -> str:
    """The cell as it is read aloud: a bare whole number with what its head counts."""
    return f"{cell}{counter_under(head, asked)}" if is_whole(cell) else cell


def share_beside(heads: Sequence[str], cells: Sequence[str], column: int) -> int | None:
    """The column of the share that belongs to the count in `column`; None where that is not sure.

    The row has one count and one share, and nothing else with a figure.
    """
    figures = [index for index, cell in enumerate(cells) if is_whole(cell) or is_share(cell)]
    others = [index for index in figures if index != column]
    if len(others) != 1 or column not in figures or not is_share(cells[others[0]]):
        return None
    return others[0] if counter_under(heads[column]) else None
