"""What lies between two cells of a row or a column, or nothing at all."""

import pytest
from calculations_support import row, text_of, worked


def test_a_row_with_a_column_for_each_survey_gives_the_change() -> None:
    found = row(
        ("不安なこと", "2025 (今回)", "2021 (前回)"), ("情報漏えい", "1位 (78.1%)", "1位 (82.8%)")
    )
    assert text_of("情報漏えいが不安な人は2021年と2025年で何ポイント違う", found) == (
        "82.8%（2021年、前回）－78.1%（2025年、今回）＝4.7ポイントです。"
    )


HEADS = ("年度", "窓口の件数", "電子申請の件数", "利用者数")


def test_two_rows_of_a_table_by_year_give_the_change_in_the_column_asked_for() -> None:
    rows = [
        row(HEADS, ("2022年度", "8,000", "1,200", "900"), 0),
        row(HEADS, ("2023年度", "7,500", "1,650", "950"), 1),
        row(HEADS, ("2024年度", "7,000", "2,400", "980"), 2),
    ]
    assert text_of("電子申請の件数は2022年度から2024年度で何件増えましたか", *rows) == (
        "2,400件（2024年度）－1,200件（2022年度）＝1,200件です。"
    )
    assert text_of("2024年度の利用者は前年度より何人多い", *rows) == (
        "980人（2024年度）－950人（2023年度）＝30人です。"
    )


@pytest.mark.parametrize(
    "question",
    [
        "件数は2022年度から2024年度で何件増えましたか",  # two columns could be meant
        "電子申請の件数は2021年度から2024年度で何件増えましたか",  # a year that is not there
        "電子申請の件数は2022年度から2024年度で何時間増えましたか",  # no hours
    ],
)
def test_rows_give_no_change_where_column_year_or_counter_is_unsure(question: str) -> None:
    rows = [
        row(HEADS, ("2022年度", "8,000", "1,200", "900"), 0),
        row(HEADS, ("2024年度", "7,000", "2,400", "980"), 1),
    ]
    assert worked(question, *rows) is None


def test_rows_of_different_things_are_not_taken_from_each_other() -> None:
    heads = ("年度", "施設名", "利用者数")
    rows = [
        row(heads, ("2023年度", "東公民館", "140")),
        row(heads, ("2024年度", "西公民館", "227"), 1),
    ]
    assert worked("公民館の利用者は2023年度から2024年度で何人増えた", *rows) is None


def test_rows_of_the_thing_named_are_taken_among_those_of_others() -> None:
    heads = ("年度", "施設名", "利用者数")
    cells = [
        ("2023年度", "東公民館", "140"),
        ("2023年度", "西公民館", "90"),
        ("2024年度", "東公民館", "227"),
        ("2024年度", "西公民館", "80"),
    ]
    rows = [row(heads, cell, index) for index, cell in enumerate(cells)]
    assert text_of("西公民館の利用者は2023年度から2024年度で何人減った", *rows) == (
        "90人（2023年度）－80人（2024年度）＝10人です。"
    )


def test_bare_figures_below_years_take_the_counter_of_the_rows_name() -> None:
    found = row(("指標", "2024年度 実績", "2029年度 目標"), ("申請件数（件）", "57,356", "112,000"))
    assert text_of("申請件数は2029年度までに何件増やす", found) == (
        "112,000件（2029年度）－57,356件（2024年度）＝54,644件です。"
    )
    with_change = row(("区分", "2023年", "2024年", "増減"), ("火災件数", "28", "23", "△5"))
    assert text_of("火災件数は2023年から2024年で何件減った", with_change) == (
        "28件（2023年）－23件（2024年）＝5件です。"
    )
    other = row(("指標", "2024年度 実績", "2029年度 目標"), ("処理の速さ", "57", "112"))
    assert worked("処理は2029年度までに何件増やす", other) is None


TARGETS = ("指標", "単位", "基準値（2023年度）", "目標値（2029年度）")


@pytest.mark.parametrize(
    ("cells", "question", "short"),
    [
        (("登録者", "人", "812", "1,000"), "登録者は何人増やす目標ですか", "188人"),
        (("待機児童", "人", "35", "0"), "待機児童は2029年度までに何人減らす", "35人"),
        (("満足度", "%", "72.5", "85.0"), "満足度は何ポイント上げる目標ですか", "12.5ポイント"),
        (("事業費", "千円", "9,000", "9,500"), "事業費はいくら増やす目標ですか", "500千円"),
        (("登録者", "団体", "812", "1,000"), "登録者は何人増やす目標ですか", None),
    ],
)
def test_the_cell_below_the_head_of_units_says_how_bare_figures_count(
    cells: tuple[str, ...], question: str, short: str | None
) -> None:
    found = worked(question, row(TARGETS, cells))
    assert (found and found.short) == short


def test_of_rows_side_by_side_only_the_one_that_is_named_gives_its_change() -> None:
    heads = ("部", "2023年度", "2024年度")
    rows = [
        row(heads, ("総務部", "8,120時間", "7,640時間"), 0),
        row(heads, ("福祉部", "12,400時間", "13,050時間"), 1),
    ]
    assert text_of("福祉部の時間外は2023年度から2024年度で何時間増えた", *rows) == (
        "13,050時間（2024年度）－12,400時間（2023年度）＝650時間です。"
    )
    asked = "時間外は2023年度から2024年度で何時間増えた"
    assert worked(asked, *rows) is None
    total = row(heads, ("合計", "20,520時間", "20,690時間"), 2)
    assert text_of(asked, *rows, total) == (
        "20,690時間（2024年度）－20,520時間（2023年度）＝170時間です。"
    )
