"""Sums and differences are calculated from exact figures of one document, or not at all."""

from collections.abc import Sequence

import pytest

from rag.calculation import Calculation
from rag.named_things import named_things
from rag.question import read_question
from rag.scoring import Evidence, Signals
from rag.sums import of_names
from rag.types import Chunk, ChunkKind
from rag.units import Unit

SIGNALS = Signals(1, 1, 1, 1, 1, 1, 1, 1, 0, 0)


def prose(text: str, document_id: str = "d", ordinal: int = 0) -> Evidence:
    chunk = Chunk(
        id=f"{document_id}:{ordinal:05d}", document_id=document_id, ordinal=ordinal, page=1,
        start=0, end=len(text), kind=ChunkKind.PROSE, text=text, search_text=text,
    )  # fmt: skip
    return Evidence(Unit(chunk, 0, len(text), (text,), chunk.kind), 1.0, SIGNALS)


def row(columns: Sequence[str], cells: Sequence[str]) -> Evidence:
    text = "\t".join(cells)
    chunk = Chunk(
        id="d:00009", document_id="d", ordinal=9, page=1, start=0, end=len(text),
        kind=ChunkKind.TABLE_ROW, text=text, search_text=text, columns=tuple(columns),
        cells=tuple(cells),
    )  # fmt: skip
    return Evidence(Unit(chunk, 0, len(text), (text,), chunk.kind), 1.0, SIGNALS)


def calculation(question: str, evidence: Sequence[Evidence]) -> Calculation | None:
    read = read_question(question)
    things = named_things(read)
    return of_names(read, things, evidence) if things is not None else None


def test_two_figures_of_the_same_unit_are_added_and_both_are_named() -> None:
    evidence = [
        prose("〇子育てワンストップ 13手続き"),
        prose("〇介護ワンストップ 11手続き", ordinal=1),
    ]
    found = calculation("子育てと介護のワンストップ、足すと何手続き？", evidence)
    assert found is not None
    assert found.text == "13手続き（子育て）＋11手続き（介護）＝24手続きです。"
    assert found.short == "24手続き"
    assert [part.unit for part in found.parts] == [item.unit for item in evidence]


def test_three_names_in_one_sentence_take_the_figure_behind_each() -> None:
    evidence = [prose("市民課は1,200件、税務課は300件、総務課は45件でした。")]
    found = calculation("市民課・税務課・総務課を合計すると何件", evidence)
    assert found is not None
    assert found.short == "1,545件"


def test_figures_below_two_heads_of_a_row_are_added() -> None:
    evidence = [row(("", "高齢者", "若者"), ("回答者数", "37名", "43名"))]
    found = calculation("高齢者と若者のアンケート、回答者あわせて何名ですか", evidence)
    assert found is not None
    assert found.short == "80名"


def test_a_difference_is_the_larger_less_the_smaller() -> None:
    evidence = [prose("本庁舎は120台です。分庁舎は200台です。")]
    found = calculation("本庁舎と分庁舎の差は何台ですか", evidence)
    assert found is not None
    assert found.text == "200台（分庁舎）－120台（本庁舎）＝80台です。"


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("子育てと介護を足すと何手続き", ["子育て 13手続き"]),  # one figure is missing
        ("子育てと介護を足すと何手続き", ["子育て 13手続き", "介護 11手続き", "介護 12手続き"]),
        ("子育てと介護は何手続き", ["子育て 13手続き", "介護 11手続き"]),  # no sum is asked for
        ("職員を合計すると何人", ["職員は120人です。"]),  # nothing to add to it
        ("子育てと介護を足すとどのくらい", ["子育て 13件", "介護 11人"]),  # different units
    ],
)
def test_without_one_clear_figure_for_each_name_nothing_is_calculated(
    question: str, texts: list[str]
) -> None:
    evidence = [prose(text, ordinal=index) for index, text in enumerate(texts)]
    assert calculation(question, evidence) is None


def test_figures_of_two_documents_are_not_added() -> None:
    evidence = [prose("子育て 13手続き", "d"), prose("介護 11手続き", "e")]
    assert calculation("子育てと介護を足すと何手続き", evidence) is None


def test_figures_below_the_head_that_says_what_is_counted_are_added() -> None:
    heads = ("No.", "施設名", "件数 電子", "決済額 電子")
    evidence = [
        row(heads, ("1", "市民課", "3,969", "812,000")),
        row(heads, ("2", "税務課", "595", "99,000")),
    ]
    found = calculation("電子の件数、市民課と税務課を合わせると何件？", evidence)
    assert found is not None
    assert found.text == "3,969件（市民課）＋595件（税務課）＝4,564件です。"


@pytest.mark.parametrize(
    "question",
    [
        "本庁舎は分庁舎より何台多いですか",
        "分庁舎より本庁舎のほうが何台多いですか",
        "本庁舎の端末は分庁舎と比べて何台多い？",
        "端末は本庁舎が分庁舎より何台多い？",
        "端末の数は本庁舎のほうが分庁舎より何台多い？",
    ],
)
def test_a_comparison_takes_the_smaller_from_the_larger(question: str) -> None:
    evidence = [prose("本庁舎は200台です。分庁舎は120台です。")]
    found = calculation(question, evidence)
    assert found is not None
    assert found.text == "200台（本庁舎）－120台（分庁舎）＝80台です。"


def test_a_comparison_that_takes_it_the_wrong_way_is_told_so() -> None:
    evidence = [prose("本庁舎は120台です。分庁舎は200台です。")]
    found = calculation("本庁舎は分庁舎より何台多いですか", evidence)
    assert found is not None
    assert found.short == "80台少ない"


