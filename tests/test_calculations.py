"""What lies between two figures of one thing that sentences and lists tell, or nothing at all."""

import pytest
from calculations_support import prose, row, text_of, worked


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (
            "予約システムの利用者は2023年度から2024年度で何人増えた",
            "予約システムの利用者数 2023年度 140人 2024年度 227人",
            "227人（2024年度）－140人（2023年度）＝87人です。",
        ),
        (
            "予約システムの利用者は何人増えましたか",
            "予約システムの利用者数 2023年度 140人 ↓ 2024年度 227人",
            "227人（2024年度）－140人（2023年度）＝87人です。",
        ),
        (
            "利用件数、2029年度は24年度より何件多い目標？",
            "利用件数 2024年度 57,000件 ↓ 2029年度 112,500件",
            "112,500件（2029年度）－57,000件（2024年度）＝55,500件です。",
        ),
        (
            "利用件数は2024年度に前年度より何件減りましたか",
            "利用件数は、2023年度が800件、2024年度が650件でした。",
            "800件（2023年度）－650件（2024年度）＝150件です。",
        ),
        (
            "2004年から2040年までに人口は何人減る見込みですか",
            "人口は2004年の39,000人から減り続けており、2040年には約29,500人となる見込みです。",
            "39,000人（2004年）－約29,500人（2040年）＝約9,500人です。",
        ),
        (
            "利用者は2029年度までにあと何人ですか",
            "利用者数 2024年度（6か月） 842人 ↓ 2029年度 2,000人",
            "2,000人（2029年度）－842人（2024年度、6か月）＝1,158人です。",
        ),
        (
            "24手続きから何手続き増えますか",
            "対象の手続きの拡充（24手続き→35手続き）",
            "35手続き（後）－24手続き（前）＝11手続きです。",
        ),
        (
            "手続きの削減数は2023年度より何件多いですか",
            "手続きの削減数 2023年度 40件 2024年度 55件",
            "55件（2024年度）－40件（2023年度）＝15件です。",
        ),
        (
            "対象の手続きはいくつ増えますか",
            "対象の手続きの拡充（24手続き→35手続き）",
            "35手続き（後）－24手続き（前）＝11手続きです。",
        ),
        (
            "満足している人は前回から何ポイント上がりましたか",
            "満足していると答えた割合は43.8%で、前回(2021)調査時の27.9%から上昇しました。",
            "43.8%（今回）－27.9%（前回、2021年）＝15.9ポイントです。",
        ),
        (
            "2023年度は2024年度より何件多いですか",
            "受付 2023年度 140件 2024年度 120件",
            "140件（2023年度）－120件（2024年度）＝20件です。",
        ),
        (
            "2023年度は2024年度より何件多いですか",
            "受付 2023年度 120件 2024年度 140件",
            "140件（2024年度）－120件（2023年度）＝20件の増加です。",
        ),
        (
            "公用車は5年前より何台減った",
            "公用車は148台で、5年前（160台）から減っている。",
            "160台（5年前）－148台（今回）＝12台です。",
        ),
        (
            "利用者は2023年度から2024年度で何倍になりましたか",
            "利用者数 2023年度 140人 2024年度 227人",
            "227人（2024年度）÷140人（2023年度）＝約1.6倍です。",
        ),
        (
            "利用者は何人増えましたか",
            "利用者数 2023年度 227人 2024年度 140人",
            "227人（2023年度）－140人（2024年度）＝87人の減少です。",
        ),
    ],
)
def test_a_change_is_worked_out_from_the_two_dated_figures(
    question: str, text: str, told: str
) -> None:
    assert text_of(question, prose(text)) == told


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # One value is missing, or of a year that is not asked for.
        ("利用者は2022年度から2024年度で何人増えた", "利用者数 2023年度 140人 2024年度 227人"),
        ("利用者は何人増えた", "利用者数 2024年度 227人"),
        # More than two could be meant.
        ("利用者は何人増えた", "利用者数 2022年度 90人 2023年度 140人 2024年度 227人"),
        # Different counters.
        ("利用者は何人増えた", "利用者数 2023年度 140人 2024年度 227件"),
        # Two things, each with its own year.
        ("利用者は何人増えた", "利用者は2023年度に140人、講師は2024年度に227人"),
        # What is still to come has not grown.
        ("利用者は何人増えましたか", "利用者数 2024年度 140人 2029年度 227人"),
        # A bound is no value.
        ("利用者は何人増えた", "利用者数 2023年度 140人 2024年度 200人以上"),
        # The source states the difference itself.
        (
            "知らない人は前回から何ポイント減った",
            "知らない割合は、前回の49.7%から20ポイント減少し、29.7%でした。",
        ),
        # It starts from another figure, or two things are to be compared.
        ("20手続きから何手続き増えますか", "対象の手続きの拡充（24手続き→35手続き）"),
        ("利用者数と講師の人数の差は何人ですか", "利用者数 2023年度 140人 2024年度 227人"),
        # Nothing is to be calculated.
        ("利用者は2024年度に何人でしたか", "利用者数 2023年度 140人 2024年度 227人"),
    ],
)
def test_a_change_is_not_worked_out_where_anything_is_unsure(question: str, text: str) -> None:
    assert worked(question, prose(text)) is None


