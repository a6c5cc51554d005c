"""Other words for the asker's words: a dictionary that a city may edit, and the documents' own.

Four sources: `synonyms.tsv` beside this module, a file of that name in the data folder, the names
learned from the documents (`rag/glossary.py`), and spellings of one word (`rag/variants.py`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from rag.glossary import Glossary, stands_in
from rag.question import Question
from rag.text import key
from rag.variants import spellings_within

Dictionary = Mapping[str, tuple[str, ...]]

_SEPARATOR = re.compile(r"[\t\u3000]| {2,}")


@dataclass(frozen=True, kw_only=True)
class OtherWords:
    """What one city adds to the common dictionary."""

    dictionary: Dictionary = field(default_factory=dict)  # of the data folder
    glossary: Glossary = field(default_factory=Glossary)  # learned from the documents


@lru_cache(maxsize=1)
def dictionary() -> Dictionary:
    """Word → words that documents use instead, all in the normalised form."""
    text = files("rag").joinpath("synonyms.tsv").read_text("utf-8")
    return MappingProxyType(read_dictionary(text.splitlines()))


def read_dictionary(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The entries of a dictionary file; comments, empty and unreadable lines are passed over.

    A line is a word, a tab and its other words between blanks; or "=" and words of which each
    stands for each other. Words that occur in several lines keep all their other words.
    """
    entries: dict[str, dict[str, None]] = {}
    for line in lines:
        for word, others in _entries(line.strip("\ufeff\r\n")):
            if word:
                known = entries.setdefault(word, {})
                known.update(dict.fromkeys(other for other in others if other and other != word))
    return {word: tuple(others) for word, others in entries.items() if others}


def _entries(line: str) -> Iterator[tuple[str, list[str]]]:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    if line.startswith(("=", "＝")):
        group = [key(word) for word in line[1:].split()]
        yield from ((word, group) for word in group)
        return
    word, *rest = _SEPARATOR.split(line.strip(), maxsplit=1)
    yield key(word), [key(other) for part in rest for other in part.split()]


def alternatives(
    question: Question, other_words: OtherWords | None = None
) -> dict[str, tuple[str, ...]]:
    """For each dictionary word that the question uses, the words documents may use instead."""
    text = key(question.normalised)
    words = {*question.terms, *question.words}
    found = dict(_common(text, frozenset(words)))
    for word, others in spellings_within(text, words).items():
        found[word] = tuple(dict.fromkeys((*found.get(word, ()), *others)))
    if other_words:
        for word, others in _used(other_words.dictionary, text, words):
            found[word] = tuple(dict.fromkeys((*others, *found.get(word, ()))))
        for word, others in other_words.glossary.within(text, words).items():
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *others)))
    return found


@lru_cache(maxsize=256)  # a question looks several times: for each search, and for its terms
def _common(text: str, words: frozenset[str]) -> Dictionary:
    return MappingProxyType(dict(_used(dictionary(), text, words)))


def _used(entries: Dictionary, text: str, words: Set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    # Short words must be words of their own; longer ones may stand inside a compound.
    for word, others in entries.items():
        if (
            word in words
            or (len(word) >= 3 and word in text and stands_in(text, word))
            or ((stem := _stem(word)) and stem in text)
        ):
            yield word, others


# 終止形 → 連用形; of る both kinds.
_CONTINUATIVE = {
    "う": "い",
    "く": "き",
    "ぐ": "ぎ",
    "す": "し",
    "つ": "ち",
    "ぶ": "び",
    "む": "み",
    "る": "",
}
_COMPOUND_VERB = re.compile(r"[一-鿿][ぁ-ん]{1,2}[一-鿿][ぁ-ん]*[うくぐすつぶむる]")


@lru_cache(maxsize=4_096)
def _stem(word: str) -> str:
    """「言い出し」 of 「言い出す」, compound verbs that the tokeniser takes for two words; else ""."""
    if not _COMPOUND_VERB.fullmatch(word):
        return ""
    return word[:-1] + _CONTINUATIVE[word[-1]]


def expand(question: Question, other_words: OtherWords | None = None) -> list[str]:
    """Words to add to the lexical query: none that the question already has."""
    text = key(question.normalised)
    found = alternatives(question, other_words).values()
    added = (other for others in found for other in others)
    return list(dict.fromkeys(other for other in added if not stands_in(text, other)))
