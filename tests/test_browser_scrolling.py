"""Every page can be read to its end with a mouse, in wide windows and small ones."""

from collections.abc import Callable

import pytest
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PAGES = ("accessibility", "audit", "drafts", "guide", "reports", "statistics", "templates")
# Nothing is written below the lower edge of the window.
AT_THE_END = """() => [...document.querySelectorAll('main *')]
    .filter((e) => e.childElementCount === 0 && e.checkVisibility() && e.textContent.trim() !== '')
    .every((e) => e.getBoundingClientRect().bottom <= innerHeight + 1)"""


@pytest.mark.parametrize(("width", "height"), [(1280, 500), (1920, 520), (800, 400)])
def test_the_wheel_leads_to_the_last_line_of_every_page(
    visit_with: Callable[..., Visit], width: int, height: int
) -> None:
    page = visit_with(width=width, height=height).page
    for name in PAGES:
        page.goto(page.url.partition("/static")[0].rstrip("/") + f"/static/{name}.html")
        page.wait_for_load_state("networkidle")
        page.mouse.move(width / 2, height - 40)
        page.mouse.wheel(0, 100_000)
        page.wait_for_function(AT_THE_END)
