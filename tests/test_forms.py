"""The form of answer asked for: figures with their counter, dates, offices, persons."""

import pytest
from units_support import row, unit

from rag.forms import strictly_typed, typed
from rag.question import read_question


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("端末は何台ですか", "端末は54台である。", 1.0),
        ("端末は何台ですか", "職員25人に端末を配る。", 0.0),
        ("参加者は何人ですか", "参加者は約1.2万人である。", 1.0),
        ("参加者は何人ですか", "参加者は326名である。", 1.0),
        ("契約は何ライセンスですか", "契約は年度ごとに1回更新する。", 0.0),
        ("契約は何ライセンスですか", "契約は40ライセンスである。", 1.0),
        ("手数料はいくらですか", "手数料は3回まで無料である。", 0.0),
        ("手数料はいくらですか", "手数料は300円である。", 1.0),
        ("対象は何事業ですか", "計画に紐づく70の個別事業を載せる。", 1.0),
        ("対象は何事業ですか", "令和4年の個別事業を載せる。", 0.5),
        ("比率は何割になる", "比率は40%とする。", 1.0),
        ("会議はいつですか", "会議は来庁した市民を交えて開く。", 0.0),
        ("会議はいつですか", "会議は令和6年3月24日に開いた。", 1.0),
        ("任期はいつからいつまでですか", "任期は2021年6月1日からである。", 0.5),
        ("任期はいつからいつまでですか", "任期は2021年6月1日から2023年5月30日までである。", 1.0),
        ("担当課はどこですか", "市民が担当する。", 0.0),
        ("担当課はどこですか", "市民課が担当する。", 1.0),
        ("委員長は誰ですか", "委員会は年に3回開く。", 0.0),
        ("この計画の目的を教えてください", "来庁しなくてよい市役所を目指す。", 1.0),
    ],
)
def test_only_the_very_form_counts(question: str, text: str, expected: float) -> None:
    assert strictly_typed(read_question(question), unit(text)) == expected


def test_a_number_under_a_head_that_means_the_counter_counts() -> None:
    heads = ("区分", "件数", "割合")
    asked = read_question("時間外の申請は何件ですか")
    assert strictly_typed(asked, row(heads, ("時間外", "1,930", "69.2%"))) == 1.0
    assert strictly_typed(asked, row(("区分", "主な内容"), ("時間外", "電子申請"))) == 0.0


def test_the_replies_of_a_survey_are_people() -> None:
    asked = read_question("ラジオを選んだ人は何人ですか")
    assert (
        strictly_typed(asked, row(("選択肢", "回答数", "回答率"), ("ラジオ", "81", "20%"))) == 1.0
    )
    assert strictly_typed(asked, row(("選択肢", "回答率"), ("ラジオ", "20%"))) == 0.0


def test_running_numbers_and_numbers_in_prose_cells_count_nothing() -> None:
    heads = ("No.", "事務事業No.", "事業名", "事業概要")
    cells = ("4", "2140", "創業の支援", "創業を3年間支援する")
    assert strictly_typed(read_question("全部で何事業ですか"), row(heads, cells)) == 0.0
    assert strictly_typed(read_question("実績はどれくらい"), row(heads, cells)) == 0.0
    assert strictly_typed(read_question("事業数は"), row(("区分", "事業数"), ("新規", "7"))) == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("用語：LINE／意味：文字をやり取りするサービス", 1.0),
        ("LINE：文字をやり取りするサービス", 1.0),
        ("「LINE」とは、文字をやり取りするサービスのこと。", 1.0),
        ("事業名：LINEによる発信事業／概要：情報を送るもの", 0.6),
        ("LINEで情報を送ります。", 0.3),
    ],
)
def test_what_defines_the_word_asked_for_comes_before_what_defines_another(
    text: str, expected: float
) -> None:
    assert typed(read_question("LINEとは何ですか"), unit(text)) == expected


def test_a_number_beside_a_word_for_the_counter_half_counts() -> None:
    assert (
        strictly_typed(read_question("割合は何％ですか"), unit("割合は前回の 12 より高い。")) == 0.5
    )


def test_the_number_of_a_row_is_a_cell_of_its_own() -> None:
    asked = read_question("窓口予約は何番の事業ですか")
    assert strictly_typed(asked, row(("No.", "事業名"), ("10", "窓口予約"))) == 1.0
    assert strictly_typed(asked, row(("事業名", "担当課"), ("窓口予約", "市民課"))) == 0.0


def test_a_sum_of_payments_is_no_price() -> None:
    paid = row(("施設", "決済額計"), ("北部駐輪場", "16,871,530"))
    assert strictly_typed(read_question("北部駐輪場は1時間いくらですか"), paid) == 0
    assert strictly_typed(read_question("北部駐輪場の決済額はいくらですか"), paid) == 1
    priced = row(("施設", "使用料"), ("北部駐輪場", "150"))
    assert strictly_typed(read_question("北部駐輪場は1時間いくらですか"), priced) == 1


@pytest.mark.parametrize(
    ("columns", "cells", "form"),
    [
        (("2025年の得票数", "施策"), ("312", "待たない窓口"), 0.0),  # counted in 2025
        (("2025年の得票数", "施策"), ("312", "2023年に待たない窓口を開始"), 1.0),
        (("2025年度", "施策"), ("試行", "待たない窓口"), 1.0),  # the head dates its cell
    ],
)
def test_the_year_in_which_something_was_counted_is_not_when_it_began(
    columns: tuple[str, ...], cells: tuple[str, ...], form: float
) -> None:
    asked = read_question("待たない窓口はいつから")
    assert strictly_typed(asked, row(columns, cells)) == form
