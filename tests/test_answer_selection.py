"""What goes into an answer of several pieces, and in which order."""

from dataclasses import replace
from datetime import date

from time_support import document, evidence_for
from units_support import row

from rag.answering import from_units
from rag.composed import Reading, Sources
from rag.extraction import MAX_ANSWER_CHARACTERS, select
from rag.pointing import Pointed, short_words
from rag.question import read_question
from rag.refusal import RefusalSignals
from rag.scoring import Candidate, Evidence, Signals, question_terms, score_units
from rag.short_answers import short_answer
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import units_of

SOURCE = document()
NO_SIGNALS = Signals(**dict.fromkeys(Signals.__dataclass_fields__, 0.0))
ITEM = "対象の手続のうち、791手続のオンライン化を実現しました。"
NEAR = "申請の受付は窓口でも行います。"
NOISE = "公園の遊具を7件、点検しました。"
DEFINES = "「多機能端末」とは、一台で印刷と複写ができる機械のこと。"
USES = "多機能端末の更新と多機能端末の点検を、多機能端末の担当が行います。"


def answer(question: str, *texts: str) -> tuple[str, str | None]:
    asked, terms, found, pages = evidence_for(question, [(SOURCE, text) for text in texts])
    known: dict[str, Document] = {SOURCE.id: SOURCE}
    sources = Sources(known, lambda i, n: pages[i, n], lambda _: [], date(2026, 11, 1))
    silent = RefusalSignals(*[1.0] * 7, 0.0)
    composed = from_units(Reading(asked, terms, [], found, silent, []), sources)
    return composed.text, composed.short


def test_cases_of_a_thing_are_counted_by_its_own_name() -> None:
    text, short = answer("オンライン化した手続は何件", ITEM, "オンライン化を求める声は12件でした。")
    assert text.startswith(ITEM)
    assert short == "791手続"


def test_what_means_the_thing_comes_before_what_uses_it() -> None:
    text, short = answer("多機能端末とは何ですか", USES, DEFINES)
    assert text.startswith(DEFINES)
    assert short == DEFINES


def test_a_piece_with_few_words_of_the_question_and_not_the_figure_asked_for_is_left_out() -> None:
    question = "オンライン申請の件数は何件ですか"
    asked, terms, found, _ = evidence_for(
        question, [(SOURCE, "オンライン申請の件数は316件です。"), (SOURCE, NEAR), (SOURCE, NOISE)]
    )
    shown = [item.text for item in select(asked, terms, found)]
    assert shown == ["オンライン申請の件数は316件です。"]


def test_a_heading_is_no_item_of_the_list_below_it() -> None:
    source = document()
    asked, terms, found, _ = evidence_for(
        "説明会の開催を全部教えて",
        [(source, "これまで\n・説明会の開催\n・説明会の案内")],
        heading=("これまで",),
    )
    shown = select(asked, terms, found)[0].text
    assert not shown.startswith(("これまで、", "これまで／"))


def test_the_room_of_a_list_is_for_the_list() -> None:
    about = [
        f"共同利用の業務について、{i}回目の会議で{'丁寧に' * 30}話し合いました。" for i in range(6)
    ]
    asked, terms, found, _ = evidence_for(
        "共同利用の業務を全部教えて", [(SOURCE, text) for text in about]
    )
    shown = select(asked, terms, found)
    assert sum(len(item.text) for item in shown) <= MAX_ANSWER_CHARACTERS


def test_how_something_has_developed_is_told_from_the_oldest_on() -> None:
    text, _ = answer(
        "申請件数の推移",
        "2024年度の申請件数は310件です。",
        "2022年度の申請件数は120件です。",
        "2023年度の申請件数は250件です。",
    )
    places = [text.index(figure) for figure in ("120件", "250件", "310件")]
    assert places == sorted(places)


def test_how_many_there_are_is_not_how_many_were_added() -> None:
    _, short = answer(
        "オンライン化した手続は何手続",
        "2024年度には、新たに259手続をオンライン化しました。",
        "これまでに、791手続をオンライン化しました。",
    )
    assert short == "791手続"


