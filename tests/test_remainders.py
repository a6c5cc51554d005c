"""What is left of a whole, and who did not answer a survey, or nothing at all."""

import pytest
from calculations_support import prose, text_of, worked


@pytest.mark.parametrize(
    ("question", "text", "short"),
    [
        (
            "20業務のうち、まだ終わっていないのは何業務",
            "20業務のうち、12業務の移行を完了した。",
            "8業務",
        ),
        ("押印が残っている書類は何種類？", "4,183種類の書類の内、3,898種類を押印不要", "285種類"),
        ("回答しなかった人は何人ですか", "対象者360名のうち、326名が回答した。", "34名"),
        (
            "LED化がまだの施設は何施設",
            "96施設のうち照明のLED化を終えたのは 41施設である。",
            "55施設",
        ),
        (
            "舗装されていない市道は何キロ",
            "市道412キロメートルのうち、舗装済みは371キロメートルである。",
            "41キロメートル",
        ),
        ("建物火災以外は何件", "火災は23件で、うち建物火災が14件である。", "9件"),
        ("まだできない手続はあと何個", "1,758の手続きのうち、693の手続きが可能", "1,065手続き"),
    ],
)
def test_what_is_left_is_the_whole_less_the_part(question: str, text: str, short: str) -> None:
    found = worked(question, prose(text))
    assert found is not None
    assert found.short == short


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # The part is what is left.
        ("まだ終わっていないのは何業務", "20業務のうち、8業務が未完了である。"),
        ("まだ終わっていないのは何業務", "20業務のうち、8業務は移行していない。"),
        # Another whole than the question names, or other things.
        ("30業務のうち、まだ終わっていないのは何業務", "20業務のうち、12業務の移行を完了した。"),
        ("まだ終わっていないのは何施設", "20業務のうち、12業務の移行を完了した。"),
        ("林野火災以外は何件", "火災は23件で、うち建物火災が14件である。"),
        ("18歳未満の会員は何人", "会員200人のうち、18歳未満は30人である。"),
        ("未来都市の事業は何事業", "70事業のうち、6事業を実施した。"),
        ("実施した事業は何事業か教えてくれませんか", "70事業のうち、6事業を実施した。"),
        ("一番少ない部門は何事業", "70事業のうち、6事業を実施した。"),
        ("賛成しない人は何人", "会員200人のうち、反対は30人である。"),
        # No counts, and no question for what is left.
        ("まだ答えていない人は何%", "全体の100%のうち、40%が回答した。"),
        ("終わったのは何業務ですか", "20業務のうち、12業務の移行を完了した。"),
    ],
)
def test_nothing_is_left_where_anything_is_unsure(question: str, text: str) -> None:
    assert worked(question, prose(text)) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3,200基のうちLED化は2,450基で、残りは来年度行う。", "2,450基（LED化）"),
        ("3,200基のうち、2,450基をLED化しました。", "2,450基（LED化）"),
        ("3,200基のうち点検を終えたのは2,450基である。", "2,450基（点検を終えた）"),
        ("対象3,200基のうち2,450基であった。", "2,450基（そのうち）"),
    ],
)
def test_the_part_is_named_as_the_source_tells_it(text: str, told: str) -> None:
    found = worked("まだ終わっていないのは何基", prose(text))
    assert found is not None
    assert found.parts[1].shown == told


def test_two_wholes_with_their_parts_leave_nothing_sure() -> None:
    one = prose("1,758手続のうち、693手続が可能である。")
    other = prose("1,758手続のうち、791手続が可能になった。", ordinal=1)
    assert worked("まだできない手続は何手続", one, other) is None


SURVEY = "対象者数：モニター数360名（男性164名 女性196名） 回答数：326名（男性151名 女性175名） 回収率：90.6%"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("回答しなかったモニターは何人ですか", "360名（対象）－326名（回答）＝34名です。"),
        ("未回答の女性は何人", "196名（対象、女性）－175名（回答、女性）＝21名です。"),
        ("回答した女性は何人", None),
        ("回答しなかった男性と女性はそれぞれ何人", None),
    ],
)
def test_who_did_not_answer_a_survey_is_those_asked_less_those_who_did(
    question: str, told: str | None
) -> None:
    assert text_of(question, prose(SURVEY)) == told


def test_a_survey_without_the_number_asked_leaves_nothing() -> None:
    assert worked("回答しなかった人は何人ですか", prose("回答数：326名 回収率：90.6%")) is None
