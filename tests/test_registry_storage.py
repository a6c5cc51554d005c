"""What goes into the registry comes out as it was."""

import sqlite3
import threading
import time
from datetime import date, timedelta

import pytest
from fakes import make_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from rag.errors import IndexDamagedError, IndexMismatchError
from rag.registry import Database, TurnLog, documents, journal, vectors
from rag.registry.database import MIGRATIONS
from rag.registry.schema import SCHEMA_REVISION, metadata
from rag.registry.turns import TurnState
from rag.types import Chunk, ChunkKind, Document, Page

# Lone surrogates are replaced when files and questions are read.
TEXT = st.text(
    st.characters(blacklist_categories=["Cs"]) | st.sampled_from("市計画ＤＸ㍿𠮷葛\0\u200b"),
    max_size=40,
)
STRINGS = st.lists(TEXT, max_size=4).map(tuple)
DATES = st.none() | st.dates(date(1868, 1, 1), date(2100, 1, 1))


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "registry.sqlite3")
    yield opened
    opened.close()


@st.composite
def whole_documents(draw):
    texts = draw(st.lists(TEXT, min_size=1, max_size=4))
    document = Document(
        id="a1b2", source=draw(TEXT), title=draw(TEXT), content_hash="0" * 64, kind=draw(TEXT),
        publisher=draw(TEXT), department=draw(TEXT), issued=draw(DATES), valid_from=draw(DATES),
        valid_until=draw(DATES), successor=draw(TEXT), has_pages=draw(st.booleans()),
        page_count=len(texts), warnings=draw(STRINGS),
    )  # fmt: skip
    pages = [
        Page(
            document_id="a1b2", number=number, text=text, label=draw(TEXT),
            quality=draw(st.floats(0, 1)),
        )
        for number, text in enumerate(texts, 1)
    ]  # fmt: skip
    chunks = [
        Chunk(
            id=f"a1b2:{ordinal:05d}", document_id="a1b2", ordinal=ordinal, page=ordinal + 1,
            start=0, end=len(text), kind=draw(st.sampled_from(ChunkKind)), text=text,
            search_text=draw(TEXT), heading=draw(STRINGS), columns=draw(STRINGS),
            cells=draw(STRINGS), duplicate_of=draw(TEXT),
        )
        for ordinal, text in enumerate(texts)
    ]  # fmt: skip
    return document, pages, chunks


@given(whole=whole_documents())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_documents_pages_and_chunks_come_back_as_they_went_in(database, whole):
    document, pages, chunks = whole
    with database.write() as connection:
        documents.put(connection, document, pages, chunks, 7)
    with database.read() as connection:
        assert documents.all_documents(connection) == {"a1b2": (document, 7)}
        assert documents.pages_of(connection, "a1b2") == pages
        assert documents.chunks_of(connection, "a1b2") == chunks
        assert documents.chunks_by_id(connection, [c.id for c in reversed(chunks)]) == chunks[::-1]


def test_a_page_and_its_chunks_are_read_without_the_rest(database):
    document, pages, chunks = make_document("a.txt", ["一", "二", "三", "四", "五"])
    with database.write() as connection:
        documents.put(connection, document, pages, chunks, 1)
    with database.read() as connection:
        assert documents.page(connection, document.id, 3) == pages[2]
        assert documents.page(connection, document.id, 6) is None
        assert documents.chunks_of(connection, document.id, 3) == [chunks[2]]
        assert documents.neighbours(connection, chunks[2].id, 1, 2) == chunks[1:5]
        assert documents.neighbours(connection, chunks[0].id, 2, 0) == chunks[:1]
        assert documents.neighbours(connection, "unknown:00000", 1, 1) == []


