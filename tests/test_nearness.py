"""How near a figure, a date or an office stands to the words of the question."""

import pytest
from units_support import row, unit

from rag.nearness import nearness
from rag.question import QuestionKind, read_question
from rag.refusal import signals
from rag.scoring import Candidate, Term, Wanted, question_terms, score_units
from rag.types import ChunkKind
from rag.units import Unit


def near(question: str, piece: Unit) -> float:
    asked = read_question(question)
    return nearness(asked, question_terms(asked, lambda lemma: 5.0), piece)


def test_the_figure_of_another_item_is_not_near() -> None:
    own = unit("回覧アプリは340人が使う。", "予約アプリを始めた。", kind=ChunkKind.LIST)
    another = unit("回覧アプリを始めた。", "予約アプリは340人が使う。", kind=ChunkKind.LIST)
    question = "回覧アプリを使う職員は何人ですか"
    assert near(question, own) > near(question, another)


def test_each_of_two_forms_may_stand_in_its_own_place() -> None:
    both = unit("回覧アプリの利用は340件。", "回覧アプリは2024年4月に始めた。", kind=ChunkKind.LIST)
    assert near("回覧アプリは何件使われ、いつ始めましたか", both) == pytest.approx(
        near("回覧アプリはいつ始めましたか", both), abs=0.35
    )


def test_a_year_in_the_first_cell_of_a_chronicle_is_a_date() -> None:
    chronicle = row((), ("1998", "移動図書館の運行を開始"))
    assert near("移動図書館の運行はいつからですか", chronicle) > 0.9


def test_years_and_notes_count_nothing() -> None:
    year = row(("年度", "内容"), ("2022年度", "見守り活動※3の実施"))
    assert near("見守り活動に加わった町内会はいくつですか", year) == 0


def test_a_cell_is_read_with_its_head_and_the_name_of_its_row() -> None:
    garage = row(("施設", "利用件数"), ("北部駐輪場", "1,204件"))
    assert near("北部駐輪場の利用件数は何件ですか", garage) > 0.9


@pytest.mark.parametrize(
    "question",
    [
        "学童クラブの月々の利用料は？",
        "講師に払う謝礼の額は",
        "駐輪場は1時間いくらですか",
        "証明書は1通いくら？",
        "システムの入替えにかかったお金",
    ],
)
def test_what_asks_for_money_asks_for_yen(question: str) -> None:
    asked = read_question(question)
    assert asked.asks(QuestionKind.NUMBER)
    assert asked.units == ("円",)


@pytest.mark.parametrize("question", ["会議の資料は？", "入場は無料？", "取組は何ですか"])
def test_not_everything_with_such_a_sign_is_money(question: str) -> None:
    assert "円" not in read_question(question).units


def test_a_company_asked_for_where_none_is_named_is_decisive() -> None:
    def asked_in_vain(text: str) -> float:
        question = read_question("予約システムを作った会社はどこですか")
        terms = question_terms(question, lambda lemma: 5.0)
        found = score_units(question, terms, [Candidate(unit(text), 1.0, "", "", "")])
        return signals(question, terms, found, {}, 9.0).unknown_asked

    assert asked_in_vain("予約システムは2020年に作った。") == 1
    assert asked_in_vain("予約システムは例示情報株式会社が作った。") == 0


def test_a_word_counts_once_however_many_of_the_texts_have_it() -> None:
    first = Term("窓口", ("窓口",), (), 3.0)
    second = Term("手数料", ("手数料",), ("料金",), 1.0)
    wanted = Wanted([first, second])
    assert wanted.coverage("公園", "道路") == 0.0
    assert wanted.coverage("窓口の料金") == (3.0 + 0.7) / 4.0
    assert wanted.coverage("窓口", "公園", "窓口と手数料") == 1.0
    assert wanted.coverage("手数料", "料金") == 1.0 / 4.0