def test_how_many_times_is_a_quotient() -> None:
    evidence = [prose("本庁舎は180台です。分庁舎は120台です。")]
    found = calculation("本庁舎の端末は分庁舎の何倍ですか", evidence)
    assert found is not None
    assert found.text == "180台（本庁舎）÷120台（分庁舎）＝1.5倍です。"


def test_rows_named_with_a_common_word_are_found_by_their_whole_names() -> None:
    heads = ("No.", "施設名", "件数 計", "件数 電子")
    evidence = [
        row(heads, ("1", "東支所", "3,969", "812")),
        row(heads, ("2", "西支所", "595", "99")),
        row(heads, ("3", "西窓口", "7", "5")),
    ]
    found = calculation("東と西支所の電子件数の差は", evidence)
    assert found is None  # 「東」 is no row
    found = calculation("東支所と西支所の電子件数の差は", evidence)
    assert found is not None
    assert found.short == "713件"


def test_a_common_word_belongs_to_each_of_the_names() -> None:
    heads = ("No.", "施設名", "件数 計", "件数 電子")
    evidence = [
        row(heads, ("1", "大山支所", "3,969", "812")),
        row(heads, ("2", "小川支所", "595", "99")),
    ]
    found = calculation("大山と小川の支所、電子件数の差は", evidence)
    assert found is not None
    assert found.text == "812件（大山）－99件（小川）＝713件です。"


def test_names_in_a_line_take_the_figures_of_the_next_line_in_their_order() -> None:
    evidence = [prose("報告書の構成 本編 資料編 計12ページ 計35ページ あおば市")]
    found = calculation("報告書、本編・資料編あわせて何ページ", evidence)
    assert found is not None
    assert found.text == "12ページ（本編）＋35ページ（資料編）＝47ページです。"


def test_a_line_with_a_figure_more_than_names_pairs_nothing() -> None:
    evidence = [prose("報告書の構成 本編 資料編 12ページ 35ページ 47ページ")]
    assert calculation("本編と資料編あわせて何ページ", evidence) is None


def test_schools_told_in_one_word_are_two_things() -> None:
    evidence = [prose("接続先 小学校 ５７校 中学校 ２８校 保育所 ２５か所")]
    found = calculation("つながっている小中学校は合計何校", evidence)
    assert found is not None
    assert found.short == "85校"


def test_times_are_no_names() -> None:
    evidence = [prose("2023年度は120台、2024年度は200台です。")]
    assert named_things(read_question("2024年度は2023年度より何台多いですか")) is None
    assert calculation("2024年度は2023年度より何台多いですか", evidence) is None


@pytest.mark.parametrize(
    ("head", "short", "line"),
    [
        ("決済額（円）", "713,000円", "市民課の決済額(円)：812,000円"),
        ("決済額（千円）", "713,000千円", "市民課の決済額(千円)：812,000千円"),
        ("決済額", None, None),  # yen or thousands of them
    ],
)
def test_bare_amounts_are_in_what_their_head_says(
    head: str, short: str | None, line: str | None
) -> None:
    evidence = [
        row(("No.", "施設名", "件数", head), ("1", "市民課", "3,969", "812,000")),
        row(("No.", "施設名", "件数", head), ("2", "税務課", "595", "99,000")),
    ]
    found = calculation("市民課と税務課の決済額の差はいくら", evidence)
    assert (found and found.short) == short
    assert (found and found.parts[0].line) == line


def test_rows_of_another_year_than_the_one_asked_for_are_left_out() -> None:
    heads = ("年度", "施設名", "件数")
    evidence = [
        row(heads, ("2023年度", "市民課", "800")),
        row(heads, ("2024年度", "市民課", "900")),
        row(heads, ("2023年度", "税務課", "500")),
        row(heads, ("2024年度", "税務課", "450")),
    ]
    found = calculation("2024年度の市民課と税務課の件数の差は何件", evidence)
    assert found is not None
    assert found.short == "450件"
    assert calculation("市民課と税務課の件数の差は何件", evidence) is None


def test_small_and_large_kana_of_a_counter_are_one() -> None:
    evidence = [prose("行政センター １４ヵ所 連絡所 ４ヵ所")]
    found = calculation("行政センターと連絡所を足すと何か所", evidence)
    assert found is not None
    assert found.short == "18ヵ所"


def test_of_figures_of_several_years_only_that_of_the_year_asked_for_is_taken() -> None:
    evidence = [
        prose("電子申請 2024年度 300件 ↓ 2029年度 500件"),
        prose("電子納付 2024年度 100件 ↓ 2029年度 200件", ordinal=1),
    ]
    found = calculation("2029年度の電子申請と電子納付の差は何件", evidence)
    assert found is not None
    assert found.text == "500件（電子申請）－200件（電子納付）＝300件です。"
    assert calculation("電子申請と電子納付の差は何件", evidence) is None
    assert calculation("2027年度の電子申請と電子納付の差は何件", evidence) is None


def test_below_heads_of_years_the_figure_of_the_year_asked_for_is_taken() -> None:
    heads = ("部", "令和5年度", "令和6年度")
    evidence = [
        row(heads, ("総務部", "7,640時間", "7,015時間")),
        row(heads, ("福祉部", "13,050時間", "12,880時間")),
    ]
    found = calculation("令和6年度の総務部と福祉部の時間外の差は何時間", evidence)
    assert found is not None
    assert found.text == "12,880時間（福祉部）－7,015時間（総務部）＝5,865時間です。"
    assert calculation("総務部と福祉部の時間外の差は何時間", evidence) is None
