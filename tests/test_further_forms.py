"""Forms beyond the kind of question: a time of day, a place, a name, the third of several."""

import pytest

from rag.further_forms import further_forms, tells_of_group, tells_of_very_one
from rag.question import read_question


@pytest.mark.parametrize(
    ("question", "answering", "beside"),
    [
        ("窓口の受付時間は", "受付は8時30分から", "受付時間を短縮した"),
        ("図書館は何時から開いていますか", "図書館は9:30開館", "図書館は2014年に開館"),
        ("講座の会場はどこですか", "講座は中央公民館で開く", "講座を4回開く"),
        ("学生ワークショップの場所は", "西庁舎3階", "学生6名が集まった"),
        ("要約筆記をした人の名前", "要約筆記は山田さんが担当", "要約筆記を取り入れた"),
        ("箱わなは何基ありますか", "箱わな12基", "箱わなを2020年に設置"),
        ("研究塾の参加自治体の数", "16市町村が参加", "令和3年に自治体が参加"),
        ("アンケートの郵送費は", "郵送に12万円", "郵送で1,500人に"),
    ],
)
def test_a_form_tells_what_answers_from_what_stands_beside(
    question: str, answering: str, beside: str
) -> None:
    forms = further_forms(read_question(question))
    assert forms
    assert all(has_form(answering) for has_form in forms)
    assert not all(has_form(beside) for has_form in forms)


def test_the_place_asked_about_is_not_its_own_place() -> None:
    (has_form,) = further_forms(read_question("運営支援センターはどこの建物に入ってますか"))
    assert not has_form("運営支援センターの開設")


def test_an_office_asked_for_is_no_place() -> None:
    assert not further_forms(read_question("中間レビューの担当課はどこ"))


def test_the_third_meeting_is_not_told_by_the_second() -> None:
    asked = read_question("第3回の開催日は")
    assert tells_of_very_one(asked, "第3回 12月18日")
    assert not tells_of_very_one(asked, "第2回 12月18日")
    assert not tells_of_very_one(asked, "第13回 12月18日")


def test_a_name_with_a_negated_verb_is_not_its_noun() -> None:
    asked = read_question("待たない窓口はいつから")
    assert asked.negated == ("待たない",)
    assert tells_of_very_one(asked, "「待たない窓口」の開始 2024年")
    assert not tells_of_very_one(asked, "日曜窓口の開始 1995年")
    (form,) = further_forms(asked)
    assert form("「待たない窓口」は2024年から")
    assert not form("日曜窓口は1995年から")


@pytest.mark.parametrize(
    "question",
    ["届出をしていない人の窓口はいつから", "全然知らない人の割合", "抵抗がない人の割合"],
)
def test_a_plain_negation_is_no_name(question: str) -> None:
    assert read_question(question).negated == ()


@pytest.mark.parametrize(
    ("question", "answering", "beside"),
    [
        ("講座に来た女性は何人", "講座に来た女性は14人", "講座に来たのは32人"),
        ("講座に来た30代は何人", "30代 講座 14", "講座に来たのは130人"),
        ("講座に来た30代は何人", "講座に来たのは30代14人", "20代から30代の32人が来た"),
        ("図書館に1日に来る人の数", "図書館には毎日200人が来る", "図書館には年に7万人が来る"),
    ],
)
def test_a_figure_of_all_does_not_tell_of_a_group(
    question: str, answering: str, beside: str
) -> None:
    assert tells_of_group(read_question(question), answering)
    assert not tells_of_group(read_question(question), beside)
