"""The judging rules, the statistics on them, and agreement with the original script."""

import importlib.util
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.ranking import ndcg
from eval.errors import QuestionFileError
from eval.failures import cause_of, worst_failures
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
    median,
    normalise,
    pages_retrieved,
    percentile_95,
    short_answer_correct,
)
from eval.questions import Evidence, Question, load_dataset, read_questions
from eval.results import Cause, EvalResult, ResultFile, read_results, write_results
from eval.runner import case_result
from eval.significance import bootstrap_interval, randomisation_p_value
from eval.summary import refusal_table, right_by_type, summarise
from rag.types import Answer, AnswerStatus, Citation, Passage, Turn, Versions

SHARED_QUESTIONS = Path(__file__).parents[2] / "shared" / "questions"
VERSIONS = Versions(index="test", embedding="test", generator="test")
PAGES = {
    (
        "plan",
        3,
    ): "# 3 利用状況\n2025年度の生成AIの月平均利用者数は227人であった。\n担当はDX戦略課。",
    ("plan", 4): "5レシの取組みは\tペーパーレス、キャッシュレス、\nカウンターレスなどである。",
    ("audit", 1): "ICT-BCPは、早期に策定されたい。",
}


def page_text(document_id: str, number: int) -> str:
    return PAGES[document_id, number]


def passage(document: str, page: int, rank: int = 1, text: str | None = None) -> Passage:
    stored = PAGES[document, page]
    return Passage(
        rank=rank,
        document_id=document,
        document_title=document,
        source=f"{document}-2025.pdf",
        page=page,
        has_pages=True,
        heading=("第1章",),
        start=0,
        end=len(stored),
        text=stored if text is None else text,
        score=1.0 / rank,
        chunk_ids=(f"{document}:{page:05d}",),
    )


