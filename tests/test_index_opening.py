"""Opening a data folder: one owner, the same settings, and indexes that agree with the registry."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import NgramEmbeddings, make_document

from rag.errors import IndexDamagedError, IndexLockedError, IndexMismatchError
from rag.index import Index
from rag.registry.turns import TurnState

TEXTS = [f"第{n}章 窓口業務の見直しにより{n * 37}件を処理した" for n in range(30)]
QUESTION = "窓口業務で処理した件数"
TESTS = Path(__file__).parent

HOLDER = """
import sys, time
from pathlib import Path
from fakes import NgramEmbeddings
from rag.index import Index
index = Index.open(Path(sys.argv[1]), NgramEmbeddings())
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A data folder with two documents and an original, closed."""
    with Index.open(tmp_path / "var", NgramEmbeddings(), chunker_version="1") as index:
        index.add(*make_document("a.txt", TEXTS, content=b"A"), original=b"A")
        index.add(*make_document("b.txt", ["監査委員の意見", "備品台帳の誤り"]))
    return tmp_path / "var"


def answers(index: Index) -> tuple:
    return (
        [(hit.chunk_id, round(hit.score, 5)) for hit in index.vector_search(QUESTION, 32)],
        index.lexical_search(QUESTION, "lemma", 32),
        index.lexical_search(QUESTION, "bigram", 32),
    )


def hold(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        cwd=TESTS.parent,
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def kill(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.communicate()


def test_reopened_it_answers_as_before(folder):
    with Index.open(folder, NgramEmbeddings()) as index:
        version, before = index.version, answers(index)
    with Index.open(folder, NgramEmbeddings()) as index:
        assert (index.version, answers(index)) == (version, before)
        assert index.original(index.documents()[0].id).read_bytes() == b"A"


def test_reopening_embeds_nothing_and_rebuilds_nothing(folder, caplog):
    embedder = NgramEmbeddings()
    names = sorted(path.name for path in folder.iterdir())
    with caplog.at_level(logging.INFO), Index.open(folder, embedder):
        pass
    assert embedder.embedded == []
    assert sorted(path.name for path in folder.iterdir()) == names
    assert [record.message for record in caplog.records if record.name.startswith("rag")] == []


def test_a_second_owner_is_refused_with_the_process_id_of_the_first(folder):
    child = hold(folder)
    try:
        with pytest.raises(IndexLockedError) as caught:
            Index.open(folder, NgramEmbeddings())
        assert f"PID {child.pid}" in caught.value.message
    finally:
        kill(child)


def test_the_folder_of_a_killed_owner_is_free_at_once(folder):
    for _ in range(3):
        child = hold(folder)
        kill(child)
        Index.open(folder, NgramEmbeddings()).close()


def test_a_second_index_in_the_same_process_is_refused(folder):
    with Index.open(folder, NgramEmbeddings()), pytest.raises(IndexLockedError):
        Index.open(folder, NgramEmbeddings())


def test_a_refused_owner_does_not_wait_long(folder):
    with Index.open(folder, NgramEmbeddings()):
        start = time.monotonic()
        with pytest.raises(IndexLockedError):
            Index.open(folder, NgramEmbeddings())
        assert time.monotonic() - start < 2  # the promise to whoever starts a second server


def test_closing_twice_is_closing_once(folder):
    index = Index.open(folder, NgramEmbeddings())
    index.close()
    index.close()
    Index.open(folder, NgramEmbeddings()).close()


def test_a_closed_index_keeps_no_file_of_the_folder_open(folder):
    def open_files() -> set[str]:
        described = Path("/proc/self/maps").read_text().splitlines()
        mapped = {line.split(maxsplit=5)[-1] for line in described}
        descriptors = {os.path.realpath(path) for path in Path("/proc/self/fd").iterdir()}
        return {path for path in mapped | descriptors if path.startswith(str(folder.resolve()))}

    index = Index.open(folder, NgramEmbeddings())
    assert any("lexical" in path for path in open_files())
    index.close()  # and `index` itself is still there
    assert not any("lexical" in path for path in open_files())
    deadline = time.monotonic() + 10  # Chroma's threads end a moment later
    while open_files() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_files() == set()


@pytest.mark.parametrize("other", [NgramEmbeddings(64), NgramEmbeddings(name="別のモデル")])
def test_another_embedder_is_refused_with_the_command_that_mends_it(folder, other):
    with pytest.raises(IndexMismatchError, match="shiori reindex"):
        Index.open(folder, other)
    with Index.open(folder, NgramEmbeddings()) as index:
        assert len(index.documents()) == 2  # and nothing was changed


def test_another_tokenizer_is_refused(folder, monkeypatch):
    monkeypatch.setattr("rag.manifest.TOKENIZER_VERSION", "別の辞書")
    with pytest.raises(IndexMismatchError, match=r"形態素解析器と辞書 .* → 別の辞書"):
        Index.open(folder, NgramEmbeddings())


def test_another_chunker_is_refused_until_the_documents_are_put_in_again(folder):
    with pytest.raises(IndexMismatchError, match="文書の分割方法 1 → 2"):
        Index.open(folder, NgramEmbeddings(), chunker_version="2")
    with Index.open(folder, NgramEmbeddings(), chunker_version="2", mend=True) as index:
        assert index.chunker_version == "1"
        index.set_chunker_version("2")
    with Index.open(folder, NgramEmbeddings(), chunker_version="2") as index:
        assert index.chunker_version == "2"


def test_mending_embeds_everything_with_the_new_model_and_keeps_the_documents(folder):
    other, reported = NgramEmbeddings(64), []
    with Index.open(folder, other, mend=True, on_embedded=reported.append) as index:
        assert sum(reported) == len(other.embedded) == len(TEXTS) + 2
        assert len(index.documents()) == 2
        assert index.vector_search("備品台帳", 1)[0].score > 0.5
        assert index.status().agree
    Index.open(folder, NgramEmbeddings(64)).close()
    with pytest.raises(IndexMismatchError):
        Index.open(folder, NgramEmbeddings())


def test_an_empty_folder_takes_any_embedder(tmp_path):
    Index.open(tmp_path / "var", NgramEmbeddings()).close()
    with Index.open(tmp_path / "var", NgramEmbeddings(64)) as index:
        index.add(*make_document("a.txt", TEXTS))
        assert index.status().dimension == 64


def derived_folder(folder: Path, kind: str) -> Path:
    (found,) = folder.glob(f"{kind}-*")
    return found


def remove_it(found: Path) -> None:
    shutil.rmtree(found)


def empty_it(found: Path) -> None:
    shutil.rmtree(found)
    found.mkdir()


def overwrite_every_file(found: Path) -> None:
    for path in found.rglob("*"):
        if path.is_file():
            path.write_bytes(b"garbage" * 100)


def truncate_every_file(found: Path) -> None:
    for path in found.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [remove_it, empty_it, overwrite_every_file, truncate_every_file])
@pytest.mark.parametrize("kind", ["vectors", "lexical"])
def test_a_damaged_index_is_rebuilt_from_the_registry(folder, kind, damage, caplog):
    with Index.open(folder, NgramEmbeddings()) as index:
        before = answers(index)
    damage(derived_folder(folder, kind))
    embedder = NgramEmbeddings()
    with Index.open(folder, embedder) as index:
        assert index.status().agree
        assert answers(index) == before
    assert embedder.embedded == []
    assert damage is remove_it or "作り直します" in caplog.text
    derived_folder(folder, kind)  # the damaged one is gone


def test_vectors_that_were_exchanged_are_noticed(folder):
    with Index.open(folder, NgramEmbeddings()) as index:
        before = answers(index)
        store = index._stores.vectors
        keys = sorted(store.keys())
        store.add(keys, [key.split(":")[0] for key in keys], -unit_matrix(len(keys)))
    with Index.open(folder, NgramEmbeddings()) as index:
        assert answers(index) == before


def unit_matrix(count: int):
    import numpy as np

    matrix = np.random.default_rng(5).normal(size=(count, 128)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def test_an_index_that_has_outgrown_its_way_of_searching_is_made_anew(folder, monkeypatch):
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index._stores.vectors.is_exact
        before = answers(index)
    for limit, exact in ((1, False), (1, False), (100, True)):
        monkeypatch.setattr("rag.vectors.EXACT_UP_TO", limit)
        with Index.open(folder, NgramEmbeddings()) as index:
            assert index._stores.vectors.is_exact is exact
            assert index.status().agree and answers(index) == before


def test_entries_that_the_registry_does_not_know_are_dropped(folder):
    with Index.open(folder, NgramEmbeddings()) as index:
        before = answers(index)
        index._stores.vectors.add(["ghost:00000@9"], ["ghost"], unit_matrix(1))
        assert answers(index) == before  # they do not answer even now
    with Index.open(folder, NgramEmbeddings()) as index:
        held = index._stores.vectors.keys()
        assert "ghost:00000@9" not in held


def test_a_dense_index_of_mostly_removed_entries_is_made_anew(folder, monkeypatch):
    monkeypatch.setattr("rag.vectors._KEPT_REMOVED", 10)
    long = make_document("long.txt", [f"第{number}条は{number}を定める。" for number in range(60)])
    with Index.open(folder, NgramEmbeddings()) as index:
        before = answers(index)
        index.add(*long)
        place = derived_folder(folder, "vectors")
        index.remove(long[0].id)
        assert derived_folder(folder, "vectors") != place
        assert not index._stores.vectors.holds_mostly_removed()
        assert index.status().agree and answers(index) == before
        index.add(*long)  # into the new folder
        assert index.status().agree
    ghosts = [f"ghost:{number:05d}@9" for number in range(200)]
    with Index.open(folder, NgramEmbeddings()) as index:
        index._stores.vectors.add(ghosts, ["ghost"] * 200, unit_matrix(200))
        place = derived_folder(folder, "vectors")
    with Index.open(folder, NgramEmbeddings()) as index:
        assert derived_folder(folder, "vectors") != place
        assert index.status().agree


def test_words_of_a_replaced_document_are_gone_after_the_next_opening(folder):
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["全く新しい内容"]))
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index.document_frequency("窓口", "lemma") == 0


def test_compacting_gives_the_scores_of_a_fresh_index(tmp_path):
    with Index.open(tmp_path / "used", NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", [*TEXTS, "窓口" * 20]))
        index.add(*make_document("a.txt", TEXTS))
        index.compact()
        used = index.lexical_search(QUESTION, "lemma", 30)
    with Index.open(tmp_path / "fresh", NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", TEXTS))
        assert index.lexical_search(QUESTION, "lemma", 30) == used


def test_a_turn_left_running_is_closed_at_the_next_start(folder):
    with Index.open(folder, NgramEmbeddings()) as index:
        index.turn_log.begin_turn("c", "質問")
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index.turn_log.turns("c")[0].state is TurnState.CUT_BY_ERROR


def test_a_damaged_registry_is_named_and_the_folder_is_free_afterwards(folder):
    (folder / "registry.sqlite3").write_bytes(b"garbage" * 1000)
    for _ in range(2):
        with pytest.raises(IndexDamagedError, match=r"registry\.sqlite3"):
            Index.open(folder, NgramEmbeddings())


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexDamagedError, match="データフォルダ"):
        Index.open(tmp_path / "file" / "var", NgramEmbeddings())


def test_a_registry_row_lost_by_hand_takes_its_entries_along(folder):
    raw = sqlite3.connect(folder / "registry.sqlite3")
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("DELETE FROM documents WHERE source = 'a.txt'")
    raw.commit()
    raw.close()
    with Index.open(folder, NgramEmbeddings()) as index:
        status = index.status()
        assert (status.chunks, status.vectors, status.lexical_entries) == (2, 2, 2)
        assert index.lexical_search(QUESTION, "lemma", 5) == []
        assert not list((folder / "blobs").iterdir())
