"""Rows counted for each office."""

from collections.abc import Sequence

import pytest

from rag.question import read_question
from rag.table_groups import GroupedRows, grouped_rows
from rag.types import Chunk, ChunkKind

HEADS = ("No.", "事業名", "部局", "担当課")
ROWS = (
    ("1", "窓口予約", "市民部", "市民課"),
    ("2", "庁内回線", "政策部", "情報課\n（旧：広報課）"),
    ("3", "電子申請", "政策部", "情報課"),
    ("4", "研修", "総務部", "人事課"),
    ("5", "データ公開", "政策部", "情報課"),
    ("6", "議場中継", "総務部", "人事課"),
)


def ask(question: str, heads: Sequence[str] = HEADS) -> GroupedRows | None:
    chunks = [
        Chunk(
            id=f"d:{ordinal:05d}", document_id="d", ordinal=ordinal, page=1, start=ordinal,
            end=ordinal + 1, kind=ChunkKind.TABLE_ROW, text="／".join(cells),
            search_text=f"計画 {'／'.join(cells)}", columns=tuple(heads), cells=tuple(cells),
        )
        for ordinal, cells in enumerate(ROWS)
    ]  # fmt: skip
    return grouped_rows(read_question(question), chunks, lambda _: chunks)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("どの課が何事業を担当していますか", "情報課：3事業、人事課：2事業、市民課：1事業"),
        ("部局ごとの事業の数は何事業ですか", "政策部：3事業、総務部：2事業、市民部：1事業"),
    ],
)
def test_rows_are_counted_for_each_office_most_first(question: str, text: str) -> None:
    found = ask(question)
    assert found is not None
    assert found.text == text
    assert [row.cells[0] for row in found.groups[0][1]] == ["2", "3", "5"]


@pytest.mark.parametrize("question", ["情報課は何事業ですか", "どの課が防災訓練を何件していますか"])
def test_other_questions_are_not_grouped(question: str) -> None:
    assert ask(question) is None


def test_rows_without_an_office_are_not_grouped() -> None:
    assert ask("どの課が何事業ですか", heads=("No.", "事業名", "分野", "備考")) is None
