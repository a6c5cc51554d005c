"""Earlier conversations in the browser: kept, found, named, taken along, deleted; keys for all of it."""

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from accessibility_support import grave_findings, need_axe, small_targets
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

USERS = "2025年度の生成AIの月平均利用者数は何人ですか"


def open_list(visit: Visit, search: str = "") -> None:
    visit.page.click("#show-conversations")
    visit.page.locator(".conversation-item").first.wait_for()
    if search:
        with visit.page.expect_response("**/api/conversations?q=*"):
            visit.page.fill("#conversations-search", search)


def test_a_conversation_is_there_again_after_a_reload_and_goes_on(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.reload()
    visit.page.locator(".answer[aria-busy=false] .sources").wait_for()
    assert "227人" in visit.page.inner_text(".answer")
    with visit.page.expect_request("**/api/chat") as request:
        visit.ask_and_wait("2024年度は？")
    body = request.value.post_data_json
    assert [turn["question"] for turn in body["history"]] == [USERS]
    assert body["conversation_id"] in visit.page.url
    assert "151人" in visit.page.locator(".turn").nth(1).inner_text()
    visit.page.click("#new-conversation")
    assert "#" not in visit.page.url
    visit.page.reload()
    visit.page.wait_for_selector(".example")
    assert visit.page.locator(".turn").count() == 0


def test_a_conversation_is_named_found_saved_and_deleted(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.ask_and_wait("庁内の研修は年に何回開きましたか")
    open_list(visit)
    row = page.locator(".conversation-item").first
    row.get_by_role("button", name="名前を変える").click()
    page.get_by_label("会話の名前（").fill("研修の回数の確認")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="研修の回数の確認", exact=True).wait_for()
    open_list_again = page.locator("#conversations-search")
    with page.expect_response("**/api/conversations?q=*"):
        open_list_again.fill("ケンシュウとはちがう語")
    page.locator(".documents-state:visible", has_text="当てはまる会話はありません").wait_for()
    with page.expect_response("**/api/conversations?q=*"):
        open_list_again.fill("研修 回数")
    row = page.locator(".conversation-item", has_text="研修の回数の確認")
    row.wait_for()
    with page.expect_download() as download:
        row.get_by_role("link", name="Wordで保存").click()
    assert download.value.suggested_filename == "研修の回数の確認.docx"
    saved = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    text = "\n".join(paragraph.text for paragraph in saved.paragraphs)
    assert "6回" in text and "2ページ" in text
    row.get_by_role("button", name="削除").click()
    page.get_by_role("button", name="削除する", exact=True).click()
    page.locator(".documents-state:visible", has_text="残り0件").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".turn").count() == 0  # it was the one on the screen


def test_an_unknown_conversation_in_the_address_leaves_the_page_usable(
    visit_with: Callable[..., Visit],
) -> None:
    visit = visit_with(path="/#c=nothing")
    visit.page.locator("#stock", has_text="この会話は記録にありません").wait_for()
    visit.ask_and_wait(USERS)
    visit.expect_problems()  # the browser notes the 404


def test_an_answer_is_judged_by_one_click_and_reported(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait(USERS)
    box = page.locator(".feedback")
    box.get_by_role("button", name="修正して使えた").click()
    page.wait_for_selector(".feedback [data-outcome=edited][aria-pressed=true]")
    box.get_by_role("button", name="違う").click()
    box.get_by_label("情報が古い").check()
    box.get_by_label("くわしく").fill("2026年度の数字が出ています")
    box.get_by_label("文書の所管課に報告する").check()
    box.get_by_role("button", name="送る").click()
    box.get_by_text("に報告しました").wait_for()
    page.reload()
    page.locator(".nav-count").wait_for()
    page.goto(f"{visit.origin}/static/reports.html")
    report = page.locator(".report", has_text="2026年度の数字")
    report.wait_for()
    assert USERS in report.inner_text() and "情報が古い" in report.inner_text()
    report.get_by_text("回答と出典").click()
    assert "227人" in report.inner_text()
    report.get_by_label("報告した人への返事").fill("新しい版に置き換えました")
    report.get_by_role("button", name="対応済みにする").click()
    page.get_by_text("対応を待っている報告はありません").wait_for()
    page.go_back()
    page.locator(".feedback").get_by_text("新しい版に置き換えました").wait_for()
    assert page.locator("[data-outcome=edited]").get_attribute("aria-pressed") == "true"


def test_the_keys_work_outside_of_text_and_can_be_switched_off(visit: Visit) -> None:
    page = visit.page
    visit.ask_and_wait(USERS)
    visit.ask_and_wait("庁内の研修は年に何回開きましたか")
    page.keyboard.type("n/?")
    assert page.input_value("#question") == "n/?"  # in a text they are letters
    page.fill("#question", "")
    page.keyboard.press("Tab")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent").endswith("何回開きましたか")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent").endswith(USERS)
    page.keyboard.press("s")
    page.locator(".source-stage[aria-busy=false] .page-image").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.press("Control+/")
    page.get_by_role("heading", name="キーボードの操作").wait_for()
    page.get_by_label("1文字のキーを使う").uncheck()
    page.keyboard.press("Escape")
    page.locator(".marker").first.focus()
    page.keyboard.press("n")
    assert page.locator(".turn").count() == 2
    page.reload()
    page.locator(".turn .sources").first.wait_for()
    page.locator(".marker").first.focus()
    page.keyboard.press("n")
    assert page.locator(".turn").count() == 2


def test_axe_finds_nothing_grave_on_the_new_screens(visit: Visit) -> None:
    need_axe()
    page = visit.page
    visit.ask_and_wait(USERS)
    page.locator(".feedback").get_by_role("button", name="違う").click()
    page.get_by_label("文書の所管課に報告する").check()
    assert grave_findings(page) == [] == small_targets(page)
    page.get_by_role("button", name="送る").click()
    page.locator(".feedback-note", has_text="報告しました").wait_for()
    open_list(visit)
    for name in ("名前を変える", "削除"):
        page.locator(".conversation-item").first.get_by_role("button", name=name).click()
        assert grave_findings(page) == [] == small_targets(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+/")
    assert grave_findings(page) == [] == small_targets(page)
    page.goto(f"{visit.origin}/static/reports.html")
    page.locator(".report").first.wait_for()
    page.locator(".report summary").first.click()
    assert grave_findings(page) == [] == small_targets(page)
