"""A real browser in front of the real service, as a pytest plugin for the browser tests.

Every visit ends with the same check: nothing was asked of another host, the content policy was
never violated, and no script failed.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pylopdf_fonts_jp
import pytest
import typst
from api_support import RunningServer, running, settings_for
from browser_support import INSPECTION, MEMO, REPORT, Visit, watch
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app

FONTS = Path(pylopdf_fonts_jp.__file__).parent
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The first is the same engine without the windows of a desktop: opening a page takes it a fifth of
# the computing, a whole test about half.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("documents")
    report = typst.compile(REPORT.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True)
    files = {"report.pdf": report, "memo.md": MEMO.encode(), "inspection.txt": INSPECTION.encode()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.fixture(scope="session")
def site(
    documents: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The service with the three documents uploaded the way a clerk does it."""
    app = create_app(settings_for(tmp_path_factory.mktemp("site")))
    with running(app) as server, server.client() as client:
        for path in documents:
            response = client.post(
                "/api/documents", files={"file": (path.name, path.read_bytes())}, timeout=120
            )
            assert response.status_code < 300, response.text
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        reason = "no Chromium on this machine"
        if os.environ.get("SHIORI_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}, and SHIORI_REQUIRE_BROWSER=1 asks for one")
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit_with(site: RunningServer, browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens windows, `visit_with(width=360, height=740, url=...)`, and checks them at the end."""
    visits: list[Visit] = []

    def open_window(
        width: int = 1280, height: int = 800, url: str = "", path: str = "/", **options: object
    ) -> Visit:
        origin = url or site.url
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="ja-JP", **options
        )
        context.set_default_timeout(20_000)
        visit = Visit(page=context.new_page(), context=context, origin=origin)
        visits.append(visit)
        watch(visit)
        visit.page.goto(origin + path)
        return visit

    yield open_window
    for visit in visits:
        visit.context.close()
    assert [problem for visit in visits for problem in visit.problems] == []


@pytest.fixture
def visit(visit_with: Callable[..., Visit]) -> Visit:
    opened = visit_with()
    opened.page.wait_for_selector(".example")
    return opened
