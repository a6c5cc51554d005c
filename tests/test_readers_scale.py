"""The view of an index against a plain model of it, and what empty and huge scopes do."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import NgramEmbeddings, make_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.people.caller import Caller, Role
from api.people.scopes import Scopes
from rag.assistant import Assistant
from rag.errors import UnknownDocumentError
from rag.glossary import DocumentNames
from rag.index import Index
from rag.retrieval import Retriever
from rag.types import Chunk, Query
from rag.wording import Wording

GROUPS = [f"課{number}" for number in range(8)]
WORDS = ["予算", "件数", "窓口", "点検", "防災", "道路", "水道", "教育"]  # one token each
DOCUMENTS = 60


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """60 documents of 2 chunks; labels as `labels_of` says."""
    chooser = random.Random(7)
    folder: Path = tmp_path_factory.mktemp("scale")
    with Index.open(folder, NgramEmbeddings()) as opened:
        for number in range(DOCUMENTS):
            texts = [" ".join(chooser.choices(WORDS, k=6)) + f"{number}-{page}" for page in (1, 2)]
            document, pages, chunks = make_document(f"{number}.txt", texts)
            labels = tuple(chooser.sample(GROUPS, chooser.choice((0, 1, 1, 2))))
            opened.add(replace(document, groups=labels), pages, chunks)
        yield opened


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(groups=st.sets(st.sampled_from(GROUPS)), words=st.lists(st.sampled_from(WORDS), max_size=4))
def test_a_view_finds_what_searching_everything_and_leaving_out_the_rest_finds(
    index: Index, groups: set[str], words: list[str]
) -> None:
    def may_read(document):  # type: ignore[no-untyped-def]
        return bool(groups.intersection(document.groups))

    view = index.readable(may_read)
    readable = {document.id for document in index.documents() if may_read(document)}
    text = " ".join(words) or "件数"
    for channel in ("dense", "lemma", "bigram"):
        if channel == "dense":
            everything = index.vector_search(text, 10_000)
            found = view.vector_search(text, 10)
        else:
            everything = index.lexical_search(text, channel, 10_000)
            found = view.lexical_search(text, channel, 10)
        expected = {
            hit.chunk_id: hit.score for hit in everything if hit.chunk_id.split(":")[0] in readable
        }
        best = sorted(expected.values(), reverse=True)[:10]
        # Which of equally good ones is last may differ.
        assert [hit.score for hit in found] == pytest.approx(best)
        assert [expected[hit.chunk_id] for hit in found] == pytest.approx(best)
    term = words[0] if words else "窓口"
    in_view = sum(term in chunk.text for key in readable for chunk in index.chunks_of(key))
    assert view.document_frequency(term, "surface") == in_view
    assert {document.id for document in view.documents()} == readable
    assert view.chunk_count == 2 * len(readable)


def test_a_hidden_document_is_not_there_by_any_way(index: Index) -> None:
    hidden = next(document for document in index.documents() if not document.groups)
    view = index.readable(lambda document: bool(document.groups))
    chunk = index.chunks_of(hidden.id)[0]
    for look in (
        lambda: view.document(hidden.id),
        lambda: view.page(hidden.id, 1),
        lambda: view.pages(hidden.id),
        lambda: view.original(hidden.id),
    ):
        with pytest.raises(UnknownDocumentError):
            look()
    assert view.chunk(chunk.id) is None and view.chunks([chunk.id]) == []
    assert view.chunks_of(hidden.id) == [] and view.neighbours(chunk.id) == []
    assert view.vector_search(chunk.text, 5, [hidden.id]) == []
    assert view.lexical_search(chunk.text, "lemma", 5, [hidden.id]) == []
    query = Query(text=chunk.text, document_ids=(hidden.id,))
    assert Retriever(index).within(view).search(query) == []
    assert Assistant(index).within(view).ask(query).citations == ()


def test_nobody_reads_what_has_no_label_and_no_group_reads_nothing(index: Index) -> None:
    scopes = Scopes(Assistant(index), index)
    nobody = Caller(id="a", name="A")
    stranger = Caller(id="b", name="B", groups=frozenset({"存在しない課", ""}))
    everyone = Caller(id="c", name="C", groups=frozenset(GROUPS), roles=frozenset(Role))
    for caller in (nobody, stranger):
        assistant = scopes.of(caller).assistant
        assert assistant.index.documents() == [] and assistant.index.chunk_count == 0
        assert assistant.search(Query(text="予算の件数")) == []
        assert assistant.ask(Query(text="予算の件数は？")).passages == ()
        assert assistant.index.document_frequency("予算", "surface") == 0
    seen = {document.id for document in scopes.of(everyone).assistant.index.documents()}
    assert seen == {document.id for document in index.documents() if document.groups}
    # The one who looks after documents sees the rest on the shelf, and gets no answer from it.
    assert len(scopes.shelf_of(everyone).documents()) == DOCUMENTS


def test_a_person_in_40000_groups_is_answered_within_a_moment(index: Index) -> None:
    scopes = Scopes(Assistant(index), index)
    many = frozenset({f"班{number}" for number in range(40_000)} | {GROUPS[0]})
    one = frozenset({GROUPS[0]})
    callers = [Caller(id=str(n), name="A", groups=groups) for n, groups in enumerate((many, one))]
    # Groups that no document names make no difference: both are given the same view.
    assert scopes.of(callers[0]) is scopes.of(callers[1])
    start = time.perf_counter()
    assert scopes.of(callers[0]).assistant.search(Query(text="予算の件数"))
    assert time.perf_counter() - start < 30


def test_a_changed_label_acts_in_views_that_are_open(index: Index) -> None:
    document = next(d for d in index.documents() if d.groups == (GROUPS[1],))
    view = index.readable(lambda known: GROUPS[1] in known.groups)
    assert document.id in {known.id for known in view.documents()}
    before = view.version
    index.label(document.id, groups=[])
    assert document.id not in {known.id for known in view.documents()}
    assert view.version != before
    index.label(document.id, groups=[GROUPS[1]])
    assert view.document(document.id).groups == (GROUPS[1],)


def test_labels_survive_a_restart(tmp_path: Path) -> None:
    document, pages, chunks = make_document("a.txt", ["予算の件数は3件"])
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        index.add(document, pages, chunks)
        index.label(document.id, groups=["課1", "課0", "課1"], confidentiality="機密性2")
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        kept = index.document(document.id)
        assert (kept.groups, kept.confidentiality) == (("課0", "課1"), "機密性2")


def test_the_words_of_a_document_are_learned_once_for_all_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[str] = []

    class Counted(DocumentNames):
        def __init__(self, chunks: Sequence[Chunk]) -> None:
            learned.extend({chunk.document_id for chunk in chunks})
            super().__init__(chunks)

    monkeypatch.setattr("rag.wording.DocumentNames", Counted)
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        for name in ("計画", "報告"):
            index.add(*make_document(f"{name}.txt", [f"{name}の{name * 2}（ABC{name}）"]))
        whole = Wording(index)
        views = [
            whole.within(index.readable(lambda document, s=source: document.source == s))
            for source in ("計画.txt", "報告.txt")
        ]
        together = threading.Barrier(8)

        def ask(wording: Wording) -> None:
            together.wait()
            wording.current()

        threads = [threading.Thread(target=ask, args=(w,)) for w in (whole, *views, whole) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(learned) == sorted({document.id for document in index.documents()})
        index.add(*make_document("資料.txt", ["GIS（地理情報システム）"]))
        assert whole.current().glossary.alternatives("GIS") == ("地理情報システム",)
        assert views[0].current().glossary.alternatives("GIS") == ()
        assert len(learned) == 3


def test_the_chunks_of_a_document_are_kept_once_for_all_who_may_read_it(tmp_path: Path) -> None:
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["予算の件数"]))
        [document] = index.documents()
        views = [Retriever(index).within(index.readable(lambda _: True)) for _ in range(2)]
        one, other = (view.chunks_of_document(document.id) for view in views)
        assert one and one is other
        hidden = Retriever(index).within(index.readable(lambda _: False))
        assert not hidden.chunks_of_document(document.id)
        index.replace(*make_document("a.txt", ["予算の点検"]))
        assert [chunk.text for chunk in views[0].chunks_of_document(document.id)] == ["予算の点検"]


def test_how_often_a_word_occurs_is_counted_anew_after_each_change(tmp_path: Path) -> None:
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["予算の件数"]))
        hidden, *_ = index.documents()
        view = index.readable(lambda document: document.id != hidden.id)
        for number in range(1, 4):
            document, pages, chunks = make_document(f"b{number}.txt", ["予算の点検"])
            index.add(document, pages, chunks)
            assert view.document_frequency("予算", "lemma") == number
            assert view.document_frequency("予算", "lemma") == number
        index.remove(document.id)
        assert view.document_frequency("予算", "lemma") == 2
