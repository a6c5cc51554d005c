"""All rules for Japanese text: normalising, joining wrapped lines, cutting sentences.

Stored text is never rewritten. Whatever these functions change, they return together with the
source index of every character, so that a range of the changed text leads back to an exact
range of the stored text.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

# Invisible characters that split words for a search engine but not for a reader: zero-width
# blanks, soft hyphen, direction marks, variation selectors and tag characters.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
_CLUSTER = re.compile("[\\s\\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")
# Runs that NFKC leaves as they are, one character for one: taken whole for speed.
_STABLE = re.compile(
    "(?:[\\x00-\\x7e\u3001-\u3003\u3005-\u3017\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff]"
    "(?![\u0300-\u036f\u3099\u309a\uff9e\uff9f]))+"
)
_ONE_KIND = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-") | dict.fromkeys(map(ord, "〜～∼"), "~")
_OF_SEVERAL_KINDS = re.compile("[‐‑‒–—―−﹣－〜～∼]")  # looked for, which is sooner than replacing

# Text recognition now and then writes Cyrillic letters into Japanese or Latin words. Beside kana
# they stand for the sound (デバйд), inside a Latin word for the letter they look like.
_CYRILLIC_SOUND = dict(
    zip("абвгдезийклмнопрстуфхя", "アブヴグドエズイイクルムンオプルストウフハヤ", strict=True)
)
_CYRILLIC_LOOK = dict(zip("асеорхукмнтв", "aceopxykmhtb", strict=True))

JAPANESE = r"\u3005-\u3007\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_SINGLE = r"[\u3005-\u3007\u3041-\u30fa\u30fc\u3400-\u9fff\uf900-\ufaff０-９0-9（）「」、。]"
_LETTER_SPACED = re.compile(rf"(?<!\w)(?:{_SINGLE}[ \u3000]+){{2,}}{_SINGLE}(?!\w)")
_DIGITS_ONLY = re.compile("[0-9０-９ \u3000]+")


@dataclass(frozen=True, slots=True)
class MappedText:
    """Text derived from a source. `offsets[i]` is the source index of `text[i]`.

    `offsets` has one entry more than `text`: the end of the source range covered. `wide` has the
    end of each source character that carries marks of its own (ﾊﾟ is two), by its start.
    """

    text: str
    offsets: tuple[int, ...]
    wide: Mapping[int, int] = field(default_factory=dict)

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        """The smallest source range that holds `text[start:end]` (start < end)."""
        last = self.offsets[end - 1]
        return self.offsets[start], self.wide.get(last, last + 1)


def clean(text: str) -> str:
    """Text that every library here survives: no NUL, no lone surrogates, NEL and CR as LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x00", "")
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def normalise(text: str) -> MappedText:
    """The search form: NFKC, lower case, no invisible characters, one kind of dash and wave."""
    if text.isascii():
        return MappedText(text.lower(), tuple(range(len(text) + 1)))
    out: list[str] = []
    offsets: list[int] = []
    wide: dict[int, int] = {}
    position = 0
    while position < len(text):
        stable = _STABLE.match(text, position)
        if stable:
            out.append(stable.group().lower())
            offsets.extend(range(position, stable.end()))
            position = stable.end()
            continue
        match = _CLUSTER.match(text, position)
        assert match is not None
        position = match.end()
        if position - match.start() > 1:
            wide[match.start()] = position
        form = _search_form(match.group())
        out.append(form)
        offsets.extend([match.start()] * len(form))
    offsets.append(len(text))
    return MappedText(_finished("".join(out)), tuple(offsets), wide)


def _finished(text: str) -> str:
    """One kind of dash and wave, and no Cyrillic letters in place of others."""
    if _OF_SEVERAL_KINDS.search(text):
        text = text.translate(_ONE_KIND)
    return _repair_homoglyphs(text)


@lru_cache(maxsize=8_192)
def _search_form(cluster: str) -> str:
    if _INVISIBLE.match(cluster):
        return ""
    # A few ligatures expand to a sentence; the search form must not grow without bound.
    return unicodedata.normalize("NFKC", cluster).lower()[:8]


@lru_cache(maxsize=32_768)
def normal(text: str) -> str:
    """`normalise(text).text`, remembered. No places are noted, which takes half of the time."""
    if text.isascii():
        return text.lower()
    out: list[str] = []
    position = 0
    while position < len(text):
        stable = _STABLE.match(text, position)
        if stable:
            out.append(stable.group().lower())
        else:
            stable = _CLUSTER.match(text, position)
            assert stable is not None
            out.append(_search_form(stable.group()))
        position = stable.end()
    return _finished("".join(out))


