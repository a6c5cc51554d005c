"""The quotable pieces of a chunk, and shortening them without changing what they say."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from units_support import page_of, row, unit

from ingest.reading import cut
from rag.focus import focus
from rag.question import Question, read_question
from rag.scoring import Candidate, Term, question_terms, score_units
from rag.short_answers import MAX_SHORT_ANSWER_CHARACTERS, short_answer
from rag.text import key
from rag.types import ChunkKind
from rag.units import Unit, plain, units_of

SENTENCE = "窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。"
PADDING = "市役所の各課では、窓口の混雑を和らげるため、来庁の予約、書類の事前作成、郵送による受付、支所での交付など、これまでにいくつもの取組みを進めてきたところであり、"

NEGATIONS = [
    "申請書の窓口での受付は、令和6年4月以降は行わない。",
    "職員は、生成AIに市民の個人情報を入力してはならない。",
    "手数料の減免は、事業者には適用されません。",
    "私物の端末を庁内の回線に接続することを禁止する。",
    "電子申請の利用率は、目標の50%に達しなかった。",
    "補助金は、交付決定の前に着手した工事には使えません。",
    "添付書類は、マイナンバーで確認できるものについては、提出を求めない。",
    "同じ年度に2回以上申請することはできない。",
    "この計画は、職員の定数を減らすことを目的とするものではありません。",
    "会議の資料は、市長が認めた場合を除き、公開しない。",
    "キャッシュレスの対象に、市税の督促手数料は含まれていません。",
    "RPAで300時間を削減したとは言えない。",
    "受講の申込みは、電話では受け付けていません。",
    "旧庁舎の駐車場は、3月末をもって利用できなくなる。",
    "更新の費用は、来年度の予算に計上されていない。",
]


def units_in(text: str) -> list[Unit]:
    page = page_of(text)
    return [unit for chunk in cut((page,), "計画") for unit in units_of(chunk, page)]


def asked(text: str) -> tuple[Question, list[Term]]:
    question = read_question(text)
    return question, question_terms(question, lambda lemma: 4.0)


def focused(question: str, piece: Unit, limit: int) -> str:
    return focus(*asked(question), piece, limit)


def short(question: str, *pieces: Unit) -> str | None:
    read, terms = asked(question)
    candidates = [Candidate(unit=p, retrieval=1.0, title="", before="", after="") for p in pieces]
    return short_answer(read, terms, score_units(read, terms, candidates))


LINES = st.sampled_from(
    [
        "",
        "第1章 位置付け",
        "(1) 目的",
        "① 窓口",
        "■ 会議",
        SENTENCE,
        SENTENCE[:20],
        "・ 共同利用",
        "- 研究会",
        "1. 標準化",
        "2. 普及",
        "No.\t事業名\t担当課",
        "1\t事業A\t人事課",
        "2\t事業B\t-3.2",
        "| 区分 | 件数 |",
        "| --- | --- |",
        "| 甲 | △3 |",
        "LINE 271 67%",
        "12",
        "施 政 方 針",
        "。",
        "**重要**",
        "\u200b",
        "🙂 絵文字",
        "用語 意味",
        "R P A",
        "「閉じない括弧。続き",
        *NEGATIONS,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=30).map("\n".join))
def test_every_unit_is_a_whole_piece_of_its_page(text: str) -> None:
    page = page_of(text)
    for chunk in cut((page,), "計画"):
        for piece in units_of(chunk, page):
            assert chunk.start <= piece.start < piece.end <= chunk.end
            quote = page.text[piece.start : piece.end]
            assert quote.strip()
            assert piece.parts and all(part.strip() for part in piece.parts)
            if piece.kind is not ChunkKind.TABLE_ROW:
                assert all(
                    key(part) in key(plain(quote)) for part in piece.parts if "**" not in quote
                )


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=200
    )
)
def test_any_text_has_units_with_quotes(text: str) -> None:
    page = page_of(text)
    for chunk in cut((page,), "計画"):
        for piece in units_of(chunk, page):
            assert page.text[piece.start : piece.end].strip()


def test_a_sentence_is_a_unit_and_labels_stay_together() -> None:
    assert [piece.parts for piece in units_in(f"{SENTENCE}{SENTENCE[:-3]}た。")] == [
        (SENTENCE,),
        (SENTENCE[:-3] + "た。",),
    ]


def test_a_bullet_is_not_part_of_what_is_said() -> None:
    assert [
        plain(line)
        for line in ("・ 窓口", "●窓口", "## 窓口", "- 3つの柱", "■・窓口", "△ 一部実施")
    ] == [
        "窓口",
        "窓口",
        "窓口",
        "3つの柱",
        "窓口",
        "一部実施",
    ]


@pytest.mark.parametrize("figure", ["-3.2%", "△1,234千円", "▲5", "△ 12", "－3.2", "+0.4"])
def test_the_sign_of_a_figure_is_not_a_bullet(figure: str) -> None:
    assert plain(figure) == figure
    assert plain(f"・{figure}") == figure
    assert row(("区分", "増減"), ("歳入", figure)).parts == ("区分：歳入", f"増減：{figure}")


def test_a_row_reads_as_its_heads_and_cells() -> None:
    piece = row(("No.", "事業名", "担当課", "備考"), ("3", "窓口\n予約", "市民課", ""))
    assert piece.parts == ("No.：3", "事業名：窓口予約", "担当課：市民課")
    assert piece.text == "No.：3／事業名：窓口予約／担当課：市民課"


def test_a_row_without_heads_reads_as_its_cells() -> None:
    assert row((), ("窓口予約", "市民課", "1,234")).text == "窓口予約／市民課／1,234"


def test_the_running_number_of_a_row_is_left_out_and_its_figures_are_not() -> None:
    assert (
        focused("窓口予約の担当は？", row(("No.", "事業名"), ("3", "窓口予約")), 300)
        == (
            "No.：3／事業名：窓口予約"  # alone, the name would be no row any more
        )
        or focused("窓口予約の担当は？", row(("No.", "事業名"), ("3", "窓口予約")), 300)
        == "事業名：窓口予約"
    )
    assert focused("窓口予約の件数は？", row((), ("3", "窓口予約", "市民課", "1234")), 300) == (
        "窓口予約／市民課／1234"
    )


def test_a_text_within_the_limit_is_left_whole() -> None:
    assert focused("目標は？", unit(SENTENCE), len(SENTENCE)) == SENTENCE


def test_the_part_that_answers_is_kept_with_the_lead_in() -> None:
    parts = (
        "重点事業は次のとおり",
        "窓口の予約を始める（市民課）",
        "庁内の回線を更新する（情報政策課）",
    )
    piece = unit(*parts, kind=ChunkKind.LIST)
    limit = len(piece.text) - 1
    assert focused("回線の更新はどこの課", piece, limit) == f"{parts[0]}、{parts[2]}"
    assert focused("予約はどこの課", piece, limit) == f"{parts[0]}、{parts[1]}"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([*NEGATIONS, SENTENCE, "短い項目", "件数は12件"]), min_size=1, max_size=8
    ),
    st.sampled_from(list(ChunkKind)),
    st.integers(10, 400),
)
def test_focus_drops_whole_parts_only(parts: list[str], kind: ChunkKind, limit: int) -> None:
    piece = unit(*parts, kind=kind)
    shown = focused("電子申請の利用率は何％ですか", piece, limit)
    rest = shown
    for part in parts:
        rest = rest.replace(part, "", 1) if part in rest else rest
    assert not rest.strip("、／ "), "a part was cut"
    assert any(part in shown for part in parts)
    if len(parts) > 1 and max(map(len, parts)) * 5 < limit:
        assert len(shown) <= limit


@pytest.mark.parametrize("sentence", NEGATIONS)
def test_focus_keeps_a_negation(sentence: str) -> None:
    topic = sentence.split("は")[0]
    for text in (sentence, PADDING + sentence):
        assert focused(f"{topic}はできますか", unit(SENTENCE, text, SENTENCE), 60).count(text) == 1


def questions_on(sentence: str) -> list[str]:
    topic = sentence.split("、")[0].rstrip("。")
    return [
        f"{topic}？",
        f"{topic[:8]}は何ですか",
        f"{topic[:8]}はできますか",
        f"{topic[:8]}を教えて",
    ]


@pytest.mark.parametrize("sentence", NEGATIONS)
def test_a_short_answer_never_stops_before_the_negation(sentence: str) -> None:
    for text in (sentence, PADDING + sentence, sentence + PADDING * 2 + "ここに記す。"):
        for question in questions_on(sentence):
            answer = short(question, unit(text))
            if answer is None or len(answer) <= 10:
                continue  # nothing, or a figure or date alone
            assert len(answer) <= MAX_SHORT_ANSWER_CHARACTERS
            end = text.index(answer) + len(answer)
            assert end == len(text) or text[end - 1] in "。", answer


def test_a_sentence_too_long_for_a_short_answer_gives_none_rather_than_its_beginning() -> None:
    text = "個人情報を含む文書は、" + "庁外に持ち出し" * 20 + "てはならない。"
    assert short("個人情報を含む文書は庁外に持ち出せますか", unit(text)) is None


@pytest.mark.parametrize(
    ("pages", "kept"), [(("1", "1", "2"), False), (("12", "7", "3"), True), (("3", "3", "3"), True)]
)
def test_lines_of_a_table_of_contents_are_no_units(pages: tuple[str, ...], kept: bool) -> None:
    text = "目次\n" + "\n".join(f"第1\t準拠基準\t{page}" for page in pages)
    said = unit(*text.split("\n"), kind=ChunkKind.LIST)
    chunk = replace(said.chunk, text=text, end=len(text))
    parts = [part for piece in units_of(chunk, page_of(text)) for part in piece.parts]
    assert ("準拠基準" in "".join(parts)) is kept


@pytest.mark.parametrize("leader", [". " * 30, "." * 12, "・" * 10, "………"])
def test_lines_with_dot_leaders_are_no_units_however_few(leader: str) -> None:
    line = f"4-2 来庁者数の変化 {leader} 5"
    text = f"{line}\n来庁者は前の年度より一割少ない。"
    said = unit(*text.split("\n"))
    chunk = replace(said.chunk, text=text, end=len(text))
    parts = [part for piece in units_of(chunk, page_of(text)) for part in piece.parts]
    assert parts == ["来庁者は前の年度より一割少ない。"]


def test_labels_of_a_figure_are_no_short_answer() -> None:
    labels = [f"端末の更新の推移（部局別{name}）" for name in "甲乙丙丁戊己庚辛壬癸子丑"]
    assert short("端末の更新は？", unit(*labels)) is None


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("受付期間は2023.11.6~11.30である。", "2023.11.6~11.30"),
        ("委嘱の期間は2年間（2021/6/1～2023/5/30）である。", "2021/6/1～2023/5/30"),
        (
            "監査は令和3年11月1日から令和4年3月24日まで行った。",
            "令和3年11月1日から令和4年3月24日まで",
        ),
        ("移行は2030年度末までに終える。", "2030年度末まで"),
    ],
)
def test_a_date_is_given_whole(text: str, date: str) -> None:
    assert short("期間はいつからいつまでですか", unit(text)) == date


def test_of_runs_that_say_the_same_the_shorter_whole_sentence_is_given() -> None:
    first = "2024年2月には業務専用の会話ツールを、2024年10月には共有の生成ツールを導入しました。"
    text = "市は道具の導入を順に進めてきました。" + first + PADDING + "これからも続けます。"
    assert short("共有の生成ツールはいつ導入しましたか", unit(text)) == "2024年10月"
    assert short("共有の生成ツールと業務専用の会話ツールについて", unit(text)) == first


def test_a_long_list_may_be_shortened_at_an_item() -> None:
    items = [f"項目{number}の窓口で使う端末の更新" for number in range(12)]
    answer = short("端末の更新は？", unit(*items, kind=ChunkKind.LIST))
    assert answer is not None
    assert all(item in items for item in answer.split("、"))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("利用者は何人ですか", "生成AIの利用者は月平均で227人であった。", "227人"),
        ("利用者は何人ですか", "生成AIの利用者は月平均で約1,200人であった。", "約1,200人"),
        ("処理は何件ですか", "時間外の処理は年間で10件未満である。", "10件未満"),
        ("申請は何件以上ですか", "対象は申請が100件以上の手続とする。", "100件以上"),
        ("増減は何％ですか", "前年と比べた増減は△3.5%である。", "△3.5%"),
        ("処理は何件ですか", "1日の処理は10~20件である。", "10~20件"),
        ("会議はいつ開かれましたか", "第3回の会議は令和4年3月24日に開かれた。", "令和4年3月24日"),
    ],
)
def test_a_figure_is_given_with_what_belongs_to_it(question: str, text: str, answer: str) -> None:
    assert short(question, unit(text)) == answer


def test_two_figures_of_the_asked_kind_are_not_chosen_between() -> None:
    text = "利用者は、令和5年度に120人、令和6年度に227人であった。"
    assert short("利用者は何人ですか", unit(text)) == text


def test_a_row_answers_with_the_cells_asked_for() -> None:
    piece = row(("事業名", "担当課", "開始"), ("窓口予約システム", "市民課", "令和5年度"))
    assert short("窓口予約システムの担当課はどこですか", piece) == "市民課"


def test_an_entry_of_a_timeline_is_given_with_its_date() -> None:
    text = (
        "（1983年）オンラインによる証明書発行を開始（1995年）日曜窓口を開設"
        "（1997年）公式ウェブサイトを開設（2003年）総合行政ネットワークに接続"
    )
    assert (
        short("公式ウェブサイトができたのはいつですか", unit(text))
        == "（1997年）公式ウェブサイトを開設"
    )


def test_who_asks_for_two_things_does_not_get_the_figure_of_one() -> None:
    text = "2025年11月末までに累計2,600人が利用し、9,300時間の業務が減った。"
    assert short("何人が使ってどれくらい時間が減りましたか", unit(text)) == text


def test_the_name_of_a_thing_is_no_definition_of_it() -> None:
    meaning = "将来の姿から逆算して、いま行うことを決める。" * 5
    piece = row(("バリュー", "考え方"), ("バックキャスト思考", meaning))
    answer = short("バックキャスト思考とは何ですか", piece)
    assert answer is not None and "逆算" in answer


def test_the_unit_with_every_figure_asked_for_gives_the_short_answer() -> None:
    named = unit("窓口の申請の受付時間の制限と申請書の取得のための来庁が、申請の負担になっている。")
    figures = row(("区分", "件数", "割合"), ("開庁時間外の窓口の申請", "1,930件", "69.2%"))
    answer = short("開庁時間外の窓口の申請は何件で何%ですか", named, figures)
    assert answer is not None and "1,930件" in answer and "69.2%" in answer


def test_nothing_gives_no_short_answer() -> None:
    assert short("担当課は？") is None
