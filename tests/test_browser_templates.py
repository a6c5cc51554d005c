"""業務テンプレート in a real browser, and what a clerk sees while a language model writes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from api_support import app_for, running
from browser_support import Visit
from fakes import NgramEmbeddings
from llm_answers_support import FALSE, QUESTION, TRUE, take_in, writing
from llm_support import Handler, Messages

from rag.index import Index

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def test_a_template_is_filled_in_and_its_sources_open(visit_with: Callable[..., Visit]) -> None:
    page = visit_with(path="/static/templates.html").page
    page.select_option("#template", "mail")
    assert "メール" in page.inner_text("#purpose")
    page.get_by_role("button", name="下書きを作る").click()
    assert "「あて名」を入力してください。" in page.inner_text(".template-error")
    page.fill("#field-to", "<b>市民課</b> 御中")
    page.fill("#field-sender", "総務課")
    page.fill("#field-question", "2025年度の生成AIの月平均利用者数は何人ですか")
    page.get_by_role("button", name="下書きを作る").click()
    page.locator("#result").wait_for()
    text = page.inner_text("#result")
    assert "<b>市民課</b> 御中" in text and "227人" in text and "案" in text
    assert "言い換えはできません" in text, "what it cannot do without a model"
    page.locator("#result .marker").first.click()
    page.locator(".page-image").wait_for()


def test_the_example_of_each_template_can_be_tried(visit_with: Callable[..., Visit]) -> None:
    page = visit_with(path="/static/templates.html").page
    page.wait_for_selector("#form textarea")
    page.get_by_role("button", name="記入例を入れる").click()
    assert page.input_value("#field-question") == "2025年度の生成AIの月平均利用者数は？"


@pytest.fixture
def slow_model(tmp_path: Path) -> Iterator[tuple[str, threading.Event]]:
    """A service whose model stops in the middle of its second sentence until it is told."""
    go_on = threading.Event()

    def reply(handler: Handler, messages: Messages) -> None:
        handler.begin()
        handler.piece(f"{TRUE}\n{FALSE[:9]}")
        go_on.wait(20)
        handler.piece(FALSE[9:])
        handler.end()

    with ExitStack() as stack:
        index = stack.enter_context(Index.open(tmp_path / "var", NgramEmbeddings()))
        take_in(index)
        assistant, _ = stack.enter_context(writing(index, reply, llm_read_timeout_s=30))
        server = stack.enter_context(running(app_for(assistant)))
        yield server.url, go_on
        go_on.set()


def test_text_is_shown_as_being_checked_until_it_has_passed(
    slow_model: tuple[str, threading.Event], visit_with: Callable[..., Visit]
) -> None:
    url, go_on = slow_model
    visit = visit_with(url=url)
    visit.ask(QUESTION)
    unchecked = visit.page.locator(".answer-unchecked")
    visit.page.wait_for_function(
        "(said) => document.querySelector('.unchecked-text')?.textContent.includes(said)",
        arg=FALSE[:9],
    )
    assert unchecked.is_visible() and unchecked.inner_text().startswith("確認中")
    assert "143人でした。" in visit.page.inner_text(".answer-draft")
    go_on.set()
    visit.page.locator(".answer[aria-busy=false]").wait_for()
    answer = visit.page.inner_text(".answer")
    assert "413" not in answer and "143人でした。" in answer
    assert "根拠の確認：" in answer and "省きました" in answer
