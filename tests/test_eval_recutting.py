"""The same pages cut in plainer ways."""

from pathlib import Path

import pytest
from eval_support import CountingEmbeddings

from eval.recutting import Cut, CutDocument, open_recut, recut
from ingest.pipeline import ingest_bytes
from rag.index import Index
from rag.types import Chunk, ChunkKind, Query

SOURCE = """# 事業計画

## 第1章 目標

行政手続のオンライン化率を2029年度までに80%とする。窓口の待ち時間を半分にする。

## 第2章 事業

| 事業名 | 担当課 | 予算 |
| --- | --- | --- |
| 窓口予約 | 市民課 | 120万円 |
| 電子納付 | 税務課 | 340万円 |
| 地図公開 | 道路課 | 56万円 |
"""


@pytest.fixture
def given(index: Index) -> CutDocument:
    report = ingest_bytes("plan.md", SOURCE.encode(), index)
    assert report.added == ("plan.md",)
    (document,) = index.documents()
    return CutDocument(
        document=document, pages=index.pages(document.id), chunks=index.chunks_of(document.id)
    )


def text_of(given: CutDocument, chunk: Chunk) -> str:
    return given.pages[chunk.page - 1].text[chunk.start : chunk.end]


def test_the_cut_of_the_product_is_left_as_it_is(given: CutDocument) -> None:
    assert recut(given, "product") == list(given.chunks)
    assert any(chunk.kind is ChunkKind.TABLE_ROW for chunk in given.chunks)


@pytest.mark.parametrize("cut", ["no_headings", "no_table_rows", "plain"])
def test_every_cut_holds_the_words_of_the_pages_under_new_numbers(
    given: CutDocument, cut: Cut
) -> None:
    chunks = recut(given, cut)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert {chunk.id for chunk in chunks} == {
        f"{given.document.id}:{chunk.ordinal:05d}" for chunk in chunks
    }
    read = "".join(text_of(given, chunk) for chunk in chunks)
    for word in ("80%", "市民課", "340万円", "56万円"):
        assert word in read


def test_without_headings_neither_search_nor_reading_knows_them(given: CutDocument) -> None:
    chunks = recut(given, "no_headings")
    assert all(chunk.heading == () for chunk in chunks)
    rows = [chunk for chunk in chunks if chunk.kind is ChunkKind.TABLE_ROW]
    assert len(rows) == 3
    assert not any("事業計画" in row.search_text or "第2章" in row.search_text for row in rows)


def test_without_table_rows_a_table_is_one_piece_of_prose(given: CutDocument) -> None:
    chunks = recut(given, "no_table_rows")
    assert {chunk.kind for chunk in chunks} <= {ChunkKind.PROSE, ChunkKind.LIST}
    (table,) = [chunk for chunk in chunks if "電子納付" in chunk.text]
    assert "道路課" in table.text
    assert (table.columns, table.cells) == ((), ())
    assert "第2章 事業" in table.search_text


def test_long_tables_are_cut_to_the_length_of_prose(index: Index) -> None:
    rows = "\n".join(f"| 事業{n}の名前 | 担当{n}課 | {n}万円 |" for n in range(60))
    ingest_bytes(
        "t.md", f"| 事業名 | 担当課 | 予算 |\n| --- | --- | --- |\n{rows}\n".encode(), index
    )
    (document,) = index.documents()
    given = CutDocument(
        document=document, pages=index.pages(document.id), chunks=index.chunks_of(document.id)
    )
    chunks = recut(given, "no_table_rows")
    assert 1 < len(chunks) < 60
    assert max(chunk.end - chunk.start for chunk in chunks) <= 350


def test_the_plain_cut_knows_nothing_of_structure(given: CutDocument) -> None:
    (chunk,) = recut(given, "plain")
    assert (chunk.kind, chunk.heading) == (ChunkKind.PROSE, ())
    assert chunk.text == text_of(given, chunk) == SOURCE.strip()


def test_another_cut_is_searched_beside_the_product_and_kept(
    given: CutDocument, index: Index, tmp_path: Path
) -> None:
    embedder = CountingEmbeddings()
    for _ in range(2):
        with open_recut(index, "plain", tmp_path / "cache", embedder) as plain:
            assert plain is not index
            (hit,) = plain.vector_search(Query(text="電子納付").text, 5)
            assert plain.chunks([hit.chunk_id])[0].kind is ChunkKind.PROSE
        assert embedder.count == 1
    index.remove(given.document.id)
    ingest_bytes("other.txt", "別の計画である。".encode(), index)
    with open_recut(index, "plain", tmp_path / "cache", embedder) as plain:
        assert [document.source for document in plain.documents()] == ["other.txt"]
    with open_recut(index, "product", tmp_path / "cache", embedder) as same:
        assert same is index
