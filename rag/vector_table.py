"""Vectors in memory, every one of which is compared with the question: the exact nearest.

50,000 vectors of 384 numbers take 77 MB and 7 ms of one processor a question, no more than a graph
of them does with a search wide enough to miss little. The score of an entry depends on nothing
but its vector and the question: not on its place, on the other entries, or on what was there before.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.types import Hit

SCORE_DECIMALS = 6

_ROUNDING = 10.0**-SCORE_DECIMALS
_GONE = -1  # the owner of a row whose entry was removed
_FEW = 8  # up to one row in so many is copied out instead of comparing all
_KEPT_GONE = 1_000  # rows that may be gone before the table is made anew


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one search sees. A change makes another one; rows once seen are never written again."""

    count: int
    gone: int  # of them, whose entries were removed
    keys: list[str]  # may have grown beyond `count`
    owners: NDArray[np.int32]
    vectors: NDArray[np.float32]  # (room, dimension), of length 1 or 0


_NOTHING = _Rows(0, 0, [], np.empty(0, np.int32), np.empty((0, 0), np.float32))


class VectorTable:
    """Entries (key, document, vector). Any number of threads may search while one changes it."""

    def __init__(self) -> None:
        self._rows = _NOTHING
        self._place: dict[str, int] = {}  # row by key
        self._owner_numbers: dict[str, int] = {}
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return len(self._place)

    def add(
        self, keys: Sequence[str], document_ids: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        """Add or replace entries. `vectors` is (n_keys, dimension), of any length."""
        if not keys:
            return
        with self._changing:
            self._mark_gone(keys)
            rows = self._with_room(len(keys), vectors.shape[1])
            end = rows.count + len(keys)
            rows.vectors[rows.count : end] = of_length_one(vectors)
            rows.owners[rows.count : end] = [
                self._owner_numbers.setdefault(owner, len(self._owner_numbers))
                for owner in document_ids
            ]
            rows.keys.extend(keys)
            self._place.update(zip(keys, range(rows.count, end), strict=True))
            self._rows = _Rows(end, rows.gone, rows.keys, rows.owners, rows.vectors)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove entries; keys without an entry are passed over."""
        with self._changing:
            self._mark_gone(keys)
            if self._rows.gone > max(_KEPT_GONE, len(self._place)):
                self._make_anew()

    def search(
        self, query: NDArray[np.float32], k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """The `k` nearest by cosine, ties by key. `query` is (dimension,), of length one."""
        rows = self._rows
        taking_part = self._taking_part(rows, document_ids)
        places: NDArray[np.intp] | None = None
        if taking_part is not None:
            places = np.flatnonzero(taking_part)
            if not len(places):
                return []
        if k < 1 or not rows.count:
            return []
        if places is not None and len(places) * _FEW <= rows.count:
            scores = np.vecdot(rows.vectors[places], query)
        else:
            scores = np.vecdot(rows.vectors[: rows.count], query)
            if places is not None:
                scores = scores[places]
        if len(scores) > k:
            # Those that round to the score of the last one are ties with it.
            least = np.partition(scores, len(scores) - k)[len(scores) - k] - 2 * _ROUNDING
            best = np.flatnonzero(scores >= least)
        else:
            best = np.arange(len(scores))
        found = best if places is None else places[best]
        hits = [
            Hit(rows.keys[row], round(float(score), SCORE_DECIMALS))
            for row, score in zip(found.tolist(), scores[best], strict=True)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _taking_part(self, rows: _Rows, document_ids: Sequence[str]) -> NDArray[np.bool_] | None:
        """(count,) which rows may be found; None for all."""
        owners = rows.owners[: rows.count]
        if not document_ids:
            return owners != _GONE if rows.gone else None
        numbers = [self._owner_numbers.get(document_id) for document_id in document_ids]
        allowed = np.zeros(len(self._owner_numbers) + 1, np.bool_)  # the last one for `_GONE`
        allowed[[number for number in numbers if number is not None]] = True
        allowed[_GONE] = False
        return allowed[owners]

    def _mark_gone(self, keys: Iterable[str]) -> None:
        places = [self._place.pop(key) for key in keys if key in self._place]
        if places:
            rows = self._rows
            owners = rows.owners.copy()
            owners[places] = _GONE
            gone = rows.gone + len(places)
            self._rows = _Rows(rows.count, gone, rows.keys, owners, rows.vectors)

    def _with_room(self, more: int, dimension: int) -> _Rows:
        rows = self._rows
        if rows.count + more <= len(rows.vectors):
            return rows
        room = max(rows.count + more, len(rows.vectors) * 3 // 2)
        vectors = np.empty((room, dimension), np.float32)
        owners = np.full(room, _GONE, np.int32)
        if rows.count:
            vectors[: rows.count] = rows.vectors[: rows.count]
            owners[: rows.count] = rows.owners[: rows.count]
        return _Rows(rows.count, rows.gone, rows.keys[: rows.count], owners, vectors)

    def _make_anew(self) -> None:
        rows = self._rows
        kept = np.flatnonzero(rows.owners[: rows.count] != _GONE)
        keys = [rows.keys[row] for row in kept.tolist()]
        self._place = {key: row for row, key in enumerate(keys)}
        self._rows = _Rows(len(keys), 0, keys, rows.owners[kept], rows.vectors[kept])


def of_length_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(…, dimension) in the same directions; a vector of nothing but zeros stays one."""
    lengths = np.sqrt(np.sum(np.square(vectors, dtype=np.float64), axis=-1, keepdims=True))
    whole: NDArray[np.float32] = (vectors / np.where(lengths, lengths, 1.0)).astype(np.float32)
    return whole
