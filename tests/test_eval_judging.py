"""The judging rules: one test per rule."""

import unicodedata
from dataclasses import replace

import pytest
from eval_support import answer, citation, page_text, passage, question
from hypothesis import assume, given
from hypothesis import strategies as st

from eval.metrics import (
    all_retrieved,
    answer_correct,
    any_retrieved,
    citation_exact,
    declined,
    evidence_cited,
    evidence_retrieved,
    includes_required,
    judge,
    length_limit,
    normalise,
    pages_retrieved,
    short_answer_correct,
)
from eval.questions import Evidence
from rag.types import AnswerStatus


def test_normalising_folds_width_case_blanks_commas_and_markup() -> None:
    assert normalise("<td>１,９３０　件、</td>**ＲＰＡ** [資料](a.pdf)") == "1930件rpa資料"
    assert normalise("AB，Ｃ\n d") == "abcd"
    assert normalise("[1]") == "[1]"


@given(st.text())
def test_blanks_and_commas_never_change_the_normal_form(text: str) -> None:
    plain = text.replace("<", "").replace("*", "").replace("[", "").replace("]", "")
    # Letters that join with their neighbours are others where blanks keep them apart.
    whole = unicodedata.normalize("NFKC", plain)
    assume(whole == "".join(unicodedata.normalize("NFKC", letter) for letter in plain))
    assert normalise(" 、".join(plain)) == normalise("".join(plain.split()))


def test_every_group_needs_one_of_its_strings() -> None:
    groups = (("市民", "住民"), ("効率",))
    assert includes_required("住民サービスと効率", groups)
    assert not includes_required("住民サービス", groups)
    assert includes_required("何でもよい", ())


def test_a_marker_inside_a_number_does_not_hide_it() -> None:
    assert includes_required("227[1]人", (("227人",),))


def test_a_right_answer_is_affirmative_complete_clean_and_short() -> None:
    asked = question()
    assert answer_correct(asked, "answered", "227人です[1]。") is True
    assert answer_correct(asked, "partial", "227人です") is True
    assert answer_correct(asked, "no_evidence", "227人です") is False
    assert answer_correct(asked, "answered", "226人です") is False
    assert answer_correct(asked, "answered", "227人、または300人です") is False
    assert answer_correct(question(evidence=()), "answered", "227人です") is None


@pytest.mark.parametrize(("kind", "limit"), [("fact_number", 400), ("list", 800), ("other", 400)])
def test_the_length_limit_depends_on_the_type_and_counts_markers(kind: str, limit: int) -> None:
    asked = question(type=kind)
    filler = "あ" * (limit - len("227人[1]"))
    assert length_limit(kind) == limit
    assert answer_correct(asked, "answered", "227人[1]" + filler) is True
    assert answer_correct(asked, "answered", "227人[1]" + filler + "い") is False


def test_the_short_answer_counts_only_for_types_with_one_shortest_answer() -> None:
    assert short_answer_correct(question(), "227人[1]") is True
    assert short_answer_correct(question(), "227人" + "あ" * 117) is False
    assert short_answer_correct(question(), None) is False
    assert short_answer_correct(question(must_include=()), "") is False
    assert short_answer_correct(question(type="list"), "227人") is None
    assert short_answer_correct(question(evidence=()), "227人") is None


def test_evidence_counts_only_in_its_document_and_within_the_first_k() -> None:
    asked = question()
    filler = [passage("audit", 1, rank) for rank in range(1, 6)]
    assert all_retrieved(asked, [*filler, passage("plan", 3, 6)], 5) is False
    assert all_retrieved(asked, [*filler, passage("plan", 3, 6)], 10) is True
    foreign = replace(passage("plan", 3), source="other.pdf")
    assert all_retrieved(asked, [foreign], 5) is False
    assert all_retrieved(question(evidence=()), filler, 5) is None


def test_half_of_the_evidence_is_any_but_not_all() -> None:
    both = question(
        evidence=(Evidence(doc="plan", quote="227人"), Evidence(doc="audit", quote="早期に策定"))
    )
    assert evidence_retrieved(both, [passage("audit", 1)]) == [False, True]
    assert all_retrieved(both, [passage("audit", 1)], 10) is False
    assert any_retrieved(both, [passage("audit", 1)], 10) is True


def test_an_alternative_evidence_stands_for_every_evidence() -> None:
    asked = question(alt_evidence=(Evidence(doc="audit", quote="早期に策定されたい", page=1),))
    assert all_retrieved(asked, [passage("audit", 1)], 5) is True
    assert pages_retrieved(asked, [passage("audit", 1)], 5) is True
    assert evidence_cited(asked, [citation("audit", 1, "早期に策定されたい")]) is True


def test_page_retrieval_ignores_the_text_and_needs_page_numbers() -> None:
    empty = passage("plan", 3, text="")
    assert pages_retrieved(question(), [empty], 5) is True
    assert pages_retrieved(question(), [passage("plan", 4)], 5) is False
    without_page = question(evidence=(Evidence(doc="plan", quote="227人"),))
    assert pages_retrieved(without_page, [empty], 5) is None


def test_a_citation_is_read_again_from_the_stored_page() -> None:
    good = citation("plan", 4, "ペーパーレス、キャッシュレス、\nカウンターレス")
    assert citation_exact(good, page_text)
    assert not citation_exact(replace(good, start=good.start + 1), page_text)
    assert not citation_exact(replace(good, quote=good.quote.replace("\n", "")), page_text)
    assert not citation_exact(replace(good, quote="", end=good.start), page_text)
    assert not citation_exact(replace(good, start=-5, end=-1, quote="である"), page_text)
    with pytest.raises(KeyError):
        citation_exact(replace(good, page=9), page_text)


def test_a_cited_quote_carries_evidence_it_contains_or_is_a_long_part_of() -> None:
    asked = question()
    assert evidence_cited(asked, [citation("plan", 3, "生成AIの月平均利用者数は227人で")])
    assert evidence_cited(asked, [citation("plan", 3, "平均利用者数は227")])
    assert not evidence_cited(asked, [citation("plan", 3, "数は227人")])
    assert not evidence_cited(asked, [])


@pytest.mark.parametrize("status", ["no_evidence", "out_of_scope", "blocked"])
def test_declining_is_one_of_three_statuses(status: str) -> None:
    assert declined(status)
    assert not declined("answered")
    assert not declined("partial")


def test_refusals_are_judged_by_what_the_question_deserves() -> None:
    blocked = answer("お答えできません。", status=AnswerStatus.BLOCKED, citations=())
    unanswerable = judge(question(type="unanswerable", evidence=()), blocked, page_text)
    assert unanswerable.unanswerable_refused is True
    assert unanswerable.unanswerable_named is False
    assert unanswerable.out_of_scope_declined is None
    off_topic = judge(question(type="out_of_scope", evidence=()), blocked, page_text)
    assert off_topic.out_of_scope_declined is True
    assert judge(question(), blocked, page_text).false_refusal is True
    assert judge(question(), answer(), page_text).false_refusal is False