def test_of_the_headings_before_a_text_the_nearest_is_told() -> None:
    asked, terms, found, _ = evidence_for(
        "申請件数の実績は何件ですか",
        [(SOURCE, "第4章 指標\n申請件数\n2024年度 316件\n2025年度 420件")],
    )
    chunk = replace(found[0].unit.chunk, heading=("第4章 指標", "申請件数"))
    unit = replace(
        found[0].unit,
        chunk=chunk,
        parts=("第4章 指標", "申請件数", "2024年度 316件", "2025年度 420件"),
    )
    shown = select(asked, terms, [replace(found[0], unit=unit)])
    assert shown[0].text == "申請件数：2024年度 316件 2025年度 420件"


def test_the_figure_of_the_clause_asked_about_is_the_short_answer() -> None:
    _, short = answer(
        "個人情報の漏えいが不安と答えた割合は何％",
        "不安では「個人情報の漏えい」が最も多く81％、施策では道路の整備が38％であった。",
    )
    assert short == "81%"


def test_the_same_in_other_words_is_not_said_twice() -> None:
    asked, terms, found, _ = evidence_for(
        "推進役の役割は",
        [
            (SOURCE, "推進役：各所属の情報化を進め、調査や研究の中心となる者。"),
            (SOURCE, "推進役とは、各所属の情報化を進め、調査や研究の中心となる者。"),
        ],
    )
    assert len(select(asked, terms, found)) == 1


def test_a_note_is_no_item_of_a_list() -> None:
    asked, terms, found, _ = evidence_for(
        "自動化した業務を3つ挙げて",
        [
            (SOURCE, "自動化した業務は、納付書の作成、委託料の支払、光熱水費の支払である。"),
            (SOURCE, "※3自動化した業務とは、自動化の対象となった業務をいう。"),
        ],
    )
    assert all("※3" not in item.text for item in select(asked, terms, found))


def row_of(
    question: str, heads: tuple[str, ...], *lines: tuple[str, ...]
) -> tuple[str, str | None]:
    """The answer from one table."""
    text = "\n".join("\t".join(cells) for cells in lines)
    page = Page(document_id=SOURCE.id, number=1, text=text)
    chunks = []
    for ordinal, cells in enumerate(lines):
        start = text.index("\t".join(cells))
        said = "／".join(f"{head}：{cell}" for head, cell in zip(heads, cells, strict=True))
        chunks.append(
            Chunk(
                id=f"{SOURCE.id}:{ordinal:05d}", document_id=SOURCE.id, ordinal=ordinal, page=1,
                start=start, end=start + len("\t".join(cells)), kind=ChunkKind.TABLE_ROW, text=said,
                search_text=said, columns=heads, cells=cells, heading=("入所申請",),
            )
        )  # fmt: skip
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 3.0)
    candidates = [Candidate(u, 1.0, "", "", "") for c in chunks for u in units_of(c, page)]
    found = score_units(asked, terms, candidates)
    sources = Sources({SOURCE.id: SOURCE}, lambda *_: page, lambda _: chunks, date(2026, 11, 1))
    silent = RefusalSignals(*[1.0] * 7, 0.0)
    composed = from_units(Reading(asked, terms, [], found, silent, []), sources)
    return composed.text, composed.short


def test_who_asks_for_all_of_it_gets_the_total() -> None:
    _, short = row_of(
        "入所申請は全部で何件",
        ("区分", "件数"),
        ("時間外", "1,930"),
        ("時間内", "861"),
        ("合計", "2,791"),
    )
    assert short is not None
    assert "2,791" in short and "1,930" not in short


def test_the_entry_of_a_word_comes_before_what_mentions_it() -> None:
    text, short = row_of(
        "使命は何",
        ("項目", "内容"),
        ("体系", "使命と価値を組み合わせて示す。"),
        ("Mission（使命）", "選ばれるまち"),
    )
    assert text.startswith("Mission（使命）：選ばれるまち")
    assert short == "Mission（使命）：選ばれるまち"


def test_beside_the_row_that_is_meant_no_other_of_its_table_is_told() -> None:
    text, _ = row_of(
        "電子予約の担当課はどこ",
        ("事業名", "担当課"),
        ("電子予約", "情報課"),
        ("電子入札", "契約課"),
    )
    assert "情報課" in text and "契約課" not in text


def test_a_person_asked_for_is_the_one_in_the_column_of_names() -> None:
    text, short = row_of(
        "本部長は誰ですか",
        ("所属", "氏名"),
        ("財務部長", "鈴木 一郎"),
        ("副市長（本部長）", "山田 花子"),
    )
    assert short == "山田 花子"
    assert "鈴木" not in text


