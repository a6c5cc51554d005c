"""The page 統計 in a real browser."""

from collections.abc import Callable, Iterator

import pytest
from accessibility_support import grave_findings, need_axe, small_targets
from api_support import RunningServer
from browser_support import Visit
from people_support import service_with_accounts, services_of
from test_statistics import spring

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PAGE = "/static/statistics.html"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path_factory.mktemp("town"), auth="single") as server:
        spring(services_of(server).index.database)
        yield server


def at_spring(visit_with: Callable[..., Visit], town: RunningServer, **options: object) -> Visit:
    visit = visit_with(url=town.url, path=PAGE, **options)
    visit.page.wait_for_selector(".statistics-tiles")
    visit.page.fill("#since", "2026-04")
    visit.page.fill("#until", "2026-05")
    visit.page.get_by_role("button", name="表示する").click()
    visit.page.wait_for_function("() => document.querySelectorAll('.bar-chart .bar').length === 6")
    return visit


def test_the_figures_are_shown_as_tiles_bars_and_tables(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    page = at_spring(visit_with, town).page
    assert "14人" in page.inner_text(".statistics-tiles")
    chart = page.get_by_role("img", name="利用者数の棒グラフ")
    assert chart.locator(".bar").count() == 2
    assert page.get_by_role("table", name="課別の利用").inner_text().count("課") >= 3
    assert "足したもの" in page.inner_text(".statistics-method")
    missing = page.inner_text(".statistics-missing")
    assert "質問60" in missing and "質問61" not in missing
    with page.expect_download() as download:
        page.get_by_role("button", name="Excelで書き出す").click()
    assert download.value.suggested_filename == "利用統計_2026-04_2026-05.xlsx"


def test_it_is_reached_from_the_chat_page(
    town: RunningServer, visit_with: Callable[..., Visit]
) -> None:
    page = visit_with(url=town.url).page
    page.get_by_role("link", name="統計").click()
    page.wait_for_selector(".statistics-tiles")


def test_nothing_serious_on_the_page(town: RunningServer, visit_with: Callable[..., Visit]) -> None:
    need_axe()
    page = at_spring(visit_with, town).page
    assert grave_findings(page) == [] == small_targets(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_320_pixels_nothing_is_wider_than_the_window(
    town: RunningServer, visit_with: Callable[..., Visit], scheme: str
) -> None:
    page = at_spring(visit_with, town, width=320, height=640, color_scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
