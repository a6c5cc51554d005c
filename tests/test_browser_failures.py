"""What a clerk sees when something goes wrong, and that the stream is read whatever its cuts."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, running, scripted_answer
from browser_support import Visit
from fakes import NgramEmbeddings
from playwright.sync_api import Route

from rag.index import Index

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

QUESTION = "庁内の研修は年に何回開きましたか"
JSON = {"Content-Type": "application/json"}
STREAM = {"Content-Type": "text/event-stream"}


def failing_once(visit: Visit, fail: Callable[[Route], None]) -> None:
    """The first question meets `fail`, later ones reach the server."""
    visit.page.route("**/api/chat", fail, times=1)


def test_a_lost_connection_is_explained_and_the_retry_succeeds(visit: Visit) -> None:
    failing_once(visit, lambda route: route.abort("connectionrefused"))
    visit.ask_and_wait(QUESTION)
    assert "サーバーに接続できませんでした" in visit.page.inner_text(".interruption")
    assert visit.page.input_value("#question") == QUESTION  # nothing typed is lost
    visit.page.get_by_role("button", name="もう一度質問する").click()
    visit.page.locator(".answer[aria-busy=false] .sources").wait_for()
    assert visit.page.locator(".turn").count() == 1
    assert any("ERR_CONNECTION_REFUSED" in problem for problem in visit.expect_problems())


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (
            503,
            '{"code": "index_locked", "message": "別のしおりが使用中です。"}',
            "別のしおりが使用中です。",
        ),
        (503, "<html>Service Unavailable</html>", "ただいま準備中です"),
        (429, "", "少し待って"),
        (500, '{"message": 5}', "サーバーで問題が起きました（500）"),
    ],
)
def test_a_refusal_is_shown_in_japanese_whatever_its_body(
    visit: Visit, status: int, body: str, expected: str
) -> None:
    failing_once(visit, lambda route: route.fulfill(status=status, body=body, headers=JSON))
    visit.ask_and_wait(QUESTION)
    assert expected in visit.page.inner_text(".interruption")
    assert all(str(status) in problem for problem in visit.expect_problems())


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("", "途中で接続が切れました"),
        ('event: token\ndata: {"text": "途中ま"}\n\n', "途中で接続が切れました"),
        ('event: token\ndata: {"te', "途中で接続が切れました"),
        ("event: answer\ndata: not json\n\n", "途中で接続が切れました"),
        (
            'event: error\ndata: {"code": "x", "message": "索引が壊れています。"}\n\n',
            "索引が壊れています。",
        ),
    ],
)
def test_a_stream_without_an_answer_is_explained(visit: Visit, stream: str, expected: str) -> None:
    failing_once(visit, lambda route: route.fulfill(status=200, body=stream, headers=STREAM))
    visit.ask_and_wait(QUESTION)
    assert expected in visit.page.inner_text(".interruption")
    assert visit.page.locator("#send").is_visible()


def test_a_page_that_cannot_be_fetched_offers_another_try(visit: Visit) -> None:
    visit.ask_and_wait("2025年度の生成AIの月平均利用者数は何人ですか")
    visit.page.route("**/image?*", lambda route: route.abort(), times=1)
    visit.page.locator(".marker").first.click()
    visit.page.get_by_text("2ページを表示できません").wait_for()
    visit.page.get_by_role("button", name="もう一度読み込む").click()
    visit.page.locator(".page-image").wait_for()
    visit.expect_problems()


def test_the_page_works_without_suggestions_and_stock(visit_with: Callable[..., Visit]) -> None:
    visit = visit_with(path="/static/guide.html")
    for path in ("**/api/suggestions", "**/api/about"):
        visit.page.route(path, lambda route: route.abort())
    visit.page.goto(visit.origin)
    assert visit.page.locator(".example").count() >= 3
    visit.page.get_by_text("一覧を読み込めませんでした").wait_for()
    visit.ask_and_wait(QUESTION)
    assert visit.page.locator(".sources").count() == 1
    visit.expect_problems()


def test_events_are_read_the_same_wherever_the_stream_is_cut(visit: Visit) -> None:
    stream = (
        ': ping\r\n\r\nevent: status\ndata: {"stage": "searching"}\n\n'
        'event: token\r\ndata: {"text": "一\\n\\nevent: answer"}\r\n\r\n'
        'event:token\rdata:{"text":\r data: \rdata:"𠮷"}\r\rid: 7\nretry: 5\n\n'
        "data: nameless\n\nevent: answer\ndata: {}\n\nevent: cut\ndata: never"
    )
    assert (
        visit.page.evaluate(
            """async (stream) => {
          const { EventStreamParser } = await import('/static/js/sse.js');
          const read = (pieces) => {
            const events = [];
            const parser = new EventStreamParser((name, data) => events.push([name, data]));
            pieces.forEach((piece) => parser.push(piece));
            parser.end();
            return JSON.stringify(events);
          };
          const whole = read([stream]);
          const names = JSON.parse(whole).map(([name]) => name).join(' ');
          if (names !== 'status token token message answer') return names;
          for (let first = 0; first <= stream.length; first += 1) {
            for (const second of [first, first + 1, first + 2, first + 7]) {
              const pieces = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)];
              if (read(pieces) !== whole) return `cut at ${first} and ${second}`;
            }
          }
          return read([...stream]) === whole ? 'same' : 'single characters';
        }""",
            stream,
        )
        == "same"
    )


class Gate:
    """Lets the scripted answer advance only as far as a test wants."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def __call__(self, piece: int) -> None:
        if piece >= 2:
            assert self.open.wait(60)


