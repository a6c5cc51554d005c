"""Rows of a chronicle: the year in the first cell is no running number, and dates what is told."""

import pytest
from units_support import row

from rag.focus import focus
from rag.question import read_question
from rag.scoring import Candidate, question_terms, score_units
from rag.short_answers import short_answer

CELLS = ("2013", "市役所本庁舎の改修が完了", "職員研修の開始、" + "広報紙の電子化、" * 20)


def read(question: str, cells: tuple[str, ...]) -> tuple[str, str | None]:
    unit = row((), cells)
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 2.0)
    found = score_units(
        asked, terms, [Candidate(unit=unit, retrieval=1.0, title="沿革", before="", after="")]
    )
    return focus(asked, terms, unit, 60), short_answer(asked, terms, found)


@pytest.mark.parametrize(
    "question", ["本庁舎の改修が終わったのは何年度", "本庁舎の改修はいつ完了した"]
)
def test_the_year_of_the_row_is_the_date_asked_for(question: str) -> None:
    shown, short = read(question, CELLS)
    assert shown.startswith("2013")
    assert "本庁舎の改修" in shown
    assert short == "2013"


def test_a_date_of_its_own_goes_before_the_year_of_the_row() -> None:
    _, short = read(
        "本庁舎の改修が終わったのはいつ", ("2013", "本庁舎の改修が2014年3月に完了", "研修の開始")
    )
    assert short == "2014年3月"


def test_a_running_number_is_left_out_as_before() -> None:
    shown, short = read("本庁舎の改修が終わったのはいつ", ("1313", *CELLS[1:]))
    assert "1313" not in shown
    assert short != "1313"
