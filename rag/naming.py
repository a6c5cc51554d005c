"""The forms in which a document says that two names mean the same.

Only forms that state an equation are read, and each has a check of its own, because a wrong pair
sends every question with the word to the wrong place. What stands in brackets is more often a
remark than another name.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.acronyms import (
    REMARK,
    first_sound_fits,
    initials_fit,
    is_expansion,
    is_subsequence,
    sounds_like,
)
from rag.text import key
from rag.tokens import tokenise
from rag.types import Chunk


class NameKind(StrEnum):
    ACRONYM = "acronym"  # GIS = 地理情報システム
    READING = "reading"  # Wi-Fi = ワイファイ
    SHORT = "short"  # 以下「推進本部」という
    COMMON = "common"  # 通称, 愛称
    FORMER = "former"  # 旧：ソーシャルメディア推進課


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherName:
    """Two names of one thing, as the documents write them."""

    name: str
    other: str
    kind: NameKind
    chunk_id: str  # where it is said first


def names_in(chunk: Chunk) -> Iterator[OtherName]:
    """Every pair of names that `chunk` states, acronyms behind their words left out."""
    text = _plain(chunk)
    if "(" in text:
        yield from _acronyms(text, chunk.id)
        yield from _short_names(text, chunk.id)
    if "通称" in text or "略称" in text or "愛称" in text:
        yield from _common_names(text, chunk.id)
    if "の略" in text:
        yield from _explained_acronyms(text, chunk)
    if chunk.columns:
        yield from _glossary_row(chunk)
    if "旧" in text or "改正" in text or "改称" in text:
        yield from _former_names(text, chunk.id)


def expansions_in(chunk: Chunk) -> Iterator[OtherName]:
    """「最高情報セキュリティ責任者（CISO）」: acronyms behind their words.

    Weaker than the other forms: 「下水道台帳管理（GIS）」 looks the same and only names a means.
    """
    text = _plain(chunk)
    if "(" in text:
        yield from _expansions(text, chunk.id)


def _plain(chunk: Chunk) -> str:
    # NFKC would make 「4BPR」 of 「④BPR」.
    return unicodedata.normalize("NFKC", re.sub("[①-⑳㉑-㉟❶-❿]", " ", chunk.text))


# An acronym has two capitals at least; 「Plan」 or 「Agriculture」 in brackets is a translation.
_PART = "[a-z0-9.&+-]{0,12}"
_ACRONYM = rf"(?={_PART}[A-Z]{_PART}[A-Z])[A-Za-z0-9][A-Za-z0-9.&+-]{{1,19}}"
_ENGLISH_WORDS = r"[A-Z][A-Za-z-]{0,25}(?:\s{1,3}[A-Za-z][A-Za-z-]{0,25}){1,8}"
_BEFORE = r"(?<![A-Za-z0-9&.・/※-])"
_ACRONYM_FIRST = re.compile(rf"{_BEFORE}({_ACRONYM})(?:※\d*)?\s?\(\s?([^()]{{3,45}}?)\s?\)")
_LATIN_WORD_FIRST = re.compile(
    rf"{_BEFORE}([A-Za-z][A-Za-z0-9.+-]{{2,20}})\s?\(([ァ-ヶー・\s]{{3,30}})\)"
)
_ACRONYM_LAST = re.compile(rf"([一-鿿ァ-ヶー・々]{{4,30}})\(({_ACRONYM})[※\d]*\)")


def _acronyms(text: str, chunk_id: str) -> Iterator[OtherName]:
    for match in _ACRONYM_FIRST.finditer(text):
        acronym, other = match.group(1), " ".join(match.group(2).split())
        if is_expansion(acronym, other):
            yield _name(acronym, other, NameKind.ACRONYM, chunk_id)
    for match in _LATIN_WORD_FIRST.finditer(text):
        word, reading = match.group(1), "".join(match.group(2).split())
        if sounds_like(word, reading):
            yield _name(word, reading, NameKind.READING, chunk_id)


_MUNICIPALITY = re.compile(r"^[一-鿿]{1,5}[市区町村県](?=[一-鿿]{4})")


def _expansions(text: str, chunk_id: str) -> Iterator[OtherName]:
    """「最高情報セキュリティ責任者（CISO）」: the acronym behind its words."""
    for match in _ACRONYM_LAST.finditer(text):
        before = text[: match.start()]
        # The words must be whole: not the end of a longer name or of 「市税の電子申告」.
        if re.search(r"[A-Za-z0-9の]$", before) or REMARK.search(match.group(1)):
            continue
        if not re.search(r"\d", match.group(2)):  # 「NET6」 is the name of a network
            # 「みどり市…」: the kana of a name are outside the match.
            after_kana = re.search(r"[ぁ-ん]$", before) and match.group(1)[0] in "市区町村県"
            words = match.group(1)[1:] if after_kana else _MUNICIPALITY.sub("", match.group(1))
            yield _name(match.group(2), words, NameKind.ACRONYM, chunk_id)


_EXPLAINED = re.compile(
    rf"(?:^|[\s:/(「※*])(?:({_ACRONYM})\s?[:…は]?\s?)?"
    rf"({_ENGLISH_WORDS})\s?(?:\(([ァ-ヶー・\s]{{3,40}})\))?\s?の略(?:称|語)?"
    r"(?:で[、,]?|。|、)\s?((?:[一-鿿ァ-ヶー・々]|の(?=[一-鿿ァ-ヶ])){3,40}?)(?:のこと)?[。)]"
)
_NAMED_BEFORE = re.compile(
    rf"(?:^|[\s:/])({_ACRONYM})[\s:/は、意味]{{0,6}}([一-鿿ァ-ヶー・]{{4,30}})\s?\([A-Z][A-Za-z\s-]{{3,80}}\)の略"
)


def _explained_acronyms(text: str, chunk: Chunk) -> Iterator[OtherName]:
    """「KPI：Key Performance Indicatorの略で、重要業績評価指標。」 and the same in a glossary row."""
    term = _glossary_row_of(chunk)[0]
    term = term if re.fullmatch(_ACRONYM, term) else ""
    for match in _EXPLAINED.finditer(text):
        acronym, english, reading, meaning = match.groups()
        acronym = acronym or term
        if not acronym or not initials_fit(acronym, english):
            continue
        for other in (reading, meaning):
            if other and len(other) >= 3:
                yield _name(acronym, "".join(other.split()), NameKind.ACRONYM, chunk.id)
    for match in _NAMED_BEFORE.finditer(text):
        yield _name(match.group(1), match.group(2), NameKind.ACRONYM, chunk.id)


_TERM_COLUMNS = ("用語", "略語", "略称")
_MEANING_COLUMNS = ("意味", "説明", "解説", "正式名称", "内容")
_BARE_NOUN = re.compile(r"((?:[一-鿿]{3,12})|[ァ-ヶー・]{6,40})(?:のこと)?。")
_SAME_AS = re.compile(
    r"(?:^|。)\s*([一-鿿ァ-ヶーA-Za-z0-9・]{3,30})(?:と同義語?|と同じ意味|ともいう|とも呼ばれる)"
)


def _glossary_row(chunk: Chunk) -> Iterator[OtherName]:
    """「デジタルデバイド｜情報格差。…」: a row whose explanation begins with another name."""
    term, meaning = _glossary_row_of(chunk)
    if not 2 <= len(term) <= 30 or "(" in term:
        return
    first = _BARE_NOUN.match(meaning)
    if first and (not term.isascii() or first_sound_fits(term[0], first.group(1))):
        yield _name(term, first.group(1), NameKind.COMMON, chunk.id)
    same = _SAME_AS.search(meaning)
    if same:
        yield _name(term, same.group(1), NameKind.COMMON, chunk.id)


def _glossary_row_of(chunk: Chunk) -> tuple[str, str]:
    """Term and explanation of a row of a glossary, without blanks; empty for another row."""
    cells = {
        key(column): "".join(unicodedata.normalize("NFKC", cell).split())
        for column, cell in zip(chunk.columns, chunk.cells, strict=False)
    }
    term = next((cells[column] for column in _TERM_COLUMNS if column in cells), "")
    return term, next((cells[column] for column in _MEANING_COLUMNS if column in cells), "")


_HEREAFTER = re.compile(
    r"([」』]?)\(以下[、,]?\s*(?:「([^」]{2,20})」|『([^』]{2,20})』|([^()「」、。\s]{2,12}?))"
    r"\s*(?:と(?:いう|する|呼ぶ|表記|記載|略)[^()]{0,10})?\)"
)
_QUOTED = re.compile(r"[「『]([^「」『』]{3,40})$")


def _short_names(text: str, chunk_id: str) -> Iterator[OtherName]:
    """「郡山市ＤＸ関連６法活用推進本部（以下「推進本部」という。）」."""
    for match in _HEREAFTER.finditer(text):
        short = next(group for group in match.groups()[1:] if group)
        before = text[: match.start()]
        quoted = _QUOTED.search(before) if match.group(1) else None
        full = quoted.group(1) if quoted else _noun_phrase(before)
        if len(short) < len(full) and _may_be_short(short, full):
            yield _name(short, full, NameKind.SHORT, chunk_id)


def _may_be_short(short: str, full: str) -> bool:
    """Whether `short` names the same beyond this text: 「本市」 or 「法」 do not."""
    flat = key(short)
    if re.match(r"本|当|同|該|各|前|上記", flat) or (len(flat) < 3 and not flat.isascii()):
        return False
    return is_subsequence(flat, key(full)) or bool(re.fullmatch(_ACRONYM, short))


def _noun_phrase(text: str) -> str:
    """The noun phrase at the end of `text`, without what a particle ties to it."""
    tail = re.split(r"[、。「」『』()\n:/]", text[-60:])[-1]
    start = len(tail)
    for token in reversed(tokenise(tail)):
        if token.pos not in ("名詞", "接頭辞", "接尾辞", "英数", "形状詞", "記号", "補助記号"):
            break
        start = token.start
    return tail[start:].strip(" ・◆●○■□※")


_ALSO_KNOWN = re.compile(
    r"(?<=.)\((?:略称|通称|愛称)[:は]?\s*[「『]?([^()「」『』:]{2,30})[」』]?\s*\)"
)
_QUOTED_ALSO = re.compile(
    r"([一-鿿ァ-ヶーA-Za-z0-9・]{3,30})\s?(?:\.{2,}|…+|:|とは[、,]?)\s?「([^」]{2,20})」の(?:通称|略称|愛称)"
)


def _common_names(text: str, chunk_id: str) -> Iterator[OtherName]:
    for match in _ALSO_KNOWN.finditer(text):
        full = _noun_phrase(re.sub(r"\s*\d*\s*$", "", text[: match.start()]))
        other = "".join(match.group(1).split())
        if len(full) >= 3:
            yield _name(other, full, NameKind.COMMON, chunk_id)
    for match in _QUOTED_ALSO.finditer(text):
        yield _name(match.group(2), match.group(1), NameKind.COMMON, chunk_id)


_OFFICE_END = "課|部|室|局|係|センター|事務所|本部|委員会|会議"
_OFFICE = rf"[一-鿿ァ-ヶーA-Za-z0-9・ぁ-ん]{{1,20}}?(?:{_OFFICE_END})"
_FORMER = re.compile(
    rf"([一-鿿ァ-ヶーA-Za-z0-9・]{{1,24}}(?:{_OFFICE_END}))\s*\(?\s*旧[:・ ]?\s*({_OFFICE})\s*(?:\)|$|\n)",
    re.MULTILINE,
)
_RENAMED = re.compile(
    rf"[「『]([^「」『』\n]{{3,30}}(?:{_OFFICE_END}))[」』]\s*(?:→|を|から)\s*[「『]([^「」『』\n]{{3,30}}(?:{_OFFICE_END}))[」』]"
)
_LAST_OFFICE = re.compile(r"(?:課|部|局|室)(?=.)")


def _former_names(text: str, chunk_id: str) -> Iterator[OtherName]:
    """「DX戦略課（旧：ソーシャルメディア推進課）」 and 「組織名改正『Ａ』→『Ｂ』」."""
    for match in _FORMER.finditer(text):
        # 「政策開発部DX戦略課」 stands in a cell for two levels; the name is the last.
        present = _LAST_OFFICE.split(match.group(1))[-1]
        if len(present) >= 3 and present != match.group(2):
            yield _name(present, match.group(2), NameKind.FORMER, chunk_id)
    if re.search(r"改正|改称|名称変更|改組", text):
        for match in _RENAMED.finditer(text):
            yield _name(match.group(2), match.group(1), NameKind.FORMER, chunk_id)


def _name(name: str, other: str, kind: NameKind, chunk_id: str) -> OtherName:
    return OtherName(name=name.strip(), other=other.strip(), kind=kind, chunk_id=chunk_id)
