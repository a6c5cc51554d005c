"""Typing errors in a question: a word that no document has, mapped to the one that was meant.

Loanwords and Latin words only: in them a slip gives no other word, while one kanji more or less
does. A word is touched only when it occurs nowhere, is no word of the dictionary, and exactly one
word of the documents is nearest. Numbers and identifiers are never corrected: 10104 and 10140 are
two projects.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.synonyms import dictionary
from rag.text import key, normal
from rag.tokens import tokenise
from rag.variants import folded, repaired

_KATAKANA = re.compile(r"[ァ-ヺ][ァ-ヺー]{2,}")
# No digits: 「ict-bcp」 is looked at, 「a4」 and 「10104」 are not.
_LATIN = re.compile(r"(?<![a-z0-9])[a-z]{5,}(?![a-z0-9])")
_LATIN_ANY = re.compile(r"[a-z][a-z0-9]*")
_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_VOICED = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ",
    "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホウ",
)
_NEAR = 0.5  # cost of a slip in sound: long vowel, small kana, voiced mark
_LONG_WORD = 7  # from here on two slips are allowed
_MAX_WORD = 30
_MAX_RUNS = 8  # words of one question that are looked up


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The loanwords and Latin words of the documents with the number of texts they occur in."""

    counts: Mapping[str, int]
    by_start: Mapping[str, tuple[str, ...]]  # words to compare with, by folded first letter
    by_fold: Mapping[str, tuple[str, ...]]
    together: str  # every word between blanks, to see parts of longer words

    def __contains__(self, word: str) -> bool:
        """Whether the documents have `word`, alone or inside a longer one."""
        return word in self.counts or word in self.together


@dataclass(frozen=True, slots=True)
class Corrected:
    """A question with its typing errors mended, and what was changed (written, meant)."""

    text: str
    changes: tuple[tuple[str, str], ...] = ()


def words_in(texts: Iterable[str]) -> Counter[str]:
    """In how many of the normalised texts (`Chunk.search_text`) each of their words occurs."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({*_KATAKANA.findall(text), *_LATIN_ANY.findall(text)})
    return counts


def vocabulary(read: Iterable[Mapping[str, int]]) -> Vocabulary:
    """The words of several documents together, each given as by `words_in`."""
    counts: Counter[str] = Counter()
    for words in read:
        counts.update(words)
    starts: defaultdict[str, list[str]] = defaultdict(list)
    folds: defaultdict[str, list[str]] = defaultdict(list)
    for word in counts:
        if len(word) <= _MAX_WORD and (_KATAKANA.fullmatch(word) or _LATIN.fullmatch(word)):
            starts[_fold(word)[0]].append(word)
            folds[_fold(word)].append(word)
    return Vocabulary(
        dict(counts),
        {start: tuple(words) for start, words in starts.items()},
        {fold: tuple(words) for fold, words in folds.items()},
        " ".join(counts),
    )


def correct_question(text: str, known: Vocabulary, own_words: Collection[str] = ()) -> Corrected:
    """`text` with look-alike letters and typing errors mended; as it is when there are none.

    `own_words` are right as they are written, whatever the documents say.
    """
    normalised = normal(text)
    mended = repaired(normalised, known.__contains__)
    changes = _changed_runs(normalised, mended)
    normalised = mended
    runs = dict.fromkeys((*_KATAKANA.findall(normalised), *_LATIN.findall(normalised)))
    replaced: list[tuple[str, str]] = []
    for run in list(runs)[:_MAX_RUNS]:
        meant = None if run in own_words else correct(run, known)
        if meant:
            replaced.append((run, meant))
    for run, meant in replaced:
        edges = "a-z0-9" if run.isascii() else "ァ-ヺー"
        normalised = re.sub(rf"(?<![{edges}]){run}(?![{edges}])", meant, normalised)
    changes.extend(replaced)
    return Corrected(normalised, tuple(changes)) if changes else Corrected(text)


def _changed_runs(before: str, after: str) -> list[tuple[str, str]]:
    """The words in which two texts of one length differ."""
    if before == after:
        return []
    return [
        (before[match.start() : match.end()], match.group())
        for match in re.finditer(r"[ァ-ヺー]+|[a-z]+", after)
        if before[match.start() : match.end()] != match.group()
    ]


def correct(word: str, known: Vocabulary) -> str | None:
    """The word of `known` that was meant; None when `word` is a word or nothing is near.

    Same script and same first letter (in sound); one slip, two from seven letters on. Slips in
    sound (サーバ, サーバー) count half, two neighbours exchanged count one. Nothing when two
    words are equally near, unless they are spellings of one.
    """
    word = key(word)
    if len(word) > _MAX_WORD or not (_KATAKANA.fullmatch(word) or _LATIN.fullmatch(word)):
        return None
    if word in known or word in dictionary() or _is_composed(word, known):
        return None
    same = known.by_fold.get(_fold(word), ())
    if same:
        return max(same, key=lambda other: (known.counts[other], other))
    if _is_real_word(word):
        return None
    limit = 2 if len(word) >= _LONG_WORD else 1
    best: list[tuple[float, str]] = []
    for other in known.by_start.get(_fold(word)[0], ()):
        if other.isascii() is not word.isascii() or abs(len(other) - len(word)) > limit:
            continue
        if _may_be_near(word, other, limit):
            cost = distance(word, other, limit)
            if cost <= limit:
                best.append((cost, other))
    nearest = [other for cost, other in best if cost == min(best)[0]]
    if len({_fold(other) for other in nearest}) != 1:
        return None
    return max(nearest, key=lambda other: (known.counts[other], other))


def _is_composed(word: str, known: Vocabulary) -> bool:
    """Whether `word` is two known words: 「デジタル」 and 「カレッジ」."""
    if word.isascii():
        return False
    return any(
        word[:cut] in known.counts and word[cut:] in known.counts for cut in range(3, len(word) - 2)
    )


@lru_cache(maxsize=2_048)
def _is_real_word(word: str) -> bool:
    """Whether the dictionary of the tokeniser has it, so that it is meant as it stands."""
    tokens = tokenise(word)
    return not word.isascii() and len(tokens) == 1 and bool(tokens[0].reading)


def _may_be_near(word: str, other: str, limit: int) -> bool:
    """A cheap bound: each slip takes away at most one of the shared letters."""
    first, second = set(_fold(word)), set(_fold(other))
    return len(first & second) >= min(len(first), len(second)) - limit


@lru_cache(maxsize=65_536)
def _fold(word: str) -> str:
    return folded(word).translate(_SMALL).translate(_VOICED)


def distance(first: str, second: str, limit: float) -> float:
    """Slips between two words (optimal string alignment); more than `limit` where it is passed."""
    before: list[float] = []
    row = [0.0]
    for letter in second:
        row.append(row[-1] + _omission(letter))
    for i, one in enumerate(first, 1):
        two_before, before, row = before, row, [row[0] + _omission(one)]
        for j, other in enumerate(second, 1):
            cost = min(
                before[j] + _omission(one),
                row[j - 1] + _omission(other),
                before[j - 1] + _exchange(one, other),
            )
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                cost = min(cost, two_before[j - 2] + 1)
            row.append(cost)
        # An exchange looks two rows back.
        if min(*row, *before) > limit:
            return limit + 1
    return row[-1]


def _omission(letter: str) -> float:
    return _NEAR if letter == "ー" else 1.0


def _exchange(one: str, other: str) -> float:
    if one == other:
        return 0.0
    plain_one, plain_other = (x.translate(_SMALL).translate(_VOICED) for x in (one, other))
    return _NEAR if plain_one == plain_other else 1.0