def _repair_homoglyphs(text: str) -> str:
    if not _CYRILLIC.search(text):
        return text
    characters = list(text)
    following = ""  # the next letter of another script, for each place, found from the end
    afters = [""] * len(characters)
    for index in range(len(characters) - 1, -1, -1):
        afters[index] = following
        if not "\u0400" <= characters[index] <= "\u04ff":
            following = characters[index]
    for index, character in enumerate(characters):
        if not "\u0400" <= character <= "\u04ff":
            continue
        before = characters[index - 1] if index else ""
        after = afters[index]
        if _KANA.match(before or " ") or _KANA.match(after or " "):
            characters[index] = _CYRILLIC_SOUND.get(character, character)
        elif any(letter.isascii() and letter.isalpha() for letter in (before, after)):
            characters[index] = _CYRILLIC_LOOK.get(character, character)
    return "".join(characters)


@lru_cache(maxsize=32_768)
def key(text: str) -> str:
    """Normalised text without white space: equal keys read the same."""
    return "".join(normal(text).split())


def mapped_key(text: str) -> MappedText:
    """As `key`, with the source index of every character."""
    mapped = normalise(text)
    kept = [i for i, character in enumerate(mapped.text) if not character.isspace()]
    return MappedText(
        "".join(mapped.text[i] for i in kept),
        (*(mapped.offsets[i] for i in kept), mapped.offsets[-1]),
        mapped.wide,
    )


def find_key(haystack: str, needle: str) -> tuple[int, int] | None:
    """The range of `haystack` that reads the same as `needle`, ignoring blanks and width."""
    mapped, wanted = mapped_key(haystack), key(needle)
    at = mapped.text.find(wanted) if wanted else -1
    return None if at < 0 else mapped.source_range(at, at + len(wanted))


def close_up_blanks(text: str) -> str:
    """「施 政 方 針」 as 「施政方針」; blanks between ordinary words stay.

    Only runs of three or more single characters are closed up, so that 「馬場 章光」 and
    「市民課 市民部」 keep their blank; runs of digits alone are columns of figures (「3 5 7」).
    """
    out, cursor = "", 0
    for start, end in _letter_spaced(text):
        out += text[cursor:start] + re.sub(r"[ \u3000]+", "", text[start:end])
        cursor = end
    return out + text[cursor:]


def _letter_spaced(text: str) -> Iterator[tuple[int, int]]:
    for match in _LETTER_SPACED.finditer(text):
        if not _DIGITS_ONLY.fullmatch(match.group()):
            yield match.span()


_BULLET = re.compile(
    r"[ \t\u3000]*(?:[-*+•●○◯◎◆◇■□▪▶►▼▲△★☆✓✔※⇒→・◦〇]|[①-⑳㉑-㉟❶-❿]|[(（]?[0-9０-９]{1,3}[)）.．]|"
    r"[(（][ア-ンa-zA-Z一二三四五六七八九十]{1,2}[)）]|第[0-9０-９一二三四五六七八九十]+|#{1,6}\s|\||【|<li>)"
)
_MARKUP = re.compile(
    r"</?(?:ul|ol|li|u|b|i|p|em|strong|br|sup|sub|span|div)(?:\s[^<>\n]{0,200})?/?>|\*\*|\]\([^)\s]{0,500}\)|\[(?=[^\]\n]{1,80}\]\()|^#{1,6}\s+|\^\{([^{}]{1,6})\}",
    re.IGNORECASE | re.MULTILINE,
)
_LIST_ITEM = re.compile(r"<li\b|<br\b|<p\b", re.IGNORECASE)
_ENDS_OPEN = re.compile(r"[ぁ-ゖ、，,・（(「『【〈《ー]$|[^。．!?！？」』）)】]$")
_CONTINUES = re.compile(r"^[ぁ-ゖ、。，．）」』】〉》ー」]")
# Of a line of a table of contents: it repeats a heading and answers nothing.
DOT_LEADERS = re.compile(r"(?:[.．…‥・]\s?){8,}|…{3,}")
_FULL_WIDTH = 32
_WRAP_WIDTH = 22  # shorter lines are labels rather than wrapped prose


