"""`shiori reindex`: built beside the index in use, taken over at once, whatever happens meanwhile."""

import itertools
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from crash_support import check_agreement_of
from fakes import NgramEmbeddings, make_document

from rag import adoption, derived
from rag.adoption import Adoption, announce, announced
from rag.errors import IndexLockedError, IndexMismatchError, IngestError
from rag.generation import build_next
from rag.index import Index
from rag.registry import documents
from rag.types import Document

TEXTS = [f"第{n}章 窓口業務の見直しにより{n * 37}件を処理した" for n in range(8)]
QUESTION = "窓口業務で処理した件数"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two documents, one with its file, cut by chunker 1, embedded by the old model."""
    with Index.open(
        tmp_path / "var", NgramEmbeddings(64, name="old"), chunker_version="1"
    ) as index:
        index.add(*make_document("a.txt", TEXTS, content=b"A"), original=b"A")
        index.add(*make_document("b.txt", ["監査委員の意見", "備品台帳の誤り"]))
        index.turn_log.begin_turn("c", "質問")
    return tmp_path / "var"


def cut_in_two(document: Document, _: bytes):
    """Another chunker: every text in two chunks."""
    halves = [half for text in TEXTS for half in (text[:12], text[12:])]
    cut, pages, chunks = make_document(document.source, halves, content=b"A")
    return replace(cut, content_hash=document.content_hash), pages, chunks


def build(folder: Path, embedder: NgramEmbeddings, chunker: str = "1", cut=cut_in_two):
    built = build_next(folder, embedder, chunker_version=chunker, cut_again=cut, batch_size=16)
    announce(folder, embedder.info.name)
    return built


def models(name: str) -> NgramEmbeddings:
    return NgramEmbeddings(128, name=name) if name == "new" else NgramEmbeddings(64, name=name)


def chunk_count(folder: Path, embedder: NgramEmbeddings, chunker: str = "1") -> int:
    with Index.open(folder, embedder, chunker_version=chunker) as index:
        check_agreement_of(index)
        return index.chunk_count


def test_a_change_of_model_is_refused_with_the_command_and_mended_by_it(folder):
    with pytest.raises(IndexMismatchError, match="shiori reindex"):
        Index.open(folder, models("new"))
    build(folder, models("new"))
    embedder = models("new")
    with Index.open(folder, embedder, chunker_version="1") as index:
        assert embedder.embedded == []
        check_agreement_of(index)
        assert index.status().dimension == 128
        assert index.vector_search(QUESTION, 3)[0].score > 0.4
        assert [turn.question for turn in index.turn_log.turns("c")] == ["質問"]
        assert index.original(index.documents()[0].id).read_bytes() == b"A"
    assert not (folder / "next").exists()


def test_until_it_is_taken_over_the_old_index_answers_and_the_new_setting_is_refused(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        before = index.vector_search(QUESTION, 5)
        build_next(folder, models("new"), chunker_version="1", cut_again=cut_in_two, batch_size=16)
        assert index.vector_search(QUESTION, 5) == before
    with pytest.raises(IndexMismatchError, match="shiori reindex"):
        Index.open(folder, models("new"))
    assert chunk_count(folder, models("old")) == 10


def test_another_chunker_cuts_every_document_with_a_file_again_and_keeps_the_others(folder):
    built = build(folder, models("old"), "2")
    assert (built.built, built.not_cut_again) == (2, ("b.txt",))
    assert chunk_count(folder, models("old"), "2") == 16 + 2


def test_a_file_that_cannot_be_read_again_keeps_its_document_as_it_is(folder):
    def fail(*_: object):
        raise IngestError("読めません。")

    assert build(folder, models("old"), "2", fail).not_cut_again == ("a.txt", "b.txt")
    assert chunk_count(folder, models("old"), "2") == 10


def test_the_same_settings_embed_nothing(folder):
    embedder = models("old")
    build(folder, embedder)
    assert embedder.embedded == []
    assert chunk_count(folder, models("old")) == 10
    assert not (folder / "next").exists()


def test_an_open_index_takes_the_new_one_over_while_others_search(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        build(folder, models("new"), "2")
        index.learned(index.documents()[0].id)["words"] = "of the old chunks"
        stop, faults, seen = threading.Event(), [], set()

        def read() -> None:
            while not stop.is_set():
                with index.snapshot():
                    ids = [hit.chunk_id for hit in index.vector_search(QUESTION, 30)]
                    words = [hit.chunk_id for hit in index.lexical_search(QUESTION, "bigram", 30)]
                    chunks = index.chunks(ids)
                    seen.add((len(ids), index.embedder_name))
                if len(chunks) != len(ids) or not set(words) <= set(ids):
                    faults.append((ids, words))
                try:
                    index.vector_search("件数", 3)
                except Exception as error:
                    faults.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        assert index.adopt_next(models, "2") is Adoption.DONE
        for _ in range(20):
            index.vector_search(QUESTION, 3)
        stop.set()
        for reader in readers:
            reader.join()
        assert faults == []
        assert seen <= {(10, "old"), (18, "new")} and (18, "new") in seen
        check_agreement_of(index)
        assert (index.embedder_name, index.chunker_version) == ("new", "2")
        assert not any(index.learned(document.id) for document in index.documents())
        index.add(*make_document("c.txt", ["切替えの後に登録した文書"]))
        assert index.vector_search("登録した文書", 1)[0].chunk_id.endswith(":00000")
        check_agreement_of(index)
    assert chunk_count(folder, models("new"), "2") == 19


def test_documents_that_change_meanwhile_are_caught_up_with(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        build(folder, models("new"))
        index.add(*make_document("c.txt", ["後から登録した文書"]))
        assert index.adopt_next(models, "1") is Adoption.STALE
        assert announced(folder) is None and index.embedder_name == "old"
        index.remove(make_document("b.txt", [""])[0].id)
        embedder = models("new")
        built = build(folder, embedder)
        assert (built.built, built.passed_over) == (1, 1)
        assert embedder.embedded == ["後から登録した文書"]
        assert index.adopt_next(models, "1") is Adoption.DONE
        check_agreement_of(index)
        assert [document.source for document in index.documents()] == ["a.txt", "c.txt"]


def test_an_index_that_holds_a_document_deleted_meanwhile_is_not_taken_over(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        build(folder, models("new"))
        index.remove(make_document("b.txt", [""])[0].id)
        assert index.adopt_next(models, "1") is Adoption.NONE
        assert announced(folder) is None and index.embedder_name == "old"


def test_what_is_said_of_a_document_meanwhile_is_not_lost(folder):
    from datetime import date

    with Index.open(folder, models("old"), chunker_version="1") as index:
        build(folder, models("new"))
        a = make_document("a.txt", [""])[0].id
        index.supersede(a, "b.txt", date(2026, 4, 1))
        assert index.adopt_next(models, "1") is Adoption.STALE
        build(folder, models("new"))
        assert index.adopt_next(models, "1") is Adoption.DONE
        assert index.document(a).superseded_on == date(2026, 4, 1)


def test_an_index_of_another_version_is_left_for_a_restart(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        build(folder, models("old"), "2")
        assert index.adopt_next(models, "1") is Adoption.OTHER
        assert index.chunk_count == 10
    assert chunk_count(folder, models("old"), "2") == 18


def test_nothing_is_taken_over_while_it_is_being_built(folder):
    build(folder, models("new"))
    with (
        Index.open(folder / "next", models("new"), chunker_version="1"),
        Index.open(folder, models("old"), chunker_version="1") as index,
    ):
        assert index.adopt_next(models, "1") is Adoption.NONE
        with pytest.raises(IndexLockedError):
            build(folder, models("new"))


def test_a_build_that_was_cut_off_goes_on_where_it_was(folder):
    class DyingEmbeddings(NgramEmbeddings):
        def _passages(self, texts):
            if any("監査" in text for text in texts):
                raise KeyboardInterrupt
            return super()._passages(texts)

    with pytest.raises(KeyboardInterrupt):
        build(folder, DyingEmbeddings(128, name="new"))
    embedder = models("new")
    built = build(folder, embedder)
    assert (built.built, built.passed_over) == (1, 1)
    assert embedder.embedded == ["監査委員の意見", "備品台帳の誤り"]


def test_a_build_for_settings_given_up_is_begun_anew(folder):
    build(folder, NgramEmbeddings(32, name="other"))
    build(folder, models("new"))
    assert chunk_count(folder, models("new")) == 10


@pytest.mark.parametrize("lost", ["vectors-*", "lexical-*"])
def test_a_taken_over_index_whose_folder_is_lost_is_rebuilt(folder, lost):
    build(folder, models("new"))
    for path in (folder / "next").glob(lost):
        shutil.rmtree(path)
    assert chunk_count(folder, models("new")) == 10


@pytest.mark.parametrize("kind", ["vectors", "lexical"])
def test_a_damaged_index_is_noticed_by_a_server_that_takes_it_over(folder, kind, caplog):
    build(folder, models("new"))
    if kind == "vectors":  # Chroma ends the process over such a text
        [path] = (folder / "next").glob("vectors-*/chroma.sqlite3")
        damaged = path.read_bytes().replace(b"CREATE TABLE ", b"CREAT\xed TABLE ")
    else:
        path = max((folder / "next").glob("lexical-*/*.term"), key=lambda file: file.stat().st_size)
        damaged = path.read_bytes()[:-1] + b"?"
    assert damaged != path.read_bytes()
    path.write_bytes(damaged)
    with Index.open(folder, models("old"), chunker_version="1") as index:
        assert index.adopt_next(models, "1") is Adoption.DONE
        assert "作り直します" in caplog.text
        check_agreement_of(index)
        assert index.vector_search(QUESTION, 3)[0].score > 0.4
        assert index.lexical_search(QUESTION, "lemma", 3)
        index.add(*make_document("c.txt", ["切替えの後に登録した文書"]))
    assert chunk_count(folder, models("new")) == 11


def test_killed_at_any_step_of_taking_over_the_old_or_the_new_index_is_there(
    folder, tmp_path, monkeypatch
):
    build(folder, models("new"), "2")
    snapshots: list[Path] = []
    names = itertools.count()

    def take() -> None:
        snapshots.append(tmp_path / f"step{next(names)}")
        shutil.copytree(folder, snapshots[-1])  # as a process killed here leaves it

    def watched(function):
        def call(*arguments, **options):
            take()
            result = function(*arguments, **options)
            take()
            return result

        return call

    for owner, name in (
        (adoption, "_move_folders"),
        (adoption, "_copy_vectors"),
        (adoption, "_write_generation"),
        (documents, "recut"),
        (derived, "forget_other_folders"),
    ):
        monkeypatch.setattr(owner, name, watched(getattr(owner, name)))
    with Index.open(folder, models("old"), chunker_version="1") as index:
        del snapshots[:]
        assert index.adopt_next(models, "2") is Adoption.DONE
    monkeypatch.undo()
    found = []
    for snapshot in snapshots:
        try:
            found.append((chunk_count(snapshot, models("old")), "old"))
        except IndexMismatchError:
            found.append((chunk_count(snapshot, models("new"), "2"), "new"))
    assert set(found) == {(10, "old"), (18, "new")}
    assert found == sorted(found)


def test_a_label_given_while_the_next_index_is_built_is_in_force_after_it(folder):
    with Index.open(folder, models("old"), chunker_version="1") as index:
        build_next(folder, models("new"), chunker_version="1", cut_again=cut_in_two, batch_size=16)
        first = index.documents()[0].id
        index.label(first, groups=["総務課"])
        outcome = index.adopt_next(lambda _: models("new"), "1")
        assert index.document(first).groups == ("総務課",)
        if outcome is Adoption.STALE:  # built from a state without the label: catch up
            build_next(
                folder, models("new"), chunker_version="1", cut_again=cut_in_two, batch_size=16
            )
            assert index.adopt_next(lambda _: models("new"), "1") is Adoption.DONE
        assert index.document(first).groups == ("総務課",)
        assert index.readable(lambda document: False).vector_search(QUESTION, 3) == []
