"""axe-core on every screen, in light and dark: nothing serious, nothing critical."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accessibility_support import CHAT, grave_findings, need_axe, small_targets
from api_support import RunningServer
from browser_support import Visit
from people_support import GOOD_PASSWORD, add_person, service_with_accounts, services_of
from playwright.sync_api import Page

from api.people.caller import Role

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def sound(page: Page) -> None:
    assert grave_findings(page) == []
    assert small_targets(page) == []


@pytest.fixture(autouse=True)
def axe() -> None:
    need_axe()


@pytest.mark.parametrize("screen", CHAT)
def test_the_chat_page(visit: Visit, screen: str) -> None:
    CHAT[screen](visit)
    sound(visit.page)


@pytest.mark.parametrize("screen", ["answer", "page image beside it", "documents", "removal"])
def test_the_chat_page_at_400_percent(visit_with: Callable[..., Visit], screen: str) -> None:
    visit = visit_with(width=320, height=256)  # 1280 x 1024 at 400 %
    visit.page.wait_for_selector(".example")
    CHAT[screen](visit)
    sound(visit.page)


def test_the_templates(visit_with: Callable[..., Visit]) -> None:
    page = visit_with(path="/static/templates.html").page
    page.wait_for_selector("#form textarea")
    sound(page)
    page.get_by_role("button", name="下書きを作る").click()
    page.locator(".template-error").wait_for()
    sound(page)
    page.get_by_role("button", name="記入例を入れる").click()
    page.get_by_role("button", name="下書きを作る").click()
    page.locator("#result .marker").first.wait_for()
    sound(page)


def test_the_audit_log(visit_with: Callable[..., Visit]) -> None:
    page = visit_with(path="/static/audit.html").page
    page.locator("#records tr").first.wait_for()
    page.get_by_role("button", name="確かめる").click()
    page.locator("#verdict", has_text="問題は見つかりません").wait_for()
    sound(page)


@pytest.mark.parametrize("name", ["guide", "sign-on", "accessibility"])
def test_a_page_of_text(visit_with: Callable[..., Visit], name: str) -> None:
    visit = visit_with(path=f"/static/{name}.html")
    sound(visit.page)
    visit.expect_problems()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path) as server:
        yield server


def test_signing_in_and_the_list_of_an_officer(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    _, initial = services_of(town).gate.accounts.add("tanaka", "田中 一郎", department="総務部")
    add_person(town, "officer", groups=["税務課"], roles={Role.DOCUMENTS, Role.AUDIT})
    visit = visit_with(url=town.url)
    page = visit.page
    page.wait_for_url("**/login")
    sound(page)
    page.fill("#login-name", "tanaka")
    page.fill("#login-password", "wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    sound(page)
    page.fill("#login-password", initial)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="パスワードを決める").wait_for()
    sound(page)
    with page.expect_navigation():  # before it has loaded, nothing listens to the form
        page.get_by_role("button", name="やめてサインアウトする").click()
    page.fill("#login-name", "officer")
    page.fill("#login-password", GOOD_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.url}/")
    page.wait_for_selector("#whoami .button")
    sound(page)
    page.click("#show-documents")
    page.get_by_text("登録と同時に、読める人・種別・日付を決める").click()
    page.locator("#upload-groups").wait_for()
    page.get_by_role("button", name="読める人を決める").first.click()
    page.get_by_role("group", name="読める人を決める").get_by_label("読めるグループ").wait_for()
    sound(page)
    visit.expect_problems()


def test_the_check_itself_finds_what_is_wrong(visit: Visit) -> None:
    """Without this the other tests could pass with a checker that looks at nothing."""
    visit.page.evaluate(
        """() => {
          const faint = document.createElement('p');
          faint.textContent = '読めない薄さの文字';
          faint.style.color = '#cccccc';
          faint.style.background = '#ffffff';
          const nameless = document.createElement('button');
          nameless.style.width = '12px';
          document.querySelector('main').append(faint, nameless);
        }"""
    )
    findings = "\n".join(grave_findings(visit.page))
    assert "color-contrast" in findings and "button-name" in findings
    assert small_targets(visit.page) != []
