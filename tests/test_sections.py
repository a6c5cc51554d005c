"""「どの重点目標の事業ですか」: the line that a row or sentence stands under."""

import pytest

from rag.question import read_question
from rag.sections import section_asked
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit, units_of

TEXT = """重点目標
重点目標1 手続きを手軽にする
窓口の予約
重点目標2 情報を届ける
問合せ窓口の自動応答
"""
PAGE = Page(document_id="d", number=1, text=TEXT)


def chunks() -> list[Chunk]:
    found, start = [], 0
    for ordinal, line in enumerate(TEXT.splitlines()):
        found.append(
            Chunk(
                id=f"d:{ordinal:05d}",
                document_id="d",
                ordinal=ordinal,
                page=1,
                start=start,
                end=start + len(line),
                kind=ChunkKind.PROSE if "重点" in line else ChunkKind.TABLE_ROW,
                text=line,
                search_text=line,
                cells=() if "重点" in line else (line,),
            )
        )
        start += len(line) + 1
    return found


def unit(ordinal: int) -> Unit:
    return units_of(chunks()[ordinal], PAGE)[0]


@pytest.mark.parametrize(
    ("ordinal", "line"), [(2, "重点目標1 手続きを手軽にする"), (4, "重点目標2 情報を届ける")]
)
def test_the_nearest_line_of_that_kind_above_is_the_section(ordinal: int, line: str) -> None:
    found = section_asked(
        read_question("自動応答はどの重点目標に入っていますか"), unit(ordinal), chunks(), PAGE
    )
    assert found is not None
    assert found.text == line == TEXT[found.start : found.end]


@pytest.mark.parametrize(
    "question",
    [
        "自動応答はどの課の事業ですか",
        "自動応答はどの程度使われていますか",
        "自動応答はどの大綱の事業ですか",
        "自動応答とは",
    ],
)
def test_offices_degrees_and_unknown_kinds_are_no_section(question: str) -> None:
    assert section_asked(read_question(question), unit(4), chunks(), PAGE) is None


def test_the_bare_head_of_all_sections_is_not_one_of_them() -> None:
    asked = read_question("窓口の予約はどの重点目標ですか")
    assert section_asked(asked, unit(2), chunks()[:1], PAGE) is None


def test_a_caption_over_the_table_is_the_section() -> None:
    text = "表3 重点目標2 情報を届ける\n問合せ窓口の自動応答\n"
    page = Page(document_id="d", number=1, text=text)
    start = text.index("問合せ")
    row = Chunk(
        id="d:00000", document_id="d", ordinal=0, page=1, start=start, end=len(text) - 1,
        kind=ChunkKind.TABLE_ROW, text=text[start:-1], search_text="", cells=(text[start:-1],),
        heading=("表3 重点目標2 情報を届ける",),
    )  # fmt: skip
    asked = read_question("自動応答はどの重点目標に入っていますか")
    found = section_asked(asked, units_of(row, page)[0], [row], page)
    assert found is not None
    assert found.text == "重点目標2 情報を届ける"
    assert text[found.start : found.end] == "表3 重点目標2 情報を届ける"
