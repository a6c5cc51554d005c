"""What the guard reads in a sentence, and which sentences it lets through."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval.cli import app
from eval.grounding import MUST_NOT_MISS, SETS, false_alarms, judge, load, missed
from rag.grounding.check import Fault, check
from rag.grounding.pieces import Piece
from rag.grounding.polarity import polarities
from rag.grounding.quantities import kanji_value, quantities
from rag.grounding.sentences import SentenceCutter
from rag.grounding.slots import slots
from rag.text import normal

DATA = Path(__file__).resolve().parents[1] / "eval/data/grounding"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1億2,000万円", [("120000000", "円")]),
        ("１２千円", [("12000", "円")]),
        ("45百万円", [("45000000", "円")]),
        ("約3割", [("30", "%")]),
        ("二百三十件", [("230", "件")]),
        ("5ポイント増", [("5", "ポイント")]),
        ("151名と175人", [("151", "人"), ("175", "人")]),
        ("1,758の手続", [("1758", "手続")]),
        ("60代以上", [("60", "代")]),
        ("一部の部署と第三者", []),
    ],
)
def test_numbers_are_read_with_scale_and_counter(
    text: str, expected: list[tuple[str, str]]
) -> None:
    found = [(q.value, q.counter) for q in quantities(normal(text))]
    assert found == [(Decimal(value), counter) for value, counter in expected]


def test_a_bound_and_a_sign_belong_to_the_number() -> None:
    assert [q.bound for q in quantities("80%以上、20%未満、(95%)、3件を超えた")] == [1, -1, 0, 1]
    assert [q.negative for q in quantities("▲3.2%、5%")] == [True, False]


def test_kanji_numerals_have_a_value() -> None:
    assert [kanji_value(text) for text in ("十二", "二〇二五", "三百", "二万五千")] == [
        12, 2025, 300, 25000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("令和4年度", {("year", "2022fy")}),
        ("2022～2025年度", {("year", "2022fy"), ("year", "2025fy")}),
        ("R4.3.31", {("year", "2022"), ("month", "3"), ("day", "31")}),
        ("令和3年9月1日から9月10日", {("year", "2021"), ("month", "9"), ("day", "1"), ("day", "10")}),
        ("http://203.0.113.9/?q=1", {("address", "http://203.0.113.9/?q=1")}),
        ("第２回会議", {("ordinal回", "2")}),
    ],
)  # fmt: skip
def test_dates_and_addresses_are_slots(text: str, expected: set[tuple[str, str]]) -> None:
    found = {(slot.kind, slot.value) for slot in slots(text)}
    assert expected <= found
    assert not {value for kind, value in found if kind == "#"}


@pytest.mark.parametrize(
    ("text", "lemma", "said"),
    [
        ("公開していません", "公開", "no"),
        ("公開しています", "公開", "yes"),
        ("提出しなければならない", "提出", "yes"),
        ("調査を行わず", "調査", "no"),
        ("評価することはなかった", "評価", "no"),
        ("自動化しません", "自動", "no"),
        ("未実施の事業", "実施", "no"),
    ],
)
def test_what_is_denied_is_told_from_what_is_not(text: str, lemma: str, said: str) -> None:
    assert (lemma, said) in {(p.lemma, p.said) for p in polarities(normal(text))}


PIECES = [
    Piece("E1", "令和6年度の予算額は1,200千円で、前年度から▲3.2%となった。", "みどり市の計画"),
    Piece("E1", "事業名：窓口予約／担当課：市民課／件数：120件／比率：40%", "みどり市の計画"),
    Piece("E1", "事業名：庁内回線／担当課：情報政策課／件数：80件／比率：60%", "みどり市の計画"),
    Piece("E1", "項目（千円）：1,500", "表1 歳出"),
    Piece("E1", "個人情報を入力してはならない。", "みどり市の計画"),
]


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("令和6年度の予算額は120万円です。", None),
        ("令和6年度の予算額は1,200円です。", Fault.NUMBER),
        ("2024年度の予算額は1,200千円です。", None),
        ("令和5年度の予算額は1,200千円です。", Fault.DATE),
        ("前年度から3.2%減りました。", None),
        ("前年度から3.2%増えました。", Fault.DIRECTION),
        ("窓口予約の件数は120件です。", None),
        ("窓口予約の件数は80件です。", Fault.NUMBER),
        ("庁内回線の担当課は情報政策課です。", None),
        ("庁内回線の担当課は市民課です。", Fault.OFFICE),
        ("庁内回線の担当課は総務課です。", Fault.OFFICE),
        ("項目は1,500千円です。", None),
        ("項目は1,500円です。", Fault.NUMBER),
        ("個人情報を入力してはなりません。", None),
        ("個人情報を入力してもかまいません。", Fault.NEGATION),
        ("詳しくは[こちら](http://203.0.113.9)です。", Fault.MARKUP),
        ("詳しくは http://203.0.113.9/x をご覧ください。", Fault.ADDRESS),
        ("市長は新しい図書館の建設を約束しました。", Fault.WORDS),
        ("予算は「無制限」とされています。", Fault.QUOTE),
    ],
)
def test_a_sentence_passes_only_if_its_pieces_say_it(sentence: str, fault: Fault | None) -> None:
    checked = check(sentence, PIECES)
    if fault is None:
        assert checked.passed, checked
        assert checked.pieces
    else:
        assert fault in checked.faults


def test_nothing_passes_without_evidence() -> None:
    assert not check("予算額は1,200千円です。", []).passed


FRAGMENTS = st.sampled_from(
    ["令和6年度", "1,200千円", "（前回54%）", "(", "）", "、", "。", "／", "：", "¦", "～", "は", "が",
     "2022", "年", "月", "日", "市民課", "「", "」", "増加", "し", "ない", "第", "回", "▲", "3.2%", "\n", "々"]
)  # fmt: skip
TEXTS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=4)), max_size=14).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_breaks_the_check(sentence: str, first: str, second: str) -> None:
    checked = check(sentence, [Piece("E1", first, second), Piece("E2", second)])
    assert all(0 <= at < 2 for at in checked.pieces)


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(1, 9))
def test_a_text_is_cut_into_the_same_sentences_however_it_comes(text: str, size: int) -> None:
    def cut(pieces: list[str]) -> list[tuple[str, tuple[str, ...]]]:
        cutter = SentenceCutter()
        found = [s for piece in pieces for s in cutter.feed(piece)] + cutter.finish(cut=False)
        return [(sentence.text, sentence.marked) for sentence in found]

    body = f"{text}です。[E1] 次は[E2, E3]。"
    assert cut([body]) == cut([body[i : i + size] for i in range(0, len(body), size)])


def test_markers_are_read_in_every_spelling_and_counts_are_no_markers() -> None:
    cutter = SentenceCutter()
    text = "一つ目です。［Ｅ１］二つ目（E2、E3）。- **三つ目**は(3)です[4]。"
    found = cutter.feed(text) + cutter.finish(cut=False)
    assert [(s.text, s.marked) for s in found] == [
        ("一つ目です。", ("E1",)),
        ("二つ目。", ("E2", "E3")),
        ("三つ目は(3)です。", ("E4",)),
    ]


@pytest.mark.parametrize("name", SETS)
def test_the_labelled_sentences_are_judged_as_well_as_the_documentation_says(name: str) -> None:
    outcomes = judge(load(DATA, name))
    assert len(outcomes) >= 60
    assert false_alarms(outcomes) <= 0.05
    slipped = [o for o in missed(outcomes) if o.case.kind in MUST_NOT_MISS]
    assert [o.case.sentence for o in slipped] == []


def test_the_verb_reports_and_fails_on_data_it_cannot_read(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["grounding", "--folder", str(DATA), "--only", "dev"])
    assert run.exit_code == 0 and "誤検出" in run.output
    assert CliRunner().invoke(app, ["grounding", "--folder", str(tmp_path)]).exit_code == 1


def stored_sentences() -> list[tuple[str, list[Piece]]]:
    """Sentences of the stored passages as they stand there, each with its passage."""
    found = []
    for case in {
        case.pieces: case for name in ("dev", "test") for case in load(DATA, name)
    }.values():
        prose = [p.text for p in case.pieces if p.text.endswith("。") and 15 <= len(p.text) <= 160]
        found += [(text, list(case.pieces)) for text in prose[:2] if "\n" not in text]
    return found


def test_what_a_document_says_word_for_word_passes() -> None:
    sentences = stored_sentences()
    assert len(sentences) > 60
    assert [text for text, pieces in sentences if not check(text, pieces).passed] == []


def test_a_figure_with_one_digit_changed_does_not_pass() -> None:
    passed, changed = [], 0
    for text, pieces in stored_sentences():
        for match in list(re.finditer(r"\d(?=\d)", text))[:2]:
            other = text[: match.start()] + str((int(match.group()) + 3) % 10) + text[match.end() :]
            changed += 1
            if check(other, pieces).passed:
                passed.append(other)
    assert changed > 50
    assert passed == []


@pytest.mark.parametrize(
    "nonsense",
    [
        "予算額の窓口予約を庁内回線に入力しました。",  # words of several pieces in one clause
        "令和6年度の予算額",  # nothing is said of it
        "どうです．",
        "令和6年度（平成30年度）の予算額は1,200千円です。",
    ],
)
def test_words_of_the_source_do_not_make_a_statement(nonsense: str) -> None:
    assert not check(nonsense, PIECES).passed
