"""Other names are learned where the documents state them, and nowhere else."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.glossary import DocumentNames, Glossary, stands_in
from rag.glossary import learn as learn_from
from rag.types import Chunk, ChunkKind


def chunk(text: str, columns: tuple[str, ...] = (), cells: tuple[str, ...] = ()) -> Chunk:
    return Chunk(
        id="d:00000",
        document_id="d",
        ordinal=0,
        page=1,
        start=0,
        end=len(text),
        kind=ChunkKind.TABLE_ROW if cells else ChunkKind.PROSE,
        text=text,
        search_text=text.lower(),
        columns=columns,
        cells=cells,
    )


def row(term: str, meaning: str) -> Chunk:
    return chunk(f"用語: {term}／意味: {meaning}", ("用語", "意味"), (term, meaning))


def learn(chunks: Iterable[Chunk]) -> Glossary:
    return learn_from([DocumentNames(list(chunks))])


def learned(*texts: str) -> set[tuple[str, str]]:
    return {(name.name, name.other) for name in learn(chunk(text) for text in texts).names}


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("庁内のGIS（地理情報システム）を使う。", ("GIS", "地理情報システム")),
        (
            "ＲＰＡ（ロボティック・プロセス・オートメーション）",
            ("RPA", "ロボティック・プロセス・オートメーション"),
        ),
        ("④BPR（業務改革）を進める。", ("BPR", "業務改革")),
        ("EBPM※23（証拠に基づく政策立案）", ("EBPM", "証拠に基づく政策立案")),
        ("CDO（Chief Digital Officer）を置く。", ("CDO", "Chief Digital Officer")),
        ("最高情報セキュリティ責任者（CISO）", ("CISO", "最高情報セキュリティ責任者")),
        ("みどり市業務継続計画（BCP）による。", ("BCP", "業務継続計画")),
        ("KPI：Key Performance Indicatorの略で、重要業績評価指標。", ("KPI", "重要業績評価指標")),
        ("Instagram（インスタグラム）で配信する。", ("Instagram", "インスタグラム")),
        (
            "社会保障・税番号制度（通称マイナンバー制度）",
            ("マイナンバー制度", "社会保障・税番号制度"),
        ),
        ("フィーチャーフォン…「ガラケー」の通称で知られる。", ("ガラケー", "フィーチャーフォン")),
        ("みどり市ＤＸ推進本部（以下「推進本部」という。）は", ("推進本部", "みどり市DX推進本部")),
        (
            "「みどり市情報化計画」（以下「情報化計画」という。）",
            ("情報化計画", "みどり市情報化計画"),
        ),
        ("保育課（旧：こども育成課）", ("保育課", "こども育成課")),
        ("政策部DX課\n（旧：広報推進課）", ("DX課", "広報推進課")),
        ("組織名改正『情報政策課』→『ＤＸ推進課』", ("DX推進課", "情報政策課")),
    ],
)
def test_a_stated_name_is_learned(text: str, pair: tuple[str, str]) -> None:
    assert pair in learned(text)


@pytest.mark.parametrize(
    "text",
    [
        "町内会DX推進事業（結びネット）",
        "農業DX(アグリテック)を進める。",
        "評価（Check）と改善（Action）",
        "下水道台帳管理（GIS）",
        "生成AIの活用（P20）",
        "DX推進アドバイザー（外部委員）",
        "指標（KPI）を定める。",
        "市税の電子申告（eLTAX）",
        "みどり市（以下「本市」という。）は、個人情報の保護に関する法律（以下「法」という。）による。",
        "部局 所属（旧所属）",
        "狩猟社会（Society1.0）",
        "ICT（平成31年度予算）",
        "GIS（都市計画課）",
    ],
)
def test_a_remark_in_brackets_is_no_other_name(text: str) -> None:
    assert learned(text) == set()


def test_rows_of_a_glossary_are_read_with_their_explanation() -> None:
    glossary = learn(
        [
            row("GIS", "地理情報システム（Geographic Information System）の略称。地図の仕組み。"),
            row("IoT", "Internet of Thingsの略。モノのインターネットのこと。"),
            row("デジタルデバイド", "情報格差。使える者と使えない者の間に生じる差のこと。"),
            row("SNS", "ソーシャルネットワーキングサービス。人と人をつなぐ。"),
            row("電子申請", "紙によらない申請。オンライン申請と同義語。"),
            row("クラウド", "データを手元ではなく外に置く使い方。"),
        ]
    )
    assert glossary.alternatives("ＧＩＳ") == ("地理情報システム",)
    assert glossary.alternatives("モノのインターネット") == ("iot",)
    assert glossary.alternatives("デジタルデバイド") == ("情報格差",)
    assert glossary.alternatives("SNS") == ("ソーシャルネットワーキングサービス",)
    assert glossary.alternatives("オンライン申請") == ("電子申請",)
    assert glossary.alternatives("クラウド") == ()


def test_an_acronym_with_several_meanings_behind_words_is_not_learned() -> None:
    assert learned("固定資産税地図情報（GIS）", "公開型統合地図情報（GIS）") == set()
    assert learned("総合防災地図情報（GIS）", "GIS（地理情報システム）") == {
        ("GIS", "地理情報システム")
    }


def test_a_name_cut_by_a_line_break_gives_way_to_the_whole_one() -> None:
    whole = "DX戦略課（旧：広報推進課）"
    assert learned(whole, whole, "課DX 戦略課（旧：広報推進課）") == {("DX戦略課", "広報推進課")}


def test_a_question_is_not_led_to_the_rare_name() -> None:
    often = [chunk(f"GISの利用その{i}") for i in range(10)]
    glossary = learn([chunk("GIS（地理情報システム）"), *often])
    assert glossary.within("地理情報システムの利用者数は") == {"地理情報システム": ("gis",)}
    assert glossary.within("gisの利用者数は", ["gis"]) == {}


def test_a_former_name_leads_to_the_present_one_and_not_back() -> None:
    glossary = learn([chunk("DX戦略課（旧：広報推進課）")])
    assert glossary.within("広報推進課の事業は") == {"広報推進課": ("dx戦略課",)}
    assert glossary.within("dx戦略課の事業は") == {}
    assert glossary.alternatives("DX戦略課") == ("広報推進課",)


def test_a_short_name_counts_only_as_a_word() -> None:
    glossary = Glossary(by_key={"ai": ("人工知能",), "ライン": ("line",)}, chunks_with=lambda _: 1)
    assert glossary.within("aiとは", ["ai"]) == {"ai": ("人工知能",)}
    assert glossary.within("kaikeiとは", ["kaikei"]) == {}
    assert glossary.within("オンライン申請", ["オンライン"]) == {}
    assert glossary.within("ラインで届く", ["ライン"]) == {"ライン": ("line",)}


@pytest.mark.parametrize(
    ("text", "word", "stands"),
    [
        ("オンライン", "ライン", False),
        ("city", "it", False),
        ("it化", "it", True),
        ("市民会議室", "市民会議", True),
    ],
)
def test_a_word_does_not_stand_inside_a_longer_one_of_its_script(
    text: str, word: str, stands: bool
) -> None:
    assert stands_in(text, word) is stands


@pytest.mark.parametrize(
    "text",
    [
        "A" * 5000 + "(",
        "Ab " * 2000 + "の略(",
        "課旧:" * 2000,
        "「" * 2000 + "通称(",
        "X（以下「" * 1000,
    ],
)
def test_hostile_text_is_read_and_teaches_nothing(text: str) -> None:
    assert learned(text) == set()


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_can_be_learned_from(texts: list[str]) -> None:
    glossary = learn(chunk(text) for text in texts)
    for name in glossary.names:
        assert glossary.alternatives(name.name) and glossary.alternatives(name.other)
