"""Follow-up questions take over what they leave out, and nothing else."""

import pytest

from rag.followup import resolve
from rag.text import key
from rag.types import Turn


def after(previous: str, question: str) -> str:
    return resolve(question, [Turn(question="最初の質問は？", answer="答"), Turn(question=previous, answer="答")])


@pytest.mark.parametrize(
    ("previous", "question", "resolved"),
    [
        ("2020年度のオンライン申請の件数は？", "2021年度は？", "2021年度のオンライン申請の件数は?"),
        ("2020年度の申請の件数は？", "じゃあ、令和3年度は？", "令和3年度の申請の件数は?"),
        ("令和2年度の申請の件数は？", "2021年度はどうですか", "2021年度の申請の件数は?"),
        ("アンケートの1位は何ですか", "３位は？", "アンケートの3位は何ですか"),
        ("第1回目の会議はいつ？", "2回目は？", "第2回目の会議はいつ?"),
    ],
)
def test_a_year_or_rank_takes_the_place_of_the_one_before(
    previous: str, question: str, resolved: str
) -> None:
    assert after(previous, question) == resolved


@pytest.mark.parametrize(
    ("previous", "question", "words"),
    [
        ("RPAの担当課は？", "電話番号は？", ["rpa", "電話番号"]),
        ("RPAの削減時間は？", "その理由は？", ["rpa", "削減時間", "理由"]),
        ("RPAの削減時間は？", "いつから？", ["rpa", "削減時間", "いつから"]),
        ("生成AIの利用者数は？", "その目標は？", ["生成ai", "利用者数", "目標"]),
        ("RPAの削減時間は？", "2021年度は？", ["rpa", "削減時間", "2021年度"]),
        ("RPAの削減時間は？", "キャッシュレスのほうは？", ["削減時間", "キャッシュレス"]),
    ],
)
def test_a_short_question_takes_over_the_topic(
    previous: str, question: str, words: list[str]
) -> None:
    resolved = after(previous, question)
    assert all(word in key(resolved) for word in words)


def test_what_is_new_stands_last_and_is_not_repeated() -> None:
    assert after("RPAの担当課は？", "その担当課の電話番号は？") == "rpa その担当課の電話番号は?"


@pytest.mark.parametrize(
    "question",
    [
        "2025年度の生成AIの月平均利用者数は何人ですか？",
        "市民課の窓口の受付時間は何時までですか",
        "マイナンバーカードの交付率の目標値を教えてください",
    ],
)
def test_a_complete_question_is_left_alone(question: str) -> None:
    assert after("2020年度のRPAの削減時間は？", question) == question


@pytest.mark.parametrize("question", ["2021年度は？", "その理由は？", ""])
def test_without_a_history_a_question_is_left_alone(question: str) -> None:
    assert resolve(question, []) == question
    assert resolve(question, [Turn(question="", answer="")]) == question


def test_only_the_last_question_counts() -> None:
    history = [
        Turn(question="2019年度の窓口の来庁者数は？", answer="答"),
        Turn(question="2020年度の申請の件数は？", answer="答"),
    ]
    assert resolve("2021年度は？", history) == "2021年度の申請の件数は?"


def test_a_year_alone_does_not_keep_the_year_before() -> None:
    resolved = after("2020年度のRPAの削減時間は？", "2021年度の目標は？")
    assert "2021年度" in resolved and "目標" in resolved
    assert "2020年度" not in resolved