def citation(document: str, page: int, quote: str, marker: int = 1) -> Citation:
    start = PAGES[document, page].index(quote)
    return Citation(
        marker=marker,
        document_id=document,
        document_title=document,
        source=f"{document}-2025.pdf",
        page=page,
        has_pages=True,
        heading=(),
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def question(**changes: Any) -> Question:
    fields: dict[str, Any] = {
        "id": "t1",
        "question": "2025年度の生成AIの月平均利用者数は？",
        "type": "fact_number",
        "answer": "227人",
        "must_include": (("227人", "二百二十七人"),),
        "must_not_include": ("300人",),
        "evidence": (Evidence(doc="plan", quote="月平均利用者数は 227人", page=3),),
    }
    return Question(**(fields | changes))


def answer(text: str = "227人です[1]。", **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "status": AnswerStatus.ANSWERED,
        "text": text,
        "short_answer": "227人",
        "citations": (citation("plan", 3, "月平均利用者数は227人であった"),),
        "passages": (passage("plan", 3),),
        "versions": VERSIONS,
    }
    return Answer(**(fields | changes))


def test_normalising_folds_width_case_blanks_commas_and_markup() -> None:
    assert normalise("<td>１,９３０　件、</td>**ＲＰＡ** [資料](a.pdf)") == "1930件rpa資料"
    assert normalise("AB，Ｃ\n d") == "abcd"
    assert normalise("[1]") == "[1]"


@given(st.text())
def test_blanks_and_commas_never_change_the_normal_form(text: str) -> None:
    plain = text.replace("<", "").replace("*", "").replace("[", "").replace("]", "")
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


def test_percentiles_follow_their_definition() -> None:
    assert median([3.0, 1.0, 2.0, 10.0]) == (2.0 + 3.0) / 2
    assert percentile_95([float(n) for n in range(1, 101)]) == 95.0
    assert percentile_95([1.0]) == 1.0
    assert percentile_95([2.0, 1.0]) == 1.0


@pytest.mark.parametrize(
    ("changes", "asked", "cause"),
    [
        ({}, {}, None),
        ({"status": AnswerStatus.NO_EVIDENCE}, {}, Cause.FALSE_REFUSAL),
        ({"text": "300人です。"}, {}, Cause.WRONG_VALUE),
        ({"text": "227人です。" + "あ" * 400}, {}, Cause.TOO_LONG),
        ({"text": "わかりません", "passages": ()}, {}, Cause.NOT_RETRIEVED),
        ({"text": "226人です。"}, {}, Cause.WRONG_VALUE),
        ({"text": "次のとおりです。", "short_answer": None}, {}, Cause.NOT_EXTRACTED),
        ({"text": "次のとおりです。"}, {"type": "list"}, Cause.NOT_EXTRACTED),
        ({}, {"type": "unanswerable", "evidence": ()}, Cause.NOT_REFUSED),
        ({"status": AnswerStatus.NO_EVIDENCE}, {"type": "unanswerable", "evidence": ()}, None),
    ],
)
def test_each_failure_has_one_cause(
    changes: dict[str, Any], asked: dict[str, Any], cause: Cause | None
) -> None:
    given_answer = answer(**changes)
    verdict = judge(question(**asked), given_answer, page_text)
    assert cause_of(question(**asked), verdict, given_answer.short_answer) == cause


def test_misleading_failures_come_before_refusals_and_easy_questions_first() -> None:
    wrong = answer("300人です。")
    refused = answer(status=AnswerStatus.NO_EVIDENCE)
    rows = [
        case_result(question(id="refused", difficulty=1), refused, 0.1, page_text),
        case_result(question(id="hard", difficulty=3), wrong, 0.1, page_text),
        case_result(question(id="right"), answer(), 0.1, page_text),
        case_result(question(id="easy", difficulty=1), wrong, 0.1, page_text),
    ]
    assert [row.id for row in worst_failures(rows)] == ["easy", "hard", "refused"]
    assert [row.id for row in worst_failures(rows, count=1)] == ["easy"]


def test_the_summary_counts_only_questions_to_which_a_rule_applies() -> None:
    rows = [
        case_result(question(id="a"), answer(), 0.010, page_text),
        case_result(question(id="b"), answer("226人です。"), 0.020, page_text),
        case_result(
            question(id="c", type="unanswerable", evidence=()),
            answer("ありません", status=AnswerStatus.NO_EVIDENCE, short_answer=None, citations=()),
            0.060,
            page_text,
        ),
    ]
    figures = summarise(rows)
    assert (figures["answer"].value, figures["answer"].count) == (1 / 2, 2)
    assert (figures["refusal_unanswerable"].value, figures["refusal_unanswerable"].count) == (1, 1)
    assert figures["declined_out_of_scope"].count == 0
    assert (figures["citations_exact"].value, figures["citations_exact"].count) == (1, 2)
    assert figures["cited_when_correct"].count == 1
    assert figures["p50_ms"].value == pytest.approx(1e3 * 0.020)
    assert figures["answer"].interval.low <= 1 / 2 <= figures["answer"].interval.high
    assert right_by_type(rows)["unanswerable"].value == 1
    assert refusal_table(rows) == {
        "evidence": {"answered": 2},
        "unanswerable": {"no_evidence": 1},
        "out_of_scope": {},
    }


def test_the_bootstrap_interval_of_equal_values_is_that_value() -> None:
    interval = bootstrap_interval([1.0, 1.0, 1.0])
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_the_bootstrap_interval_of_a_share_is_near_the_normal_one() -> None:
    values = [1.0] * 300 + [0.0] * 100
    interval = bootstrap_interval(values, resamples=4_000)
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert interval.low == pytest.approx(0.75 - half, abs=0.006)
    assert interval.high == pytest.approx(0.75 + half, abs=0.006)
    assert interval == bootstrap_interval(values, resamples=4_000)
    assert interval != bootstrap_interval(values, resamples=4_000, seed=1)


def test_the_bootstrap_takes_other_statistics_and_refuses_nothing() -> None:
    interval = bootstrap_interval([1.0, 2.0, 9.0], median, resamples=200)
    assert interval.low == 1.0
    assert interval.high == 9.0
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval([1.0], level=95)


def test_the_randomisation_test_counts_sign_patterns() -> None:
    # Five questions won, none lost: only all-plus and all-minus are as extreme, 2 of 2^5.
    won = [1.0] * 5 + [1.0] * 7
    lost = [0.0] * 5 + [1.0] * 7
    assert randomisation_p_value(lost, won) == 2 / 2**5
    assert randomisation_p_value(won, lost) == 2 / 2**5
    # Three won, one lost: sums of +-2 or more are all but the 6 balanced of 16 patterns.
    assert randomisation_p_value([0, 0, 0, 1], [1, 1, 1, 0]) == (2**4 - 6) / 2**4
    assert randomisation_p_value(won, won) == 1.0


def test_many_differences_are_drawn_close_to_the_exact_value() -> None:
    first = [0.0] * 14 + [1.0] * 6
    second = [1.0] * 14 + [0.0] * 6
    exact = 2 * sum(math.comb(20, k) for k in range(14, 21)) / 2**20
    drawn = randomisation_p_value(first, second)
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 10_000))
    assert drawn == randomisation_p_value(first, second)
    assert randomisation_p_value([0.0] * 60, [1.0] * 60) == 1 / 10_001


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    relevance = {"a": 3.0, "b": 2.0, "c": 1.0}
    ideal = 3 / math.log2(2) + 2 / math.log2(3) + 1 / math.log2(4)
    found = 2 / math.log2(2) + 3 / math.log2(4)
    assert ndcg(["b", "x", "a"], relevance, 10) == pytest.approx(found / ideal)
    assert ndcg(["a", "b", "c"], relevance, 10) == 1.0
    assert ndcg(["x", "y", "p"], {"p": 1.0}, 10) == 1 / math.log2(3 + 1)


