"""Passages printed twice in one document (概要版 and 本編): the later ones point to the first."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.text import key
from rag.types import Chunk, ChunkKind

# 「※12」 and 「(P19)」 point into one of the two printings only.
_REFERENCE = re.compile(r"※\d{1,3}|\(p\.?\d{1,3}\)")
_SHORTEST = 25  # characters; shorter passages recur by chance
_ALIKE = 0.85  # Jaccard similarity of character 4-grams
_GRAM = 4
_RARE = 12  # grams found in more chunks than this do not tell passages apart


def mark_duplicates(chunks: Sequence[Chunk]) -> list[Chunk]:
    """The same chunks; each that repeats an earlier one names it in `duplicate_of`.

    Passages that differ in a number are never duplicates.
    """
    by_key: dict[str, str] = {}
    grams_of: dict[str, frozenset[str]] = {}
    numbers_of: dict[str, tuple[str, ...]] = {}
    holders: dict[str, list[str]] = {}
    out: list[Chunk] = []
    for chunk in chunks:
        text = _body_key(chunk)
        if len(text) < _SHORTEST or (
            chunk.kind is ChunkKind.TABLE_ROW and len(text) < 2 * _SHORTEST
        ):
            out.append(chunk)
            continue
        numbers = tuple(sorted(re.findall(r"\d+(?:[.,]\d+)*", text)))
        grams = frozenset(text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1))
        original = by_key.get(text) or _alike(grams, numbers, grams_of, numbers_of, holders)
        if original:
            out.append(replace(chunk, duplicate_of=original))
            continue
        by_key[text] = chunk.id
        grams_of[chunk.id], numbers_of[chunk.id] = grams, numbers
        for gram in grams:
            holders.setdefault(gram, []).append(chunk.id)
        out.append(chunk)
    return out


def _body_key(chunk: Chunk) -> str:
    """The passage without its headings and references, which differ between two printings."""
    headings = set(chunk.heading)
    body = "\n".join(line for line in chunk.text.split("\n") if line not in headings)
    return _REFERENCE.sub("", key(body))


def _alike(
    grams: frozenset[str],
    numbers: tuple[str, ...],
    grams_of: dict[str, frozenset[str]],
    numbers_of: dict[str, tuple[str, ...]],
    holders: dict[str, list[str]],
) -> str:
    shared: dict[str, int] = {}
    for gram in grams:
        found = holders.get(gram, ())
        if len(found) <= _RARE:
            for chunk_id in found:
                shared[chunk_id] = shared.get(chunk_id, 0) + 1
    for chunk_id, count in sorted(shared.items(), key=lambda pair: -pair[1])[:3]:
        if count * 2 < len(grams) or numbers_of[chunk_id] != numbers:
            continue
        other = grams_of[chunk_id]
        if len(grams & other) >= _ALIKE * len(grams | other):
            return chunk_id
    return ""
