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
    assert page.locator("#records td", has_text="POST /api/search").is_visible()
    assert "<img src=x" in page.locator("#records tr").first.inner_text()
    page.get_by_role("button", name="確かめる").click()
    page.locator("#verdict", has_text="問題は見つかりません").wait_for()
    assert "控え" in page.inner_text("#verdict")
    assert page.locator("#records tr").count() == 1