def test_ndcg_ends_at_k_and_counts_a_repeated_id_once() -> None:
    assert ndcg(["x"] * 3 + ["p"], {"p": 1.0}, 2) == 1 / math.log2(2 + 1)
    assert ndcg(["x", "y", "p"], {"p": 1.0}, 2) == 0.0
    assert ndcg(["p", "p"], {"p": 1.0, "q": 1.0}, 10) == pytest.approx(
        1 / (1 / math.log2(2) + 1 / math.log2(3))
    )
    assert ndcg(["p"], {}, 10) == 0.0


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        randomisation_p_value([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="no pairs"):
        randomisation_p_value([], [])


GOOD_LINE = json.dumps(
    {
        "id": "a1",
        "question": "何人？",
        "type": "fact_number",
        "answer": "227人",
        "must_include": [["227"]],
        "must_not_include": [],
        "evidence": [{"doc": "plan", "quote": "227人", "page": 3}],
        "history": [{"question": "前の質問", "answer": "前の回答"}],
    }
)


def test_a_question_file_becomes_records(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\ufeff" + GOOD_LINE + "\n\n", encoding="utf-8")
    (read,) = read_questions(path)
    assert read.evidence == (Evidence(doc="plan", quote="227人", page=3),)
    assert read.query(top_k=7).history == (Turn(question="前の質問", answer="前の回答"),)
    assert read.query(top_k=7).top_k == 7


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "2 行目.*行全体"),
        ('{"id": "b"}', "2 行目.*question"),
        (GOOD_LINE, "2 行目: id a1 は 1 行目"),
        (GOOD_LINE.replace("a1", "b").replace('[["227"]]', '["227"]'), "2 行目.*must_include"),
        (GOOD_LINE.replace("a1", "b").replace('[["227"]]', "[[]]"), "2 行目.*空の組"),
        (GOOD_LINE.replace("a1", " "), "2 行目.*空にできません"),
        (GOOD_LINE.replace("must_not_include", "must_not_inclued"), "2 行目.*must_not_include"),
    ],
)
def test_a_bad_line_is_named_with_file_and_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(f"{GOOD_LINE}\n{line}\n", encoding="utf-8")
    with pytest.raises(QuestionFileError, match=rf"bad\.jsonl の {message}"):
        read_questions(path)


