"""Killed at any step of a change, the index comes back in the old or the new state."""

import multiprocessing
import shutil
from pathlib import Path

import pytest
from crash_writer import ADDED, NEW, OLD, OTHER, change, fill
from fakes import NgramEmbeddings

from rag.index import Index
from rag.registry import documents, journal

STATES = {
    "add": ([OLD, OTHER], [OLD, OTHER, ADDED]),
    "replace": ([OLD, OTHER], [NEW, OTHER]),
    "remove": ([OLD, OTHER], [OTHER]),
}
MOST_STEPS = 60


@pytest.fixture(scope="module")
def children():
    """Makes child processes quickly: they are forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "alembic.command", "crash_writer"])
    return context


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("crash") / "var"
    fill(folder)
    return folder


def state_after(index: Index) -> list:
    """What is in force, checked to be the same in every part."""
    stores = index._stores
    with stores.database.read() as connection:
        expected = set(documents.entry_keys(connection))
        assert journal.unfinished(connection) == []
    assert stores.vectors.keys() == expected
    assert stores.lexical.keys() == expected
    assert not stores.lexical.holds_removed()
    kept = {path.name for path in (index.data_dir / "blobs").iterdir()}
    assert kept == {document.content_hash for document in index.documents()}
    assert len(list(index.data_dir.glob("vectors-*"))) == 1
    assert len(list(index.data_dir.glob("lexical-*"))) == 1
    return [
        (document, index.pages(document.id), index.chunks_of(document.id))
        for document in index.documents()
    ]


@pytest.mark.parametrize("name", STATES)
def test_a_change_killed_at_any_step_leaves_the_old_or_the_new_state(
    name, filled, children, tmp_path
):
    before, after = ([*sorted(s, key=lambda d: d[0].source)] for s in STATES[name])
    new_states: list[bool] = []
    for step in range(MOST_STEPS):
        folder = tmp_path / f"step{step}"
        shutil.copytree(filled, folder)
        child = children.Process(target=change, args=(folder, name, step))
        child.start()
        child.join(60)
        with Index.open(folder, NgramEmbeddings()) as index:
            found = state_after(index)
            assert found in (before, after), f"step {step}"
            new_states.append(found == after)
            for document, _, chunks in found:
                for chunk in chunks:
                    hits = index.vector_search(chunk.text, 5, [document.id])
                    assert hits[0].chunk_id == chunk.id
        if child.exitcode == 0:
            break
        assert child.exitcode == -9
    else:
        pytest.fail("the change did not come to its end")
    # Once the new state is in force it stays: every later kill finds it.
    assert new_states == sorted(new_states)
    assert not new_states[0] and new_states[-1]


def test_a_killed_ingestion_keeps_the_vectors_it_has_for_the_next_try(filled, children, tmp_path):
    folder = tmp_path / "var"
    shutil.copytree(filled, folder)
    # Steps 0 to 3 are the journal entry and the vectors, each before and after.
    child = children.Process(target=change, args=(folder, "add", 4))
    child.start()
    child.join(60)
    assert child.exitcode == -9
    embedder = NgramEmbeddings()
    with Index.open(folder, embedder) as index:
        index.add(*ADDED)
    assert embedder.embedded == []
