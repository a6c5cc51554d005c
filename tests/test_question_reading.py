"""What the engine understands of a question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.question import QuestionKind, read_question
from rag.text import normal


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("RPAで何時間削減しましたか", ["number"]),
        ("手数料はいくら？", ["number"]),
        ("応募は何件、回収率は何％ですか", ["number"]),
        ("担当課はどこですか", ["department"]),
        ("広告の規制を担当しているのはどこ", ["department"]),
        ("回線の見直しを担当する責任者の名称は", ["text"]),
        ("第3回会議はいつ開催？", ["date"]),
        ("本部長は誰ですか", ["person"]),
        ("BPRとは何ですか", ["definition"]),
        ("重点項目を全部挙げて", ["list"]),
        ("情報政策課の事業は何事業ありますか", ["count", "number"]),
        ("前計画と比べてどう変わった？", ["compare"]),
        ("ペーパーレスは必要ですか", ["yes_no"]),
        ("窓口に行く必要はある？", ["yes_no"]),
        ("ペーパーレスの理由", ["text"]),
        ("RPAで削減できた時間は？", ["number"]),
        ("窓口の受付時間は？", ["text"]),
        ("登録した人の割合（2025年）", ["number"]),
        ("RAG機能って？", ["definition"]),
        ("誰でも使えるようにした台帳はどれ？", ["text"]),
        ("報告書が出された日は", ["date"]),
        ("システムを入れた年は（あゆみ）", ["date"]),
        ("条例の施行日を教えて", ["date"]),
        ("図書館の休館日は？", ["text"]),
        ("講座を開いた日は何人来た？", ["number"]),
        ("館長の年齢は", ["number"]),
        ("年齢別に見た傾向は", ["text"]),
        ("探索機器を貸し出す課は？", ["department"]),
        ("見守り事業の所属は", ["department"]),
        ("手続きの担当所属", ["department"]),
        ("初心者の講座をやっている所はどこ", ["department"]),
        ("残された課題は？", ["list"]),
    ],
)
def test_a_question_shows_what_kind_of_answer_it_wants(question: str, kinds: list[str]) -> None:
    assert list(read_question(question).kinds) == kinds


@pytest.mark.parametrize(
    ("question", "units"),
    [
        ("RPAで何時間削減しましたか", ("時間",)),
        ("応募は何件、回収率は何％ですか", ("件", "%")),
        ("回収率は何パーセント", ("%",)),
        ("満足度の割合は？", ("%",)),
        ("対象の人数は？", ("人",)),
        ("市民課は何人ですか", ("人",)),  # not 課
        ("施設は何か所", ("か所",)),  # not 施設
        ("事業は何年から", ("年",)),
        ("館長の年齢は", ("歳",)),
        ("手数料はいくら？", ("円",)),
        ("契約は何ライセンスですか", ("ライセンス",)),
        ("担当課はどこ", ()),
        ("新規に始める事業の数は", ("事業",)),
        ("来た人の数を推計した道具は", ()),
        ("RPAで削減できた時間は？", ("時間",)),
        ("無線は1回何分つながりますか", ("分",)),
        ("この部分は何", ()),
        ("利用した人は何パーですか", ("%",)),
        ("決済の総額（3月末まで）", ("円",)),
        ("計画の個別事業、全部でいくつ？", ("事業",)),
        ("対象の業務のうち移行が終わったのはいくつ", ("業務",)),
        ("いくつのシナリオが動いていますか", ("シナリオ",)),
    ],
)
def test_the_unit_asked_for_is_known(question: str, units: tuple[str, ...]) -> None:
    assert read_question(question).units == units


def test_question_words_and_politeness_are_not_the_topic() -> None:
    polite = read_question("生成AIの利用者数は何人くらいなのか教えていただけますか")
    plain = read_question("生成AIの利用者数")
    assert polite.terms == plain.terms == ("生成", "ai", "利用", "者", "数")


def test_how_many_people_and_who_knows() -> None:
    assert read_question("来た人は何人いましたか").words == ("来",)
    assert read_question("相談窓口を知らない人の割合").words == ("相談", "窓口", "知らない", "割合")
    assert read_question("相談窓口を知ってたら教えて").words == ("相談", "窓口")


def test_dates_and_counts_are_kept_apart_from_the_topic() -> None:
    question = read_question("令和4年3月31日に示された３本柱は？")
    assert [mention.year for mention in question.years] == [2022]
    assert question.terms == ("示す", "柱")


def test_the_question_is_kept_as_asked() -> None:
    question = read_question(" ＤＸとは？ ")
    assert question.text == " ＤＸとは？ "
    assert question.normalised == "dxとは?"


def test_asks_knows_every_kind_of_a_double_question() -> None:
    question = read_question("担当課はどこで、いつ始まりますか")
    assert question.asks(QuestionKind.DATE)
    assert question.asks(QuestionKind.DEPARTMENT, QuestionKind.PERSON)
    assert not question.asks(QuestionKind.NUMBER)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("蔵書検索のアクセス数", True),
        ("貸出率 令和5年度", True),
        ("備品の調達額は", True),
        ("利用者の半数は市外ですか", False),
        ("差額の調達", False),
    ],
)
def test_a_measure_without_a_question_word_asks_for_its_figure(text: str, asks: bool) -> None:
    assert read_question(text).asks(QuestionKind.NUMBER) == asks


@pytest.mark.parametrize(
    "text", ["", " ", "？？？", "。", "\u200b", "🙂", "ア" * 2_000, "何" * 2_000, "1" * 2_000]
)
def test_what_is_hardly_a_question_is_read_too(text: str) -> None:
    question = read_question(text)
    assert question.kinds
    assert question.normalised == normal(text).strip()


@settings(max_examples=80, deadline=None)
@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60
    )
    | st.lists(
        st.sampled_from(
            ["RPA", "の", "何", "件", "2022年度", "いつ", "は", "？", "3つ", "担当課", "。", " "]
        )
    ).map("".join)
)
def test_any_text_can_be_read_as_a_question(text: str) -> None:
    question = read_question(text)
    assert question.kinds and len(set(question.kinds)) == len(question.kinds)
    assert len(set(question.terms)) == len(question.terms)
    assert {lemma for lemma, _ in question.lemma_words} == set(question.terms)
    assert {surface for _, surface in question.lemma_words} == set(question.words)
    for mention in question.years:
        assert 0 <= mention.start < mention.end <= len(question.normalised)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("前回やったアンケートの回収率は何パーセント？", ("前回", "アンケート", "回収", "率")),
        ("重点施策を並べて", ("重点", "施策")),
        ("補助みたいなのがあったらいいな", ("補助",)),
        ("対象の施設は全部でいくつ", ("対象", "施設")),
        ("申請は何件で、何施設？", ("申請", "件", "施設")),  # tables name their columns so
    ],
)
def test_words_that_only_make_a_question_are_not_looked_for(
    question: str, words: tuple[str, ...]
) -> None:
    assert read_question(question).words == words


def test_a_number_sign_does_not_hide_the_number() -> None:
    asked = read_question("事務事業No.6439はなんという事業？")
    assert "6439" in asked.words


def test_a_place_in_a_series_is_looked_for_as_one_word() -> None:
    asked = read_question("情報化計画の第3期は何年度から")
    assert asked.places == ("第3期",)
    assert "期" not in asked.words
