"""The dense index against exhaustive search."""

import numpy as np
import pytest

from rag import vectors as dense
from rag.vectors import MAX_BATCH, ChromaVectors

COUNT, DIMENSION = 400, 32


def unit_vectors(count: int, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=["every vector", "Chroma's graph"])
def store(tmp_path, request, monkeypatch):
    if request.param == "Chroma's graph":
        monkeypatch.setattr(dense, "EXACT_UP_TO", -1)
    opened = ChromaVectors(tmp_path / "vectors")
    yield opened
    opened.close()


@pytest.fixture
def filled(store):
    vectors = unit_vectors(COUNT)
    keys = [f"d{number % 7}:{number:05d}@1" for number in range(COUNT)]
    store.add(keys, [key[:2] for key in keys], vectors)
    return store, keys, vectors


def exhaustive(keys, vectors, query, k, document_ids=()):
    scored = [
        (-float(vector @ query), key)
        for key, vector in zip(keys, vectors, strict=True)
        if not document_ids or key[:2] in document_ids
    ]
    return [key for _, key in sorted(scored)[:k]]


@pytest.mark.parametrize("scope", [(), ("d3",), ("d0", "d6")])
def test_it_finds_what_exhaustive_search_finds(filled, scope):
    store, keys, vectors = filled
    for query in unit_vectors(20, seed=2):
        found = [hit.chunk_id for hit in store.search(query.tolist(), 10, scope)]
        assert found == exhaustive(keys, vectors, query, 10, scope)


def test_the_score_is_the_cosine_also_of_vectors_that_are_not_of_length_one(filled):
    store, keys, vectors = filled
    hit = store.search((vectors[5] * 3).tolist(), 1)[0]
    assert (hit.chunk_id, hit.score) == (keys[5], pytest.approx(1.0, abs=1e-5))


def test_a_scope_without_entries_finds_nothing(filled):
    store, _, vectors = filled
    assert store.search(vectors[0].tolist(), 5, ["d9"]) == []


def test_a_scope_of_very_many_documents_is_searched_whole(filled):
    store, keys, vectors = filled
    scope = [f"x{number}" for number in range(12_000)] + ["d2"]
    found = [hit.chunk_id for hit in store.search(vectors[0].tolist(), 5, scope)]
    assert found == exhaustive(keys, vectors, vectors[0], 5, ["d2"])


def test_an_entry_added_again_has_its_new_vector(filled):
    store, keys, vectors = filled
    store.add([keys[0]], ["d0"], -vectors[:1])
    assert store.search((-vectors[0]).tolist(), 1)[0].chunk_id == keys[0]
    assert len(store.keys()) == COUNT


def test_a_removed_entry_is_not_found_and_removing_it_again_is_no_error(filled):
    store, keys, vectors = filled
    store.remove([keys[0]])
    store.remove([keys[0], "unknown:00000@1"])
    assert keys[0] not in {hit.chunk_id for hit in store.search(vectors[0].tolist(), COUNT)}
    assert store.keys() == set(keys[1:])


def test_entries_of_equal_score_come_in_the_order_of_their_keys(store):
    same = np.tile(unit_vectors(1), (30, 1))
    keys = [f"d0:{number:05d}@1" for number in reversed(range(30))]
    store.add(keys, ["d0"] * 30, same)
    assert [hit.chunk_id for hit in store.search(same[0].tolist(), 30)] == sorted(keys)


def test_more_entries_than_one_call_of_chroma_takes_go_in(store):
    count = MAX_BATCH + 1_000
    store.add([f"d:{n:05d}@1" for n in range(count)], ["d"] * count, unit_vectors(count))
    assert len(store.keys()) == count


def test_a_vector_that_is_not_finite_is_refused(filled):
    store, _, _ = filled
    with pytest.raises(ValueError, match="finite"):
        store.search([float("nan")] * DIMENSION, 1)


def test_a_zero_vector_and_an_empty_index_find_nothing(store):
    assert store.search([1.0] * DIMENSION, 3) == []
    store.add(["d:00000@1"], ["d"], unit_vectors(1))
    assert store.search([0.0] * DIMENSION, 3) == []


