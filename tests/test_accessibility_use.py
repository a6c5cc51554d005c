"""By keyboard, enlarged, with wider spacing and in contrast themes: nothing hidden, nothing lost."""

import io
from collections.abc import Callable

import pytest
from accessibility_support import CHAT, TARGETS, USERS
from browser_support import Visit
from PIL import Image
from playwright.sync_api import Page

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

# Where the keyboard is: a name for it, whether its ring shows, whether something else covers it.
WHERE = """() => {
  const here = document.activeElement;
  // The ring of the question is around its box, that of a file on the label which opens it.
  const shown = here.matches('[type=file]') ? here.labels[0] : here;
  const ringed = here.matches('#question') ? here.closest('.composer-box') : shown;
  const style = getComputedStyle(ringed);
  const box = shown.getBoundingClientRect();
  const inside = (point) => {
    const top = document.elementFromPoint(...point);
    return top !== null && (shown.contains(top) || top.contains(shown));
  };
  const [middle, centre] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  window.stops ??= [];
  const again = window.stops[0] === here;
  window.stops.push(here);
  return {
    again,
    name: `${here.tagName}#${here.id}.${here.className} ${here.textContent.trim().slice(0, 20)}`,
    ring: style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2,
    seen: [[middle, centre], [box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2],
      [middle, box.top + 2], [middle, box.bottom - 2]].some(inside),
    body: here === document.body,
  };
}"""
# Wider lines, letters and words, as WCAG 1.4.12 wants them to be possible.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;'
    + ' word-spacing: 0.16em !important; }');
  document.adoptedStyleSheets = [sheet];
}"""
# Targets that cannot be brought wholly into the width of the window.
BEYOND = f"""() => ({TARGETS})()
  .map((target) => {{
    target.scrollIntoView({{ block: 'center' }});
    return [target.getBoundingClientRect(), target];
  }})
  .filter(([box]) => box.width > 0 && (box.left < -1 || box.right > window.innerWidth + 1))
  .map(([box, target]) => `${{target.className}} ${{target.textContent.trim().slice(0, 20)}} `
    + `${{Math.round(box.left)}} to ${{Math.round(box.right)}}`)"""


def nothing_beyond_the_width(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(BEYOND) == []


def walk(page: Page, steps: int = 150) -> list[str]:
    """Presses Tab until it has been everywhere; asserts that each stop can be seen."""
    stops: list[str] = []
    faults: list[str] = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        place = page.evaluate(WHERE)
        if place["body"]:  # the browser's own controls are next
            continue
        if place["again"]:
            break
        stops.append(place["name"])
        if not (place["ring"] and place["seen"]):
            faults.append(f"{place['name']}: ring {place['ring']}, seen {place['seen']}")
    assert faults == []
    return stops


@pytest.mark.parametrize(
    "screen",
    ["empty", "answer", "page image beside it", "page text beside it", "quality", "replacement"],
)
@pytest.mark.parametrize("size", [(1280, 800), (320, 256)], ids=["100 %", "400 %"])
def test_every_stop_of_the_tab_key_is_visible(
    visit_with: Callable[..., Visit], screen: str, size: tuple[int, int]
) -> None:
    visit = visit_with(width=size[0], height=size[1])
    visit.page.wait_for_selector(".example")
    CHAT[screen](visit)
    assert len(walk(visit.page)) >= 5


@pytest.mark.parametrize(
    "path", ["/static/templates.html", "/static/audit.html", "/static/guide.html"]
)
def test_every_stop_on_the_other_pages_is_visible(
    visit_with: Callable[..., Visit], path: str
) -> None:
    visit = visit_with(path=path)
    visit.page.wait_for_load_state("networkidle")
    assert len(walk(visit.page)) >= 2


@pytest.mark.parametrize("screen", CHAT)
def test_enlarged_four_times_nothing_is_lost(visit_with: Callable[..., Visit], screen: str) -> None:
    visit = visit_with(width=320, height=256)  # 1280 x 1024 at 400 %
    visit.page.wait_for_selector(".example")
    CHAT[screen](visit)
    nothing_beyond_the_width(visit.page)
    visit.page.evaluate(SPACING)
    nothing_beyond_the_width(visit.page)


@pytest.mark.parametrize("path", ["templates", "audit", "guide", "accessibility", "login"])
def test_the_other_pages_enlarged_four_times(visit_with: Callable[..., Visit], path: str) -> None:
    visit = visit_with(width=320, height=256, path=f"/static/{path}.html")
    visit.page.wait_for_load_state("networkidle")
    nothing_beyond_the_width(visit.page)
    visit.page.evaluate(SPACING)
    nothing_beyond_the_width(visit.page)


def test_buttons_that_are_only_a_picture_show_it_in_a_contrast_theme(
    visit_with: Callable[..., Visit],
) -> None:
    page = visit_with(forced_colors="active").page
    page.wait_for_selector(".example")
    page.fill("#question", USERS)
    page.press("#question", "Enter")
    page.locator(".answer[aria-busy=false] .marker").first.click()
    page.locator(".source-stage[aria-busy=false] .page-image").wait_for()
    for button in page.locator("#source-panel .icon-button").all():
        colours = picture_colours(button.locator(".icon").screenshot())
        assert colours > 1, button.get_attribute("aria-label")


def picture_colours(png: bytes) -> int:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return len(image.getcolors(image.width * image.height) or [])


def test_the_statement_is_reached_without_signing_in_and_from_the_manual(
    visit_with: Callable[..., Visit],
) -> None:
    for path in ("/static/login.html", "/static/sign-on.html", "/static/guide.html"):
        visit = visit_with(path=path)
        visit.page.get_by_role("link", name="アクセシビリティ方針").click()
        visit.page.get_by_role("heading", name="わかっている課題").wait_for()
        assert visit.page.locator("time, td", has_text="2026年").count() == 1
        visit.expect_problems()
