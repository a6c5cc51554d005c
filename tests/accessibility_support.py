"""axe-core in the page of a browser test, and what a person needs to reach and read everything."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
from browser_support import Visit
from playwright.sync_api import Page

# Everything axe knows, also the rule of WCAG 2.2 that it leaves out when nothing is said.
OPTIONS = {"resultTypes": ["violations", "incomplete"], "rules": {"target-size": {"enabled": True}}}
GRAVE = ("serious", "critical")
THEMES = ("light", "dark")

# What can be operated, as the browser sees it: inert parts and hidden ones are left out.
TARGETS = """() => [...document.querySelectorAll(
    'button, a[href], input, select, textarea, summary, [tabindex="0"]')]
  .filter((target) => target.checkVisibility({ visibilityProperty: true })
    && !target.matches('.skip-link, .visually-hidden, [type=hidden]')
    && !target.closest('.visually-hidden'))"""


def need_axe() -> None:
    """Skips with a reason where axe-core is not installed; CI fails instead, as for Chromium."""
    if find_spec("axe_playwright_python") is None:
        reason = "axe-playwright-python of the extra `test` is not installed"
        if os.environ.get("SHIORI_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


def grave_findings(page: Page) -> list[str]:
    """Serious and critical findings in light and dark, each as one line; the theme stays dark.

    Contrast that axe cannot decide (text over a picture) is among them: nothing of that kind is in
    these pages.
    """
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("(t) => document.documentElement.dataset.theme === t", arg=theme)
        response = Axe().run(page, options=OPTIONS).response
        undecided = [rule for rule in response["incomplete"] if rule["id"] == "color-contrast"]
        found += [
            f"{theme}: {rule['id']} ({rule['impact']}): {_target(node)}"
            for rule in response["violations"] + undecided
            if rule["impact"] in GRAVE
            for node in rule["nodes"]
        ]
    return found


def small_targets(page: Page) -> list[str]:
    """Targets that are less than 24 CSS pixels wide or high."""
    return list(
        page.evaluate(
            f"""() => ({TARGETS})()
              .map((target) => [target.getBoundingClientRect(), target])
              .filter(([box]) => box.width > 0 && (box.width < 24 || box.height < 24))
              .map(([box, target]) => `${{target.tagName}}.${{target.className}} `
                + `${{Math.round(box.width)}}x${{Math.round(box.height)}} ${{target.textContent.trim()}}`)"""
        )
    )


def _target(node: dict[str, Any]) -> str:
    return f"{' '.join(map(str, node['target']))} — {node['html'][:160]} — {_reasons(node)}"


def _reasons(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])


USERS = "2025年度の生成AIの月平均利用者数は何人ですか"


def answered(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.locator(".passages summary").click()


def source_image(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.locator(".marker").first.click()
    visit.page.locator(".source-stage[aria-busy=false] .page-image").wait_for()


def source_text(visit: Visit) -> None:
    source_image(visit)
    visit.page.get_by_role("button", name="本文", exact=True).click()
    visit.page.locator(".page-text mark").wait_for()


def refused(visit: Visit) -> None:
    visit.ask_and_wait("みなと市の温泉の入浴料はいくらですか")


def told_of_personal_information(visit: Visit) -> None:
    visit.ask_and_wait("090-1234-5678 の方への折り返しは庁内の研修の担当ですか")
    visit.page.locator(".interruption-personal").wait_for()
    visit.expect_problems()


def connection_lost(visit: Visit) -> None:
    visit.page.route("**/api/chat", lambda route: route.abort(), times=1)
    visit.ask_and_wait(USERS)
    visit.page.locator(".interruption").wait_for()
    visit.expect_problems()


def document_list(visit: Visit) -> None:
    visit.page.click("#show-documents")
    visit.page.wait_for_function("() => document.querySelectorAll('.document').length === 3")


def document_quality(visit: Visit) -> None:
    document_list(visit)
    for summary in visit.page.locator("#documents summary").all():
        summary.click()


def form_of(label: str) -> Callable[[Visit], None]:
    def open_form(visit: Visit) -> None:
        document_list(visit)
        row = visit.page.locator(".document", has_text="report.pdf")
        row.get_by_role("button", name=label).first.click()

    return open_form


def refused_upload(visit: Visit) -> None:
    document_list(visit)
    visit.page.set_input_files(
        "#documents-file", {"name": "table.exe", "mimeType": "", "buffer": b"\x00\x01" * 500}
    )
    visit.page.locator(".upload-failed").wait_for()
    visit.expect_problems()


# What the chat page can show, by name, and how one comes there from its beginning.
CHAT: dict[str, Callable[[Visit], None]] = {
    "empty": lambda visit: None,
    "answer": answered,
    "page image beside it": source_image,
    "page text beside it": source_text,
    "no evidence": refused,
    "personal information": told_of_personal_information,
    "connection lost": connection_lost,
    "documents": document_list,
    "quality": document_quality,
    "pages left out": form_of("ページを除外"),
    "replacement": form_of("置き換え"),
    "removal": form_of("を削除"),
    "refused upload": refused_upload,
}
