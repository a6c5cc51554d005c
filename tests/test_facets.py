"""Questions that ask several things, taken apart."""

import pytest

from rag.facets import facets
from rag.question import read_question


def parts(question: str) -> list[str]:
    return [facet.text for facet in facets(read_question(question))]


@pytest.mark.parametrize(
    "question",
    [
        "窓口予約システムの担当課はどこですか",
        "応募は何件、何％ですか",
        "会議は何日の何時からですか",
        "令和6年度のオンライン申請は何件ですか",
        "2024年度と2025年度の予算を教えてください",
        "「いつでも、どこでも」とはどういう意味ですか",
        "どの課が、どのように担当しますか、いつから、どこで、誰が行いますか",
        "",
    ],
)
def test_a_question_that_asks_one_thing_has_no_parts(question: str) -> None:
    assert parts(question) == []


def test_each_question_word_with_words_of_its_own_makes_a_part() -> None:
    assert parts("窓口予約は何という製品で、令和6年度には何人が使いましたか") == [
        "窓口予約は何という製品で",
        "窓口予約 令和6年度には何人が使いましたか",
    ]


def test_two_plans_side_by_side_are_two_parts() -> None:
    assert parts("2022年の計画と次の計画の使命の違い") == [
        "2022年の計画の使命の違い",
        "次の計画の使命の違い",
    ]
    assert parts("次期計画の期間は、和暦だと令和8年度からどう変わりますか") == []


def test_a_second_sentence_is_a_part_and_keeps_the_topic() -> None:
    assert parts("窓口予約の担当課はどこ？いつ始まった？") == [
        "窓口予約の担当課はどこ",
        "窓口予約の担当課 いつ始まった",
    ]


def test_words_without_a_question_word_belong_to_the_part_after_them() -> None:
    first, second = parts(
        "監査報告では、何が未策定とされ、新しい計画では何年に作るとされていますか"
    )
    assert first.startswith("監査報告では、何が")
    assert "新しい計画" in second and "何年に" in second


def test_two_years_side_by_side_are_looked_up_one_by_one() -> None:
    question = read_question("不安と答えた割合は、2017年と2025年ではどう変わりましたか")
    one, other = facets(question)
    assert "2017年" in one.text and "2025年" not in one.text
    assert "2025年" in other.text and "2017年" not in other.text
    assert (one.label, other.label) == ("2017年", "2025年")


def test_what_both_years_are_years_of_is_said_once_in_each_part() -> None:
    asked = read_question("2022年の計画と2026年の計画、それぞれ掲げた使命は？")
    assert [facet.text for facet in facets(asked)] == [
        "2022年の計画、それぞれ掲げた使命は?",
        "2026年の計画、それぞれ掲げた使命は?",
    ]


def test_a_part_says_what_the_user_wrote() -> None:
    _, second = facets(read_question("ＲＰＡの製品は何で、導入の年度はいつですか"))
    assert second.label == "導入の年度はいつですか"


def test_each_of_two_years_keeps_the_thing_it_is_the_year_of() -> None:
    assert parts("不安と答えた割合、2017年のアンケートと2025年の調査で") == [
        "不安と答えた割合、2017年のアンケートで",
        "不安と答えた割合、2025年の調査で",
    ]
    assert parts("削減時間は、2021年6月末までの累計と2024年4月時点の見込みでどれくらい？") == [
        "削減時間は、2021年6月末までの累計でどれくらい?",
        "削減時間は、2024年4月時点の見込みでどれくらい?",
    ]


def test_two_things_compared_are_looked_up_one_by_one() -> None:
    asked = read_question("窓口が苦手な人、高齢者と若者ではどのくらい違う？")
    one, other = facets(asked)
    assert (one.text, other.text) == (
        "窓口が苦手な人、高齢者ではどのくらい?",
        "窓口が苦手な人、若者ではどのくらい?",
    )
    assert (one.label, one.rival) == ("高齢者", "若者")


def test_the_difference_between_two_words_is_what_each_of_them_means() -> None:
    assert parts("電子申請と簡易申請の違いは") == ["電子申請とは", "簡易申請とは"]


def test_things_that_are_not_compared_stay_together() -> None:
    assert parts("市民課と税務課で使うシステムは") == []


def test_two_papers_are_read_one_by_one() -> None:
    assert parts("監査報告と次期計画では、人材の育成はどう書かれている？") == [
        "監査報告では、人材の育成はどう書かれている?",
        "次期計画では、人材の育成はどう書かれている?",
    ]
    assert parts("岩田さん、監査報告の肩書と2021年の会議資料の再任回数") == [
        "岩田さん、監査報告の肩書",
        "岩田さん、2021年の会議資料の再任回数",
    ]
    assert parts("計画の目的と期間は") == []
