"""The vectors in memory against exhaustive search, and while they change."""

import random
import threading

import numpy as np
import pytest

from rag.vector_table import SCORE_DECIMALS, VectorTable, of_length_one

DIMENSION = 24


def unit_vectors(count: int, seed: int = 1) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return of_length_one(chance.normal(size=(count, DIMENSION)).astype(np.float32))


def exhaustive(entries, query, k, document_ids=()):
    scored = [
        (-round(float(np.vecdot(vector, query)), SCORE_DECIMALS), key)
        for key, (owner, vector) in entries.items()
        if not document_ids or owner in document_ids
    ]
    return [(key, -score) for score, key in sorted(scored)[:k]]


def found(table, query, k, document_ids=()):
    return [(hit.chunk_id, hit.score) for hit in table.search(query, k, document_ids)]


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_it_finds_what_exhaustive_search_finds(seed):
    chance, table = random.Random(seed), VectorTable()
    entries: dict[str, tuple[str, np.ndarray]] = {}
    # Some vectors are the same, as those of a text that stands in two documents.
    pool = unit_vectors(400, seed)
    for _ in range(60):
        if chance.random() < 0.6 or not entries:
            names = [f"d{chance.randrange(9)}:{chance.randrange(900)}" for _ in range(40)]
            keys = list(dict.fromkeys(names))
            vectors = pool[[chance.randrange(len(pool)) for _ in keys]]
            table.add(keys, [key[:2] for key in keys], vectors)
            entries.update({key: (key[:2], v) for key, v in zip(keys, vectors, strict=True)})
        else:
            gone = [*chance.sample(sorted(entries), min(len(entries), 30)), "nobody:1"]
            table.remove(gone)
            entries = {key: entry for key, entry in entries.items() if key not in gone}
        query = unit_vectors(1, chance.randrange(1_000))[0]
        for scope in ((), ("d3",), ("d1", "d2", "d5", "d7", "d8", "none")):
            k = chance.choice([1, 5, 50, 2_000])
            assert found(table, query, k, scope) == exhaustive(entries, query, k, scope)
    assert len(table) == len(entries)


def test_a_score_does_not_depend_on_what_else_is_there_or_on_the_order():
    vectors, query = unit_vectors(3_000), unit_vectors(1, seed=9)[0]
    keys = [f"d{number % 40}:{number:05d}" for number in range(len(vectors))]
    whole, shuffled = VectorTable(), VectorTable()
    whole.add(keys, [key.partition(":")[0] for key in keys], vectors)
    order = np.random.default_rng(4).permutation(len(keys))
    shuffled.add(["x:1"], ["x"], vectors[:1])
    for part in np.array_split(order, 7):
        names = [keys[row] for row in part]
        shuffled.add(names, [name.partition(":")[0] for name in names], vectors[part])
    shuffled.remove(["x:1"])
    assert found(whole, query, 3_000) == found(shuffled, query, 3_000)
    narrow = [hit for hit in found(whole, query, 3_000) if hit[0].startswith("d7:")]
    assert found(shuffled, query, 3_000, ["d7"]) == narrow


def test_rows_of_removed_entries_are_given_back():
    table, vectors = VectorTable(), unit_vectors(4_000)
    keys = [f"d:{number:05d}" for number in range(4_000)]
    table.add(keys, ["d"] * len(keys), vectors)
    table.remove(keys[:3_000])
    assert table._rows.count == len(table) == 1_000
    assert found(table, vectors[3_500], 1)[0][0] == keys[3_500]
    assert found(table, vectors[10], 2_000, ["d"])[0][1] < 0.99


def test_nothing_in_it_and_nothing_asked_for_finds_nothing():
    table, query = VectorTable(), unit_vectors(1)[0]
    assert table.search(query, 5) == [] and table.search(query, 5, ["d"]) == []
    table.add([], [], unit_vectors(1)[:0])
    table.add(["d:1"], ["d"], unit_vectors(1))
    assert table.search(query, 0) == [] and table.search(query, 5, ["e"]) == []
    table.remove(["d:1"])
    assert table.search(query, 5) == [] and len(table) == 0


def test_readers_see_each_entry_whole_while_others_come_and_go():
    table, kept = VectorTable(), unit_vectors(200)
    keys = [f"kept:{number:03d}" for number in range(200)]
    table.add(keys, ["kept"] * 200, kept)
    expected = found(table, kept[0], 200, ["kept"])
    stop, wrong = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            if found(table, kept[0], 200, ["kept"]) != expected:
                wrong.append("kept")
            if any(score > 1.001 or np.isnan(score) for _, score in found(table, kept[0], 500)):
                wrong.append("score")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(40):
        names = [f"new:{turn}:{number}" for number in range(300)]
        table.add(names, ["new"] * 300, unit_vectors(300, turn))
        table.remove(names[: 300 - turn])
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