def test_everything_is_there_after_reopening(tmp_path):
    vectors = unit_vectors(300)
    keys = [f"d:{number:05d}@1" for number in range(300)]
    first = ChromaVectors(tmp_path / "v")
    first.add(keys, ["d"] * 300, vectors)
    first.remove(keys[:10])
    first.close()
    second = ChromaVectors(tmp_path / "v")
    found = [second.search(vector.tolist(), 1)[0].chunk_id for vector in vectors[10:]]
    second.close()
    assert found == keys[10:]


def test_the_graph_files_are_never_written_after_they_are_made(filled, tmp_path):
    # Chroma breaks these files when it is killed while it saves them.
    def graph_files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tmp_path / "vectors").rglob("*.bin")}

    store, keys, _ = filled
    before = graph_files()
    more = unit_vectors(3_000, seed=3)
    store.add([f"d8:{number:05d}@1" for number in range(3_000)], ["d8"] * 3_000, more)
    store.remove(keys)
    assert store.search(more[0].tolist(), 1)[0].chunk_id == "d8:00000@1"
    assert graph_files() == before
    assert not list((tmp_path / "vectors").rglob("*.pickle"))


@pytest.mark.parametrize("staying", [1, 100])
def test_entries_go_in_where_nearly_everything_was_removed(store, staying):
    # With its smallest graph Chroma finds no neighbour for them among removed ones, and ends the process.
    vectors = unit_vectors(2_000 + staying)
    keys = [f"d:{number:05d}@1" for number in range(2_000)]
    store.add([f"s:{n:05d}@1" for n in range(staying)], ["s"] * staying, vectors[2_000:])
    store.add(keys, ["d"] * len(keys), vectors[:2_000])
    store.remove(keys)
    for start in range(0, 2_000, 100):
        again = [f"d:{number:05d}@2" for number in range(start, start + 100)]
        store.add(again, ["d"] * 100, vectors[start : start + 100])
    assert len(store.keys()) == 2_000 + staying
    assert store.search(vectors[7].tolist(), 1)[0].chunk_id == "d:00007@2"


def test_a_folder_says_when_most_of_it_was_removed(filled):
    store, keys, _ = filled
    many = [f"m:{number:05d}@1" for number in range(1_100)]
    store.add(many, ["m"] * len(many), unit_vectors(len(many)))
    store.remove(keys)
    assert not store.holds_mostly_removed()
    store.remove(many)
    assert store.holds_mostly_removed() and store.keys() == set()
    store.add(many, ["m"] * len(many), unit_vectors(len(many)))
    assert not store.holds_mostly_removed() and store.keys() == set(many)


def test_a_folder_is_made_for_the_search_that_its_entries_take(tmp_path, monkeypatch):
    monkeypatch.setattr(dense, "EXACT_UP_TO", 10)
    small, large = ChromaVectors(tmp_path / "s", 10), ChromaVectors(tmp_path / "l", 11)
    assert (small.is_exact, large.is_exact) == (True, False)
    assert small.is_made_for(3) and not small.is_made_for(11)
    for opened in (small, large):
        opened.close()
    again = ChromaVectors(tmp_path / "l")  # what it was made for stays with it
    assert not again.is_exact and again.is_made_for(11)
    again.close()


def test_it_agrees_only_with_what_it_holds(filled):
    store, keys, vectors = filled
    owners = [key[:2] for key in keys]
    assert store.agrees_with(
        [(keys[:9], owners[:9], vectors[:9]), (keys[9:], owners[9:], vectors[9:])]
    )
    assert store.search(vectors[5].tolist(), 1)[0].chunk_id == keys[5]
    others = vectors.copy()
    others[7] = -others[7]
    for wrong in (
        (keys, owners, others),
        (keys, ["d9", *owners[1:]], vectors),
        ([*keys[:-1], "d0:99999@1"], owners, vectors),
    ):
        assert not store.agrees_with([wrong])
