"""Typing errors are mended only where one word of the documents must be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.spelling import Vocabulary, correct, correct_question, distance, vocabulary, words_in
from rag.text import normal
from rag.variants import folded, repaired, spellings, spellings_within

_TEXTS = (
    "キャッシュレス決済とサーバの更新、アクションプラン",
    "kintone と exabase、チャットボット",
    "デジタルデバイド対策 セーフコミュニティ ワンストップ",
    "ガバメントクラウド オンライン申請 事業番号10104 ict-bcp a4",
    "テレワークのルータ、データ、ログイン、カード",
)


@pytest.fixture(scope="module")
def known() -> Vocabulary:
    return vocabulary([words_in(normal(text) for text in _TEXTS)])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("キャシュレス", "キャッシュレス"),
        ("ルーター", "ルータ"),
        ("アクシヨンプラン", "アクションプラン"),
        ("チャットボッド", "チャットボット"),
        ("デジタルデバイト", "デジタルデバイド"),
        ("セーフコミュニテイ", "セーフコミュニティ"),
        ("ワンスットプ", "ワンストップ"),
        ("オンラン", "オンライン"),
        ("テレワク", "テレワーク"),
        ("kintnoe", "kintone"),
        ("ＥＸＢＡＳＥ", "exabase"),
    ],
)
def test_a_slip_leads_to_the_word_that_was_meant(
    written: str, meant: str, known: Vocabulary
) -> None:
    assert correct(written, known) == meant


@pytest.mark.parametrize(
    "word",
    [
        "オンライン",  # known
        "カレー",  # a word of the dictionary
        "フランス",
        "フィボナッチ",  # near nothing
        "デジタルカード",  # two known words
        "10140",
        "ict-bpc",
        "a5",
        "市民化",  # kanji
        "python",
        "",
    ],
)
def test_what_may_be_meant_as_it_stands_is_left_alone(word: str, known: Vocabulary) -> None:
    assert correct(word, known) is None


def test_two_words_equally_near_are_no_answer() -> None:
    known = vocabulary([words_in(["ミナトラート ミナトルート"])])
    assert correct("ミナトロート", known) is None


def test_what_was_changed_is_told(known: Vocabulary) -> None:
    found = correct_question("キャシュレスの利用件数は？", known)
    assert found.text == "キャッシュレスの利用件数は?"
    assert found.changes == (("キャシュレス", "キャッシュレス"),)


@pytest.mark.parametrize(
    "question", ["２０２５年度のキャッシュレス決済は？", "事業番号10140は？", "明日の天気は？", ""]
)
def test_a_question_without_a_slip_stays_as_it_is_to_the_letter(
    question: str, known: Vocabulary
) -> None:
    found = correct_question(question, known)
    assert found.text == question
    assert found.changes == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("デ一タの活用", "データの活用"),
        ("口グインできない", "ログインできない"),
        ("力ードで払う", "カードで払う"),
        ("kintοneとは", "kintoneとは"),
    ],
)
def test_letters_that_look_alike_are_read_as_the_word(
    written: str, meant: str, known: Vocabulary
) -> None:
    assert correct_question(written, known).text == meant


@pytest.mark.parametrize(
    "text", ["データ一覧", "デジタル力", "コンクリート工", "二つのカード", "八戸"]
)
def test_kanji_beside_katakana_stay_kanji(text: str, known: Vocabulary) -> None:
    assert repaired(text, known.__contains__) == text


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("申込み", {"申し込み", "申込"}),
        ("問い合わせ", {"問合わせ", "問合せ"}),
        ("取組", {"取り組み", "取組み"}),
        ("手続き", {"手続"}),
        ("障害", {"障がい", "障碍"}),
        ("アドバイザ", {"アドバイザー"}),
        ("ユーザー", {"ユーザ"}),
    ],
)
def test_spellings_of_one_word_are_known(word: str, others: set[str]) -> None:
    assert others <= set(spellings(word))


def test_no_spelling_is_another_word() -> None:
    assert "組合" not in spellings("組み合わせ")
    assert spellings_within("しかしむかし話", ()) == {}


def test_spellings_are_found_inside_longer_words() -> None:
    assert "手続" in spellings_within("行政手続きの件数", ())["手続き"]
    assert "か所" in spellings_within("何箇所", ["箇所"])["箇所"]


def test_okurigana_and_long_vowels_do_not_matter_to_the_folded_form() -> None:
    assert len({folded(word) for word in ("申し込み", "申込み", "申込")}) == 1
    assert folded("サーバー") == folded("サーバ")
    assert folded("申込") != folded("申請")


_WORD = st.text(alphabet="アイウエカキクサシスッャョータナマラン", min_size=1, max_size=9)


@given(_WORD, _WORD)
def test_the_distance_is_the_same_both_ways_and_nothing_to_itself(one: str, other: str) -> None:
    assert distance(one, one, 2) == 0
    first, second = distance(one, other, 20), distance(other, one, 20)
    assert first == second
    assert (first == 0) == (one == other)
    assert distance(one, other, 2) == first or distance(one, other, 2) > 2


@given(st.text(max_size=60))
def test_any_question_is_read_and_its_digits_stay(text: str) -> None:
    known = vocabulary([words_in(normal(line) for line in _TEXTS)])
    found = correct_question(text, known)
    assert [c for c in normal(found.text) if c.isdigit()] == [
        c for c in normal(text) if c.isdigit()
    ]