def test_units_that_give_different_changes_give_none() -> None:
    one = prose("利用者数 2023年度 140人 2024年度 227人")
    other = prose("利用者数 2023年度 140人 2024年度 300人", ordinal=1)
    assert worked("利用者は何人増えた", one, other) is None


def test_a_unit_far_below_the_best_gives_no_change() -> None:
    best = prose("利用者は増えている。")
    far = prose("講師の数 2023年度 140人 2024年度 227人", 0.5, 1)
    assert worked("利用者は何人増えた", best, far) is None


@pytest.mark.parametrize(
    "question", ["一番多い回答は何ですか", "何割減りましたか", "利用者は何人ですか"]
)
def test_other_questions_are_not_for_a_calculation(question: str) -> None:
    for told, asked in (
        ("利用者数 2023年度 140人 2024年度 227人", "利用者は何人増えましたか"),
        ("20業務のうち、12業務の移行を完了した。", "まだ終わっていないのは何業務"),
        ("対象者360名のうち、326名が回答した。", "回答しなかった人は何人ですか"),
    ):
        assert worked(question, prose(told)) is None
        assert worked(asked, prose(told)) is not None


def test_two_sentences_of_one_thing_in_two_years_give_the_change() -> None:
    one = prose("2023年度の市民相談の受付件数は、140件であった。")
    two = prose("2024年度の市民相談の受付件数は、227件であった。", ordinal=1)
    asked = "市民相談の受付件数は2023年度から2024年度で何件増えた"
    assert text_of(asked, one, two) == "227件（2024年度）－140件（2023年度）＝87件です。"
    other = prose("2024年度の市民相談の受付件数は、230件であった。", ordinal=2)
    assert worked(asked, one, two, other) is None
    elsewhere = prose("2024年度の市民講座の修了者の満足は、227件であった。", ordinal=1)
    assert worked(asked, one, elsewhere) is None


def test_of_two_things_in_one_sentence_the_one_asked_for_is_taken() -> None:
    text = "2023年度の出生届は512件（前年度548件）、死亡届は803件（前年度790件）であった。"
    assert text_of("出生届は前年度より何件減った", prose(text)) == (
        "548件（前年度）－512件（2023年度）＝36件です。"
    )
    assert text_of("死亡届は何件増えた", prose(text)) == (
        "803件（2023年度）－790件（前年度）＝13件です。"
    )
    assert worked("届は前年度より何件増えた", prose(text)) is None


def test_last_time_and_this_time_are_told_apart_under_the_same_label() -> None:
    last = prose("【参考】前回調査：2014年2月に実施、回答数494人（回収率32.9%）", ordinal=1)
    this = prose("調査の概要 回 答 数 407人（うちウェブサイト1名）")
    asked = "市民アンケートの回答は前回より何人減った"
    assert text_of(asked, this, last) == "494人（前回）－407人（今回）＝87人です。"
    assert text_of("前回2014年の回答は今回より何人多かった", this, last) == (
        "494人（前回）－407人（今回）＝87人です。"
    )
    assert worked("前回2010年の回答は今回より何人多かった", this, last) is None
    assert worked("利用者は前回より何人減った", this, last) is None
    assert worked(asked, this, last, prose("別の調査 回答数 300人", ordinal=2)) is None


def test_a_comparison_of_two_things_is_no_change_of_one() -> None:
    found = row(("よく使うもの", "2025年", "2021年"), ("スマートフォン", "61.9%", "62.3%"))
    assert worked("パソコンよりスマートフォンを使う人は何ポイント多い", found) is None
    assert worked("スマートフォンを使う人は2021年より何ポイント多い", found) is not None


def test_the_year_before_is_named_as_the_source_does() -> None:
    text = "2023年度の来館者は210,400人で、前年度の198,700人から増加した。"
    assert text_of("来館者は前年度より何人増えた", prose(text)) == (
        "210,400人（2023年度）－198,700人（前年度）＝11,700人です。"
    )


def test_years_apart_from_their_figures_are_paired_where_a_total_proves_it() -> None:
    heads = "削減時間 2022年度2023年度2024年度 計 事業 数 "
    question = "削減した時間は2023年度が前年度より何時間多いですか"
    assert text_of(question, prose(f"{heads}900時間1,975時間271時間3,146時間")) == (
        "1,975時間（2023年度）－900時間（2022年度）＝1,075時間です。"
    )
    assert worked(question, prose(f"{heads}900時間1,975時間271時間3,000時間")) is None
    assert worked(question, prose(f"{heads}900時間1,975時間271時間")) is None
