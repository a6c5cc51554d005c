"""Any text at all goes through the normaliser, the tokenizer and the cutting of pages.

Each of them leads back to exact places of the stored text, so that is what is held here.
"""

from fuzz_support import quick
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading import cut
from rag.cell_ranges import cell_range
from rag.date_phrases import date_phrases
from rag.lexical import CHANNELS
from rag.personal.detect import find, masked
from rag.question import read_question
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
    split_sentences,
)
from rag.tokens import analyse, terms_of, tokenise
from rag.types import Page

PIECES = st.sampled_from([
    "令和7年度", "窓口", "手数料は300円である。", "第1章　総則", "１　目的", "（1）対象", "・項目", "\t", "\n", "\n\n", "　", " ",
    "施 政 方 針", "ﾃﾞｼﾞﾀﾙ", "デ\u3099", "か\u3099", "㍿", "①", "Ⅲ", "\ufdfa", "𠮷", "葛\U000e0100", "\ue000", "\u200b", "\u202e", "\U000e0041",
    "－－", "～", "デバйд", "αβ", "1,234", "１２３４ ５６７８ ９０１２", "090-1234-5678", "a@b.jp", "〒100-0001", "12月31日", "H31.4.30",
    "「", "」", "（", "）", "。", "、", "\x00", "\ud800", "\u0085", "\u2028", "\r", "\x0b", "\x0c", "🙂", "한글", "é", "目次", "………… 3", "# ",
    "| a | b |", "表1 件数", "項目\t件数\n市民課\t3\n",
])  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.text(max_size=200),
    st.builds(lambda piece, count: piece * count, PIECES, st.integers(1, 2_000)),
)


def require_leading_back(mapped: MappedText, source: str) -> None:
    assert len(mapped.offsets) == len(mapped.text) + 1
    assert list(mapped.offsets) == sorted(mapped.offsets)
    assert mapped.offsets[0] >= 0 and mapped.offsets[-1] <= len(source)
    for place in range(len(mapped.text)):
        start, end = mapped.source_range(place, place + 1)
        assert 0 <= start < end <= len(source)


@quick(150)
@given(TEXTS)
def test_cleaned_text_can_be_stored_and_is_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned and clean(cleaned) == cleaned


@quick(150)
@given(TEXTS)
def test_whatever_is_changed_leads_back_to_its_place(text: str) -> None:
    text = clean(text)
    for form in (normalise, mapped_key, join_lines):
        require_leading_back(form(text), text)
    assert key(text) == mapped_key(text).text
    assert normal(text) == normalise(text).text
    assert normalise(text).text == normalise(text).text.lower()
    assert len(normalise(text).text) <= 8 * len(text)
    close_up_blanks(text).encode()


@quick(100)
@given(TEXTS, st.integers(0, 100), st.integers(1, 60))
def test_a_part_of_a_text_is_found_in_it(text: str, start: int, length: int) -> None:
    text = clean(text)
    part = text[start : start + length]
    found = find_key(text, part)
    if key(part) and key(part) in key(text):
        assert found is not None
        assert key(part) in key(text[found[0] : found[1]])


@quick(150)
@given(TEXTS)
def test_sentences_are_parts_in_order(text: str) -> None:
    text = clean(text)
    reached = 0
    for start, end in split_sentences(text):
        assert reached <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        reached = end


@quick(100)
@given(TEXTS)
def test_any_text_is_taken_apart_into_words(text: str) -> None:
    text = clean(text)
    form = normal(text)
    for token in tokenise(form):
        # 1,234 is the word 1234.
        assert form[token.start : token.end].replace(",", "") == token.surface.replace(",", "")
    found = analyse(text)
    for channel in CHANNELS:
        assert terms_of(text, channel) == getattr(found, channel)


@quick(60)
@given(TEXTS)
def test_any_question_is_read(text: str) -> None:
    question = read_question(clean(text))
    for phrase in date_phrases(clean(text)):
        assert 0 <= phrase.start < phrase.end <= len(clean(text))
    assert question is not None


@quick(100)
@given(TEXTS)
def test_personal_information_is_found_in_its_place(text: str) -> None:
    text = clean(text)
    findings = find(text)
    for finding in findings:
        assert 0 <= finding.start < finding.end <= len(text)
    masked(text, findings).encode()


@quick(60)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_every_chunk_is_a_part_of_its_page(texts: list[str]) -> None:
    pages = [
        Page(document_id="d", number=number, text=clean(text), quality=1.0)
        for number, text in enumerate(texts, 1)
    ]
    chunks = cut(pages, "題名")
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    for chunk in chunks:
        page = pages[chunk.page - 1].text
        assert 0 <= chunk.start < chunk.end <= len(page)
        assert chunk.search_text.strip()
        cell_range(page, chunk.start, chunk.end)
