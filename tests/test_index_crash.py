"""Killed at any step of a change, the index comes back in the old or the new state."""

import multiprocessing
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash_writer import ADDED, NEW, OLD, OTHER, change, fill
from fakes import NgramEmbeddings, make_document
from rebuild_campaign import RandomEmbeddings, text

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


REBUILDER = """
import sys
from pathlib import Path
from rebuild_campaign import RandomEmbeddings
from rag.index import Index
print("starting", flush=True)
Index.open(Path(sys.argv[1]), RandomEmbeddings()).close()
print("rebuilt", flush=True)
"""


def found_in(index: Index) -> list:
    """Of the lexical index which entries there are: sums of floats come in the order of its files."""
    words = [index.lexical_search(text(n), "lemma", 1_300) for n in range(0, 90, 30)]
    nearest = [index.vector_search(text(n), 50) for n in range(0, 90, 9)]
    return [*nearest, *({hit.chunk_id for hit in hits} for hits in words)]


def test_a_rebuild_killed_at_any_moment_is_done_again_at_the_next_start(tmp_path):
    folder, tests = tmp_path / "var", Path(__file__).parent
    with Index.open(folder, RandomEmbeddings()) as index:
        for first in (0, 600):
            index.add(*make_document(f"{first}.txt", [text(first + n) for n in range(600)]))
        before = found_in(index)

    def rebuild(kill_after_s: float | None) -> float:
        """Seconds of a rebuild of both, or until it was killed."""
        for kind in ("vectors", "lexical"):
            for path in folder.glob(f"{kind}-*"):
                shutil.rmtree(path)
        with subprocess.Popen(
            [sys.executable, "-c", REBUILDER, str(folder)],
            cwd=tests.parent,
            env={"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "starting\n"
            started = time.monotonic()
            if kill_after_s is None:
                assert child.stdout.readline() == "rebuilt\n"
            else:
                time.sleep(kill_after_s)
                child.kill()
            return time.monotonic() - started

    whole = rebuild(None)
    for part in (0.2, 0.4, 0.6, 0.8, 0.95):
        rebuild(part * whole)
        with Index.open(folder, RandomEmbeddings()) as index:
            assert index.status().agree and found_in(index) == before
            assert len(list(folder.glob("vectors-*"))) == len(list(folder.glob("lexical-*"))) == 1