def test_a_date_is_given_in_the_calendar_asked_for() -> None:
    text = "県の構想は、2019年（平成31年）3月に策定されました。"
    assert answer("県の構想の策定は平成何年何月", text)[1] == "平成31年3月"
    assert answer("県の構想の策定はいつ", text)[1] == "2019年（平成31年）3月"


def test_a_heading_is_no_short_answer() -> None:
    asked, terms, found, _ = evidence_for("窓口の利点は", [(SOURCE, "窓口の利点\n待ち時間が短い")])
    chunk = replace(found[0].unit.chunk, heading=("窓口の利点",))
    items = ("窓口の利点", "待ち時間が短い", "予約ができる" * 20)
    unit = replace(found[0].unit, chunk=chunk, parts=items, kind=ChunkKind.LIST)
    short = short_answer(asked, terms, [replace(found[0], unit=unit)])
    assert short == "窓口の利点、待ち時間が短い"


def test_of_two_dates_that_of_the_clause_asked_about_is_the_short_answer() -> None:
    text = "市税は、令和2年4月から窓口の端末で、令和4年1月からクレジットカードで納付できるようになった。"
    assert answer("クレジットカードで納付できるようになったのはいつ", text)[1] == "令和4年1月"
    assert answer("市税の納付はいつ", text)[1] == text


def test_what_is_told_of_a_span_of_years_is_not_told_of_its_last_year() -> None:
    _, short = answer(
        "助言は令和2年度に何回",
        "助言 【2019～2020年度】 経費 計10回 【2020年度】 安全会議への助言 計2回",
    )
    assert short == "2回"


def test_a_figure_told_of_a_span_alone_is_still_found_by_its_last_year() -> None:
    _, short = answer(
        "2020年度の助言は何回", "助言は2018年度に4回、2019～2020年度に10回、2021年度に3回です。"
    )
    assert short == "10回"


def test_of_the_figures_of_a_drawing_the_one_beside_the_words_asked_for_is_the_short_answer() -> (
    None
):
    _, short = answer(
        "端末は何台を配置しますか",
        "【図】 職員：50人 端末：54台を配置した場合 別回線 共用（1台） 据置型（10台） 携帯型（25台）",
    )
    assert short == "54台"


def test_who_asks_for_the_day_of_something_gets_the_day_and_not_the_line() -> None:
    _, short = answer(
        "条例の施行日は",
        "また、国の方針を受け、本市の条例は令和2年12月25日に施行し、窓口の手続を着実に改めていく考えである。",
    )
    assert short == "令和2年12月25日"


OFFICES = (
    ("財務部長", "鈴木 一郎"),
    ("副市長（本部長）", "山田 花子"),
    ("副市長（副本部長）", "佐藤 太郎"),
)


def test_everybody_who_holds_the_office_asked_for_is_named() -> None:
    text, short = row_of("副市長は誰ですか", ("所属", "氏名"), *OFFICES)
    assert short == "山田 花子、佐藤 太郎"
    assert "山田 花子" in text
    assert "佐藤 太郎" in text


def test_who_holds_a_longer_office_is_not_who_holds_the_one_inside_its_name() -> None:
    _, short = row_of("副本部長は誰ですか", ("所属", "氏名"), *OFFICES)
    assert short == "佐藤 太郎"


def test_a_share_asked_for_is_not_replaced_by_a_count() -> None:
    question = "講習会を選んだ人は何％ですか"
    asked, _, found, _ = evidence_for(question, [(SOURCE, "講習会 141 35%")])
    counted = Pointed(3.0, found[0], "141", 20.0)
    assert short_words(asked, counted, "35%") == "35%"
    assert short_words(asked, counted, None) == "141"
    assert short_words(read_question("講習会を選んだ人は何人"), counted, "35%") == "141"


def test_words_from_one_cell_to_another_are_no_short_answer() -> None:
    found = Evidence(row(("", "現金", "電子"), ("西口", "13,498", "2,106")), 2.0, NO_SIGNALS)
    asked = read_question("西口の電子は何件")
    assert short_words(asked, Pointed(3.0, found, "13,498／電子：2,106", 20.0), None) is None
    assert short_words(asked, Pointed(3.0, found, "2,106", 20.0), None) == "2,106"
