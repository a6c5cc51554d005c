"""The list of documents: look, add, delete with a receipt."""

from pathlib import Path

import pytest
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def test_a_document_is_added_answers_and_is_deleted_with_a_receipt(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    path = tmp_path / "library.txt"
    path.write_text(
        "図書館の案内\n\n市立図書館の蔵書は48,213冊である。休館日は月曜日である。\n", "utf-8"
    )
    page.click("#show-documents")
    page.wait_for_function("() => document.querySelectorAll('.document').length === 3")
    page.set_input_files("#documents-file", path)
    page.locator(".upload-done").wait_for()
    page.wait_for_function("() => document.querySelectorAll('.document').length === 4")
    page.keyboard.press("Escape")
    assert "登録文書：4件" in page.inner_text("#stock")
    visit.ask_and_wait("市立図書館の蔵書は何冊ですか")
    assert "48,213冊" in page.inner_text(".answer")

    page.click("#show-documents")
    row = page.locator(".document", has_text="library.txt")
    row.get_by_role("button", name="を削除").click()
    row.get_by_role("button", name="やめる").click()
    assert page.locator(".document").count() == 4
    row.get_by_role("button", name="を削除").click()
    row.get_by_role("button", name="削除する").click()
    receipt = page.locator(".upload-done", has_text="削除しました")
    receipt.wait_for()
    assert "残り0件" in receipt.inner_text()
    assert "引用していた回答の記録1件からも本文を消しました" in receipt.inner_text()
    assert page.locator(".document").count() == 3
    page.keyboard.press("Escape")
    page.click("#new-conversation")
    visit.ask_and_wait("市立図書館の蔵書は何冊ですか")
    assert "48,213" not in page.inner_text("#turns")


def test_an_upload_under_a_known_name_says_what_it_took_out(visit: Visit, tmp_path: Path) -> None:
    page, path = visit.page, tmp_path / "library.txt"
    page.click("#show-documents")
    for number in (48_213, 51_007):
        path.write_text(f"図書館の案内\n\n市立図書館の蔵書は{number:,}冊である。\n", "utf-8")
        page.set_input_files("#documents-file", path)
        page.wait_for_function("() => document.querySelectorAll('.document').length === 4")
    replaced = page.locator(".upload-done", has_text="置き換えました")
    replaced.wait_for()
    assert "消したもの：前の内容の1ページ、" in replaced.inner_text()
    assert "残り0件" in replaced.inner_text()
    # The tests below find the three documents that all share.
    row = page.locator(".document", has_text="library.txt")
    row.get_by_role("button", name="を削除").click()
    row.get_by_role("button", name="削除する").click()
    page.wait_for_function("() => document.querySelectorAll('.document').length === 3")


def test_what_is_decided_beforehand_is_on_the_document_and_in_its_receipt(
    visit: Visit, tmp_path: Path
) -> None:
    page, path = visit.page, tmp_path / "library.txt"
    path.write_text("図書館の案内\n\n市立図書館の蔵書は48,213冊である。\n", "utf-8")
    page.click("#show-documents")
    page.get_by_text("登録と同時に、読める人・種別・日付を決める").click()
    assert page.locator("#upload-groups").is_hidden()  # alone here: there is nobody to decide for
    page.fill("#upload-department", "中央図書館")
    page.fill("#upload-issued", "2026-03-01")
    page.select_option("#upload-confidentiality", "機密性2")
    page.set_input_files("#documents-file", path)
    receipt = page.locator(".upload-done")
    receipt.wait_for()
    assert (
        "付けた内容：機密性2、所管課 中央図書館、策定日・発行日 2026年3月1日。"
        in receipt.inner_text()
    )
    row = page.locator(".document", has_text="library.txt")
    row.wait_for()
    assert all(words in row.inner_text() for words in ("中央図書館", "2026年3月1日", "機密性2"))
    # The next file of another day is not labelled by what was left standing.
    page.keyboard.press("Escape")
    page.click("#show-documents")
    page.wait_for_function("() => document.getElementById('upload-department').value === ''")
    row.get_by_role("button", name="を削除").click()
    row.get_by_role("button", name="削除する").click()
    page.wait_for_function("() => document.querySelectorAll('.document').length === 3")


@pytest.mark.parametrize("name", ["empty.pdf", "noise.pdf", "table.exe"])
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    visit: Visit, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"" if name == "empty.pdf" else b"\x00\x01 no document at all" * 50)
    visit.page.click("#show-documents")
    visit.page.set_input_files("#documents-file", path)
    failed = visit.page.locator(".upload-failed")
    failed.wait_for()
    assert name in failed.inner_text()
    assert len(failed.inner_text()) > len(name) + 10
    assert visit.page.locator(".document").count() == 3
    visit.expect_problems()  # Chromium logs the refused upload


def test_the_list_is_narrowed_by_what_is_typed(visit: Visit) -> None:
    visit.page.click("#show-documents")
    visit.page.wait_for_function("() => document.querySelectorAll('.document').length === 3")
    visit.page.fill("#documents-filter", "ｒｅｐｏｒｔ")
    assert visit.page.locator(".document").count() == 1
    assert "1件が当てはまります（全3件）" in visit.page.inner_text(".documents-state")


def test_a_document_of_the_list_opens_at_its_first_page(visit: Visit) -> None:
    visit.page.click("#show-documents")
    visit.page.locator(".document", has_text="report.pdf").locator(".source-open").click()
    visit.page.locator(".page-image").wait_for()
    assert "1 / 3" in visit.page.inner_text(".page-number")
    assert visit.page.locator("#documents").is_hidden()


def test_the_dialog_keeps_the_focus_and_gives_it_back(visit: Visit) -> None:
    page = visit.page
    page.focus("#show-documents")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.document').length === 3")
    for _ in range(30):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.getElementById('documents').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "show-documents"
