"""Takes the screenshots of README and manual from a running server.

python docs/images/take.py http://127.0.0.1:8000 "2025年度の生成AIの月平均利用者数は？"
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
QUESTION = "2025年度の生成AIの月平均利用者数は？"


def main(url: str, question: str = QUESTION) -> None:
    """Writes chat.png (1280 x 800): the answer, and beside it the page of the first PDF source.

    Then the other pictures, each named where it is taken. The server is in trial mode, with the
    documents of corpus/ and a batch of sheets, such as corpus/sheets/_2025/sheets-table.xlsx.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(
            viewport={"width": 1280, "height": 800}, locale="ja-JP", color_scheme="light"
        )
        page.goto(url)
        page.wait_for_selector(".example")
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.wait_for_selector(".answer[aria-busy=false] .marker")
        page.locator(".source-open", has_text="ページ").first.click()
        page.wait_for_selector(".source-stage[aria-busy=false] .page-image")
        page.evaluate("document.getElementById('conversation-scroll').scrollTo(0, 0)")
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / "chat.png")
        take_draft(page, url)
        take_conversation(page, url, question)
        take_description(page, url)
        take_quality(page, url)
        take_reports(page, url)
        take_audit(page, url)
        take_statistics(page, url)
        browser.close()


def take_draft(page: Page, url: str) -> None:
    """Writes draft.png: the first sheet of the newest batch of drafts, edited but not saved."""
    page.goto(f"{url}/static/drafts.html")
    page.locator(".batch-title").first.click()
    page.locator(".draft-sheets tbody a").first.click()
    page.wait_for_selector("#sheet-text")
    page.screenshot(path=FOLDER / "draft.png")


def take_conversation(page: Page, url: str, question: str) -> None:
    """Writes feedback.png and conversations.png: an objection, and the list of conversations."""
    page.set_viewport_size({"width": 960, "height": 640})
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector(".example")
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.get_by_role("button", name="違う").click()
    page.get_by_label("情報が古い").check()
    page.get_by_label("所管課に報告する").check()
    page.evaluate("document.getElementById('composer').hidden = true")  # it would stand before it
    page.locator(".feedback").screenshot(path=FOLDER / "feedback.png")
    page.get_by_role("button", name="閉じる", exact=True).click()
    page.click("#show-conversations")
    page.wait_for_selector(".conversation-item")
    page.screenshot(path=FOLDER / "conversations.png")


def take_description(page: Page, url: str) -> None:
    """Writes describe.png: what is said of the first document of the list."""
    page.goto("about:blank")
    page.goto(url)
    page.click("#show-documents")
    page.get_by_role("button", name="種別・日付").first.click()
    page.locator(".document .document-form").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / "describe.png")


def take_quality(page: Page, url: str) -> None:
    """Writes quality.png: what was read from a PDF of the list."""
    page.goto("about:blank")
    page.goto(url)
    page.click("#show-documents")
    report = page.locator("details", has_text="読み取りの品質").first
    report.locator("summary").first.click()
    page.wait_for_timeout(800)
    report.scroll_into_view_if_needed()
    page.screenshot(path=FOLDER / "quality.png")


def take_reports(page: Page, url: str) -> None:
    """Writes reports.png: a reported answer, opened. Reports one first."""
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector(".example")
    page.fill("#question", "テレワークの目標は？")
    page.press("#question", "Enter")
    page.get_by_role("button", name="違う").click()
    page.get_by_label("情報が古い").check()
    page.get_by_label("くわしく").fill("次期計画の目標値が知りたい")
    page.get_by_label("所管課に報告する").check()
    page.locator(".feedback").get_by_role("button", name="送る").click()
    page.locator(".feedback-note", has_text="報告しました").wait_for()
    page.goto(f"{url}/static/reports.html")
    page.locator(".report").first.wait_for()
    page.screenshot(path=FOLDER / "reports.png")


def take_audit(page: Page, url: str) -> None:
    """Writes audit.png: the newest records, just verified."""
    page.goto(f"{url}/static/audit.html")
    page.locator("#records tr").first.wait_for()
    page.get_by_role("button", name="確かめる").click()
    page.locator("#verdict", has_text="問題は見つかりません").wait_for()
    page.screenshot(path=FOLDER / "audit.png")


def take_statistics(page: Page, url: str) -> None:
    """Writes statistics.png (1280 x 860)."""
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"{url}/static/statistics.html")
    page.wait_for_selector(".statistics-tiles")
    page.screenshot(path=FOLDER / "statistics.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