def test_many_chunks_are_read_at_once_and_unknown_ids_are_left_out(database):
    texts = [f"第{number}条" for number in range(12_000)]
    document, pages, chunks = make_document("a.txt", texts)
    with database.write() as connection:
        documents.put(connection, document, pages, chunks, 1)
    wanted = [chunk.id for chunk in chunks[::-1]]
    with database.read() as connection:
        found = documents.chunks_by_id(connection, ["nowhere:00001", *wanted])
    assert [chunk.id for chunk in found] == wanted


def test_when_an_original_goes_its_first_copy_takes_its_place(database):
    from dataclasses import replace

    original = make_document("本編.txt", ["同じ文"])
    copies = [make_document(f"概要版{n}.txt", ["同じ文"]) for n in range(3)]
    with database.write() as connection:
        documents.put(connection, *original, 1)
        for document, pages, (chunk,) in copies:
            copy = replace(chunk, duplicate_of=original[2][0].id)
            documents.put(connection, document, pages, [copy], 1)
        documents.remove(connection, original[0].id)
    ids = sorted(chunks[0].id for _, _, chunks in copies)
    with database.read() as connection:
        found = documents.chunks_by_id(connection, ids)
    assert [chunk.duplicate_of for chunk in found] == ["", ids[0], ids[0]]


def test_a_failed_transaction_leaves_nothing(database):
    def fail() -> None:
        with database.write() as connection:
            documents.put(connection, *make_document("a.txt", ["一"]), 1)
            raise RuntimeError("電源断")

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as connection:
        assert documents.all_documents(connection) == {}


def test_a_reader_sees_one_state_while_another_writes(database):
    with database.read() as reader:
        assert documents.all_documents(reader) == {}
        with database.write() as connection:
            documents.put(connection, *make_document("a.txt", ["一"]), 1)
        assert documents.all_documents(reader) == {}
    with database.read() as reader:
        assert len(documents.all_documents(reader)) == 1


def test_vectors_come_back_bit_for_bit_and_unused_ones_can_be_forgotten(database):
    import numpy as np

    document, pages, chunks = make_document("a.txt", ["一", "二"])
    used = documents.text_hash("一")
    vector = np.random.default_rng(0).normal(size=8).astype(np.float32)
    with database.write() as connection:
        documents.put(connection, document, pages, chunks, 1)
        vectors.put(connection, "e5", {used: vector, "unused": vector})
        vectors.put(connection, "other", {used: vector})
        assert vectors.missing_texts(connection, "e5") == {documents.text_hash("二"): "二"}
        assert np.array_equal(vectors.known(connection, "e5", [used, "x"])[used], vector)
        vectors.forget_unused(connection, "e5")
        assert list(vectors.known(connection, "e5", [used, "unused"])) == [used]
        assert vectors.known(connection, "other", [used]) == {}


def test_revisions_in_the_journal_only_grow(database):
    with database.write() as connection:
        first = journal.begin(connection, "put", "a")
        second = journal.begin(connection, "remove", "b")
        assert journal.unfinished(connection) == [(first, "put", "a"), (second, "remove", "b")]
        journal.write_manifest(connection, {journal.GENERATION: str(second)})
        journal.finish(connection, first)
        journal.finish(connection, second)
        assert journal.unfinished(connection) == []
        assert journal.begin(connection, "put", "c") > second > first


def test_the_file_is_durable_and_wipes_what_it_deletes(database):
    with database.read() as connection:
        settings_of_file = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert settings_of_file == {
        "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1,
    }  # fmt: skip


def test_the_migrations_make_exactly_the_tables_the_code_uses(database):
    from sqlalchemy import create_engine, inspect

    described = create_engine("sqlite://")
    metadata.create_all(described)
    expected = inspect(described)
    with database.read() as connection:
        made = inspect(connection)
        assert set(made.get_table_names()) == set(expected.get_table_names()) | {"alembic_version"}
        for table in metadata.tables:
            for kind in ("columns", "indexes", "foreign_keys", "pk_constraint"):
                assert repr(getattr(made, f"get_{kind}")(table)) == repr(
                    getattr(expected, f"get_{kind}")(table)
                )
    described.dispose()


