"""What lies between two figures of one thing, and what is left of a whole, or nothing at all."""

from collections.abc import Sequence
from datetime import date

import pytest

from rag.calculation import Calculation
from rag.calculations import calculation, may_calculate
from rag.conflicts import Statement, statements_of
from rag.dating import Figure, figures
from rag.question import read_question
from rag.scoring import Evidence, Signals, question_terms
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import Unit, units_of

SIGNALS = Signals(1, 1, 1, 1, 1, 1, 1, 1, 0, 0)
TODAY = date(2026, 4, 1)
DOCUMENT = Document(
    id="d", source="報告.md", title="報告", content_hash="0" * 64, issued=date(2026, 1, 1)
)


def prose(text: str, score: float = 1.0, ordinal: int = 0) -> Evidence:
    return Evidence(_unit(text, ChunkKind.PROSE, ordinal), score, SIGNALS)


def row(columns: Sequence[str], cells: Sequence[str], ordinal: int = 0) -> Evidence:
    unit = _unit("\t".join(cells), ChunkKind.TABLE_ROW, ordinal, columns, cells)
    return Evidence(unit, 1.0, SIGNALS)


def _unit(
    text: str,
    kind: ChunkKind,
    ordinal: int,
    columns: Sequence[str] = (),
    cells: Sequence[str] = (),
) -> Unit:
    chunk = Chunk(
        id=f"d:{ordinal:05d}", document_id="d", ordinal=ordinal, page=ordinal + 1, start=0, end=len(text),
        kind=kind, text=text, search_text=text, columns=tuple(columns), cells=tuple(cells),
    )  # fmt: skip
    return units_of(chunk, Page(document_id="d", number=1, text=text))[0]


def figures_of(unit: Unit) -> list[Figure]:
    return figures(unit, Page(document_id="d", number=1, text=unit.chunk.text), DOCUMENT)


def worked(question: str, *evidence: Evidence) -> Calculation | None:
    read = read_question(question)

    def statements() -> list[Statement]:
        page = Page(document_id="d", number=1, text="")
        terms = question_terms(read, lambda word: 1.0)
        return statements_of(read, terms, evidence, lambda *place: page, {"d": DOCUMENT})

    return calculation(read, evidence, figures_of, statements, TODAY)


def text_of(question: str, *evidence: Evidence) -> str | None:
    found = worked(question, *evidence)
    return found.text if found is not None else None


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


def test_a_row_with_a_column_for_each_survey_gives_the_change() -> None:
    found = row(
        ("不安なこと", "2025 (今回)", "2021 (前回)"), ("情報漏えい", "1位 (78.1%)", "1位 (82.8%)")
    )
    assert text_of("情報漏えいが不安な人は2021年と2025年で何ポイント違う", found) == (
        "82.8%（2021年、前回）－78.1%（2025年、今回）＝4.7ポイントです。"
    )


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


@pytest.mark.parametrize(
    "question", ["一番多い回答は何ですか", "何割減りましたか", "利用者は何人ですか"]
)
def test_other_questions_are_not_for_a_calculation(question: str) -> None:
    assert not may_calculate(read_question(question))


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


def test_the_year_before_is_named_as_the_source_does() -> None:
    text = "2023年度の来館者は210,400人で、前年度の198,700人から増加した。"
    assert text_of("来館者は前年度より何人増えた", prose(text)) == (
        "210,400人（2023年度）－198,700人（前年度）＝11,700人です。"
    )


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


def test_years_apart_from_their_figures_are_paired_where_a_total_proves_it() -> None:
    heads = "削減時間 2022年度2023年度2024年度 計 事業 数 "
    question = "削減した時間は2023年度が前年度より何時間多いですか"
    assert text_of(question, prose(f"{heads}900時間1,975時間271時間3,146時間")) == (
        "1,975時間（2023年度）－900時間（2022年度）＝1,075時間です。"
    )
    assert worked(question, prose(f"{heads}900時間1,975時間271時間3,000時間")) is None
    assert worked(question, prose(f"{heads}900時間1,975時間271時間")) is None
