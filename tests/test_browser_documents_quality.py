"""The list shows how each document was read; a person leaves pages out, accepts, replaces, deletes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_support import RunningServer, app_for, running
from browser_documents_support import FEES, SOUND, files, pages_pdf
from browser_support import Visit
from fakes import NgramEmbeddings
from playwright.sync_api import Locator, Route

from rag.assistant import Assistant
from rag.index import Index

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


@contextmanager
def stocked(folder: Path) -> Iterator[RunningServer]:
    """A service with a PDF that has an empty page, a sound text and two texts nearly the same."""
    with (
        Index.open(folder, NgramEmbeddings()) as index,
        running(app_for(Assistant(index))) as server,
        server.client() as client,
    ):
        for name, content in files().items():
            answer = client.post("/api/documents", files={"file": (name, content)}, timeout=60)
            assert answer.status_code == 201, answer.text
        yield server


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """For tests that leave the documents as they found them."""
    with stocked(tmp_path_factory.mktemp("stock")) as server:
        yield server


@pytest.fixture
def listed(stock: RunningServer, visit_with: Callable[..., Visit]) -> Visit:
    return opened(visit_with(url=stock.url))


@pytest.fixture
def changeable(tmp_path: Path, visit_with: Callable[..., Visit]) -> Iterator[Visit]:
    """For tests that leave the documents changed."""
    with stocked(tmp_path / "stock") as server:
        yield opened(visit_with(url=server.url))


def opened(visit: Visit) -> Visit:
    visit.page.click("#show-documents")
    visit.page.wait_for_function("() => document.querySelectorAll('.document').length === 4")
    visit.page.get_by_text("登録文書：4件").first.wait_for()
    return visit


def row(visit: Visit, source: str) -> Locator:
    return visit.page.locator(".document").filter(
        has=visit.page.locator(".document-file").get_by_text(source, exact=True)
    )


def quality(stock: RunningServer, source: str) -> dict[str, object]:
    with stock.client() as client:
        documents = client.get("/api/documents").json()["documents"]
        (key,) = [found["id"] for found in documents if found["source"] == source]
        return dict(client.get(f"/api/documents/{key}/quality").json())


def listen(visit: Visit) -> None:
    """Notes what the live region of the open dialog says."""
    visit.page.evaluate(
        """() => {
          window.heard = [];
          const region = document.querySelector('dialog:modal [data-announcer]');
          new MutationObserver(() => region.textContent && window.heard.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )


def heard(visit: Visit) -> list[str]:
    visit.page.wait_for_function("() => window.heard.length > 0")
    return list(visit.page.evaluate("window.heard"))


def test_each_document_shows_in_words_how_it_was_read(listed: Visit) -> None:
    scan = row(listed, "scan.pdf")
    assert "要確認" in scan.locator(".document-tags").inner_text()
    assert "（2ページ目）に文字がありません" in scan.inner_text()
    assert scan.inner_text().count("文字がありません") == 1
    assert "5ページ、" in scan.locator(".quality summary").inner_text()
    scan.locator(".quality summary").click()
    facts = scan.locator(".quality-facts > div")
    shown = dict(text.split("\n", 1) for text in facts.all_inner_texts())
    assert shown["ページ数"] == "5ページ" and shown["文字のないページ"] == "2ページ"
    assert shown["文字化けしたページ"] == shown["表"] == shown["見えない文字"] == "なし"
    rooms = row(listed, "rooms.txt")
    rooms.locator(".quality summary").click()
    shown = dict(text.split("\n", 1) for text in rooms.locator("dl > div").all_inner_texts())
    assert shown["文字の種類が混ざった語"] == "1種類：「システЛム」"
    assert shown["見えない文字"] == "制御用の文字1字"
    sound = row(listed, "garbage.txt")
    assert sound.locator(".document-tags").inner_text() == "指摘なし"
    assert sound.locator(".warning:visible").count() == 0
    # A text without pages offers none to leave out.
    assert sound.get_by_role("button", name="ページを除外").count() == 0


def test_documents_much_alike_are_named_when_the_details_are_opened(listed: Visit) -> None:
    rooms = row(listed, "rooms.txt")
    rooms.locator(".quality summary").click()
    rooms.locator("[data-near]").get_by_text("rooms-copy.txt").wait_for()
    assert "が共通" in rooms.locator("[data-near]").inner_text()
    sound = row(listed, "garbage.txt")
    sound.locator(".quality summary").click()
    sound.locator("[data-near]").get_by_text("なし").wait_for()


def test_pages_are_left_out_by_range_and_taken_back(listed: Visit, stock: RunningServer) -> None:
    listen(listed)
    scan = row(listed, "scan.pdf")
    scan.get_by_role("button", name="ページを除外").click()
    scan.get_by_role("textbox", name="除外するページ").fill("２～３、5")
    scan.get_by_role("button", name="除外する").click()
    scan.get_by_text("除外中：2～3、5ページ").wait_for()
    assert quality(stock, "scan.pdf")["excluded_pages"] == [2, 3, 5]
    assert heard(listed) == [
        "「scan」の2～3、5ページを除外しています。検索と回答には使われません。"
    ]
    focused = "document.activeElement.getAttribute('aria-label')"
    assert listed.page.evaluate(focused) == "ページを除外：「scan」"
    scan.get_by_role("button", name="2～3ページを戻す").click()
    scan.get_by_text("除外中：5ページ").wait_for()
    scan.get_by_role("button", name="5ページを戻す").click()
    scan.locator(".excluded").wait_for(state="detached")
    assert quality(stock, "scan.pdf")["excluded_pages"] == []


def test_a_page_left_out_says_so_when_it_is_looked_at(listed: Visit) -> None:
    scan = row(listed, "scan.pdf")
    scan.get_by_role("button", name="ページを除外").click()
    scan.get_by_role("textbox").fill("1")
    scan.get_by_role("textbox").press("Enter")
    scan.locator(".excluded").wait_for()
    scan.locator(".document-title").click()
    listed.page.locator(".source-note").get_by_text("このページは除外中です").wait_for()
    opened(listed)
    scan.get_by_role("button", name="1ページを戻す").click()
    scan.locator(".excluded").wait_for(state="detached")


def test_page_numbers_that_cannot_be_are_explained(listed: Visit) -> None:
    scan = row(listed, "scan.pdf")
    scan.get_by_role("button", name="ページを除外").click()
    field = scan.get_by_role("textbox")
    for typed, said in (
        ("", "番号を入力してください"),
        ("6", "6ページはありません。1から5まで"),
        ("0", "0ページはありません"),
        ("4-2", "「2-4」としてください"),
        ("表紙", "「表紙」はページ番号として読み取れません"),
    ):
        field.fill(typed)
        scan.get_by_role("button", name="除外する").click()
        scan.locator(".field-error:visible").get_by_text(said).wait_for()
        assert field.get_attribute("aria-invalid") == "true"
        assert field.evaluate("field => document.activeElement === field")
        described = (field.get_attribute("aria-describedby") or "").split()
        texts = [listed.page.locator(f"[id='{name}']").inner_text() for name in described]
        assert any(said in text for text in texts)
    assert scan.locator(".excluded").count() == 0


def test_leaving_out_every_page_is_refused_with_the_reason(
    listed: Visit, stock: RunningServer
) -> None:
    scan = row(listed, "scan.pdf")
    scan.get_by_role("button", name="ページを除外").click()
    scan.get_by_role("textbox").fill("1-5")
    scan.get_by_role("textbox").press("Enter")
    scan.get_by_text("すべてのページを外すことはできません").wait_for()
    assert quality(stock, "scan.pdf")["excluded_pages"] == []
    assert all("422" in problem for problem in listed.expect_problems())


def test_page_numbers_are_read_as_people_write_them(visit: Visit) -> None:
    read = """async (typed) => {
      const { parsePages, pagesText } = await import('/static/js/page-numbers.js');
      return typed.map((text) => pagesText(parsePages(text, 40)));
    }"""
    typed = ["3-5", "３－５", "3〜5、8", "3, 4,5 8", "5ページ", "10ー12", "1-40", "7 - 9，7"]
    assert visit.page.evaluate(read, typed) == [
        "3～5ページ",
        "3～5ページ",
        "3～5、8ページ",
        "3～5、8ページ",
        "5ページ",
        "10～12ページ",
        "1～40ページ",
        "7～9ページ",
    ]


def test_a_document_is_accepted_and_that_can_be_taken_back(
    listed: Visit, stock: RunningServer
) -> None:
    page = listed.page
    assert "要確認：3件" in page.inner_text(".documents-state")
    row(listed, "rooms.txt").get_by_role("button", name="この内容で受け入れる").click()
    rooms = row(listed, "rooms.txt")
    rooms.get_by_role("button", name="受け入れを取り消す").wait_for()
    assert rooms.locator(".document-tags").inner_text() == "確認済"
    assert rooms.locator(".warning:visible").count() == 0
    assert "確かめた点2件" in rooms.locator(".quality summary").inner_text()
    assert quality(stock, "rooms.txt")["accepted"] is True
    assert "要確認：2件" in page.inner_text(".documents-state")
    page.fill("#documents-filter", "要確認")
    assert page.locator(".document").count() == 2
    page.fill("#documents-filter", "")
    page.keyboard.press("Escape")
    opened(listed)
    row(listed, "rooms.txt").get_by_role("button", name="受け入れを取り消す").click()
    row(listed, "rooms.txt").get_by_role("button", name="この内容で受け入れる").wait_for()
    assert quality(stock, "rooms.txt")["accepted"] is False


def replace(visit: Visit, source: str, path: Path, *, keep_old: bool) -> None:
    found = row(visit, source)
    found.get_by_role("button", name="置き換え：").click()
    found.get_by_role("checkbox").set_checked(keep_old)
    found.locator("input[type=file]").set_input_files(path)
    assert path.name in found.locator(".form-chosen").inner_text()
    found.get_by_role("button", name="置き換える").click()


def test_a_replaced_document_stays_as_an_old_version_that_names_its_successor(
    changeable: Visit, tmp_path: Path
) -> None:
    new = tmp_path / "new.txt"
    new.write_text(SOUND.replace("月曜日", "火曜日"), "utf-8")
    listen(changeable)
    replace(changeable, "garbage.txt", new, keep_old=True)
    old = row(changeable, "garbage（旧版1）.txt")
    old.wait_for()
    assert "旧版" in old.locator(".document-tags").inner_text()
    assert "新しい版：ごみの出し方" in old.locator(".document-edition").inner_text()
    assert old.get_by_role("button", name="置き換え").count() == 0
    notice = row(changeable, "garbage.txt").locator(".notice").inner_text()
    assert (
        "旧版「garbage（旧版1）.txt」として残しました" in notice and "新しい内容：1ページ" in notice
    )
    assert heard(changeable) == [notice.strip()]
    old.locator(".document-edition button").click()
    focused = (
        "document.activeElement.closest('.document').querySelector('.document-file').textContent"
    )
    assert changeable.page.evaluate(focused) == "garbage.txt"


def test_a_replacement_without_an_old_version_says_that_nothing_is_left(
    changeable: Visit, tmp_path: Path
) -> None:
    new = tmp_path / "new.pdf"
    new.write_bytes(pages_pdf(*reversed(FEES[:3])))
    replace(changeable, "scan.pdf", new, keep_old=False)
    notice = row(changeable, "scan.pdf").locator(".notice")
    notice.wait_for()
    assert "消したもの：前の内容の5ページ、4箇所。残り0件。" in notice.inner_text()
    assert "新しい内容：3ページ、3箇所。" in notice.inner_text()
    assert changeable.page.locator(".document").count() == 4
    assert row(changeable, "scan.pdf").locator(".document-tags").inner_text() == "指摘なし"


def test_a_file_of_another_kind_is_refused_in_the_form(listed: Visit, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text(SOUND, "utf-8")
    scan = row(listed, "scan.pdf")
    replace(listed, "scan.pdf", new, keep_old=True)
    scan.locator(".field-error:visible").get_by_text("元と同じ種類（.pdf）").wait_for()
    assert scan.locator(".notice").count() == 0
    assert all("415" in problem for problem in listed.expect_problems())


def test_a_deletion_says_once_what_was_removed_and_that_nothing_is_left(changeable: Visit) -> None:
    listen(changeable)
    scan = row(changeable, "scan.pdf")
    scan.get_by_role("button", name="を削除").click()
    scan.get_by_role("button", name="削除する").click()
    receipt = changeable.page.locator(".upload-done")
    receipt.wait_for()
    assert "「scan」を削除しました。消したもの：5ページ、4箇所、検索情報8件。残り0件。" in (
        receipt.inner_text()
    )
    assert heard(changeable) == [receipt.inner_text().strip()]


def test_an_upload_tells_its_findings_and_what_it_is_like(
    changeable: Visit, tmp_path: Path
) -> None:
    path = tmp_path / "garbage-copy.txt"
    path.write_text(SOUND + "連絡先はごみ対策課である。\n", "utf-8")
    changeable.page.set_input_files("#documents-file", path)
    changeable.page.locator(".upload-done").wait_for()
    said = changeable.page.locator(".upload-done").inner_text()
    assert "を登録しました" in said
    assert "よく似た文書があります：「ごみの出し方」（garbage.txt" in said


def test_the_forms_are_used_by_keyboard_and_escape_closes_only_the_form(listed: Visit) -> None:
    page = listed.page
    scan = row(listed, "scan.pdf")
    tool = scan.get_by_role("button", name="ページを除外")
    tool.focus()
    page.keyboard.press("Enter")
    assert tool.get_attribute("aria-expanded") == "true"
    assert scan.get_by_role("textbox").evaluate("field => document.activeElement === field")
    page.keyboard.press("Escape")
    assert scan.locator(".document-form").count() == 0
    assert page.locator("#documents").is_visible()
    assert tool.evaluate("button => document.activeElement === button")
    assert tool.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    scan.get_by_role("button", name="2ページを戻す").press("Enter")
    scan.locator(".excluded").wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_320_pixels_everything_fits_and_can_be_hit(
    stock: RunningServer, visit_with: Callable[..., Visit], scheme: str
) -> None:
    visit = opened(visit_with(url=stock.url, width=320, height=640, color_scheme=scheme))
    for source, tool in (("scan.pdf", "ページを除外"), ("rooms.txt", "置き換え")):
        row(visit, source).locator(".quality summary").click()
        row(visit, source).get_by_role("button", name=tool).click()
    body = visit.page.locator("#documents .dialog-body")
    assert body.evaluate("box => box.scrollWidth <= box.clientWidth")
    small = body.evaluate(
        """box => [...box.querySelectorAll('button, summary, label.button, input:not([type=file])')]
          .filter((part) => part.checkVisibility())
          .map((part) => [part.textContent, part.getBoundingClientRect()])
          .filter(([, area]) => area.width < 24 || area.height < 24)
          .map(([text]) => text)"""
    )
    assert small == []


def test_what_goes_wrong_is_said_in_the_row(listed: Visit) -> None:
    held: list[Route] = []
    listed.page.route("**/api/documents/*", lambda route: held.append(route), times=1)
    rooms = row(listed, "rooms.txt")
    rooms.get_by_role("button", name="この内容で受け入れる").click()
    rooms.get_by_text("反映しています").wait_for()
    rooms.get_by_role(
        "button", name="この内容で受け入れる"
    ).click()  # a second time changes nothing
    held[0].abort()
    rooms.get_by_text("サーバーに接続できませんでした").wait_for()
    assert rooms.get_by_text("反映しています").is_hidden()
    assert "要確認" in rooms.locator(".document-tags").inner_text()
    listed.expect_problems()