def test_the_schema_revision_is_that_of_the_newest_migration():
    newest = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))[-1]
    assert newest.name.split("_")[0] == SCHEMA_REVISION


def test_a_registry_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "registry.sqlite3"
    Database(path).close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(IndexMismatchError, match="新しい版の shiori"):
        Database(path)
    raw = sqlite3.connect(path)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)
    raw.close()


def test_a_file_that_is_no_registry_is_named_in_the_error(tmp_path):
    path = tmp_path / "registry.sqlite3"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexDamagedError, match="登録簿") as caught:
        Database(path)
    assert str(path) in caught.value.message


def test_a_turn_is_there_before_its_answer_is(database):
    log = TurnLog(database)
    turn = log.begin_turn("c1", "利用者数は？")
    (running,) = log.turns("c1")
    assert (running.id, running.question, running.answer) == (turn, "利用者数は？", "")
    assert running.state is TurnState.RUNNING
    log.finish_turn(turn, '{"status": "answered"}', TurnState.COMPLETE)
    (done,) = log.turns("c1")
    assert (done.state, done.answer) == (TurnState.COMPLETE, '{"status": "answered"}')


def test_a_turn_ends_only_once(database):
    log = TurnLog(database)
    turn = log.begin_turn("c1", "質問", "given-id")
    assert turn == "given-id"
    log.finish_turn(turn, "", TurnState.CUT_BY_USER)
    log.finish_turn(turn, "{}", TurnState.COMPLETE)
    assert log.turns("c1")[0].state is TurnState.CUT_BY_USER


def test_turns_keep_their_order_and_conversations_show_the_latest_first(database):
    log = TurnLog(database)
    for conversation, question in [("a", "一"), ("b", "二"), ("a", "三"), ("c", "四"), ("a", "五")]:
        log.begin_turn(conversation, question)
    assert [turn.question for turn in log.turns("a")] == ["一", "三", "五"]
    found = log.conversations()
    assert [(c.id, c.first_question, c.turn_count) for c in found] == [
        ("a", "一", 3), ("c", "四", 1), ("b", "二", 1),
    ]  # fmt: skip
    assert [c.id for c in log.conversations(limit=1)] == ["a"]
    assert log.turns("unknown") == []
    assert found[0].last_asked_at - found[0].started_at < timedelta(minutes=5)


def test_turns_of_a_dead_process_are_marked_as_cut_by_error(database):
    log = TurnLog(database)
    done = log.begin_turn("a", "一")
    log.finish_turn(done, "{}", TurnState.COMPLETE)
    log.begin_turn("a", "二")
    assert log.close_abandoned() == 1
    assert [turn.state for turn in log.turns("a")] == [TurnState.COMPLETE, TurnState.CUT_BY_ERROR]


def test_threads_that_write_wait_for_each_other_and_not_for_sqlite(database):
    database._engine.dispose()
    # A connection that finds the file taken is refused at once, instead of trying again.
    event.listen(database._engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=0"))
    log, faults = TurnLog(database), []

    def write() -> None:
        try:
            for _ in range(20):
                log.begin_turn("c", "質問")
        except Exception as error:
            faults.append(error)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    assert len(log.turns("c")) == 160


def test_threads_that_wait_for_their_turn_to_write_hold_no_connection(database):
    database._engine.dispose()
    opened: list[object] = []
    event.listen(database._engine, "connect", lambda raw, _: opened.append(raw))
    together = threading.Barrier(21)

    def write() -> None:
        together.wait()
        with database.write():
            pass

    writers = [threading.Thread(target=write) for _ in range(20)]
    with database.write():
        for writer in writers:
            writer.start()
        together.wait()
        time.sleep(0.2)  # for all of them to come as far as they get
        assert len(opened) == 1
        with database.read() as connection:  # does not wait for one of the twenty
            assert documents.all_documents(connection) == {}
    for writer in writers:
        writer.join()
    assert len(opened) == 2
