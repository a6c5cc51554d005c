"""Values that differ: over time a development, at one date a conflict, otherwise nothing."""

from datetime import date

import pytest
from time_support import document, evidence_for

from rag.conflicts import (
    CONFLICT,
    Disagreement,
    conflict_warning,
    conflicting,
    statements_of,
)
from rag.dating import figures
from rag.premises import PREMISE, alternatives_asked, premise_warning, units_for_alternatives
from rag.question import read_question
from rag.types import Document

OLD = document("old.txt", title="旧報告", kind="報告", issued=date(2022, 3, 1))
NEW = document("new.txt", title="新報告", kind="報告", issued=date(2026, 3, 1))
ASKED = "窓口のキャッシュレス決済比率は何％ですか"


def found_in(question: str, *texts: tuple[Document, str]) -> Disagreement | None:
    asked, terms, evidence, pages = evidence_for(question, texts)
    documents = {source.id: source for source, _ in texts}
    statements = statements_of(
        asked, terms, evidence, lambda owner, number: pages[owner, number], documents
    )
    return conflicting(statements)


def test_two_values_of_one_date_are_a_conflict_with_the_newest_source_first() -> None:
    found = found_in(
        ASKED,
        (OLD, "2024年度の窓口のキャッシュレス決済比率は28.5%でした。"),
        (NEW, "窓口のキャッシュレス決済比率は2024年度に31.9%でした。"),
    )
    assert found is not None
    assert found.same_date
    assert [statement.document.id for statement in found.statements] == [NEW.id, OLD.id]
    warning = conflict_warning(found)
    assert warning is not None
    assert warning.code == CONFLICT
    assert all(part in warning.message for part in ("28.5%", "31.9%", "旧報告", "新報告"))


def test_two_values_of_two_dates_are_a_development_in_time_order() -> None:
    found = found_in(
        ASKED,
        (NEW, "窓口のキャッシュレス決済比率は2025年度に31.9%でした。"),
        (OLD, "2021年度の窓口のキャッシュレス決済比率は12.4%でした。"),
    )
    assert found is not None
    assert not found.same_date
    assert [statement.figure.text for statement in found.statements] == ["12.4%", "31.9%"]
    assert conflict_warning(found) is None


def test_documents_without_dates_beside_their_figures_differ_by_their_own_dates() -> None:
    found = found_in(
        ASKED,
        (NEW, "窓口のキャッシュレス決済比率は31.9%でした。"),
        (OLD, "窓口のキャッシュレス決済比率は12.4%でした。"),
    )
    assert found is not None
    assert [s.dating.year for s in found.statements if s.dating] == [2022, 2026]


def test_one_unit_with_two_dated_figures_is_a_development() -> None:
    found = found_in(
        "内部監査の遵守率は何％ですか",
        (NEW, "情報セキュリティ内部監査の遵守率 2024年度 97% 2029年度 100%"),
    )
    assert found is not None
    assert [s.figure.text for s in found.statements] == ["97%", "100%"]
    assert not found.same_date


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The same value, written otherwise.
        (
            "窓口のキャッシュレス決済比率は31.9%でした。",
            "窓口のキャッシュレス決済比率は３１．９％です。",
        ),
        # Another thing in similar words.
        (
            "窓口のキャッシュレス決済比率は31.9%でした。",
            "国が令和7年までに実現を目指すキャッシュレス決済の割合は40%です。",
        ),
        # Rounded to the same.
        (
            "窓口のキャッシュレス決済比率は31.9%でした。",
            "窓口のキャッシュレス決済比率は約32%です。",
        ),
        # Another counter.
        ("窓口のキャッシュレス決済比率は31.9%でした。", "窓口のキャッシュレス決済は46,906件です。"),
        # No figure at all.
        ("窓口のキャッシュレス決済比率は31.9%でした。", "窓口のキャッシュレス決済を広げます。"),
    ],
)
def test_what_agrees_or_speaks_of_something_else_is_no_disagreement(one: str, other: str) -> None:
    assert found_in(ASKED, (NEW, one), (NEW, other)) is None


def test_a_question_without_a_counter_compares_nothing() -> None:
    texts = [(NEW, "決済比率は2024年度に31.9%でした。"), (OLD, "2024年度の決済比率は28.5%でした。")]
    assert found_in("決済比率について", *texts) is None


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("拡充する事業は７ですか８ですか", ("7", "8")),
        ("総手続数は1,758と1,668のどちら？", ("1758", "1668")),
        ("開始は2015年度なのか2016年度なのか", ("2015年度", "2016年度")),
        ("計画は2022年からだっけ、2023年からだっけ？", ("2022年", "2023年")),
        ("番号は21番と22番があるようですが", ("21番", "22番")),
        ("総手続数は1,758？1,668？", ("1758", "1668")),
        ("前回は2019年？", None),
        ("2022年の計画は何件ですか", None),
        ("2017年と2025年では何％？", None),
        ("2022年3月の計画書は何ページ？", None),
        ("30件ですか", None),
    ],
)
def test_two_values_offered_by_the_question_are_read(
    question: str, values: tuple[str, str] | None
) -> None:
    assert alternatives_asked(read_question(question)) == values


def test_each_value_offered_is_shown_from_its_own_place() -> None:
    asked, terms, evidence, _ = evidence_for(
        "拡充する事業は７ですか８ですか",
        [
            (OLD, "拡充する事業の見出し：拡充（7事業）を掲げます。"),
            (OLD, "拡充する事業の一覧の合計は8事業です。"),
            (OLD, "7 嘱託登記の申請を拡充する。"),
        ],
    )
    texts = [e.unit.text for e in units_for_alternatives(asked, terms, evidence)]
    assert [("7事業" in text, "8事業" in text) for text in texts] == [(True, False), (False, True)]


def test_nothing_is_set_side_by_side_where_one_of_the_values_is_missing() -> None:
    asked, terms, evidence, _ = evidence_for(
        "拡充する事業は７ですか８ですか", [(OLD, "拡充する事業の一覧の合計は8事業です。")]
    )
    assert units_for_alternatives(asked, terms, evidence) == []


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("7事業ある拡充の担当課は？", "拡充は8事業で、担当課は次のとおりです。", True),
        (
            "57施設あるキャッシュレス対応の窓口の場所は？",
            "キャッシュレス対応の窓口の場所は34施設です。",
            True,
        ),
        ("8事業ある拡充の担当課は？", "拡充は8事業で、担当課は次のとおりです。", False),
        (
            "7事業ある拡充の担当課は？",
            "拡充は8事業、うち再掲を除くと7事業で、担当課は次のとおりです。",
            False,
        ),
        ("7事業ある拡充の担当課は？", "拡充は約8事業で、担当課は次のとおりです。", False),
        ("7事業ある拡充の担当課は？", "道路の修繕は8事業です。", False),
        ("拡充の担当課は？", "拡充は8事業で、担当課は次のとおりです。", False),
        ("拡充の担当課は7事業以上ありますか", "拡充の担当課は8事業です。", False),
        ("2021年度に7事業ある拡充の担当課は？", "2024年度の拡充の担当課は8事業です。", False),
    ],
)
def test_a_number_that_the_document_contradicts_is_pointed_out(
    question: str, text: str, told: bool
) -> None:
    asked, terms, evidence, pages = evidence_for(question, [(NEW, text)])
    best = evidence[0]
    page = pages[NEW.id, best.unit.chunk.page]
    warning = premise_warning(asked, terms, best, figures(best.unit, page, NEW))
    assert (warning is not None) is told
    if warning is not None:
        assert warning.code == PREMISE
