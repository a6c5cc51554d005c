"""A name asked for is told as a name: the one written as the name of such a thing."""

import pytest
from units_support import row, unit

from rag.asked_names import asked_name, told_name
from rag.further_forms import further_forms
from rag.question import read_question
from rag.scoring import Candidate, question_terms, score_units
from rag.text import normal
from rag.types import ChunkKind
from rag.units import Unit


def name(question: str, *units: Unit) -> str | None:
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 2.0)
    read = [Candidate(unit=u, retrieval=1.0, title="計画", before="", after="") for u in units]
    found = told_name(asked, terms, score_units(asked, terms, read))
    return found[1] if found else None


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("保護者との連絡アプリの名前を教えて", "連絡アプリ"),
        ("保護者との連絡アプリは何という名前", "連絡アプリ"),
        ("翻訳ツールの製品名は", "翻訳ツール"),
        ("翻訳ツールは何といいますか", "翻訳ツール"),
        ("市の将来計画、なんという名称で作られた", "将来計画"),
        ("防災の協議会、愛称は", "協議会"),
        ("何ていう防災サイトを使ってる", "防災サイト"),
        ("窓口で使うシステム名は", "システム"),
    ],
)
def test_what_the_name_is_asked_of(question: str, noun: str) -> None:
    asked = asked_name(read_question(question))
    assert asked is not None and asked.noun == noun


@pytest.mark.parametrize(
    "question",
    [
        "市長の名前は",
        "山田先生の名前",
        "空き家を減らすのは何ていう事業",
        "連絡アプリは何件使われている",
        "連絡アプリを入れたのはいつ",
    ],
)
def test_persons_projects_and_other_things_are_asked_otherwise(question: str) -> None:
    assert asked_name(read_question(question)) is None


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (
            "保護者との連絡アプリの名前は",
            "保護者には「新しい様式」の案内を連絡アプリ「やまのべ便り」で送ります。",
            "やまのべ便り",
        ),
        (
            "翻訳ツールの製品名を教えて",
            "議事録作成ツール「ロクオン」や翻訳ツール「KotoBa」、地図ツールを導入した。",
            "KotoBa",
        ),
        (
            "税の申告を受け付けるシステムは何といいますか",
            "税の申告を受け付けるシステム（e T a x）を使う。",
            "eTax",
        ),
        (
            "電子化の将来計画は何という名称",
            "県は電子化の将来計画として「やまのべ未来プラン」を策定した。",
            "やまのべ未来プラン",
        ),
        (
            "遭難者を探す見守りネットワークは何て名前",
            "遭難者を探すため、関係者と築いたSOS見守りネットワークを充実する。",
            "SOS見守りネットワーク",
        ),
        (
            "県が定めた情報化推進計画の通称",
            "県は情報化推進計画（コトノハ構想）を定めた。",
            "コトノハ構想",
        ),
    ],
)
def test_the_name_is_told_and_not_the_sentence(question: str, text: str, told: str) -> None:
    assert name(question, unit(text)) == told


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # the name that the question says
        ("「やまのべ便り」という連絡アプリの名前は", "連絡アプリ「やまのべ便り」を使う。"),
        # another thing's name, while the very thing has none
        ("翻訳ツールの製品名は", "議事録作成ツール「ロクオン」や翻訳ツールなどを導入した。"),
        # a longer word says what sort of app it is
        ("保護者との連絡アプリの名前は", "保護者との連絡にスマートフォンアプリを使う。"),
        # no more than the question
        ("準拠した基準の名前", "第1準拠基準に準拠した。"),
    ],
)
def test_what_is_no_name_of_it_is_not_told(question: str, text: str) -> None:
    assert name(question, unit(text)) is None


def test_a_name_after_the_very_noun_goes_before_a_better_unit_without() -> None:
    defined = row(("用語", "意味"), ("BIツール", "データを分析するツール"))
    used = unit("データ分析にはBIツール「tabby」を使っている。")
    assert name("データを分析するBIツールの名前", defined, used) == "tabby"


def test_of_the_year_asked_for_only() -> None:
    first = unit("2015年に県は将来計画「コトノハ」を策定した。")
    second = unit("2019年に県は将来計画「ミライ図」を策定した。")
    assert name("2019年に県が策定した将来計画の名前", first, second) == "ミライ図"
    assert name("2021年に県が策定した将来計画の名前", first, second) is None


def test_a_name_broken_by_a_line_is_whole() -> None:
    broken = unit("基幹ネットワーク「うみのみ", "ち」の整備", kind=ChunkKind.PROSE)
    assert name("県の基幹ネットワークの名前", broken) == "うみのみち"


@pytest.mark.parametrize(
    ("question", "text", "holds"),
    [
        ("翻訳ツールの製品名は", "窓口では翻訳ツール「KotoBa」を使う。", True),
        ("翻訳ツールは何という製品", "窓口では翻訳ツール（KotoBa）を使う。", True),
        ("団体を探すウェブサイトは何て名前", "「やまのべ団体ガイド」を公開した。", True),
        ("翻訳ツールの製品名は", "窓口では翻訳ツールを使う。", False),
        ("翻訳ツールの製品名は", "議事録作成ツール「ロクオン」や翻訳ツールなどを使う。", False),
        ("窓口の多言語アプリの名前は", "窓口で「新しい様式」の案内に多言語アプリを使う。", False),
        ("市の将来計画の名前は", "市は将来計画を定めた。", True),  # no product: any text will do
    ],
)
def test_a_product_whose_name_is_asked_is_answered_by_a_text_with_one(
    question: str, text: str, holds: bool
) -> None:
    assert all(form(normal(text)) for form in further_forms(read_question(question))) is holds


def test_what_asks_for_a_product_is_no_word_to_look_for() -> None:
    for question in ("翻訳ツールの製品名は", "翻訳ツールは何という製品"):
        assert not any("製品" in word for word in read_question(question).words)
    assert "製品" in read_question("市内の製品の出荷額").words
