"""Which document is in force, what is said of the others, and which one the question means."""

from datetime import date

import pytest

from rag.editions import (
    FUTURE,
    SUPERSEDED,
    Standing,
    editions,
    label,
    title_stem,
    warnings_for,
)
from rag.priors import document_priors, time_asked
from rag.question import read_question
from rag.types import Document


def plan(
    source: str,
    first: int,
    *,
    title: str = "見本市DX計画",
    department: str = "",
    successor: str = "",
    kind: str = "計画",
) -> Document:
    """A plan of four fiscal years from `first` on."""
    return Document(
        id=source,
        source=source,
        title=title,
        content_hash="",
        kind=kind,
        department=department,
        issued=date(first, 3, 31),
        valid_from=date(first, 4, 1),
        valid_until=date(first + 4, 3, 31),
        successor=successor,
    )


def report(source: str, issued: date, *, title: str, kind: str = "報告") -> Document:
    return Document(
        id=source, source=source, title=title, content_hash="", kind=kind, issued=issued
    )


OLD, NEW = plan("old.pdf", 2022), plan("new.pdf", 2026, title="(仮称) 見本市DX計画 2026-2029")
TODAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("day", "standings"),
    [
        (date(2021, 5, 1), [Standing.FUTURE, Standing.FUTURE]),
        (date(2025, 12, 1), [Standing.CURRENT, Standing.FUTURE]),
        (date(2026, 4, 1), [Standing.SUPERSEDED, Standing.CURRENT]),
        (date(2031, 1, 1), [Standing.SUPERSEDED, Standing.SUPERSEDED]),
    ],
)
def test_the_day_decides_which_plan_is_in_force(day: date, standings: list[Standing]) -> None:
    known = editions([OLD, NEW], day)
    assert [known[d.id].standing for d in (OLD, NEW)] == standings


@pytest.mark.parametrize(
    "title",
    [
        "（仮称）見本市DX計画（2026–2029）",
        "見本市DX計画 2026-2029 【概要版】",
        "第2次見本市DX計画",
        "見本市DX計画について",
        "見本市DX計画（案）",
        "令和8年度 見本市ＤＸ計画 改訂版",
    ],
)
def test_editions_of_one_plan_share_their_stem(title: str) -> None:
    assert title_stem(title) == title_stem("見本市DX計画")


def test_meetings_with_other_numbers_are_not_editions_of_each_other() -> None:
    first = report("1.pdf", date(2025, 5, 1), title="第1回 会議 資料", kind="会議資料")
    second = report("2.pdf", date(2026, 5, 1), title="第2回 会議 資料", kind="会議資料")
    known = editions([first, second], TODAY)
    assert {edition.standing for edition in known.values()} == {Standing.CURRENT}


def test_the_audit_of_a_later_year_does_not_replace_the_earlier_one() -> None:
    first = report("1.pdf", date(2025, 3, 1), title="令和6年度 行政監査の結果", kind="監査報告")
    second = report("2.pdf", date(2026, 3, 1), title="令和7年度 行政監査の結果", kind="監査報告")
    known = editions([first, second], TODAY)
    assert known[first.id].following == ""


def test_a_report_is_replaced_by_the_same_report_of_a_later_year() -> None:
    first = report("1.pdf", date(2024, 6, 1), title="取り組み状況報告（2024）")
    second = report("2.pdf", date(2025, 6, 1), title="取り組み状況報告（2025）")
    known = editions([second, first], TODAY)
    assert known[first.id].standing is Standing.SUPERSEDED
    assert known[second.id].previous == first.id
    assert label(known[first.id]) == "旧報告（2024）では"


def test_the_successor_of_the_catalogue_needs_no_likeness_of_titles() -> None:
    old = plan("a.pdf", 2018, title="電子市役所計画", successor="b.pdf")
    new = plan("b.pdf", 2022, title="見本市DX計画")
    assert editions([old, new], TODAY)["a.pdf"].following == "b.pdf"


