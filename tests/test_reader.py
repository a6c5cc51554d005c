"""The reader: where it points, what it says of passages without an answer, and when it is believed."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from time_support import document, evidence_for
from units_support import row

from api.commands.doctor import examine
from rag.answering import from_units
from rag.composed import Reading, Sources
from rag.e5.model_file import bundled
from rag.e5.vocabulary import opened
from rag.errors import EmbeddingModelError
from rag.pointing import Pointed, pointed_at, pointed_first, short_words
from rag.question import read_question
from rag.reader.model import Reader, bundled_reader
from rag.reader.passages import words_at
from rag.reader.row import MOST_PIECES
from rag.refusal import Calibration, RefusalSignals, probability_answered
from rag.scoring import Candidate, question_terms, score_units
from rag.settings import Settings
from rag.types import Page

FEE = "粗大ごみの収集は1点につき500円です。"
LIBRARY = "中央図書館は午前9時30分に開館し、月曜日は休館します。"
BUS = "市内循環バスは平成28年4月に運行を始めました。"
PARK = "公園の管理は都市整備部公園緑地課が担当しています。"
PASSAGES = (FEE, LIBRARY, BUS, PARK)


@pytest.mark.parametrize(
    ("question", "passage", "words"),
    [
        ("粗大ごみの収集はいくらですか", 0, "500円"),
        ("循環バスはいつから走っていますか", 2, "平成28年4月"),
        ("公園の管理を担当しているのはどの課ですか", 3, "公園緑地課"),
        ("図書館が休みなのは何曜日", 1, "月曜日"),
    ],
)
def test_it_points_at_the_words_that_answer(question: str, passage: int, words: str) -> None:
    told = bundled_reader().read(question, PASSAGES)
    assert told is not None
    assert told.passage == passage
    assert words in words_at(PASSAGES[passage], told.start, told.end)


def test_passages_with_the_answer_are_told_from_those_without() -> None:
    reader = bundled_reader()
    for question, holds in (
        ("粗大ごみの収集はいくらですか", FEE),
        ("循環バスはいつから走っていますか", BUS),
        ("公園の管理を担当しているのはどの課ですか", PARK),
    ):
        with_it = reader.read(question, PASSAGES)
        without = reader.read(question, [text for text in PASSAGES if text != holds])
        assert with_it is not None
        assert without is not None
        assert with_it.answered > without.answered + 1


def test_it_takes_only_what_it_can_read_at_once() -> None:
    taken: list[int] = []

    def passages() -> Iterator[str]:
        for number in range(1000):
            taken.append(number)
            yield LIBRARY

    assert bundled_reader().read("開館は何時ですか" * 100, passages()) is not None
    assert 2 <= len(taken) < MOST_PIECES / 8


def test_nothing_is_told_of_nothing() -> None:
    assert bundled_reader().read("何ですか", []) is None
    told = bundled_reader().read("", ["", " "])
    assert told is None or words_at(["", " "][told.passage], told.start, told.end) == ""


def test_the_same_is_told_in_every_thread_and_by_another_reader() -> None:
    questions = ["粗大ごみの収集はいくらですか", "図書館の開館は何時", "バスの運賃は"]
    alone = [bundled_reader().read(question, PASSAGES) for question in questions]
    found: dict[int, list[object]] = {}

    def read(number: int) -> None:
        found[number] = [bundled_reader().read(question, PASSAGES) for question in questions]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found[3] = [Reader().read(question, PASSAGES) for question in questions]
    assert all(told == alone for told in found.values())


@pytest.mark.parametrize(
    "text",
    [
        "ＤＸ戦略課　㈱しおり　℡０２４",
        "  blanks   between  ",
        "①〜⑳の𠮷野家、\u200bが\u3099",
        "\ufdfa and Ω",
        "",
    ],
)
def test_pieces_are_placed_in_the_text_as_it_is_written(text: str) -> None:
    tokeniser = opened(bundled()).tokeniser
    numbers, places = tokeniser.placed(text)
    assert numbers == tokeniser.numbers(text)
    assert len(places) == len(numbers)
    assert all(0 <= start <= end <= len(text) for start, end in places)
    told = [place for place in places if place != (0, 0)]
    assert told == sorted(told)
    # Every letter is in a piece; 「㈱」 is in the three that it becomes.
    covered = {at for start, end in told for at in range(start, end)}
    assert all(at in covered for at, letter in enumerate(text) if letter.strip("\u200b \u3000"))


@pytest.mark.parametrize(
    ("passage", "pointed", "words"),
    [
        ("開設は2015年度です", "2015", "2015年度"),
        ("利用は１２，３４５件でした", "，３４５", "１２，３４５件"),
        ("利用は12,345件でした", "345", "12,345件"),
        ("会議は毎月第3木曜日に開く", "第3木曜日に", "第3木曜日"),
        ("比率（前回74％）", "74％）", "74％"),
        ("「まちの窓口」という名", "「まちの窓口", "まちの窓口"),
        ("課名：、ＤＸ戦略課。", "：、ＤＸ戦略課。", "ＤＸ戦略課"),
        ("これまでに", "これまでに", "これまでに"),
        ("展示室は20～24階にある", "24階", "20～24階"),
        ("展示室は20～24階にある", "20", "20～24階"),
        ("60代から80代の方に聞いた", "80代", "60代から80代"),
        ("平成30年から5人が来た", "5人", "5人"),
    ],
)
def test_words_are_cut_where_a_person_would(passage: str, pointed: str, words: str) -> None:
    start = passage.index(pointed)
    assert words_at(passage, start, start + len(pointed)) == words


def pointed_in(question: str, *texts: str) -> tuple[Pointed, list[object]]:
    asked, terms, found, _ = evidence_for(question, [(document(), text) for text in texts])
    pointed = pointed_at(asked, terms, found)
    assert pointed is not None
    return pointed, list(found)


def test_what_it_is_sure_of_comes_first_and_gives_the_short_answer() -> None:
    question = "粗大ごみの収集はいくらですか"
    asked = read_question(question)
    pointed, _ = pointed_in(question, *PASSAGES)
    sure, unsure = replace(pointed, sure=20.0), replace(pointed, sure=8.0)
    _, _, found, _ = evidence_for(question, [(document(), text) for text in PASSAGES])
    others = [e for e in found if e.unit.text != pointed.evidence.unit.text]
    order = [*others, pointed.evidence]
    assert pointed_first(asked, sure, order)[0] is pointed.evidence
    assert len(pointed_first(asked, sure, order)) == len(order)
    assert pointed_first(asked, unsure, order) == order
    assert pointed_first(asked, None, order) == order
    assert short_words(asked, sure, "9時30分") == pointed.words
    assert short_words(asked, unsure, "9時30分") == "9時30分"
    assert short_words(asked, unsure, None) == pointed.words
    assert short_words(asked, replace(pointed, sure=1.0), None) is None
    # What holds the words already says more.
    assert short_words(asked, sure, FEE) == FEE


@pytest.mark.parametrize(
    "question", ["ごみの種類を全部教えて", "粗大ごみとは何ですか", "ごみは増えましたか"]
)
def test_what_asks_for_more_than_a_few_words_is_not_answered_by_them(question: str) -> None:
    pointed, _ = pointed_in(question, *PASSAGES)
    sure = replace(pointed, sure=20.0)
    assert short_words(read_question(question), sure, None) is None


def test_the_reader_can_turn_a_doubt_either_way() -> None:
    calibration = Calibration()
    doubtful = RefusalSignals(0.6, 1.0, 1.0, 0.5, 0.5, 0.0, 0.0, 0.0)
    alone = probability_answered(doubtful, calibration)
    assert 0.2 < alone < calibration.sure
    assert probability_answered(doubtful, calibration, -5.0) < calibration.threshold
    assert probability_answered(doubtful, calibration, 5.0) > calibration.threshold


def test_a_row_that_a_rule_puts_first_stays_first() -> None:
    """「総務部長は誰」 is told by the row of that very office, whatever else the reader points at."""
    heads = ("役職", "氏名")
    asked = read_question("総務部長は誰ですか")
    terms = question_terms(asked, lambda _: 3.0)
    units = [row(heads, ("教育総務部長", "佐藤太郎")), row(heads, ("総務部長", "鈴木花子"))]
    found = score_units(
        asked,
        terms,
        [Candidate(unit=u, retrieval=1.0, title="名簿", before="", after="") for u in units],
    )
    wrong = next(e for e in found if "教育" in e.unit.text)
    pointed = Pointed(4.0, wrong, "佐藤太郎", 20.0)
    doubtful = RefusalSignals(*[1.0] * 7, 0.0)
    source = document(units[0].chunk.document_id)
    sources = Sources(
        {source.id: source},
        lambda i, n: Page(
            document_id=i, number=n, text="総務部長\t鈴木花子\n教育総務部長\t佐藤太郎"
        ),
        lambda _: [u.chunk for u in units],
        date(2026, 11, 1),
    )
    composed = from_units(Reading(asked, terms, [], found, doubtful, [], pointed), sources)
    assert composed.short is not None
    assert "鈴木花子" in composed.short
    assert "佐藤" not in composed.short


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut"])
def test_a_missing_or_damaged_reader_is_named(
    tmp_path: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "weights.npz").write_bytes(content)
    monkeypatch.setattr("rag.reader.weights.files", lambda _: tmp_path)
    bundled_reader.cache_clear()
    try:
        with pytest.raises(EmbeddingModelError, match="make install"):
            bundled_reader()
        settings = Settings(data_dir=tmp_path / "var")
        found = {subject: sound for subject, _, sound in examine(settings)}
        assert found["埋め込みモデル"] and not found["読み取りモデル"]
    finally:
        bundled_reader.cache_clear()
