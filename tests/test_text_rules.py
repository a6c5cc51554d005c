"""Rules for Japanese text: what is changed for reading and searching leads back to the source."""

import re
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rag.text import (
    MappedText,
    clean,
    close_up_blanks,
    find_key,
    join_lines,
    key,
    mapped_key,
    normal,
    normalise,
    search_text,
    split_sentences,
)

ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)
PIECES = [
    "施 政 方 針",
    "馬場 章光",
    "ﾃﾞｼﾞﾀﾙ",
    "か\u3099",
    "が",
    "①",
    "㈱",
    "ＤＸ",
    "RPA",
    "3,969件",
    "令和４年",
    "\u200b",
    "\ufeff",
    " ",
    "\u3000",
    "\n",
    "\t",
    "。",
    "「",
    "」",
    "(",
    ")",
    "、",
    "～",
    "―",
    "é",
    "e\u0301",
    "・ 項目",
    "| 甲 | 乙 |",
    "<br>",
    "**太字**",
    "[名](http://a)",
    "# 見出し",
    "k^{2}",
    "𠮷",
    "🙂",
]
JAPANESE = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
TEXTS = ANYTHING | JAPANESE


def check_offsets(source: str, mapped: MappedText) -> None:
    assert len(mapped.offsets) == len(mapped.text) + 1
    assert mapped.offsets[-1] == len(source)
    assert all(0 <= offset < len(source) for offset in mapped.offsets[:-1])
    assert list(mapped.offsets) == sorted(mapped.offsets)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_every_character_of_the_search_form_knows_where_it_came_from(text: str) -> None:
    check_offsets(text, normalise(text))
    check_offsets(text, mapped_key(text))


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_every_character_of_joined_lines_knows_where_it_came_from(text: str) -> None:
    mapped = join_lines(text)
    check_offsets(text, mapped)
    for character, offset in zip(mapped.text, mapped.offsets, strict=False):
        # What is not copied is a break or blank put between two lines.
        assert character == text[offset] or character in "\n "


@settings(max_examples=200, deadline=None)
@given(JAPANESE, st.data())
def test_the_source_range_of_a_slice_reads_as_the_slice(text: str, data: st.DataObject) -> None:
    mapped = normalise(text)
    assume(mapped.text)
    start = data.draw(st.integers(0, len(mapped.text) - 1))
    end = data.draw(st.integers(start + 1, len(mapped.text)))
    low, high = mapped.source_range(start, end)
    assert 0 <= low < high <= len(text)
    # A character that expands (㈱) cannot be cut, so the source may read a little more.
    assert mapped.text[start:end] in normal(text[low:high])


@settings(max_examples=100, deadline=None)
@given(JAPANESE, st.data())
def test_any_piece_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    # Cut where a reader would: a kana and its mark are one character.
    cuts = [i for i in range(len(text) + 1) if i == len(text) or not unicodedata.combining(text[i])]
    cuts = [i for i in cuts if text[i : i + 1] not in ("ﾞ", "ﾟ")]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(cuts), st.sampled_from(cuts))))
    needle = text[start:end]
    assume(key(needle))
    found = find_key(text, needle)
    assert found is not None
    # Equal but for the rest of a character that expands: 「(」 is found in 「㈱」.
    read = key(text[found[0] : found[1]])
    assert key(needle) in read
    assert len(read) < len(key(needle)) + len("(株)") * 2


@pytest.mark.parametrize(
    ("text", "needle", "read"),
    [
        ("庁内のﾃﾞｰﾀﾍﾞｰｽを", "データベース", "ﾃﾞｰﾀﾍﾞｰｽ"),
        ("ｻｰﾋﾞｽｶﾞ", "ガ", "ｶﾞ"),
        ("ハ\u309aハ\u309aを", "パパ", "ハ\u309aハ\u309a"),
        ("Ｒ Ｐ Ａを使う", "rpa", "Ｒ Ｐ Ａ"),
        ("３，９６９件", "3,969件", "３，９６９件"),
        ("改行で\n切れた", "改行で切れた", "改行で\n切れた"),
    ],
)
def test_a_quote_is_found_whatever_its_width_blanks_and_marks(
    text: str, needle: str, read: str
) -> None:
    found = find_key(text, needle)
    assert found is not None
    assert text[found[0] : found[1]] == read