def test_plans_of_one_office_follow_each_other_only_where_no_other_could() -> None:
    old = plan("a.pdf", 2018, title="電子市役所計画", department="DX課")
    new = plan("b.pdf", 2022, title="見本市DX計画", department="DX課")
    rival = plan("c.pdf", 2022, title="統計利用計画", department="DX課")
    assert editions([old, new], TODAY)["a.pdf"].following == "b.pdf"
    assert editions([old, new, rival], TODAY)["a.pdf"].following == ""


def test_the_old_plan_is_named_with_its_years_and_warned_of() -> None:
    known = editions([OLD, NEW], TODAY)
    assert label(known[OLD.id]) == "旧計画（2022–2025）では"
    assert label(known[NEW.id]) == ""
    (warning,) = warnings_for([OLD.id, NEW.id, OLD.id], known)
    assert warning.code == SUPERSEDED
    assert OLD.title in warning.message
    assert NEW.title in warning.message


def test_a_plan_that_has_not_begun_is_said_to_come() -> None:
    known = editions([OLD, NEW], date(2025, 12, 1))
    assert label(known[NEW.id]) == "次期計画（2026–2029）では"
    assert [warning.code for warning in warnings_for([NEW.id], known)] == [FUTURE]


def test_a_plan_that_ended_without_a_newer_one_is_said_to_be_over() -> None:
    known = editions([OLD], TODAY)
    (warning,) = warnings_for([OLD.id], known)
    assert warning.code == SUPERSEDED
    assert "2026年3月まで" in warning.message


def test_the_period_of_an_audit_is_what_it_looked_at_and_does_not_end_it() -> None:
    audit = plan("a.pdf", 2018, title="行政監査の結果", kind="監査報告")
    assert editions([audit], TODAY)["a.pdf"].standing is Standing.CURRENT


def test_a_replaced_version_is_superseded_from_that_day() -> None:
    kept = Document(
        id="k", source="k", title="要綱", content_hash="", superseded_on=date(2026, 5, 1)
    )
    assert editions([kept], date(2026, 4, 30))["k"].standing is Standing.CURRENT
    assert editions([kept], date(2026, 5, 1))["k"].standing is Standing.SUPERSEDED


@pytest.mark.parametrize(
    ("question", "day", "meant"),
    [
        ("前計画の使命は？", TODAY, OLD.id),
        ("前のDX計画の使命は？", TODAY, OLD.id),
        ("旧計画では何件でしたか", TODAY, OLD.id),
        ("現行計画の使命は？", TODAY, NEW.id),
        ("今の計画の使命は？", TODAY, NEW.id),
        ("最新の計画の使命は？", TODAY, NEW.id),
        ("次期計画の使命は？", TODAY, NEW.id),
        ("現行計画の使命は？", date(2025, 12, 1), OLD.id),
        ("次の計画の使命は？", date(2025, 12, 1), NEW.id),
        ("2022年の計画の使命は？", TODAY, OLD.id),
        ("令和8年3月策定の計画の使命は？", TODAY, NEW.id),
        ("計画の使命は？", TODAY, NEW.id),
    ],
)
def test_words_of_time_choose_the_edition(question: str, day: date, meant: str) -> None:
    priors = document_priors(read_question(question), [OLD, NEW], day)
    assert max(priors, key=lambda document_id: priors[document_id]) == meant


def test_a_question_about_a_past_year_does_not_push_the_old_plan_back() -> None:
    asked, plain = (
        document_priors(read_question(text), [OLD, NEW], TODAY)[OLD.id]
        for text in ("2023年度の相談件数は？", "相談件数は？")
    )
    assert asked > plain


@pytest.mark.parametrize(
    ("question", "past", "latest"),
    [
        ("2021年度の件数は？", True, False),
        ("当時の担当課は？", True, False),
        ("2026年度の件数は？", False, False),
        ("2021年度と2026年度の件数は？", False, False),
        ("直近の件数は？", False, True),
        ("今の担当課は？", False, True),
        ("今後の担当課は？", False, False),
        ("担当課は？", False, False),
    ],
)
def test_past_and_latest_are_told_apart(question: str, past: bool, latest: bool) -> None:
    asked = time_asked(read_question(question), TODAY)
    assert (asked.past, asked.latest) == (past, latest)
