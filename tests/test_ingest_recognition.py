"""What a document says about itself, and the catalogue that says it better."""

from datetime import date
from pathlib import Path

import pytest

from ingest.catalog import CatalogError, read_catalog
from ingest.names import document_id, sanitise_name
from ingest.reading import read_file
from ingest.recognition import recognise

PLAN = (
    "見本市DX推進計画\n\n見本市\n\n2022(令和4)年3月 策定\n\n1 計画期間\n\n"
    "計画期間は2022年4月から2026年3月までの4年間とします。\n\n作成：見本市DX戦略課\n"
)


def test_a_plan_is_recognised_from_its_cover_and_imprint() -> None:
    found = recognise([PLAN])
    assert found.title == "見本市DX推進計画"
    assert found.kind == "計画"
    assert (found.publisher, found.department) == ("見本市", "DX戦略課")
    assert found.issued == date(2022, 3, 1)
    assert (found.valid_from, found.valid_until) == (date(2022, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2022(令和4)年3月 策定", date(2022, 3, 1)),
        ("策定：2026年(令和8年)3月", date(2026, 3, 1)),
        ("令和4年3月24日提出", date(2022, 3, 24)),
        ("開催日：2021.8.3（火） 13:30～14:20", date(2021, 8, 3)),
        ("令和元年５月１日 発行", date(2019, 5, 1)),
    ],
)
def test_dates_of_issue_are_read_in_either_calendar(line: str, expected: date) -> None:
    assert recognise([f"見本市の文書について\n\n{line}\n\n本文である。"]).issued == expected


def test_a_date_in_the_running_text_is_not_taken_for_the_date_of_issue() -> None:
    text = "窓口の案内について\n\n2021年1月から窓口でのキャッシュレス決済を開始しました。"
    assert recognise([text]).issued is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("令和3年度 行政監査の結果に関する報告", "監査報告"),
        ("第2回 見本市DX推進本部会議", "会議資料"),
        ("5レスの取り組み状況報告", "報告"),
        ("生成AI活用ガイドライン", "手引き"),
        ("窓口改革の現況（2025年11月）", "報告"),
        ("夏のおたより", ""),
    ],
)
def test_the_kind_follows_from_the_title_or_stays_empty(title: str, kind: str) -> None:
    assert recognise([f"{title}\n\n本文である。"]).kind == kind


def test_a_file_name_in_the_metadata_is_no_title() -> None:
    assert recognise([PLAN], "Microsoft Word - keikaku.docx").title == "見本市DX推進計画"
    assert recognise([PLAN], "見本市の計画2022").title == "見本市の計画2022"


def test_two_cities_named_alike_often_leave_the_publisher_empty() -> None:
    assert recognise(["協定の報告\n\n甲野市\n乙川市\n甲野市\n乙川市\n本文である。"]).publisher == ""


def test_the_month_that_ends_a_title_is_its_date_where_nothing_else_is() -> None:
    assert recognise(["# 窓口の現況（2025年11月）\n\n本文である。"]).issued == date(2025, 11, 1)
    assert recognise(["# 窓口の現況（2025年）\n\n本文である。"]).issued is None


def test_the_auditors_of_a_city_name_their_city() -> None:
    found = recognise(
        ["令和3年度 行政監査の結果に関する報告\n\n見本市監査委員\n\n見本市監査委員 甲野 太郎"]
    )
    assert found.publisher == "見本市"


def test_the_catalogue_wins_over_what_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").write_text(
        '[[documents]]\nfile = "a.txt"\ntitle = "推進計画（改訂版）"\nissued = 2023-05-01\nsuccessor = "b.txt"\n',
        encoding="utf-8",
    )
    entry = read_catalog(tmp_path / "catalog.toml")["a.txt"]
    document = read_file(PLAN.encode(), "a.txt", entry).document
    assert (document.title, document.issued) == ("推進計画（改訂版）", date(2023, 5, 1))
    assert document.successor == "b.txt"
    assert document.kind == "計画"


@pytest.mark.parametrize(
    "content",
    [
        "[[documents]]\ntitle = 'x'\n",
        "[[documents]]\nfile='a'\nissued='gestern'\n",
        "[[documents]]\nfile='a'\ncolour='x'\n",
    ],
)
def test_a_wrong_entry_names_its_place(tmp_path: Path, content: str) -> None:
    (tmp_path / "catalog.toml").write_text(content, encoding="utf-8")
    with pytest.raises(CatalogError, match=r"documents\.0\."):
        read_catalog(tmp_path / "catalog.toml")


def test_ids_depend_on_the_source_alone() -> None:
    assert document_id("計画.txt") == document_id("計画.txt")
    assert document_id("データ.txt") == document_id("テ\u3099ータ.txt")
    assert document_id("a.txt") != document_id("b/a.txt")


def test_a_very_long_name_keeps_its_suffix() -> None:
    name = sanitise_name("計" * 5_000 + ".pdf")
    assert len(name) == 200
    assert name.endswith(".pdf")