@pytest.fixture
def slow_site(tmp_path: Path) -> Iterator[tuple[RunningServer, Gate]]:
    gate = Gate()
    index = Index.open(tmp_path, NgramEmbeddings())
    assistant = ScriptedAssistant(index, scripted_answer(), before_token=gate)
    with running(app_for(assistant)) as server:
        yield server, gate
        gate.open.set()
    index.close()


def test_the_answer_appears_while_it_is_written(
    slow_site: tuple[RunningServer, Gate], visit_with: Callable[..., Visit]
) -> None:
    server, gate = slow_site
    visit = visit_with(url=server.url)
    visit.ask("生成AIの月平均利用者数は")
    visit.page.wait_for_function(
        "() => document.querySelector('.answer-draft')?.textContent === '生成AIの月平均利用'"
    )
    assert "回答を作成しています" in visit.page.inner_text(".stage")
    assert visit.page.get_attribute(".answer", "aria-busy") == "true"
    gate.open.set()
    visit.page.locator(".answer[aria-busy=false]").wait_for()
    assert visit.page.inner_text(".short-answer") == "227人"
    assert visit.page.locator(".answer-text p").count() == 2
    assert visit.page.locator(".marker").count() == 1


def test_stopping_ends_the_answer_and_leaves_the_page_usable(
    slow_site: tuple[RunningServer, Gate], visit_with: Callable[..., Visit]
) -> None:
    server, gate = slow_site
    visit = visit_with(url=server.url)
    visit.ask("生成AIの月平均利用者数は")
    visit.page.wait_for_function(
        "() => document.querySelector('.answer-draft')?.textContent !== ''"
    )
    assert visit.page.locator("#send").is_hidden()
    visit.page.press("#question", "Enter")  # a second question has to wait
    visit.page.click("#stop")
    visit.page.locator(".interruption-stopped").wait_for()
    gate.open.set()
    visit.ask_and_wait("もう一度")
    assert visit.page.locator(".turn").nth(1).locator(".short-answer").inner_text() == "227人"


def test_a_new_conversation_during_an_answer_stays_empty(
    slow_site: tuple[RunningServer, Gate], visit_with: Callable[..., Visit]
) -> None:
    server, gate = slow_site
    visit = visit_with(url=server.url)
    visit.ask("生成AIの月平均利用者数は")
    visit.page.wait_for_function(
        "() => document.querySelector('.answer-draft')?.textContent !== ''"
    )
    visit.page.click("#new-conversation")
    gate.open.set()
    visit.ask_and_wait("次の質問")
    assert visit.page.locator(".turn").count() == 1
    assert "次の質問" in visit.page.inner_text(".asked")
    assert visit.page.locator(".interruption").count() == 0
