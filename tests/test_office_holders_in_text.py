"""Who holds an office, where names follow it in running text."""

import pytest
from time_support import document, evidence_for

from rag.office_holders import holds_office, office_holders
from rag.short_answers import short_answer

LIST = (
    "令和4年3月24日、市議会議長、市監査委員 青木 一郎、市監査委員 石井 花子、市監査委員　上田 三郎"
)


def asked(question: str, text: str) -> tuple[str | None, bool, str | None]:
    question_, terms, found, _ = evidence_for(question, [(document(), text)])
    return (
        office_holders(question_, terms, found),
        holds_office(question_, found[0]),
        short_answer(question_, terms, found),
    )


def test_all_that_follow_one_another_are_named() -> None:
    names, holds, short = asked("監査委員は誰ですか", LIST)
    assert names == short == "青木 一郎、石井 花子、上田 三郎"
    assert holds


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("監査委員は誰ですか", "監査委員事務局長 江口 四郎が説明した。"),
        ("監査委員は誰ですか", "監査委員は市長が議会の同意を得て選任する。"),
        ("監査委員の人数は", LIST),
        ("議長は誰ですか", LIST),
    ],
)
def test_another_office_and_other_questions_are_left_alone(question: str, text: str) -> None:
    names, holds, _ = asked(question, text)
    assert names is None
    assert not holds
