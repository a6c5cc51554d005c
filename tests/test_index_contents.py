"""What is in the index, after putting in, replacing and taking out."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from fakes import NgramEmbeddings, make_document

from rag.errors import (
    EmbeddingModelError,
    IngestError,
    ShioriError,
    UnknownDocumentError,
    UnknownPageError,
)
from rag.index import Index
from rag.lexical import CHANNELS
from rag.registry import documents

PLAN = ["生成AIの月平均利用者数は227人であった。", "RPAにより年間3,969時間を削減した。"]
AUDIT = ["監査委員は、契約事務の改善を求めた。", "備品台帳の記載に誤りがあった。"]


def held_keys(index: Index) -> tuple[set[str], set[str]]:
    return index._stores.vectors.keys(), index._stores.lexical.keys()


def test_a_document_is_found_by_meaning_and_by_words(index):
    plan, pages, chunks = make_document("計画.pdf", PLAN)
    index.add(plan, pages, chunks)
    index.add(*make_document("監査.pdf", AUDIT))
    assert index.vector_search("RPAで削減した時間", 1)[0].chunk_id == chunks[1].id
    for channel in CHANNELS:
        assert index.lexical_search("RPAで削減した時間", channel, 1)[0].chunk_id == chunks[1].id


def test_what_was_put_in_is_read_back(index):
    plan, pages, chunks = make_document("計画.pdf", PLAN)
    index.add(plan, pages, chunks)
    assert index.documents() == [plan]
    assert index.document(plan.id) == plan
    assert index.pages(plan.id) == pages
    assert index.page(plan.id, 2) == pages[1]
    assert index.chunk(chunks[0].id) == chunks[0]
    assert index.chunk("unknown:00000") is None
    assert index.chunks([chunks[1].id, chunks[0].id]) == [chunks[1], chunks[0]]
    assert index.chunks_of(plan.id, 1) == [chunks[0]]
    assert index.neighbours(chunks[0].id) == chunks
    assert index.chunk_count == 2
    assert index.document_frequency("時間", "lemma") == 1


def test_unknown_documents_and_pages_are_named_in_the_error(index):
    plan, pages, chunks = make_document("計画.pdf", PLAN)
    index.add(plan, pages, chunks)
    for call in (index.document, index.pages, index.original, index.remove):
        with pytest.raises(UnknownDocumentError, match="ない文書"):
            call("ない文書")
    with pytest.raises(UnknownPageError, match="3 ページはありません"):
        index.page(plan.id, 3)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_scope_lets_only_its_documents_answer(index, number):
    documents = [make_document(f"{n}.txt", [*PLAN, f"文書{n}だけの文"]) for n in range(3)]
    for document in documents:
        index.add(*document)
    wanted = documents[number][0].id
    hits = index.vector_search("RPA", 50, [wanted])
    for channel in CHANNELS:
        hits += index.lexical_search("RPAの時間", channel, 50, [wanted])
    assert {hit.chunk_id.split(":")[0] for hit in hits} == {wanted}


def test_dense_search_equals_exhaustive_search(index, embedder):
    texts = [
        f"第{n}章 {'窓口業務' * (n % 5)}の見直しにより{n * 37}件を処理した" for n in range(150)
    ]
    _, _, chunks = document = make_document("長い文書.txt", texts)
    index.add(*document)
    matrix = np.array(embedder.embed_documents(texts), dtype=np.float32)
    for question in ("窓口業務の件数", "第7章", "見直し"):
        scores = matrix @ np.array(embedder.embed_query(question), dtype=np.float32)
        found = index.vector_search(question, 20)
        assert [hit.score for hit in found] == pytest.approx(
            sorted(scores.tolist(), reverse=True)[:20], abs=1e-5
        )
        by_id = {chunk.id: float(score) for chunk, score in zip(chunks, scores, strict=True)}
        assert all(by_id[hit.chunk_id] == pytest.approx(hit.score, abs=1e-5) for hit in found)


def test_a_replaced_document_answers_with_its_new_text_only(index):
    plan, pages, chunks = make_document("計画.pdf", PLAN)
    index.add(plan, pages, chunks)
    version = index.version
    new, new_pages, new_chunks = make_document("計画.pdf", ["電子申請の手続は410件となった。"])
    assert new.id == plan.id
    index.add(new, new_pages, new_chunks)
    assert index.documents() == [new]
    assert index.pages(plan.id) == new_pages
    assert index.lexical_search("RPAの削減時間", "lemma", 5) == []
    assert [hit.chunk_id for hit in index.vector_search("RPA", 5)] == [new_chunks[0].id]
    assert index.version != version
    assert all(len(keys) == 1 for keys in held_keys(index))


def test_putting_the_same_document_in_again_changes_nothing_but_the_version(index, embedder):
    document = make_document("計画.pdf", PLAN)
    index.add(*document)
    before, embedded = index.vector_search("RPA", 5), len(embedder.embedded)
    index.add(*document)
    assert index.vector_search("RPA", 5) == before
    assert index.chunks_of(document[0].id) == document[2]
    assert len(embedder.embedded) == embedded


def test_only_new_texts_are_embedded_and_all_chunks_are_reported(index, embedder):
    index.add(*make_document("計画.pdf", PLAN))
    embedder.embedded.clear()
    reported: list[int] = []
    index.add(
        *make_document("計画.pdf", [*PLAN, "新しい文", "新しい文", "別の文"]),
        on_embedded=reported.append,
    )
    assert sorted(embedder.embedded) == ["別の文", "新しい文"]
    assert sum(reported) == 5


def test_a_removed_document_answers_nothing_and_leaves_nothing(index, tmp_path):
    plan, pages, chunks = make_document("計画.pdf", PLAN)
    content = "\n".join(PLAN).encode()
    index.add(plan, pages, chunks, original=content)
    index.add(*make_document("監査.pdf", AUDIT))
    receipt = index.remove(plan.id)
    assert (receipt.source, receipt.pages, receipt.chunks) == ("計画.pdf", 2, 2)
    assert (receipt.vectors, receipt.lexical_entries, receipt.left) == (2, 2, 0)
    assert [document.source for document in index.documents()] == ["監査.pdf"]
    assert index.chunks([chunk.id for chunk in chunks]) == []
    assert index.lexical_search("RPAの削減時間", "lemma", 5) == []
    assert plan.id not in {hit.chunk_id.split(":")[0] for hit in index.vector_search("RPA", 9)}
    assert index.document_frequency("RPA".lower(), "lemma") == 0
    traces = ["227人".encode(), b"3,969", b"3969", plan.id.encode()]
    for path in (tmp_path / "var").rglob("*"):
        if path.is_file() and "vectors-" not in str(path):  # Chroma has keys and vectors only
            assert not any(trace in path.read_bytes() for trace in traces), path


def test_the_dense_index_never_holds_text(index, tmp_path):
    index.add(*make_document("計画.pdf", PLAN))
    for path in (tmp_path / "var").glob("vectors-*/**/*"):
        if path.is_file():
            assert "利用者".encode() not in path.read_bytes()


def test_the_room_chroma_makes_for_vectors_shows_no_memory(index, tmp_path):
    index.add(*make_document("計画.pdf", PLAN))
    index.vector_search("利用者", 3)
    rooms = list((tmp_path / "var").glob("vectors-*/*/data_level0.bin"))
    assert rooms and all(not room.read_bytes().strip(b"\0") for room in rooms)


def test_the_original_is_kept_until_no_document_has_it(index, tmp_path):
    content = b"%PDF-1.7 ..."
    first = make_document("a.pdf", PLAN, content=content)
    second = make_document("b.pdf", PLAN, content=content)
    (tmp_path / "b.pdf").write_bytes(content)
    index.add(*first, original=content)
    index.add(*second, original=tmp_path / "b.pdf")
    assert index.original(first[0].id).read_bytes() == content
    kept = index.original(first[0].id)
    index.remove(first[0].id)
    assert index.original(second[0].id) == kept
    index.remove(second[0].id)
    assert not kept.exists()


def test_a_document_without_its_file_says_so(index):
    document = make_document("a.pdf", PLAN)
    index.add(*document)
    with pytest.raises(UnknownDocumentError, match="保存されていません"):
        index.original(document[0].id)


def test_a_file_that_changed_while_it_was_read_is_refused_and_the_old_state_stays(index):
    old = make_document("a.pdf", PLAN, content=b"old")
    index.add(*old, original=b"old")
    with pytest.raises(IngestError, match="読み取り中に変わりました"):
        index.add(*make_document("a.pdf", AUDIT, content=b"new"), original=b"newer")
    assert index.documents() == [old[0]]
    assert index.original(old[0].id).read_bytes() == b"old"
    assert all(len(keys) == 2 for keys in held_keys(index))


def test_an_embedder_that_fails_leaves_the_old_state(tmp_path):
    class Failing(NgramEmbeddings):
        broken = False

        def _passages(self, texts):
            vectors = super()._passages(texts)
            return vectors * np.nan if self.broken else vectors

    embedder = Failing()
    with Index.open(tmp_path / "var", embedder) as index:
        old = make_document("a.pdf", PLAN)
        index.add(*old)
        embedder.broken = True
        with pytest.raises(EmbeddingModelError, match="正しいベクトル"):
            index.add(*make_document("a.pdf", AUDIT))
        assert index.documents() == [old[0]]
        assert index.lexical_search("RPA", "lemma", 1)


def test_a_document_without_chunks_is_listed_and_finds_nothing(index):
    document = make_document("空.pdf", [""])
    index.add(document[0], document[1], [])
    assert index.documents() == [document[0]]
    assert index.vector_search("何か", 5) == []
    assert index.remove(document[0].id).left == 0


def test_a_chunk_of_another_document_is_refused(index):
    document, pages, chunks = make_document("a.pdf", PLAN)
    with pytest.raises(ValueError, match="chunk id"):
        index.add(replace(document, id="other"), pages, chunks)


def test_status_counts_every_part(index):
    index.add(*make_document("a.pdf", PLAN))
    status = index.status()
    assert (status.documents, status.pages, status.chunks) == (1, 2, 2)
    assert (status.vectors, status.lexical_entries, status.agree) == (2, 2, True)
    index._stores.lexical.remove(index._stores.lexical.keys())
    assert not index.status().agree


def test_readers_see_the_old_or_the_new_text_while_a_document_is_replaced(index):
    versions = [
        [f"第{v}版の{part}章では窓口{v}番を案内する" for part in range(8)] for v in range(8)
    ]
    index.add(*make_document("手引.txt", versions[0]))
    document_id = index.documents()[0].id
    mixed: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with index.snapshot():
                ids = [hit.chunk_id for hit in index.vector_search("窓口の案内", 20)]
                ids += [hit.chunk_id for hit in index.lexical_search("窓口の案内", "lemma", 20)]
                texts = [chunk.text for chunk in index.chunks(ids)]
                pages = [page.text for page in index.pages(document_id)]
            if len(ids) != 16 or len({text[:3] for text in texts + pages}) != 1:
                mixed.append((ids, texts, pages))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for texts in versions[1:]:
        index.add(*make_document("手引.txt", texts))
    stop.set()
    for reader in readers:
        reader.join()
    assert mixed == []


def test_readers_go_on_while_a_large_document_is_written_down(index, monkeypatch):
    index.add(*make_document("計画.pdf", PLAN))
    read, put = threading.Event(), documents.put

    def put_while_somebody_reads(*arguments):
        put(*arguments)
        assert read.wait(60), "a reader waited for the writer"

    monkeypatch.setattr("rag.writing.documents.put", put_while_somebody_reads)
    writer = threading.Thread(target=index.add, args=make_document("監査.pdf", AUDIT))
    writer.start()
    with index.snapshot():
        assert [document.source for document in index.documents()] == ["計画.pdf"]
        assert index.pages(index.documents()[0].id)[0].text == PLAN[0]
        assert len(index.vector_search("RPA", 9)) == 2
    read.set()
    writer.join()
    assert len(index.documents()) == 2


def test_what_was_read_stays_read_until_it_is_another(index, monkeypatch):
    reads: list[str] = []

    def counting(name):
        original = getattr(documents, name)

        def read(*arguments):
            reads.append(name)
            return original(*arguments)

        monkeypatch.setattr(f"rag.stores.documents.{name}", read)

    plan, pages, chunks = make_document("計画.pdf", PLAN)
    index.add(plan, pages, chunks)
    audit, *_ = later = make_document("監査.pdf", AUDIT)
    assert index.chunks_of(audit.id, 1) == []  # not there yet, and not remembered as missing
    for name in ("page", "chunks_of", "chunks_by_id"):
        counting(name)

    def read_all() -> None:
        assert index.page(plan.id, 1) == index.pages(plan.id)[0]
        assert index.chunks_of(plan.id, 2)[0].text == index.pages(plan.id)[1].text
        assert index.chunks([f"{plan.id}:00000"])[0].text == index.pages(plan.id)[0].text

    read_all()
    assert reads == ["page", "chunks_of", "chunks_by_id"]
    index.add(*later)
    index.describe(audit.id, {"department": "監査課"})
    read_all()
    assert len(reads) == 3
    assert index.chunks_of(audit.id, 1)[0].text == AUDIT[0]
    for change in (
        lambda: index.add(*make_document("計画.pdf", [PLAN[1], PLAN[0], "三"])),
        lambda: index.remove(audit.id),
    ):
        reads.clear()
        change()
        read_all()
        assert reads == ["page", "chunks_of", "chunks_by_id"]


def test_writers_in_several_threads_take_turns(index):
    writers = [
        threading.Thread(target=index.add, args=make_document(f"{n}.txt", [f"第{n}号", *PLAN]))
        for n in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    status = index.status()
    assert (status.documents, status.vectors, status.lexical_entries) == (6, 18, 18)


def test_writing_inside_a_snapshot_is_an_error_and_not_a_deadlock(index):
    with index.snapshot(), pytest.raises(RuntimeError, match="wait for itself"):
        index.add(*make_document("a.pdf", PLAN))
    assert index.documents() == []


def test_closing_stops_a_long_ingestion_and_leaves_the_old_state(tmp_path):
    index = Index.open(tmp_path / "var", NgramEmbeddings(pause_s=0.05))
    started = threading.Event()
    errors: list[ShioriError] = []

    def ingest() -> None:
        texts = [f"第{n}条" for n in range(2_000)]
        try:
            index.add(*make_document("長い.txt", texts), on_embedded=lambda _: started.set())
        except ShioriError as error:
            errors.append(error)

    writer = threading.Thread(target=ingest)
    writer.start()
    started.wait(30)
    index.close()
    writer.join()
    assert "中断" in errors[0].message
    with Index.open(tmp_path / "var", NgramEmbeddings()) as again:
        assert again.documents() == []
