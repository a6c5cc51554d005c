"""A question that names a document is answered from it: which ones it names, and what that does."""

from datetime import date

import pytest

from rag.named_documents import documents_named
from rag.question import read_question
from rag.scoring import Candidate, lighter, question_terms, score_units
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import units_of

TODAY = date(2026, 11, 1)


def document(source: str, title: str, kind: str, issued: date, **known: date) -> Document:
    return Document(
        id=source,
        source=source,
        title=title,
        content_hash="",
        kind=kind,
        issued=issued,
        valid_from=known.get("first"),
        valid_until=known.get("last"),
    )


DOCUMENTS = [
    document(
        "old",
        "見本市DX計画について",
        "計画",
        date(2022, 3, 1),
        first=date(2022, 4, 1),
        last=date(2026, 3, 31),
    ),
    document(
        "new",
        "見本市DX計画 2026-2029",
        "計画",
        date(2026, 3, 1),
        first=date(2026, 4, 1),
        last=date(2030, 3, 31),
    ),
    document("audit", "令和3年度 行政監査の結果に関する報告", "監査報告", date(2022, 3, 24)),
    document("meeting", "第2回 推進本部会議", "会議資料", date(2021, 8, 3)),
    document("paper", "見本市の窓口改革", "報告", date(2025, 1, 31)),
]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("2022年の計画で掲げた使命は何ですか", {"old"}),
        ("令和4年3月策定の計画で掲げた使命は", {"old"}),
        ("2022年度からの計画の期間は", {"old"}),
        ("見本市DX計画（2022-2025）の期間は", {"old"}),
        ("前の計画の使命を教えて", {"old"}),
        ("次期計画の使命を教えて", {"new"}),
        ("2022年の計画と次の計画の使命の違い", {"old", "new"}),
        ("監査は公表について何と言っていますか", {"audit"}),
        ("2021年の会議で決まったことは", {"meeting"}),
        ("窓口改革の資料によると、施設はいくつ", {"paper"}),
        ("内部監査の遵守率は", set()),
        ("新しくアクションプランに入った事業は", set()),
        ("次期計画づくりのワークショップで何をした", set()),
        ("前の計画は2022年からだっけ、2023年からだっけ", set()),
        ("オンライン申請の件数は何という名前の資料にありますか", set()),
        ("2022年の件数は", set()),
        ("", set()),
    ],
)
def test_a_document_is_named_by_its_year_its_place_in_a_series_or_its_kind(
    question: str, names: set[str]
) -> None:
    assert documents_named(read_question(question), DOCUMENTS, TODAY) == names


def test_what_is_said_elsewhere_in_the_same_words_comes_after_the_document_named() -> None:
    text = "この計画は、選ばれるまちを使命に掲げる。"
    named = "この計画は、だれも取り残さないことを使命とする。"
    asked = read_question("2022年の計画が掲げる使命は何ですか")
    candidates = []
    for source, said in (("new", text), ("old", named)):
        page = Page(document_id=source, number=1, text=said)
        chunk = Chunk(
            id=f"{source}:00000",
            document_id=source,
            ordinal=0,
            page=1,
            start=0,
            end=len(said),
            kind=ChunkKind.PROSE,
            text=said,
            search_text=said,
        )
        candidates += [
            Candidate(unit, 1.0, "", "", "", named=source == "old")
            for unit in units_of(chunk, page)
        ]
    found = score_units(asked, question_terms(asked, lambda _: 3.0), candidates)
    assert [item.unit.chunk.document_id for item in found] == ["old", "new"]
    assert found[1].signals.elsewhere == 1.0


def test_in_a_document_that_is_named_its_title_words_decide_little() -> None:
    terms = question_terms(read_question("行政監査の結論"), lambda _: 3.0)
    light = {term.surface: term.idf for term in lighter(terms, "令和3年度行政監査の結果")}
    assert light["監査"] == light["行政"] < light["結論"] == 3.0
