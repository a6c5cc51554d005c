"""The page 二次評価: from a file of sheets to fixed evaluations, in a real browser."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from accessibility_support import grave_findings, need_axe, small_targets
from api_support import RunningServer
from browser_support import Visit
from drafts_support import change, evaluating, finished, hand_in, opened, sample, sheets_file
from playwright.sync_api import Page

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PAGE = "/static/drafts.html"
SCRIPTED = '<img src=x onerror="window.ran=1">講座'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with evaluating(tmp_path_factory.mktemp("desk"), auth="single") as server:
        yield server


def drafted(server: RunningServer, count: int = 2, **changes: object) -> str:
    with server.client() as client:
        return str(finished(client, hand_in(client, sheets_file(count, **changes))["id"])["id"])


def at_sheet(visit_with: Callable[..., Visit], server: RunningServer, batch: str, **o: int) -> Page:
    page = visit_with(url=server.url, path=f"{PAGE}#{batch}/0", **o).page
    page.wait_for_selector("#sheet-text")
    return page


def test_from_a_file_to_a_fixed_evaluation(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    visit = visit_with(url=desk.url)
    page = visit.page
    page.get_by_role("link", name="二次評価").click()
    page.get_by_role("heading", name="調書を登録する").wait_for()
    page.set_input_files(
        "#draft-file", {"name": "調書.json", "mimeType": "", "buffer": sheets_file(2)}
    )
    page.locator(".job-complete").first.wait_for()
    page.locator(".batch-title").first.click()
    page.get_by_role("link", name="市民講座事業").first.click()
    page.wait_for_selector("#sheet-text")
    machine = page.inner_text(".sheet-machine")
    assert page.input_value("#sheet-direction") == ""  # proposed, never set
    assert page.locator(".sparkline").count() == 2
    assert "令和7年度 212人" in (page.locator(".sparkline").last.get_attribute("aria-label") or "")

    page.get_by_role("button", name="確認済にする").click()
    page.locator(".field-error", has_text="方向性が選ばれていません").wait_for()
    assert "422" in visit.expect_problems()[0]
    page.fill("#sheet-text", page.input_value("#sheet-text") + "人が足した一文。")
    assert page.locator(".sheet-diff ins").inner_text() == "人が足した一文。"
    page.select_option("#sheet-direction", "継続")
    page.get_by_role("button", name="確認済にする").click()
    page.get_by_role("button", name="確定する").click()
    page.get_by_role("button", name="確定を取り消す").wait_for()
    signatures = page.inner_text(".sheet-signatures")
    assert (
        "編集：利用者" in signatures
        and "確認：利用者" in signatures
        and "確定：利用者" in signatures
    )
    assert page.locator("#sheet-text").is_disabled()
    assert page.inner_text(".sheet-machine") == machine

    page.get_by_role("link", name="調書.json").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excelで書き出す").click()
    exported = io.BytesIO(Path(download.value.path()).read_bytes())
    table = openpyxl.load_workbook(exported)["二次評価案"]
    row = dict(zip([c.value for c in table[1]], [c.value for c in table[2]], strict=True))
    assert row["状態"] == "確定" and row["二次評価"].endswith("人が足した一文。")
    with page.expect_download() as download:
        page.get_by_role("link", name="Wordで書き出す").click()
    text = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert any("人が足した一文。" in paragraph.text for paragraph in text.paragraphs)


def test_the_plan_opens_at_the_quote_and_a_cell_is_shown_in_the_list(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    page = at_sheet(visit_with, desk, drafted(desk))
    page.locator(".sheet-machine .marker").first.click()
    assert page.evaluate("document.activeElement.id").startswith("citation-")
    page.locator(".sheet-machine .marker[aria-label*=学びの計画]").click()
    page.locator("#source-panel mark").first.wait_for()
    assert "月夜の教室" in page.inner_text("#source-panel")


def test_columns_are_confirmed_before_they_are_read(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    visit = visit_with(url=desk.url, path=PAGE)
    page = visit.page
    content = sample("sheets-other-columns.xlsx")
    page.set_input_files("#draft-file", {"name": "別.xlsx", "mimeType": "", "buffer": content})
    page.get_by_role("heading", name="列の対応").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "列の対応"
    page.get_by_role("button", name="この対応で読み取る").click()
    page.locator(".batch-title", has_text="別.xlsx").wait_for()
    assert "422" in visit.expect_problems()[0]  # the refusal that asks for the columns


def test_who_comes_second_keeps_what_they_wrote(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    batch = drafted(desk, 1)
    visit = visit_with(url=desk.url, path=f"{PAGE}#{batch}/0")
    visit.page.wait_for_selector("#sheet-text")
    with desk.client() as other:
        change(other, opened(other, batch), {"text": "先に保存された文。"})
    visit.page.fill("#sheet-text", "後から書いた文。")
    visit.page.get_by_role("button", name="保存").click()
    visit.page.locator(".field-error").wait_for()
    assert "変更されています" in visit.page.inner_text(".field-error")
    assert visit.page.input_value("#sheet-text") == "後から書いた文。"
    leaving = iter((False, True))
    visit.page.on("dialog", lambda dialog: dialog.accept() if next(leaving) else dialog.dismiss())
    visit.page.get_by_role("link", name="調書.json").click()
    assert visit.page.input_value("#sheet-text") == "後から書いた文。"  # nothing is left unsaved
    visit.page.get_by_role("link", name="調書.json").click()
    visit.page.wait_for_selector(".draft-sheets")
    assert "409" in visit.expect_problems()[0]


def test_bulk_confirmation_takes_only_what_was_opened(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    batch = drafted(desk, 3)
    with desk.client() as client:
        change(client, opened(client, batch, 1), {"direction": "継続"})
    page = visit_with(url=desk.url, path=f"{PAGE}#{batch}").page
    page.get_by_role("button", name="開いて確かめた案1件を確認済にする").click()
    page.get_by_text("1件を確認済にしました。", exact=True).wait_for()
    page.select_option("#draft-filter", "確認済")
    assert page.locator(".draft-sheets tbody tr").count() == 1
    page.select_option("#draft-filter", "unopened")
    assert page.locator(".draft-sheets tbody tr").count() == 2


def test_a_batch_is_deleted_after_a_question(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    drafted(desk, 1)
    page = visit_with(url=desk.url, path=PAGE).page
    page.wait_for_selector(".batch")
    before = page.locator(".batch").count()
    page.locator(".batch").first.get_by_role("button", name="を削除").click()
    page.get_by_role("button", name="やめる").click()
    assert page.locator(".batch").count() == before
    page.locator(".batch").first.get_by_role("button", name="を削除").click()
    page.get_by_role("button", name="削除する").click()
    page.get_by_text("残りは0件").wait_for()
    assert page.locator(".batch").count() == before - 1


def test_nothing_in_a_sheet_is_active(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    batch = drafted(desk, 1, name=SCRIPTED)
    page = at_sheet(visit_with, desk, batch)
    assert SCRIPTED in page.inner_text("h1")
    page.fill("#sheet-text", SCRIPTED)
    page.get_by_role("button", name="保存").click()
    page.locator(".sheet-signatures li").wait_for()
    page.goto(f"{desk.url}{PAGE}#{batch}")
    page.get_by_role("link", name=SCRIPTED).wait_for()
    assert page.evaluate("[window.ran, window.violations.length]") == [None, 0]


def test_no_screen_has_a_serious_finding(
    desk: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    need_axe()
    batch = drafted(desk, 2)
    with desk.client() as client:
        change(client, opened(client, batch), {"text": "人の文。"})
    visit = visit_with(url=desk.url, path=f"{PAGE}#{batch}/0")
    page = visit.page
    page.wait_for_selector("#sheet-text")
    for summary in page.locator(".drafts summary").all():
        summary.click()
    assert grave_findings(page) == [] == small_targets(page)
    page.goto(f"{desk.url}{PAGE}#{batch}")
    page.wait_for_selector(".draft-sheets")
    assert grave_findings(page) == [] == small_targets(page)
    page.goto(f"{desk.url}{PAGE}#")
    content = sample("sheets-other-columns.xlsx")
    page.set_input_files("#draft-file", {"name": "別.xlsx", "mimeType": "", "buffer": content})
    page.get_by_role("heading", name="列の対応").wait_for()
    page.locator(".batch").first.get_by_role("button", name="を削除").click()
    assert grave_findings(page) == [] == small_targets(page)
    visit.expect_problems()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_320_pixels_everything_fits_and_can_be_hit(
    desk: RunningServer, visit_with: Callable[..., Visit], scheme: str
) -> None:
    batch = drafted(desk, 1)
    page = at_sheet(visit_with, desk, batch, width=320, height=640, color_scheme=scheme)
    for address in (f"#{batch}/0", f"#{batch}", "#"):
        page.goto(f"{desk.url}{PAGE}{address}")
        page.wait_for_selector(".sheet-grid, .draft-sheets, .batches li")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        small = page.evaluate(
            """() => [...document.querySelectorAll('.drafts :is(a, button, summary, select, textarea)')]
              .filter((part) => part.checkVisibility())
              .map((part) => [part.textContent, part.getBoundingClientRect()])
              .filter(([, area]) => area.width < 24 || area.height < 24)
              .map(([text]) => text)"""
        )
        assert json.dumps(small, ensure_ascii=False) == "[]"
