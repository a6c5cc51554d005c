"""An officer says in the browser what a document is, makes it 旧版, and sees how it is used."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessibility_support import grave_findings, need_axe, small_targets
from api_support import RunningServer, app_for, running
from browser_support import Visit
from fakes import NgramEmbeddings
from playwright.sync_api import Locator

from rag.assistant import Assistant
from rag.index import Index

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

QUESTION = "窓口の受付件数の目標は何件ですか"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    with (
        Index.open(tmp_path / "var", NgramEmbeddings()) as index,
        running(app_for(Assistant(index))) as server,
        server.client() as client,
    ):
        for name, count in (("plan-1.md", 300), ("plan-2.md", 450)):
            text = f"# 窓口計画 {name}\n\n窓口の受付件数の目標は年間{count}件とする。\n"
            client.post("/api/documents", files={"file": (name, text.encode())})
        yield server


@pytest.fixture
def visit(town: RunningServer, visit_with: Callable[..., Visit]) -> Visit:
    opened = visit_with(url=town.url)
    opened.page.wait_for_selector(".example")
    return opened


def row_of(visit: Visit, source: str) -> Locator:
    """The row in the opened list of documents."""
    if not visit.page.locator("#documents").is_visible():
        visit.page.click("#show-documents")
    row = visit.page.locator(".document", has=visit.page.get_by_text(source, exact=True))
    row.wait_for()
    return row


def test_a_document_made_an_old_version_no_longer_answers_and_comes_back(visit: Visit) -> None:
    page = visit.page
    row = row_of(visit, "plan-1.md")
    row.get_by_role("button", name="種別・日付").click()
    row.get_by_label("種別", exact=True).fill("計画")
    row.get_by_label("所管課", exact=True).fill("市民課")
    row.get_by_label("策定日").fill("2022-03-01")
    row.get_by_label("後継文書（").select_option(label="窓口計画 plan-2.md")
    row.get_by_label("旧版になった日").fill("2026-04-01")
    with page.expect_request(lambda request: request.method == "PATCH") as sent:
        row.get_by_role("button", name="この内容にする").click()
    assert "valid_from" not in sent.value.post_data_json  # only what was changed
    row.get_by_text("旧版", exact=True).wait_for()
    assert "市民課" in row.inner_text() and "2026年4月1日に置き換えられました" in row.inner_text()
    assert page.evaluate("document.activeElement.dataset.tool") == "describe"
    page.keyboard.press("Escape")
    visit.ask_and_wait(QUESTION)
    assert "450件" in page.inner_text(".answer") and "300件" not in page.inner_text(".answer")
    row = row_of(visit, "plan-1.md")
    row.get_by_role("button", name="種別・日付").click()
    row.get_by_label("旧版になった日").fill("")
    row.get_by_role("button", name="この内容にする").click()
    row.get_by_text("後継文書あり", exact=True).wait_for()


def test_a_period_in_the_wrong_order_is_named_in_the_form(visit: Visit) -> None:
    row = row_of(visit, "plan-1.md")
    row.get_by_role("button", name="種別・日付").click()
    row.get_by_label("対象期間の始まり").fill("2026-04-01")
    row.get_by_label("対象期間の終わり").fill("2025-03-31")
    row.get_by_role("button", name="この内容にする").click()
    row.get_by_text("より前です").wait_for()
    assert row.get_by_label("対象期間の終わり").input_value() == "2025-03-31"
    visit.expect_problems()


def test_the_use_of_a_document_is_told_where_it_is_asked_for(visit: Visit) -> None:
    row = row_of(visit, "plan-2.md")
    row.get_by_text("回答での使われ方").click()
    row.get_by_text("まだありません").wait_for()
    visit.page.keyboard.press("Escape")
    visit.ask_and_wait(QUESTION)
    row = row_of(visit, "plan-2.md")
    row.get_by_text("回答での使われ方").click()  # shut, and opened anew
    row.get_by_text("回答での使われ方").click()
    row.get_by_text("この文書を引用した回答：1件").wait_for()


def test_axe_finds_nothing_grave_in_the_form(visit: Visit) -> None:
    need_axe()
    row = row_of(visit, "plan-1.md")
    row.get_by_text("回答での使われ方").click()
    row.get_by_role("button", name="種別・日付").click()
    assert grave_findings(visit.page) == [] == small_targets(visit.page)
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert grave_findings(visit.page) == [] == small_targets(visit.page)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
