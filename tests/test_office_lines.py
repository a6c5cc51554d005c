"""The office on the line of the very procedure asked for, in a list whose table was lost."""

import pytest
from units_support import page_of, row, unit

from rag.office_lines import office_lines, office_on_line
from rag.question import QuestionKind, read_question
from rag.scoring import Candidate, question_terms, score_units
from rag.types import Chunk, ChunkKind
from rag.units import Unit, units_of

INLINE = (
    "手続 担当所属",
    "鳥獣飼養の登録 環境保全課",
    "水路占用の許可 河川課(管理係)",
    "温泉利用の許可 保健所総務課",
)
MERGED = (
    "手続 担当所属",
    "転入の届出",
    "市民課",
    "転出の届出",
    "転居の届出",
    "火葬の許可 斎場管理課",
    "空き家の登録",
    "住宅課空き家の改修補助",
    "水路占用の許可 河川課",
)
TWO_MERGED = (
    "手続 担当所属",
    "転入の届出",
    "市民課",
    "転出の届出",
    "農地の転用",
    "農政課",
    "農地の売買",
    "水路占用の許可 河川課",
)


def chunks(*blocks: tuple[str, ...]) -> list[Unit]:
    """Each block of lines as a chunk of one page, as the product cuts it."""
    text = "\n".join("\n".join(lines) for lines in blocks)
    units: list[Unit] = []
    start = 0
    for ordinal, lines in enumerate(blocks):
        end = start + len("\n".join(lines))
        chunk = Chunk(
            id=f"d:{ordinal:05d}",
            document_id="d",
            ordinal=ordinal,
            page=1,
            start=start,
            end=end,
            kind=ChunkKind.PROSE,
            text=text[start:end],
            search_text=text[start:end],
        )
        units += units_of(chunk, page_of(text))
        start = end + 1
    return units


def office(question: str, units: list[Unit]) -> str | None:
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 2.0)
    read = [Candidate(unit=u, retrieval=1.0, title="手続", before="", after="") for u in units]
    return office_on_line(asked, terms, score_units(asked, terms, read), read)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("鳥獣飼養の登録の担当はどこの課", "環境保全課"),
        ("水路占用の許可は何課の何係が担当", "河川課(管理係)"),
        ("温泉利用の許可の担当課は", "保健所総務課"),
    ],
)
def test_the_office_is_the_one_on_the_line(question: str, told: str) -> None:
    assert office(question, chunks(INLINE)) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("転入の届出の担当課", "市民課"),
        ("転居の届出の担当課", "市民課"),
        ("空き家の登録の担当課", "住宅課"),
        ("空き家の改修補助はどこの課", "住宅課"),
        ("火葬の許可の担当課", "斎場管理課"),
    ],
)
def test_an_office_that_stands_alone_is_that_of_the_lines_around_it(
    question: str, told: str
) -> None:
    assert office(question, chunks(MERGED)) == told


def test_a_list_that_goes_on_in_the_next_chunk_is_read_as_one() -> None:
    assert office("転居の届出の担当課", chunks(MERGED[:3], MERGED[3:])) == "市民課"


@pytest.mark.parametrize(
    ("question", "told"),
    [("転入の届出の担当課", "市民課"), ("農地の転用の担当課", "農政課")],
)
def test_of_two_offices_that_stand_alone_each_has_the_line_before_it(
    question: str, told: str
) -> None:
    assert office(question, chunks(TWO_MERGED)) == told


@pytest.mark.parametrize("question", ["転出の届出の担当課", "農地の売買の担当課"])
def test_a_line_without_a_certain_office_has_none_and_not_that_of_a_neighbour(
    question: str,
) -> None:
    assert office(question, chunks(TWO_MERGED)) == ""


def test_where_the_end_of_the_list_is_not_known_only_the_line_before_the_office_has_it() -> None:
    cut = chunks(INLINE[:3], ("転入の届出", "市民課", "転出の届出"))
    assert office("転入の届出の担当課", cut) == "市民課"
    assert office("転出の届出の担当課", cut) == ""


def test_two_lines_that_say_as_much_with_two_offices_have_none() -> None:
    lines = ("手続 担当所属", "農地の許可 農政課", "水路の許可 河川課", "温泉の許可 保健課")
    assert office("許可の担当課は", chunks(lines)) == ""


def test_what_is_no_such_list_is_left_to_others() -> None:
    sentence = unit("転入の届出は市民課が受け付け、農地の転用は農政課が審査します。")
    assert office("転入の届出の担当課", [sentence]) is None
    assert office("転入の届出の担当課", [row(("手続", "課"), ("転入の届出", "市民課"))]) is None
    assert office("転入の届出の費用", chunks(INLINE)) is None
    assert office("図書館の休館の担当課", chunks(INLINE)) is None


def test_one_office_makes_no_list() -> None:
    (only,) = chunks(("会場の予約", "市民課"))
    assert office_lines(only, []) == []


@pytest.mark.parametrize(
    "question", ["食品ロスを減らす課", "空き家の担当係は", "水路を管理している部署", "貸出の課"]
)
def test_a_question_that_ends_with_an_office_asks_for_one(question: str) -> None:
    assert QuestionKind.DEPARTMENT in read_question(question).kinds
