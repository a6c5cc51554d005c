"""Answers to questions that ask several things, about old plans, sums, places in an order."""

from collections.abc import Iterator
from datetime import date

import pytest
from fakes import NgramEmbeddings

from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.types import Answer, AnswerStatus, Query

PLAN = """# あおば市デジタル化推進計画

## 1 オンライン申請

あおば市は、オンライン申請サービスとして「らくらく申請」という製品を使っている。
らくらく申請の利用者は、令和6年度に4,120人であった。
市政モニターの登録者は、令和5年度が310人、令和6年度が452人である。
子育ての手続きは13手続きを、介護の手続きは11手続きをオンライン化した。

## 2 市民会議

| 開催年月日 | 会議 | 参加者 |
| --- | --- | --- |
| 令和5年7月12日 | デジタル市民会議 | 18名 |
| 令和6年2月20日 | デジタル市民会議 | 21名 |
| 令和6年11月5日 | デジタル市民会議 | 24名 |
"""
OLD_PLAN = """# あおば市情報化計画

本庁舎の会議室に無線回線を設ける事業は、総務課が担当する。
公民館の端末は、全部で35台を置いた。
"""
ENTRIES = (
    (
        "計画.md",
        PLAN,
        CatalogEntry(
            file="計画.md",
            title="あおば市デジタル化推進計画",
            kind="計画",
            department="情報政策課",
            issued=date(2024, 3, 1),
            valid_from=date(2024, 4, 1),
            valid_until=date(2028, 3, 31),
        ),
    ),
    (
        "旧計画.md",
        OLD_PLAN,
        CatalogEntry(
            file="旧計画.md",
            title="あおば市情報化計画",
            kind="計画",
            department="総務課",
            issued=date(2018, 3, 1),
            valid_from=date(2018, 4, 1),
            valid_until=date(2022, 3, 31),
        ),
    ),
)
TODAY = date(2025, 6, 1)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Index.open(tmp_path_factory.mktemp("aoba") / "var", NgramEmbeddings()) as index:
        for name, text, entry in ENTRIES:
            assert not ingest_bytes(name, text.encode(), index, entry=entry).failures
        yield Assistant(index)


def ask(city: Assistant, question: str) -> Answer:
    return city.ask(Query(text=question, as_of=TODAY))


def test_both_things_asked_are_answered_with_their_sources(city: Assistant) -> None:
    answer = ask(city, "オンライン申請の製品は何といい、らくらく申請の利用者は何人でしたか")
    assert answer.status is AnswerStatus.ANSWERED
    assert "らくらく申請" in answer.text and "4,120人" in answer.text
    assert all(f"[{citation.marker}]" in answer.text for citation in answer.citations)


def test_what_was_not_found_is_named_and_the_rest_answered(city: Assistant) -> None:
    answer = ask(city, "らくらく申請の利用者は何人で、ジャイアントパンダの飼育費用は何億ドルですか")
    assert answer.status is AnswerStatus.PARTIAL
    assert "4,120人" in answer.text
    assert "「ジャイアントパンダの飼育費用は何億ドルですか」については" in answer.text


def test_text_of_a_plan_whose_period_is_over_says_so_and_warns(city: Assistant) -> None:
    answer = ask(city, "会議室に無線回線を設ける事業の担当課はどこですか")
    assert answer.text.startswith("旧計画（2018–2021）では、")
    assert [warning.code for warning in answer.warnings] == ["superseded_document"]


def test_who_asks_for_the_old_plan_is_not_warned(city: Assistant) -> None:
    answer = ask(city, "旧計画で公民館の端末は何台でしたか")
    assert "35台" in answer.text
    assert answer.warnings == ()


def test_a_sum_is_shown_as_a_calculation_with_both_sources(city: Assistant) -> None:
    answer = ask(city, "子育てと介護のオンライン化した手続きを足すと何手続きですか")
    assert answer.short_answer == "24手続き"
    assert "13手続き（子育て）＋11手続き（介護）＝24手続き" in answer.text
    assert len(answer.citations) == 2


def test_a_difference_is_shown_with_its_figures_and_the_sentence_that_has_both(
    city: Assistant,
) -> None:
    answer = ask(city, "市政モニターの登録者は令和5年度から令和6年度で何人増えましたか")
    assert answer.short_answer == "142人"
    told, source = answer.text.split("\n")
    assert told == "計算すると、452人（令和6年度）－310人（令和5年度）＝142人です。"
    assert source == f"{answer.citations[0].quote}[1]"


def test_the_first_of_several_meetings_is_the_one_with_the_first_date(city: Assistant) -> None:
    answer = ask(city, "デジタル市民会議の初回はいつ開かれましたか")
    assert answer.short_answer is not None and "令和5年7月12日" in answer.short_answer


def test_a_slip_of_the_pen_is_mended_and_said(city: Assistant) -> None:
    answer = ask(city, "オンラインン申請サービスの製品は何といいますか")
    assert "らくらく申請" in answer.text
    assert "「オンラインン」を「オンライン」" in answer.warnings[0].message


def test_a_refusal_names_the_office_to_ask(city: Assistant) -> None:
    answer = ask(city, "らくらく申請の年間の保守費用はいくらですか")
    assert answer.status is AnswerStatus.NO_EVIDENCE
    assert "（所管：情報政策課）" in answer.text
    assert answer.passages
