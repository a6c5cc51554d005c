"""Other names that the documents themselves give: glossaries, 「以下…という」, 略称, 旧…."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rag.naming import NameKind, OtherName, expansions_in, names_in
from rag.text import key
from rag.types import Chunk

_USUAL_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class Glossary:
    """What was learned from one state of the index."""

    names: tuple[OtherName, ...] = ()
    by_key: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chunks_with: Callable[[str], int] = lambda _: 0  # in how many chunks a name stands
    former: frozenset[str] = frozenset()  # names that are no longer used

    def alternatives(self, word: str) -> tuple[str, ...]:
        """Other names of `word` in normalised form, in order of learning; none when unknown."""
        return self.by_key.get(key(word), ())

    def within(self, text: str, words: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
        """As `alternatives` for every name that `text` uses, without much rarer ones.

        Where the documents say GIS everywhere, a question with GIS gains nothing from the one
        place that spells it out; the other way round it does. For the same reason a former name
        leads to the present one and not back, which would bring old documents to the front.
        Names of one or two characters count only when they are among `words`.
        """
        flat, own = key(text), set(words)
        found = {
            name: tuple(other for other in self.by_key[name] if self._is_usual(other, name))
            for name in self._names_by_length
            if (name in own if len(name) < 3 else stands_in(flat, name))
        }
        return {name: others for name, others in found.items() if others}

    def _is_usual(self, other: str, name: str) -> bool:
        if other in self.former:
            return False
        return self.chunks_with(other) >= _USUAL_SHARE * self.chunks_with(name)

    @cached_property
    def _names_by_length(self) -> tuple[str, ...]:
        return tuple(sorted(self.by_key, key=lambda name: (-len(name), name)))


_EDGES = (("[a-z0-9]", re.compile(r"[a-z0-9]")), ("[ァ-ヶー]", re.compile(r"[ァ-ヶー]")))


def stands_in(text: str, word: str) -> bool:
    """Whether `text` has `word`, not inside a longer word of the same script.

    「ライン」 does not stand in 「オンライン」, nor 「it」 in 「city」; kanji words have no such edge.
    Both texts are normalised.
    """
    if word not in text:
        return False
    before, after = "", ""
    for letters, pattern in _EDGES:
        before += rf"(?<!{letters})" if pattern.match(word[0]) else ""
        after += rf"(?!{letters})" if pattern.match(word[-1]) else ""
    if not before and not after:
        return True
    return bool(re.search(f"{before}{re.escape(word)}{after}", text))


class DocumentNames:
    """The names that one document states, and in how many of its chunks a name stands."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self.found = tuple(name for chunk in chunks for name in names_in(chunk))
        self.expansions = tuple(name for chunk in chunks for name in expansions_in(chunk))
        self._texts = tuple("".join(chunk.search_text.split()) for chunk in chunks)
        self._counts: dict[str, int] = {}

    def chunks_with(self, name: str) -> int:
        """Counted when it is asked first: of the names learned few are ever asked for."""
        count = self._counts.get(name)
        if count is None:
            count = self._counts[name] = sum(name in text for text in self._texts)
        return count


def learn(read: Sequence[DocumentNames]) -> Glossary:
    """The other names that these documents state together.

    One entry a pair; an acronym behind its words only where nothing else says what it is.
    """
    found = [name for names in read for name in names.found]
    expansions = [name for names in read for name in names.expansions]
    defined = {key(name.name) for name in found if name.kind is NameKind.ACRONYM}
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for name in expansions:
        meanings[key(name.name)].add(key(name.other))
    found += [
        name
        for name in expansions
        if key(name.name) not in defined and len(meanings[key(name.name)]) == 1
    ]
    found = _without_fragments(found)
    names: dict[tuple[str, str], OtherName] = {}
    for name in found:
        names.setdefault((key(name.name), key(name.other)), name)
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for first, second in names:
        if second not in by_key[first]:
            by_key[first].append(second)
        if first not in by_key[second]:
            by_key[second].append(first)
    return Glossary(
        names=tuple(names.values()),
        by_key={word: tuple(others) for word, others in by_key.items()},
        former=frozenset(key(name.other) for name in found if name.kind is NameKind.FORMER),
        chunks_with=lambda name: sum(document.chunks_with(name) for document in read),
    )


def _without_fragments(found: list[OtherName]) -> list[OtherName]:
    """Of several present names for one former name only the most frequent.

    A line break inside a cell cuts names: 「DX 戦略課（旧：…）」 beside 「DX戦略課（旧：…）」.
    """
    votes = Counter((key(n.other), key(n.name)) for n in found if n.kind is NameKind.FORMER)
    best: dict[str, str] = {}
    for (former, present), _ in votes.most_common():
        best.setdefault(former, present)
    return [
        name
        for name in found
        if name.kind is not NameKind.FORMER or best[key(name.other)] == key(name.name)
    ]
