"""Plan and audit passages in drafts: exact quotes from documents in force, only where they bear."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from drafting_support import sheet
from fakes import NgramEmbeddings

from ingest.pipeline import ingest
from rag.drafting.drafter import Drafter
from rag.drafting.sources import IndexSources, ReferenceRole, project_key, short_title
from rag.index import Index
from rag.retrieval import Retriever
from rag.types import Citation

PLAN = """# 学びの計画（2024–2028）

## 個別事業

| 事業名 | 概要 | 担当課 |
| --- | --- | --- |
| 市民講座事業【一般会計】 | 誰もが学べる「夜の講座」を増やす。受講料は抑える。 | 学び課 |
| 図書事業 | 本を貸し出す。 | 図書館 |

## 指標

| 指標 | 2024年度 | 2028年度 | 考え方 |
| --- | --- | --- | --- |
| 受講者数 | 205人 | 260人 | 夜の講座を増やす |
"""
OLD_PLAN = PLAN.replace("2024–2028", "2019–2023").replace("夜の講座", "朝の講座")
AUDIT = """# 令和6年度行政監査の結果に関する報告

## 意見

### 市民講座について

市は市民講座を各地で開いている。受講者数の少ない講座については、開催の回数を含めて見直しを検討してほしい。

### 駐車場について

料金の徴収については、機械の更新を検討してほしい。
"""
CATALOG = """
[[documents]]
file = "plan.md"
title = "学びの計画（2024–2028）"
kind = "計画"
issued = 2024-03-31

[[documents]]
file = "old-plan.md"
title = "学びの計画（2019–2023）"
kind = "計画"
issued = 2019-03-31
successor = "plan.md"

[[documents]]
file = "audit.md"
title = "令和6年度行政監査の結果に関する報告"
kind = "監査報告"
issued = 2025-03-24
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("文書")
    for name, text in (
        ("plan.md", PLAN),
        ("old-plan.md", OLD_PLAN),
        ("audit.md", AUDIT),
        ("catalog.toml", CATALOG),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    with Index.open(tmp_path_factory.mktemp("data") / "var", NgramEmbeddings()) as index:
        report = ingest([folder], index)
        assert not report.failures
        yield IndexSources(Retriever(index))


def test_references_quote_the_stored_page_exactly(sources: IndexSources) -> None:
    found = {reference.role: reference for reference in sources.find(sheet())}
    assert set(found) == set(ReferenceRole)
    assert found[ReferenceRole.PLAN_ENTRY].quote == "誰もが学べる「夜の講座」を増やす"
    assert found[ReferenceRole.PLAN_TARGET].quote == "260人"
    assert found[ReferenceRole.AUDIT].quote == (
        "受講者数の少ない講座については、開催の回数を含めて見直しを検討してほしい"
    )
    for reference in found.values():
        place = reference.citation
        page = sources._retriever.page(place.document_id, place.page)
        assert page.text[place.start : place.end] == place.quote


def test_a_plan_that_another_replaced_is_not_quoted(sources: IndexSources) -> None:
    for reference in sources.find(sheet()):
        assert "2019" not in reference.citation.document_title


def test_what_bears_on_another_project_is_not_quoted(sources: IndexSources) -> None:
    other = sheet(name="公園事業", outcome__name="公園の面積", activity__name="草刈りの回数")
    assert list(sources.find(other)) == []


def test_the_draft_cites_the_pages_it_quotes_and_keeps_the_rest_as_related(
    sources: IndexSources,
) -> None:
    made = Drafter(sources=sources).draft(sheet())
    cited = [citation for citation in made.citations if isinstance(citation, Citation)]
    assert "学びの計画が掲げる260人という目標も見据え" in made.text
    assert len(made.text) <= 250
    assert cited and made.related
    assert len(cited) + len(made.related) == 3
    assert made.warnings == ()
    used = {marker for sentence in made.sentences for marker in sentence.markers}
    assert {citation.marker for citation in cited} <= used


def test_quotation_marks_inside_a_quotation_are_doubled(sources: IndexSources) -> None:
    made = Drafter(sources=sources).draft(sheet(outcome__name="講座に来た人の数"))
    assert "学びの計画に「誰もが学べる『夜の講座』を増やす」とあることも踏まえ" in made.text


def test_a_sheet_to_be_mended_is_not_dressed_with_plans(sources: IndexSources) -> None:
    made = Drafter(sources=sources).draft(sheet(outcome__1__actual=None))
    assert not any(isinstance(citation, Citation) for citation in made.citations)
    assert made.related


def test_what_the_requester_may_not_read_is_not_quoted(sources: IndexSources) -> None:
    ids = {d.kind: d.id for d in sources._retriever.index.documents() if not d.successor}
    own = IndexSources(sources._retriever, allowed={ids["監査報告"]})
    assert {reference.role for reference in own.find(sheet())} == {ReferenceRole.AUDIT}
    assert IndexSources(sources._retriever, allowed=()).find(sheet()) == ()


def test_an_empty_index_gives_no_references(index: Index) -> None:
    assert IndexSources(Retriever(index)).find(sheet()) == ()


def test_a_document_of_the_future_is_not_quoted(
    sources: IndexSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = sources._retriever.index
    late = [replace(d, issued=date(2999, 1, 1)) for d in index.documents()]
    assert sources._current(sheet())
    monkeypatch.setattr(index, "documents", lambda: late)
    assert sources._current(sheet()) == {}


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("（仮称）DX郡山推進計画（2026–2029）", "DX郡山推進計画"),
        (
            "令和3年度行政監査の結果に関する報告（デジタル市役所の推進について）",
            "令和3年度行政監査",
        ),
        ("5レスの取り組み状況報告（2025）", "5レスの取り組み状況"),
        ("（案）", "（案）"),
    ],
)
def test_titles_are_shortened_as_a_sentence_names_them(title: str, short: str) -> None:
    assert short_title(title) == short


def test_a_projects_name_is_compared_without_its_account() -> None:
    assert project_key("市民講座事業【一般会計】※拡充") == project_key("市民 講座事業")