def test_unreadable_and_empty_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match=r"none\.jsonl"):
        read_questions(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(QuestionFileError, match="一つもありません"):
        read_questions(tmp_path / "empty.jsonl")
    (tmp_path / "sjis.jsonl").write_bytes("設問".encode("cp932"))
    with pytest.raises(QuestionFileError, match="UTF-8"):
        read_questions(tmp_path / "sjis.jsonl")
    with pytest.raises(QuestionFileError, match="--dataset"):
        load_dataset([])


def test_two_files_make_one_dataset_with_one_hash(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text(GOOD_LINE)
    second.write_text(GOOD_LINE.replace("a1", "b1"))
    both = load_dataset([first, second])
    assert [read.id for read in both.questions] == ["a1", "b1"]
    assert both.sha256 != load_dataset([first]).sha256
    with pytest.raises(QuestionFileError, match="id a1 は"):
        load_dataset([first, first])


def as_reply(given_answer: Answer) -> dict[str, Any]:
    """The fields of the HTTP answer that the original script reads."""
    return {
        "status": str(given_answer.status),
        "answer": given_answer.text,
        "short_answer": given_answer.short_answer,
        "citations": [asdict(cited) for cited in given_answer.citations],
        "passages": [asdict(shown) for shown in given_answer.passages],
    }


@pytest.fixture
def original_script() -> Iterator[ModuleType]:
    path = SHARED_QUESTIONS / "measure.py"
    if not path.is_file():
        pytest.skip("the original script is not beside the checkout")
    spec = importlib.util.spec_from_file_location("original_measure", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module


def original_figures(
    script: ModuleType,
    replies: dict[str, dict[str, Any]],
    gold: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """What the script reports when the server gives these replies, by question text."""
    monkeypatch.setattr(script, "post", lambda base, path, body: replies[body["question"]])
    monkeypatch.setattr("sys.argv", ["measure.py", str(gold), "--out", str(out)])
    script.main()
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return report


def varied_answers(asked: Question, place: int) -> Answer:
    """An answer made of the question's own gold, damaged in a way that turns with `place`."""
    status = list(AnswerStatus)[place % 5] if place % 3 == 0 else AnswerStatus.ANSWERED
    words = [group[-1] for group in asked.must_include]
    text = "、".join(words[: len(words) - (place % 5 == 1)]) + "[1]。"
    text += "あ" * (500 if place % 6 == 2 else 0)
    text += asked.must_not_include[0] if asked.must_not_include and place % 4 == 3 else ""
    source = f"{asked.evidence[0].doc if asked.evidence else 'none'}.txt"
    quotes = [evidence.quote for evidence in asked.evidence][place % 4 == 1 :]
    texts = ["前置き"] * (place % 8) + ["甲" + quote + "乙" for quote in quotes]
    shown = [
        replace(passage("plan", 3, rank, shown_text), source=source)
        for rank, shown_text in enumerate(texts, start=1)
    ]
    cited = [
        replace(
            citation("plan", 3, "227人"),
            quote=quote[: 4 if place % 9 == 4 else len(quote) - place % 3],
            source=source,
            verified=place % 10 != 0,
        )
        for quote in quotes
    ]
    return answer(
        text,
        status=status,
        short_answer=words[0] if words and place % 3 else None,
        citations=tuple(cited),
        passages=tuple(shown),
    )


# The script leaves its files to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_figures_equal_those_of_the_original_script(
    original_script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = SHARED_QUESTIONS / "dev.jsonl"
    questions = read_questions(gold)
    # Two questions of the file may share their words; the replies are then the same.
    answers = {q.question: varied_answers(q, place) for place, q in enumerate(questions)}
    report = original_figures(
        original_script,
        {text: as_reply(given_answer) for text, given_answer in answers.items()},
        gold,
        tmp_path / "out.json",
        monkeypatch,
    )
    rows = [case_result(q, answers[q.question], 0.01, page_text) for q in questions]
    assert_same_figures(rows, report)
    # The comparison is worth something only when every rule says yes and no.
    for name in ("answer", "short", "all@5", "all@10", "cited_all", "false_refusal"):
        assert 0 < report["summary"][name] < 1, name


def assert_same_figures(rows: list[Any], report: dict[str, Any]) -> None:
    figures = summarise(rows)
    theirs = report["summary"]
    for name in (
        "answer",
        "short",
        "includes_any_length",
        "all@5",
        "all@10",
        "cited_all",
        "false_refusal",
        "refusal_unanswerable",
        "declined_out_of_scope",
    ):
        assert round(figures[name].value, 3) == theirs[name], name
    assert sum(row.verdict.unverified_citations for row in rows) == theirs["unverified_citations"]
    assert round(figures["mean_chars"].value, 1) == theirs["mean_chars"]
    by_type = {name: round(found.value, 3) for name, found in right_by_type(rows).items()}
    assert by_type == theirs["by_type"]
    for mine, their in zip(rows, report["rows"], strict=True):
        assert (mine.verdict.answer or False) == their["correct"], mine.id
        assert mine.verdict.short_answer == their["short"], mine.id
        assert mine.verdict.too_long == their["too_long"], mine.id
        assert mine.verdict.any10 == their["any10"], mine.id


def test_results_are_records_that_survive_json(tmp_path: Path) -> None:
    row = case_result(question(), answer(), 0.01, page_text)
    result = EvalResult(
        condition="product",
        title="製品",
        settings={"top_k": "10"},
        dataset="d",
        dataset_sha256="0",
        documents="corpus",
        documents_sha256="1",
        versions={"index": "1"},
        started="2026-01-01T00:00:00+09:00",
        rows=(row,),
    )
    path = tmp_path / "deep" / "result.json"
    write_results(path, ResultFile(results=(result,)))
    assert read_results(path).condition("product") == result
