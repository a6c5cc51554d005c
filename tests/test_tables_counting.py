"""Counting and listing rows: only what the table says, and only where it is certain."""

from collections.abc import Sequence

import pytest

from rag.composition import MAX_LONG_ANSWER_CHARACTERS, compose_table
from rag.question import read_question
from rag.tables import TableAnswer, count_unit, matching_rows
from rag.types import Chunk, ChunkKind, Document, Page

HEADS = ("No.", "事業名", "担当課", "新規事業")
ROWS = (
    ("1", "窓口予約システム", "市民課", "○"),
    ("2", "庁内回線の更新", "情報政策課", ""),
    ("3", "書かない窓口", "市民課", "●"),
    ("4", "オープンデータ", "情報政策課", "○"),
    ("5", "住民票の交付", "市民課", ""),
)


def table(
    rows: Sequence[Sequence[str]], heads: Sequence[str] = HEADS, document_id: str = "d"
) -> tuple[list[Chunk], Page]:
    chunks: list[Chunk] = []
    text = ""
    for ordinal, cells in enumerate(rows):
        line = "\t".join(cells)
        chunks.append(
            Chunk(
                id=f"{document_id}:{ordinal:05d}",
                document_id=document_id,
                ordinal=ordinal,
                page=1,
                start=len(text),
                end=len(text) + len(line),
                kind=ChunkKind.TABLE_ROW,
                text=line,
                search_text=line,
                columns=tuple(heads),
                cells=tuple(cells),
            )
        )
        text += line + "\n"
    return chunks, Page(document_id=document_id, number=1, text=text)


def count(question: str, chunks: Sequence[Chunk]) -> TableAnswer | None:
    return matching_rows(
        read_question(question),
        list(chunks)[::-1],  # ranked in another order than the table's
        lambda document_id: [chunk for chunk in chunks if chunk.document_id == document_id],
    )


def numbers(answer: TableAnswer | None) -> list[str]:
    assert answer is not None
    return [row.cells[0] for row in answer.rows]


@pytest.mark.parametrize(
    ("question", "rows", "condition"),
    [
        ("市民課の事業は何事業ありますか", ["1", "3", "5"], "「担当課」が「市民課」"),
        ("情報政策課が担当する事業を全部挙げて", ["2", "4"], "「担当課」が「情報政策課」"),
        ("新規事業は全部で何件ですか", ["1", "3", "4"], "「新規事業」に印がある"),
        ("市 民 課 の事業は何事業？", ["1", "3", "5"], "「担当課」が「市民課」"),
    ],
)
def test_the_rows_that_meet_the_condition_are_counted_in_table_order(
    question: str, rows: list[str], condition: str
) -> None:
    chunks, _ = table(ROWS)
    answer = count(question, chunks)
    assert numbers(answer) == rows
    assert answer is not None
    assert answer.condition == condition
    assert HEADS[answer.name_column] == "事業名"


@pytest.mark.parametrize(
    "question",
    [
        "市民課の電話番号は？",  # counts nothing
        "税務課の事業は何事業ありますか",  # in no row
        "事業は何事業ありますか",  # no condition
        "住民票の交付の事業は何事業ですか",  # one row: nothing to count
    ],
)
def test_without_a_condition_on_several_rows_nothing_is_counted(question: str) -> None:
    chunks, _ = table(ROWS)
    assert count(question, chunks) is None


def test_nothing_is_counted_where_column_heads_are_missing() -> None:
    question = "市民課の事業は何事業ありますか"
    assert count(question, table(ROWS, heads=())[0]) is None
    assert count(question, table(ROWS, heads=HEADS[:3])[0]) is None  # cells without a head each
    assert count(question, []) is None


def test_short_cells_and_numbers_are_no_condition() -> None:
    chunks, _ = table([("1", "甲の事業", "課", "2024"), ("2", "乙の事業", "課", "2024")])
    assert count("課の事業は2024年に何事業ありますか", chunks) is None


def test_a_repeated_row_is_counted_once() -> None:
    chunks, _ = table(ROWS)
    repeated = Chunk(
        id="d:00009",
        document_id="d",
        ordinal=9,
        page=1,
        start=0,
        end=1,
        kind=ChunkKind.TABLE_ROW,
        text="1",
        search_text="1",
        columns=HEADS,
        cells=ROWS[0],
        duplicate_of="d:00000",
    )
    assert numbers(count("市民課の事業は何事業ありますか", [*chunks, repeated])) == ["1", "3", "5"]


def test_rows_of_another_document_or_another_table_are_not_mixed_in() -> None:
    chunks, _ = table(ROWS)
    others, _ = table(ROWS, document_id="e")
    assert len(numbers(count("市民課の事業は何事業ありますか", [*others, *chunks]))) == 3


def test_a_table_that_cannot_answer_gives_way_to_the_next() -> None:
    chunks, _ = table(ROWS)
    others, _ = table(
        [("1", "税の相談", "税務課", ""), ("2", "税の証明", "税務課", "")], document_id="e"
    )
    assert len(numbers(count("市民課の事業は何事業ありますか", [*chunks, *others]))) == 3


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("市民課は何事業ですか", "事業"),
        ("対象は何施設？", "施設"),
        ("全部で何件", "件"),
        ("いくつありますか", "件"),
    ],
)
def test_the_count_has_the_unit_of_the_question(question: str, unit: str) -> None:
    assert count_unit(read_question(question)) == unit


def composed(question: str, rows: Sequence[Sequence[str]]) -> tuple[str, str, Page, list[str]]:
    chunks, page = table(rows)
    document = Document(id="d", source="plan.md", title="計画", content_hash="0" * 64)
    answer = count(question, chunks)
    assert answer is not None
    composition, short = compose_table(
        read_question(question), answer, lambda _, __: page, {"d": document}
    )
    for citation in composition.citations:
        assert citation.quote == page.text[citation.start : citation.end]
    return composition.text, short, page, [citation.quote for citation in composition.citations]


def test_counted_rows_are_named_and_each_is_cited() -> None:
    text, short, _, quotes = composed("市民課の事業は何事業ありますか", ROWS)
    assert short == "3事業"
    assert text.splitlines() == [
        "「担当課」が「市民課」のものは、表を数えると3事業です。",
        "・窓口予約システム[1]",
        "・書かない窓口[2]",
        "・住民票の交付[3]",
    ]
    assert quotes == ["\t".join(ROWS[0]), "\t".join(ROWS[2]), "\t".join(ROWS[4])]


def test_a_long_table_is_counted_in_full_and_listed_in_part() -> None:
    rows = [
        (str(n), f"窓口の手続き第{n:03d}号を電子化する事業", "市民課", "") for n in range(1, 101)
    ]
    text, short, _, quotes = composed("市民課の事業は何事業ありますか", rows)
    assert short == "100事業"
    assert len(text) <= MAX_LONG_ANSWER_CHARACTERS
    listed = [line for line in text.splitlines() if line.startswith("・")]
    assert len(listed) == len(quotes)
    assert text.splitlines()[-1] == f"ほか{100 - len(listed)}事業"
