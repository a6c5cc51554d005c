"""Conditions on rows: offices, kinds, marks and words, alone and together; never guessed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.question import read_question
from rag.tables import TableAnswer, matching_rows
from rag.types import Chunk, ChunkKind

HEADS = ("No.", "", "部局", "所属（旧所属）", "継続/新規/拡充", "")
ROWS = (
    ("1", "電子申請の拡充", "政策部", "情報課\n（旧：広報課）", "拡充", "○ ○ ○"),
    ("2", "電子申告", "税務部", "市民税課、資産税課", "継続", "○ ○"),
    ("3", "チャットボットの導入", "政策部", "情報課\n（旧：広報課）", "新規", "○"),
    ("4", "オンライン会議", "福祉部", "障がい福祉課", "新規", "○ ○"),
    ("5", "議会中継", "議会事務局", "総務議事課", "継続", ""),
    ("計", "5", "", "", "", ""),
)


def chunks_of(rows: Sequence[Sequence[str]], heads: Sequence[str] = HEADS) -> list[Chunk]:
    return [
        Chunk(
            id=f"d:{ordinal:05d}",
            document_id="d",
            ordinal=ordinal,
            page=1,
            start=ordinal,
            end=ordinal + 1,
            kind=ChunkKind.TABLE_ROW,
            text="／".join(cells),
            search_text=f"計画 アクションプラン 2021 {'／'.join(cells)}",
            heading=("アクションプランの一覧",),
            columns=tuple(heads),
            cells=tuple(cells),
        )
        for ordinal, cells in enumerate(rows)
    ]


def ask(question: str, chunks: Sequence[Chunk]) -> TableAnswer | None:
    return matching_rows(read_question(question), chunks, lambda _: chunks)


@pytest.mark.parametrize(
    ("question", "numbers", "condition"),
    [
        ("情報課の事業はいくつありますか", ["1", "3"], "「所属（旧所属）」が「情報課」"),
        ("新規の事業は何事業ですか", ["3", "4"], "「継続/新規/拡充」が「新規」"),
        ("新しくアクションプランに入った事業は？", ["3", "4"], "「継続/新規/拡充」が「新規」"),
        (
            "情報課の新規の事業は何事業ですか",
            ["3"],
            "「所属（旧所属）」が「情報課」、「継続/新規/拡充」が「新規」",
        ),
        ("○が2つ以上付いている事業はいくつ", ["1", "2", "4"], "印が2つ以上付いている"),
        ("政策部の事業を全部教えて", ["1", "3"], "「部局」が「政策部」"),
    ],
)
def test_conditions_hold_together_and_total_rows_are_left_out(
    question: str, numbers: list[str], condition: str
) -> None:
    answer = ask(question, chunks_of(ROWS))
    assert answer is not None
    assert [row.cells[0] for row in answer.rows] == numbers
    assert answer.condition == condition
    assert answer.name_column == 1


@pytest.mark.parametrize(
    "question",
    [
        "情報課の事業のうち防災のものはいくつ",  # no row says 防災
        "情報課の職員の研修はいくつ",
        "情報課以外の事業はいくつありますか",
        "情報課が生成AIについて気を付けることは？",
    ],
)
def test_a_question_with_more_than_the_table_explains_is_not_counted(question: str) -> None:
    assert ask(question, chunks_of(ROWS)) is None


def test_marks_are_not_counted_beside_rows_whose_marks_have_no_column() -> None:
    heads = ("部局名", "利用したことがある", "現在も利用中")
    chunks = chunks_of([("総務部", "●", "●"), ("財務部", "●"), ("税務部", "●", "●")], heads)
    loose = [replace(chunks[1], columns=())]
    question = "利用したことがある部局はいくつありますか"
    assert ask(question, [chunks[0], *loose, chunks[2]]) is None
    without_marks = [replace(chunks[1], columns=(), cells=("財務部",))]
    answer = ask(question, [chunks[0], *without_marks, chunks[2]])
    assert answer is not None
    assert [row.cells[0] for row in answer.rows] == ["総務部", "税務部"]


def test_the_title_between_the_rows_explains_words_of_the_question() -> None:
    chunks = chunks_of(ROWS)
    question = "ロードマップで新規の事業は何事業ですか"
    assert ask(question, chunks) is None
    title = replace(chunks[2], kind=ChunkKind.PROSE, text="ロードマップ", columns=(), cells=())
    moved = [*chunks[:2], title, *(replace(c, ordinal=c.ordinal + 1) for c in chunks[2:])]
    answer = ask(question, moved)
    assert answer is not None
    assert len(answer.rows) == 2
