"""The lexical index against BM25 written out, and words that look like operators."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.lexical import CHANNELS, TantivyLexical
from rag.tokens import Tokens, analyse

TEXTS = {
    "d1:00000@1": "生成AIの月平均利用者数は227人であった。",
    "d1:00001@1": "RPAにより年間3,969時間を削減した。",
    "d2:00000@1": "キャッシュレス決済は市民課と税務課の窓口で使える。",
    "d2:00001@1": "窓口の混雑を減らすため、予約制を導入する。窓口は四階。",
}


def filled(folder, texts=TEXTS) -> TantivyLexical:
    store = TantivyLexical(folder)
    store.add(list(texts), [key[:2] for key in texts], [analyse(text) for text in texts.values()])
    return store


@pytest.fixture
def store(tmp_path) -> TantivyLexical:
    return filled(tmp_path / "lexical")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("生成AIの利用者は何人か", "d1:00000@1"),
        ("RPAの削減時間", "d1:00001@1"),
        ("キャッシュレス決済が使える課", "d2:00000@1"),
        ("窓口の予約", "d2:00001@1"),
    ],
)
def test_the_passage_with_the_words_of_the_question_comes_first(store, channel, query, best):
    assert store.search(query, channel, 3)[0].chunk_id == best


def test_scores_are_bm25(tmp_path):
    store = TantivyLexical(tmp_path / "bm25")
    entries = [["市", "市", "計画"], ["市", "予算"], ["予算"]]
    store.add(["a", "b", "c"], ["d"] * 3, [Tokens(surface=e, lemma=e, bigram=e) for e in entries])
    found = {hit.chunk_id: hit.score for hit in store.search_terms(["市"], "lemma", 10)}
    # Robertson and Zaragoza 2009 with k1 = 1.2, b = 0.75 and the idf of Lucene.
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean = 6 / 3

    def bm25(frequency: int, length: int) -> float:
        return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / mean))

    assert found == {"a": pytest.approx(bm25(2, 3)), "b": pytest.approx(bm25(1, 2))}


def test_a_scope_limits_the_hits_and_leaves_the_scores(store):
    free = {hit.chunk_id: hit.score for hit in store.search("窓口", "lemma", 10)}
    scoped = {hit.chunk_id: hit.score for hit in store.search("窓口", "lemma", 10, ["d2"])}
    assert scoped == {key: score for key, score in free.items() if key.startswith("d2")}
    assert store.search("窓口", "lemma", 10, ["d1"]) == []
    assert store.search("窓口", "lemma", 10, ["d"]) == []


@pytest.mark.parametrize(
    "query",
    [
        '"窓口" OR *',
        "NEAR(窓口)",
        "窓口 AND NOT 四階",
        "surface:窓口",
        "窓口~2^5",
        "[窓口 TO *]",
        "(窓口",
    ],
)
def test_operators_are_ordinary_characters(store, query):
    assert store.search(query, "lemma", 10)[0].chunk_id.startswith("d2")


@pytest.mark.parametrize("query", ["", "。、！", "\0", "\n", "*", "🏯"])
def test_a_query_without_words_of_the_documents_finds_nothing(store, query):
    for channel in CHANNELS:
        assert store.search(query, channel, 10) == []


@given(query=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_query_raises_and_no_hit_is_unknown(shared_store, query):
    for channel in CHANNELS:
        hits = shared_store.search(query, channel, 10)
        assert {hit.chunk_id for hit in hits} <= set(TEXTS)
        assert all(hit.score > 0 for hit in hits)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory) -> TantivyLexical:
    return filled(tmp_path_factory.mktemp("shared") / "lexical")


def test_a_repeated_word_weighs_no_more(store):
    assert store.search("窓口窓口窓口", "lemma", 5) == store.search("窓口", "lemma", 5)


def test_equal_scores_come_in_the_order_of_their_keys(tmp_path):
    texts = {f"d1:{number:05d}@1": "同じ文章です" for number in reversed(range(40))}
    store = filled(tmp_path / "ties", texts)
    found = [hit.chunk_id for hit in store.search("文章", "lemma", 40)]
    assert found == sorted(texts)


def test_the_terms_of_one_text_at_a_time_are_in_memory(store):
    alive: set[int] = set()
    most = 0

    class Counted(Tokens):
        def __del__(self) -> None:
            alive.discard(id(self))

    def each():
        nonlocal most
        for number in range(100):
            found = analyse(f"第{number}号の議案")
            counted = Counted(found.surface, found.lemma, found.bigram)
            alive.add(id(counted))
            most = max(most, len(alive))
            yield counted
            del counted

    store.add([f"d3:{n:05d}@1" for n in range(100)], ["d3"] * 100, each())
    assert len(store.search("議案", "lemma", 200)) == 100
    assert most <= 3


def test_entries_whose_terms_fail_leave_nothing_behind_and_block_nobody(store):
    def failing():
        yield analyse("証明書の交付")
        raise OSError("the last page cannot be read")

    with pytest.raises(OSError) as caught:
        store.add(["d3:00000@1", "d3:00001@1"], ["d3", "d3"], failing())
    store.remove(["d1:00001@1"])  # while the error is still looked at
    assert caught.value.args and store.keys() == set(TEXTS) - {"d1:00001@1"}
    assert store.search("証明書", "lemma", 5) == []


def test_a_removed_entry_is_not_found(store):
    store.remove(["d1:00001@1", "unknown"])
    assert store.search("RPA", "lemma", 10) == []
    assert store.keys() == set(TEXTS) - {"d1:00001@1"}
    assert store.holds_removed()


def test_everything_is_there_after_reopening(tmp_path):
    filled(tmp_path / "lexical")
    again = TantivyLexical(tmp_path / "lexical")
    assert again.keys() == set(TEXTS)
    assert again.search("RPA", "surface", 1)[0].chunk_id == "d1:00001@1"
    assert not again.holds_removed()


def test_the_document_frequency_counts_entries_with_the_word(store):
    assert store.document_frequency("窓口", "lemma") == 2
    assert store.document_frequency("鉄道", "lemma") == 0
