"""Signing in as a clerk does it: by keyboard, with an initial password, and out again."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import RunningServer
from browser_support import Visit
from people_support import GOOD_PASSWORD, add_person, service_with_accounts, services_of
from playwright.sync_api import expect

from api.people.caller import Role

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path) as server:
        yield server


def test_the_first_day_of_a_new_colleague(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    accounts = services_of(town).gate.accounts
    _, initial = accounts.add("tanaka", "田中 一郎", department="総務部/総務課")
    visit = visit_with(url=town.url)
    page = visit.page
    page.wait_for_url("**/login")
    expect(page.locator("#login-name")).to_be_focused()

    page.keyboard.type("tanaka")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("利用者名またはパスワードが違います。")
    expect(page.locator("#login-password")).to_be_focused()
    assert all("401" in problem for problem in visit.expect_problems())

    page.keyboard.press("Control+A")
    page.keyboard.type(initial)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="パスワードを決める")).to_be_visible()
    expect(page.locator("#new-password")).to_be_focused()

    # Somebody who leaves here and comes back is asked again.
    page.goto(town.url)
    page.wait_for_url("**/login?change")
    page.keyboard.type(initial)
    page.keyboard.press("Tab")
    page.keyboard.type(GOOD_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type("別のことば")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("2回とも同じ")
    page.keyboard.press("Control+A")
    page.keyboard.type(GOOD_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{town.url}/")
    expect(page.locator("#whoami")).to_contain_text("総務部/総務課 田中 一郎")

    page.get_by_role("button", name="サインアウト").click()
    page.wait_for_url("**/login")
    page.goto(town.url)
    page.wait_for_url("**/login")
    assert page.evaluate("window.violations") == []


def test_who_was_signed_out_elsewhere_is_led_back(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    accounts = services_of(town).gate.accounts
    person, _ = accounts.add("sato", "佐藤")
    accounts.choose_password(person, GOOD_PASSWORD)
    visit = visit_with(url=town.url)
    visit.page.fill("#login-name", "sato")
    visit.page.fill("#login-password", GOOD_PASSWORD)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url(f"{town.url}/")
    # Everything the page asks for by itself has come: what leads back is the question.
    for selector in (".example", "#whoami .button", "#stock:not(:empty)"):
        visit.page.wait_for_selector(selector)
    accounts.set_disabled("sato", True)
    visit.ask("月平均利用者数は？")
    visit.page.wait_for_url("**/login")
    assert all("401" in problem for problem in visit.expect_problems())


def test_the_trial_mode_is_marked(visit: Visit) -> None:
    expect(visit.page.locator("#whoami")).to_have_text("試用（1人用）")
    visit.page.goto(f"{visit.origin}/login")
    visit.page.wait_for_url(re.compile(r"/$"))


def test_the_page_for_signing_in_fits_narrow_screens_and_dark_ones(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    visit = visit_with(url=town.url, width=320, height=600, color_scheme="dark")
    visit.page.wait_for_url("**/login")
    width = visit.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 320
    expect(visit.page.get_by_role("button", name="サインイン")).to_be_visible()


def test_who_looks_after_documents_says_who_may_read_them(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    add_person(town, "officer", groups=["税務課"], roles={Role.DOCUMENTS})
    add_person(town, "reader", groups=["税務課"])
    index = services_of(town).index

    def listed(login: str) -> Visit:
        visit = visit_with(url=town.url)
        visit.page.fill("#login-name", login)
        visit.page.fill("#login-password", GOOD_PASSWORD)
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(f"{town.url}/")
        visit.page.click("#show-documents")
        visit.page.get_by_text(re.compile("登録文書：.件")).first.wait_for()
        return visit

    page = listed("officer").page
    document = page.locator(".document")
    expect(document).to_contain_text("だれの回答にも使われません")
    page.get_by_role("button", name="読める人を決める：「DX推進計画」").click()
    form = page.get_by_role("group", name="読める人を決める")
    field = form.get_by_label("読めるグループ")
    expect(field).to_be_focused()
    page.keyboard.type("税務課、監査委員")
    form.get_by_label("機密性").select_option("機密性2")
    page.get_by_role("button", name="この人たちに見せる").click()
    expect(document).to_contain_text("読める人：監査委員、税務課 機密性2")
    assert index.document("plan").groups == ("監査委員", "税務課")

    page = listed("reader").page
    document = page.locator(".document")
    expect(document).to_contain_text("読める人：税務課 機密性2")
    expect(document).not_to_contain_text("監査委員")
    for name in ("読める人を決める", "削除", "置き換え", "受け入れる"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator(".drop")).to_be_hidden()
