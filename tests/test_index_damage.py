"""A flipped bit in a derived index is noticed before the first answer, or changes no answer."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from damage_campaign import flip_campaign
from fakes import NgramEmbeddings, make_document

from rag.index import Index
from rag.lexical_files import DamagedFileError, check_files, forget_leftovers


@pytest.fixture
def folder(tmp_path) -> Path:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", [f"第{n}章 窓口の見直し{n}件" for n in range(20)]))
    return tmp_path / "var"


def lexical_folder(folder: Path) -> Path:
    (found,) = folder.glob("lexical-*")
    return found


@pytest.mark.parametrize("kind", ["vectors", "lexical"])
def test_flipped_bits_never_change_an_answer(kind, tmp_path):
    counts = flip_campaign(kind, 1, 11, tmp_path)
    assert counts["flips"] > 5 and counts["faults"] == 0
    if kind == "lexical":
        assert counts["rebuilt"] > counts["flips"] // 2


def test_every_single_byte_of_a_postings_file_counts(folder):
    (path,) = lexical_folder(folder).glob("*.idx")
    whole, chance = path.read_bytes(), random.Random(2)
    for place in chance.sample(range(len(whole)), 60):
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            check_files(lexical_folder(folder))
        except (DamagedFileError, ValueError, KeyError):
            continue
        # Only the version in the file's footer is not covered by the checksum.
        assert b'{"version"' in whole[place - 80 : place + 12]


def test_a_file_cut_at_any_place_is_noticed(folder):
    for path in lexical_folder(folder).iterdir():
        if path.suffix not in {".idx", ".term", ".store", ".fast", ".fieldnorm"}:
            continue
        whole = path.read_bytes()
        for length in (0, 3, 8, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            with pytest.raises((DamagedFileError, ValueError)):
                check_files(lexical_folder(folder))
        path.write_bytes(whole)
    check_files(lexical_folder(folder))


def test_what_a_killed_write_left_is_deleted_and_what_is_in_use_stays(folder):
    lexical = lexical_folder(folder)
    names = {path.name for path in lexical.iterdir()}
    segment = next(lexical.glob("*.idx")).stem
    for name in ("0" * 32 + ".idx", f"{segment}.99.del"):
        (lexical / name).write_bytes(b"half")
    check_files(lexical)
    forget_leftovers(lexical)
    assert {path.name for path in lexical.iterdir()} == names
    with Index.open(folder, NgramEmbeddings()) as index:
        index.remove(index.documents()[0].id)
        assert index.status().agree


def test_two_generations_exchanged_are_noticed(folder, tmp_path):
    older = tmp_path / "older"
    shutil.copytree(lexical_folder(folder), older)
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["第1章 全く新しい窓口"]))
        index.compact()
        before = index.lexical_search("窓口", "lemma", 30)
    current = lexical_folder(folder)
    shutil.rmtree(current)
    older.rename(current)
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index.lexical_search("窓口", "lemma", 30) == before


def test_a_vector_of_another_text_is_noticed(folder, caplog):
    with Index.open(folder, NgramEmbeddings()) as index:
        store, question = index._stores.vectors, "窓口の見直し"
        before = index.vector_search(question, 20)
        first, *_ = sorted(store.keys())
        wrong = index._stores.embedder.embed_documents(["全く別の文章"])
        import numpy as np

        store.add([first], [first.partition(":")[0]], np.array(wrong, dtype=np.float32))
        assert index.vector_search(question, 20) != before
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index.vector_search(question, 20) == before
    assert "作り直します: 登録簿と異なるベクトルがあります" in caplog.text


@pytest.mark.parametrize(
    ("text", "flipped"),
    [
        (b"CREATE TABLE ", b"CREAT\xed TABLE "),  # SQLite quotes it, and Chroma dies of the quote
        (b"00001-embeddings.sqlite.sql", b"00001-embed\xedings.sqlite.sql"),
    ],
)
def test_a_text_in_chromas_file_that_is_not_utf_8_ends_no_process(folder, caplog, text, flipped):
    with Index.open(folder, NgramEmbeddings()) as index:
        before = index.vector_search("窓口の見直し", 20)
    [path] = folder.glob("vectors-*/chroma.sqlite3")
    content = path.read_bytes()
    assert text in content
    path.write_bytes(content.replace(text, flipped))
    with Index.open(folder, NgramEmbeddings()) as index:
        assert index.vector_search("窓口の見直し", 20) == before
    assert "作り直します" in caplog.text


def test_what_a_killed_process_had_begun_to_write_is_undone_and_nothing_is_rebuilt(
    folder, tmp_path, caplog
):
    with Index.open(folder, NgramEmbeddings()) as index:
        before = index.vector_search("窓口の見直し", 20)
    [path] = folder.glob("vectors-*/chroma.sqlite3")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size=1")  # so that it is written before it is decided
        connection.execute("BEGIN")
        connection.execute("DELETE FROM embeddings_queue")
        connection.execute("CREATE TABLE half AS SELECT zeroblob(1000000)")
        shutil.copytree(folder, tmp_path / "killed")
    [journal] = (tmp_path / "killed").glob("vectors-*/chroma.sqlite3-journal")
    assert journal.stat().st_size
    with Index.open(tmp_path / "killed", NgramEmbeddings()) as index:
        assert index.vector_search("窓口の見直し", 20) == before
    assert "作り直します" not in caplog.text
    assert not journal.exists()
