"""Japanese tokenisation with fugashi and unidic-lite, in pieces that MeCab survives.

MeCab needs quadratic time on long runs of one script, crashes on lines of 200,000 characters, and
holds up every other thread while it works, so that text is handed over in pieces of at most 1,000
characters: 5 ms at the worst. Chunks are shorter.
"""

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fugashi import Tagger, UnidicNode

from rag.text import normal, normalise

TOKENIZER_VERSION = "fugashi-1.5.2/unidic-lite-1.0.8/1"
MAX_PIECE_CHARACTERS = 1_000

_PIECE_END = re.compile(r"[\n。、]")
# Identifiers and numbers stay whole: 10104, 3,969, 6.40, ict-bcp, 2021.8.3
_IDENTIFIER = re.compile(r"[0-9]+(?:,[0-9]{3})+(?:\.[0-9]+)?|[a-z0-9]+(?:[-_.&/+#][a-z0-9]+)*")
_SKIPPED = frozenset(["助詞", "助動詞", "補助記号", "空白", "記号"])
_LIGHT_VERBS = frozenset(
    ["為る", "居る", "有る", "成る", "言う", "下さる", "出来る", "事", "物", "此れ", "其れ"]
)
_WORD_CHARACTERS = re.compile(r"[^\W_]+")

_MAX_ENTRIES = 10_000  # some 5 MB

_tagger_lock = threading.Lock()
# What the dictionary says, by word and line; only touched under the lock.
_entries: dict[tuple[str, str], tuple[str, str, str, str]] = {}


class Token(NamedTuple):  # three million of them in a rebuild; a dataclass is made slowly
    surface: str
    lemma: str
    pos: str  # 品詞大分類 of UniDic; "英数" for identifiers and numbers
    pos2: str
    reading: str
    start: int  # range in the normalised text
    end: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Index terms of one text, in text order, with repetitions."""

    surface: list[str]
    lemma: list[str]
    bigram: list[str]


@lru_cache(maxsize=1)
def _tagger() -> Tagger:
    return Tagger()


def _pieces(text: str) -> list[tuple[int, str]]:
    pieces: list[tuple[int, str]] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + MAX_PIECE_CHARACTERS)
        if end < len(text):
            cut = max((m.end() for m in _PIECE_END.finditer(text, start, end)), default=end)
            end = cut if cut > start else end
        pieces.append((start, text[start:end]))
        start = end
    return pieces


def tokenise(normalised: str) -> list[Token]:
    """All tokens of an already normalised text, punctuation and particles included."""
    tokens: list[Token] = []
    for offset, piece in _pieces(normalised):
        cursor = 0
        for match in _IDENTIFIER.finditer(piece):
            tokens.extend(_words(piece[cursor : match.start()], offset + cursor))
            term = match.group().replace(",", "")
            tokens.append(
                Token(term, term, "英数", "", "", offset + match.start(), offset + match.end())
            )
            cursor = match.end()
        tokens.extend(_words(piece[cursor:], offset + cursor))
    return tokens


def _words(text: str, offset: int) -> list[Token]:
    if not text.strip():
        return []
    tokens: list[Token] = []
    position = 0
    with _tagger_lock:
        words = [(node.surface, *_entry_of(node)) for node in _tagger()(text)]
    for surface, lemma, pos, pos2, reading in words:
        at = text.find(surface, position)
        start = at if at >= 0 else position
        position = start + len(surface)
        tokens.append(Token(surface, lemma, pos, pos2, reading, offset + start, offset + position))
    return tokens


def _entry_of(node: UnidicNode) -> tuple[str, str, str, str]:
    """Lemma, 品詞大分類, 中分類, reading. Taking its line of the dictionary apart is slow."""
    key = node.surface, node.feature_raw
    entry = _entries.get(key)
    if entry is None:
        if len(_entries) >= _MAX_ENTRIES:
            _entries.clear()
        found = node.feature
        # UniDic writes loanwords as コーヒー-coffee and has no lemma for unknown words.
        base = (found.lemma or node.surface).split("-")[0] or node.surface
        entry = base.lower(), found.pos1 or "", found.pos2 or "", found.kana or ""
        _entries[key] = entry
    return entry


def content_tokens(normalised: str) -> list[Token]:
    """Tokens that carry meaning: no particles, auxiliaries, marks and light verbs."""
    return [
        token
        for token in tokenise(normalised)
        if token.pos not in _SKIPPED and token.lemma not in _LIGHT_VERBS
    ]


def bigrams(normalised: str) -> list[str]:
    """Character bigrams of every run of letters, blanks closed up; identifiers whole as well."""
    terms: list[str] = []
    for run in _WORD_CHARACTERS.findall(
        re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", normalised)
    ):
        if len(run) == 1:
            terms.append(run)
        terms.extend(run[i : i + 2] for i in range(len(run) - 1))
    return terms


def analyse(text: str) -> Tokens:
    """Index terms of `text` in the three lexical channels."""
    normalised = normalise(text).text
    content = content_tokens(normalised)
    return Tokens(
        surface=[token.surface for token in content],
        lemma=[token.lemma for token in content],
        bigram=bigrams(normalised),
    )


def terms_of(text: str, channel: str) -> list[str]:
    """As `analyse`, one channel alone: the tokeniser has nothing to do for "bigram"."""
    normalised = normal(text)
    if channel == "bigram":
        return bigrams(normalised)
    return [getattr(token, channel) for token in content_tokens(normalised)]