@pytest.mark.parametrize("needle", ["", " ", "\u200b\n", "無い語"])
def test_nothing_is_found_where_nothing_reads_the_same(needle: str) -> None:
    assert find_key("本文です。", needle) is None


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("ﾍﾟｰﾊﾟｰﾚｽ", "ペーパーレス"),
        ("ハ\u309aスワート\u3099", "パスワード"),
        ("ＤＸ推進　２０２２", "dx推進 2022"),
        ("デジタルデバйд", "デジタルデバイド"),
        ("Wоrd", "word"),  # a Cyrillic о inside a Latin word
        ("デ\u200bジ\u00adタ\ufeffル", "デジタル"),
        ("10〜20％、A―B", "10~20%、a-b"),
        ("①㈱", "1(株)"),
    ],
)
def test_the_search_form_is_the_same_however_it_is_written(written: str, form: str) -> None:
    assert normal(written) == form


def test_russian_stays_russian() -> None:
    assert normal("Москва и Санкт") == "москва и санкт"


def test_one_ligature_cannot_blow_the_search_form_up() -> None:
    assert len(normal("\ufdfa" * 100)) <= 800


def test_a_key_ignores_blanks_and_breaks() -> None:
    assert key("令和 ４年\n３月") == key("令和4年3月")


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("施 政 方 針", "施政方針"),
        ("平　成　３　０　年", "平成３０年"),
        ("馬場 章光", "馬場 章光"),
        ("市民課 市民部", "市民課 市民部"),
        ("部 長 より", "部 長 より"),  # two alone are no run
        ("窓口 3 5 7", "窓口 3 5 7"),  # columns of figures, not 357
        ("これは 施 政 方 針 です", "これは 施政方針 です"),
    ],
)
def test_only_letter_spaced_words_are_closed_up(printed: str, read: str) -> None:
    assert close_up_blanks(printed) == read


def test_joined_lines_close_up_the_same_way() -> None:
    assert (
        join_lines("施 政 方 針\n馬場 章光\n3 5 7 窓口").text == "施政方針\n馬場 章光\n3 5 7 窓口"
    )


def test_text_that_libraries_choke_on_is_cleaned() -> None:
    cleaned = clean("a\x00b\ud800c\r\nd\re\u0085f\u2028g")
    assert cleaned == "ab?c\nd\ne\nf\ng"
    cleaned.encode("utf-8")


WRAPPED = "本市では市民の利便性を高めるため、行政手続のオンライン化を進め、来庁しなくても\n用が足りる窓口を目指す。"


def test_a_wrapped_sentence_is_one_line() -> None:
    assert join_lines(WRAPPED).text == WRAPPED.replace("\n", "")


@pytest.mark.parametrize(
    "lines",
    [
        "・窓口の改善\n・庁内の改善",
        "1 人事課\n2 市民課",
        "区分\t件数\n甲\t3",
        "第1章\n位置付け",
        "終わりの文です。\n次の文です。",
    ],
)
def test_items_rows_and_labels_keep_their_lines(lines: str) -> None:
    assert join_lines(lines).text == lines


def test_markup_is_not_read_aloud() -> None:
    assert (
        join_lines("## 取組み\n**重要**な[手引き](http://a/b)<br>次").text
        == "取組み\n重要な手引き\n次"
    )


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_sentences_hold_everything_but_blanks_in_order(text: str) -> None:
    ranges = split_sentences(text)
    last = 0
    for start, end in ranges:
        assert last <= start < end
        assert not text[last:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
        last = end
    assert not text[last:].strip()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("甲である。乙である。", ["甲である。", "乙である。"]),
        ("「来ない。帰る。」と言った。次。", ["「来ない。帰る。」と言った。", "次。"]),
        ("額（税込。送料別。）を払う。", ["額（税込。送料別。）を払う。"]),
        ("閉じない「括弧。まだ\n次の行。", ["閉じない「括弧。まだ", "次の行。"]),
        ("余分な」括弧。次。", ["余分な」括弧。", "次。"]),
        ("できますか？はい！", ["できますか？", "はい！"]),
        ("  \n \u3000 ", []),
    ],
)
def test_sentences_end_outside_brackets_and_at_line_breaks(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


def test_the_indexed_text_has_a_line_for_each_part() -> None:
    assert search_text("ＤＸ計画", "", "  ", "施 政 方 針") == "dx計画\n施政方針"


@pytest.mark.parametrize(
    "text", ["「" * 50_000, "あ " * 50_000, "é" * 50_000, "-" * 50_000, "\n" * 50_000, "<" * 50_000]
)
def test_long_monotonous_text_is_read_in_full(text: str) -> None:
    assert len(normal(text)) == len(unicodedata.normalize("NFKC", text))
    assert all(re.search(r"\S", text[s:e]) for s, e in split_sentences(join_lines(text).text))