def join_lines(raw: str) -> MappedText:
    """Raw text as it would be read aloud: wrapped lines joined, markup removed, blanks closed up.

    Line breaks remain between list items, table rows, paragraphs and labels.
    """
    out: list[str] = []
    offsets: list[int] = []

    def put(text: str, at: int) -> None:
        for character in text:
            out.append(character)
            offsets.append(at)

    position = 0
    previous = ""  # the last line put, stripped
    blank_between = False
    for line in raw.split("\n"):
        start, position = position, position + len(line) + 1
        stripped = line.strip(" \u3000\r\f\v")
        if not stripped:
            blank_between = True
            continue
        indent = line.find(stripped)
        if out:
            separator = _separator(previous, stripped, blank_between)
            put(separator, start)
        blank_between = False
        _put_line(stripped, start + indent, out, offsets)
        previous = stripped
    offsets.append(len(raw))
    return _close_up_mapped(MappedText("".join(out), tuple(offsets)))


def _separator(previous: str, line: str, blank_between: bool) -> str:
    if "\t" in previous or "\t" in line or _BULLET.match(line) or DOT_LEADERS.search(previous):
        return "\n"
    joins = bool(_CONTINUES.match(line)) or (
        bool(_ENDS_OPEN.search(previous))
        and (len(previous) >= _WRAP_WIDTH or bool(re.search(r"[ぁ-ゖ、・（「『]$", previous)))
    )
    # Extraction puts empty lines inside sentences, but only between lines of full width.
    if not joins or (blank_between and len(previous) < _FULL_WIDTH):
        return "\n"
    latin = (
        previous[-1:].isascii()
        and previous[-1:].isalnum()
        and line[:1].isascii()
        and line[:1].isalnum()
    )
    return " " if latin else ""


def _put_line(line: str, at: int, out: list[str], offsets: list[int]) -> None:
    cursor = 0
    for match in _MARKUP.finditer(line):
        for index in range(cursor, match.start()):
            out.append(line[index])
            offsets.append(at + index)
        if _LIST_ITEM.match(match.group()) and out and out[-1] not in "\n\t":
            out.append("\n")
            offsets.append(at + match.start())
        elif match.group(1):
            for index in range(match.start(1), match.end(1)):
                out.append(line[index])
                offsets.append(at + index)
        cursor = match.end()
    for index in range(cursor, len(line)):
        out.append(line[index])
        offsets.append(at + index)


_BEFORE_LATIN = re.compile(rf"(?<=[{JAPANESE}、。（）]) (?=[0-9A-Za-z])")
# Not after a number that opens a line: 「13 都市整備部長」 is a row with its number.
_AFTER_LATIN = re.compile(
    rf"(?:(?<=[{JAPANESE}、。（）])|(?<=[{JAPANESE}、。（）] ))[0-9A-Za-z][0-9A-Za-z.,%-]*( )(?=[{JAPANESE}、。（）])"
)


def _close_up_mapped(mapped: MappedText) -> MappedText:
    drop: set[int] = set()
    for start, end in _letter_spaced(mapped.text):
        drop.update(i for i in range(start, end) if mapped.text[i] in " \u3000")
    # 「2015年 3月」「庁内の RPA の」: a blank between Japanese and Latin is typesetting, no word gap.
    drop.update(match.start() for match in _BEFORE_LATIN.finditer(mapped.text))
    drop.update(match.start(1) for match in _AFTER_LATIN.finditer(mapped.text))
    if not drop:
        return mapped
    kept = [i for i in range(len(mapped.text)) if i not in drop]
    return MappedText(
        "".join(mapped.text[i] for i in kept),
        (*(mapped.offsets[i] for i in kept), mapped.offsets[-1]),
    )


_OPENING = "「『（(【〈《"
_CLOSING = "」』）)】〉》"


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Ranges of the sentences in `text`, in order, without surrounding white space.

    A sentence ends after 。！？ outside brackets and at a line break. Brackets that never close
    do not swallow the rest: a line break always ends a sentence.
    """
    ranges: list[tuple[int, int]] = []
    start, depth = 0, 0
    for index, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        if character == "\n" or (character in "。！？!?" and depth == 0):
            _append_stripped(ranges, text, start, index + 1)
            start = index + 1
            depth = 0
    _append_stripped(ranges, text, start, len(text))
    return ranges


def _append_stripped(ranges: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        ranges.append((start, end))


def search_text(*parts: str) -> str:
    """The given parts as one normalised text for indexing: a line each, blanks closed up."""
    lines = (close_up_blanks(part) for part in parts if part and part.strip())
    return normalise("\n".join(lines)).text
