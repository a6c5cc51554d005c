"""The page on which an auditor reads and checks the records."""

import re
from collections.abc import Callable

import pytest
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def test_an_auditor_reads_filters_and_checks_the_records(visit_with: Callable[..., Visit]) -> None:
    page = visit_with(path="/static/audit.html").page
    page.locator("#records tr").first.wait_for()
    page.evaluate(
        """() => fetch("/api/search", {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify({query: "<img src=x onerror=alert(1)> 監査の画面の試し"})})"""
    )
    page.fill("input[name=text]", "監査の画面の試し")
    page.keyboard.press("Enter")
    page.locator("#message", has_text=re.compile("^1件")).wait_for()
    found = page.locator("#records tr").first.inner_text()
    assert "POST /api/search" in found and "質問に近い箇所を探す" in found and "済み" in found
    assert "<img src=x" in page.locator("#records tr").first.inner_text()
    page.get_by_role("button", name="確かめる").click()
    page.locator("#verdict", has_text="問題は見つかりません").wait_for()
    assert "控え" in page.inner_text("#verdict")
    assert page.locator("#records tr").count() == 1


def test_what_pages_ask_for_by_themselves_is_shown_on_demand(
    visit_with: Callable[..., Visit],
) -> None:
    page = visit_with(path="/static/audit.html").page
    page.locator("#records tr").first.wait_for()
    table = page.locator("#records")
    assert "監査の記録" in table.inner_text()  # reading the log is never left out
    assert "GET /api/session" not in table.inner_text()
    page.get_by_label("画面を開いたときの自動の読み込みも表示する").check()
    table.get_by_text("GET /api/session").first.wait_for()
