"""Tokens: identifiers whole, particles left out, and no input that the tokenizer dies of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import tokens
from rag.text import normal
from rag.tokens import MAX_PIECE_CHARACTERS, analyse, bigrams, content_tokens, tokenise


def lemmas(text: str) -> list[str]:
    return [token.lemma for token in content_tokens(normal(text))]


def surfaces(text: str) -> list[str]:
    return [token.surface for token in content_tokens(normal(text))]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("事業番号10104の状況", "10104"),
        ("応募は3,969件", "3969"),
        ("応募は３，９６９件", "3969"),
        ("合計1,234,567.8円", "1234567.8"),
        ("ICT-BCPの策定", "ict-bcp"),
        ("2021.8.3に開催", "2021.8.3"),
        ("6.40ポイント", "6.40"),
        ("Wi-Fiの整備", "wi-fi"),
        ("R&Dの予算", "r&d"),
    ],
)
def test_identifiers_and_numbers_stay_whole(text: str, whole: str) -> None:
    assert whole in surfaces(text)
    assert whole in analyse(text).surface
    assert whole in analyse(text).lemma


def test_figures_side_by_side_are_not_one_number() -> None:
    assert [s for s in surfaces("1,23と45,678") if s.isdigit()] == ["1", "23", "45678"]


def test_verbs_are_found_in_every_form() -> None:
    assert lemmas("窓口で申請した") == lemmas("窓口に申請する")
    assert "減らす" in lemmas("書類を減らした")
    assert "減らす" in lemmas("書類を減らさない")


def test_particles_auxiliaries_and_marks_carry_no_meaning() -> None:
    assert surfaces("、。「」はがをにです") == []
    assert surfaces("市民課の窓口です。") == ["市民", "課", "窓口"]


def test_loanwords_have_no_foreign_spelling_in_their_lemma() -> None:
    assert "コーヒー" in lemmas("コーヒーを飲む")


@pytest.mark.parametrize(
    "text",
    [
        "ア" * 340_000,
        "a" * 200_000,
        "窓" * 100_000,
        "1" * 200_000,
        "窓口で申請する" * 10_000,
        "あ、" * 20_000,
    ],
    ids=["one kana", "letters", "one kanji", "digits", "prose without a stop", "commas"],
)
def test_a_monster_line_is_tokenised_to_its_last_character(text: str) -> None:
    found = tokenise(text)
    assert found[-1].end == len(text)
    assert "".join(token.surface for token in found) == text


def test_the_tokenizer_never_sees_more_than_a_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    tagger = tokens._tagger()

    def watching(text: str) -> object:
        seen.append(len(text))
        return tagger(text)

    monkeypatch.setattr(tokens, "_tagger", lambda: watching)
    tokenise("窓口" * 10_000 + "。" + "市民課、" * 5_000)
    assert sum(seen) == 40_001
    assert max(seen) <= MAX_PIECE_CHARACTERS


def test_pieces_end_at_a_mark_where_there_is_one() -> None:
    # Cut blindly at 1,000 characters, one of the words would come apart.
    words = surfaces("情報政策課、" * 4_000)
    assert set(words) == {"情報", "政策", "課"}
    assert len(words) == 12_000


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_tokens_lie_in_text_order_where_they_say(text: str) -> None:
    normalised = normal(text).replace("\x00", "")
    last = 0
    for token in tokenise(normalised):
        assert last <= token.start < token.end <= len(normalised)
        assert normalised[token.start : token.end].replace(",", "") == token.surface.replace(
            ",", ""
        )
        last = token.end


def test_bigrams_cover_runs_of_letters_and_close_up_blanks() -> None:
    assert bigrams("市民課") == ["市民", "民課"]
    assert bigrams("市 民 課") == ["市民", "民課"]
    assert bigrams("市、民") == ["市", "民"]
    assert bigrams("dx 推進") == ["dx", "推進"]
    assert bigrams("。、 ") == []


def test_the_three_channels_of_nothing_are_empty() -> None:
    found = analyse(" 。\u200b")
    assert (found.surface, found.lemma, found.bigram) == ([], [], [])


def test_a_word_that_was_met_before_is_the_same_as_at_the_first_time(monkeypatch):
    text = normal("コーヒーの試飲会をひらき、ひらかれた市政-ゑゐゝの東京都で受け付ける。")
    monkeypatch.setattr(tokens, "_entries", {})
    at_first = tokenise(text)
    assert tokens._entries
    assert tokenise(text) == at_first
    monkeypatch.setattr(tokens, "_entries", {})
    monkeypatch.setattr(tokens, "_MAX_ENTRIES", 2)
    assert tokenise(text) == at_first
    assert len(tokens._entries) <= 2
