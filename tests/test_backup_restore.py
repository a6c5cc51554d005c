"""A backup is of one moment, whole, and comes back whole; nothing is touched before it is checked."""

import json
import os
import random
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest
from crash_campaign import backup_campaign
from crash_support import check_agreement, check_findable
from fakes import NgramEmbeddings, make_document

from rag import backup as backup_module
from rag.backup import BackupError, back_up
from rag.errors import IndexLockedError, IndexMismatchError
from rag.index import Index
from rag.registry.turns import TurnState
from rag.restoring import restore

PLAN = ["生成AIの月平均利用者数は227人であった。", "RPAにより年間3,969時間を削減した。"]
QUESTION = "RPAで削減した時間"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A closed data folder: two documents (one without its file), a turn, a declared chunker."""
    with Index.open(tmp_path / "var", NgramEmbeddings(), chunker_version="1") as index:
        index.add(*make_document("計画.txt", PLAN, content=b"plan"), original=b"plan")
        index.add(*make_document("監査.txt", ["監査委員の意見"]))
        turn = index.turn_log.begin_turn("c", "質問")
        index.turn_log.finish_turn(turn, "{}", TurnState.COMPLETE)
    return tmp_path / "var"


def contents(folder: Path) -> tuple:
    with Index.open(folder, NgramEmbeddings()) as index:
        check_agreement_of_kept(index)
        check_findable(index)
        return (
            index.documents(),
            [index.pages(document.id) for document in index.documents()],
            index.vector_search(QUESTION, 5),
            index.lexical_search(QUESTION, "lemma", 5),
            index.turn_log.turns("c"),
            index.chunker_version,
        )


def check_agreement_of_kept(index: Index) -> None:
    status = index.status()
    assert status.agree and status.vectors == status.lexical_entries == status.chunks


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_restored_is_what_was_backed_up(folder, tmp_path):
    before = contents(folder)
    report = back_up(folder, tmp_path / "b.zip")
    assert (report.documents, report.originals) == (2, 1)
    assert report.without_original == ("監査.txt",)
    restored = restore(tmp_path / "b.zip", tmp_path / "new")
    assert (restored.documents, restored.originals) == (2, 1)
    assert contents(tmp_path / "new") == before
    plan = before[0][1]
    assert (tmp_path / "new" / "blobs" / plan.content_hash).read_bytes() == b"plan"


def test_restoring_embeds_nothing(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "new")
    embedder = NgramEmbeddings()
    with Index.open(tmp_path / "new", embedder) as index:
        assert index.status().agree
    assert embedder.embedded == []


def test_a_backup_is_made_while_the_folder_is_in_use_and_leaves_nothing_in_it(folder, tmp_path):
    with Index.open(folder, NgramEmbeddings()) as index:
        back_up(folder, tmp_path / "b.zip")
        names = {path.name for path in folder.iterdir()}
        assert not any(name.startswith("backup-") for name in names)
        index.add(*make_document("後から.txt", ["後から登録した"]))
    restore(tmp_path / "b.zip", tmp_path / "new")
    with Index.open(tmp_path / "new", NgramEmbeddings()) as index:
        assert [document.source for document in index.documents()] == ["監査.txt", "計画.txt"]


def test_backups_under_load_are_each_of_one_moment(tmp_path):
    counts = backup_campaign(3, 5, tmp_path)
    assert counts["backups"] == 3 and counts["faults"] == 0
    assert counts["operations"] > 3


def test_a_document_deleted_while_it_is_backed_up_is_still_whole_in_the_backup(
    folder, tmp_path, monkeypatch
):
    copy = backup_module.copy_registry
    with Index.open(folder, NgramEmbeddings()) as index:

        def copy_and_delete(path: Path, target: Path) -> None:
            copy(path, target)
            index.remove(next(d.id for d in index.documents() if d.source == "計画.txt"))

        monkeypatch.setattr(backup_module, "copy_registry", copy_and_delete)
        report = back_up(folder, tmp_path / "b.zip")
    assert report.without_original == ("監査.txt",)
    restore(tmp_path / "b.zip", tmp_path / "new")
    with Index.open(tmp_path / "new", NgramEmbeddings()) as index:
        (plan,) = [d for d in index.documents() if d.source == "計画.txt"]
        assert index.original(plan.id).read_bytes() == b"plan"


def test_a_backup_that_fails_leaves_no_file_and_the_old_backup_as_it_was(
    folder, tmp_path, monkeypatch
):
    (tmp_path / "b.zip").write_bytes(b"the old one")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(backup_module, "sync_folder", lambda _: None)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        back_up(folder, tmp_path / "b.zip", overwrite=True)
    assert (tmp_path / "b.zip").read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip", "var"]


def test_a_backup_is_not_overwritten_unless_asked(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    with pytest.raises(BackupError, match="すでにあります"):
        back_up(folder, tmp_path / "b.zip")
    back_up(folder, tmp_path / "b.zip", overwrite=True)


@pytest.mark.parametrize(
    ("data_dir", "archive", "named"),
    [("nowhere", "b.zip", "登録簿"), ("var", "no/b.zip", "フォルダ"), ("var", "var/b.zip", "中")],
)
def test_a_backup_that_cannot_be_made_is_refused_in_words(
    folder, tmp_path, data_dir, archive, named
):
    with pytest.raises(BackupError, match=named):
        back_up(tmp_path / data_dir, tmp_path / archive)


def test_a_backup_does_not_hold_what_was_deleted_before(folder, tmp_path):
    with Index.open(folder, NgramEmbeddings()) as index:
        index.remove(next(d.id for d in index.documents() if d.source == "計画.txt"))
    back_up(folder, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        whole = b"".join(packed.read(name) for name in packed.namelist())
    assert "利用者".encode() not in whole and "監査委員".encode() in whole


def test_only_the_owner_can_read_a_backup(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_empty_is_not_replaced_unless_asked(folder, tmp_path):
    before = contents(folder)
    back_up(folder, tmp_path / "b.zip")
    with Index.open(folder, NgramEmbeddings()) as index:
        for document in index.documents():
            index.remove(document.id)
        index.add(*make_document("別.txt", ["全く別の文書"], content=b"other"), original=b"other")
    untouched = files_of(folder)
    with pytest.raises(BackupError, match="空ではありません"):
        restore(tmp_path / "b.zip", folder)
    assert files_of(folder) == untouched
    restore(tmp_path / "b.zip", folder, replace_existing=True)
    assert contents(folder) == before
    assert len(list((folder / "blobs").iterdir())) == 1


def test_a_folder_in_use_is_not_restored_into(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    with Index.open(folder, NgramEmbeddings()) as index:
        with pytest.raises(IndexLockedError, match="使用中"):
            restore(tmp_path / "b.zip", folder, replace_existing=True)
        assert index.status().agree


def test_the_write_ahead_log_of_the_replaced_registry_does_not_reach_the_new_one(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    crashed = tmp_path / "crashed"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("後から.txt", ["後から登録した文"] * 5))
        shutil.copytree(folder, crashed)  # as a killed process leaves it, with its log
    assert (crashed / "registry.sqlite3-wal").stat().st_size
    restore(tmp_path / "b.zip", crashed, replace_existing=True)
    with Index.open(crashed, NgramEmbeddings()) as index:
        assert [document.source for document in index.documents()] == ["監査.txt", "計画.txt"]
        assert index._stores.database.faults() == []


def test_a_damaged_registry_can_be_replaced(folder, tmp_path):
    before = contents(folder)
    back_up(folder, tmp_path / "b.zip")
    (folder / "registry.sqlite3").write_bytes(b"garbage" * 1_000)
    restore(tmp_path / "b.zip", folder, replace_existing=True)
    assert contents(folder) == before


def test_an_archive_with_a_changed_byte_is_refused_and_nothing_is_touched(folder, tmp_path):
    back_up(folder, tmp_path / "b.zip")
    whole, chance = (tmp_path / "b.zip").read_bytes(), random.Random(3)
    before, accepted = contents(folder), 0
    for number in range(30):
        place = chance.randrange(len(whole))
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        (tmp_path / "x.zip").write_bytes(changed)
        try:
            restore(tmp_path / "x.zip", tmp_path / f"new{number}")
        except BackupError as error:
            assert "完全ではありません" in error.message or "形式" in error.message
            assert not (tmp_path / f"new{number}").exists()
        else:  # a bit that means nothing, as in a time of the zip's directory
            accepted += 1
            assert contents(tmp_path / f"new{number}") == before
    assert accepted < 10


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_an_archive_that_was_cut_off_is_refused(folder, tmp_path, kept):
    back_up(folder, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(whole[: int(len(whole) * kept)])
    untouched = files_of(folder)
    with pytest.raises(BackupError, match="完全ではありません"):
        restore(tmp_path / "b.zip", folder, replace_existing=True)
    assert files_of(folder) == untouched


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 99])
def test_an_archive_that_says_it_is_packed_otherwise_is_refused(folder, tmp_path, method):
    back_up(folder, tmp_path / "b.zip")
    changed = bytearray((tmp_path / "b.zip").read_bytes())
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        entry = changed.index(b"PK\1\2", packed.start_dir)
    changed[entry + 10] = method
    (tmp_path / "b.zip").write_bytes(changed)
    with pytest.raises(BackupError, match="完全ではありません"):
        restore(tmp_path / "b.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def repack(archive: Path, change) -> None:
    with zipfile.ZipFile(archive) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def about_of(files: dict[str, bytes]) -> dict:
    return json.loads(files["manifest.json"])


def escape(files: dict[str, bytes]) -> None:
    about = about_of(files)
    about["files"]["../../escaped"] = about["files"]["registry.sqlite3"]
    files["../../escaped"] = files["registry.sqlite3"]
    files["manifest.json"] = json.dumps(about).encode()


def lose_an_original(files: dict[str, bytes]) -> None:
    about = about_of(files)
    name = next(name for name in files if name.startswith("blobs/"))
    del files[name], about["files"][name]
    files["manifest.json"] = json.dumps(about).encode()


def lose_the_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def be_of_tomorrow(files: dict[str, bytes]) -> None:
    files["manifest.json"] = json.dumps(about_of(files) | {"format": 2}).encode()


@pytest.mark.parametrize("change", [escape, lose_an_original, lose_the_manifest, be_of_tomorrow])
def test_an_archive_made_up_by_somebody_is_refused(folder, tmp_path, change):
    back_up(folder, tmp_path / "b.zip")
    repack(tmp_path / "b.zip", change)
    with pytest.raises(BackupError):
        restore(tmp_path / "b.zip", tmp_path / "deep" / "new")
    assert not (tmp_path / "deep" / "new").exists() and not (tmp_path / "escaped").exists()


def test_a_backup_of_a_newer_version_is_refused(folder, tmp_path):
    raw = sqlite3.connect(folder / "registry.sqlite3")
    back_up(folder, tmp_path / "b.zip")

    def make_newer(files: dict[str, bytes]) -> None:
        (tmp_path / "r").write_bytes(files["registry.sqlite3"])
        newer = sqlite3.connect(tmp_path / "r")
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
        newer.close()
        files["registry.sqlite3"] = (tmp_path / "r").read_bytes()
        about, digest = about_of(files), backup_module._sha256(tmp_path / "r")
        size = len(files["registry.sqlite3"])
        about["files"]["registry.sqlite3"] = {"sha256": digest, "bytes": size}
        files["manifest.json"] = json.dumps(about).encode()

    raw.close()
    repack(tmp_path / "b.zip", make_newer)
    with pytest.raises(IndexMismatchError, match="新しい版"):
        restore(tmp_path / "b.zip", tmp_path / "new")


def test_what_killed_backups_and_restorations_left_goes_at_the_next_start(folder):
    for name in ("backup-0123", "restore-0123"):
        (folder / name).mkdir()
        (folder / name / "part").write_bytes(b"half")
    Index.open(folder, NgramEmbeddings()).close()
    assert not list(folder.glob("backup-*/")) and not list(folder.glob("restore-*/"))


def test_agreement_is_complete_after_a_restoration_of_kept_files(tmp_path):
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        for name in ("a", "b"):
            index.add(
                *make_document(f"{name}.txt", [f"{name}の文"], content=name.encode()),
                original=name.encode(),
            )
        index.add(*make_document("a.txt", ["aの新しい文"], content=b"new"), original=b"new")
    back_up(tmp_path / "var", tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "new")
    with Index.open(tmp_path / "new", NgramEmbeddings()) as index:
        check_agreement(index)
