"""The question box: conversion, line breaks, length, stopping."""

import pytest
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def test_the_enter_that_ends_a_conversion_does_not_send(visit: Visit) -> None:
    page = visit.page
    page.fill("#question", "けいかくのきかん")
    for event in (
        "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})",
        "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true})",
    ):
        allowed = page.evaluate(f"document.getElementById('question').dispatchEvent({event})")
        assert allowed, "the conversion's Enter must be left to the browser"
    assert page.locator(".turn").count() == 0
    page.press("#question", "Enter")
    assert page.locator(".turn").count() == 1


def test_a_real_composition_sends_only_after_it_is_confirmed(visit: Visit) -> None:
    page = visit.page
    page.focus("#question")
    input_method = visit.context.new_cdp_session(page)
    input_method.send(
        "Input.imeSetComposition", {"text": "研修は", "selectionStart": 3, "selectionEnd": 3}
    )
    input_method.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229},
    )
    assert page.locator(".turn").count() == 0
    input_method.send("Input.insertText", {"text": "研修は年に何回ですか"})
    assert page.locator(".turn").count() == 0
    assert page.input_value("#question") == "研修は年に何回ですか"
    page.press("#question", "Enter")
    assert page.locator(".turn").count() == 1


def test_shift_enter_breaks_the_line_and_the_box_grows(visit: Visit) -> None:
    page = visit.page
    page.fill("#question", "一行目")
    before = page.locator("#question").bounding_box()
    page.press("#question", "Shift+Enter")
    page.keyboard.type("二行目")
    after = page.locator("#question").bounding_box()
    assert page.input_value("#question") == "一行目\n二行目"
    assert page.locator(".turn").count() == 0
    assert before is not None and after is not None
    assert after["height"] > before["height"]


@pytest.mark.parametrize("question", ["", "   ", "\n\n", "　"])
def test_an_empty_question_is_not_sent(visit: Visit, question: str) -> None:
    visit.ask(question)
    assert visit.page.locator(".turn").count() == 0
    assert visit.page.locator("#send").is_disabled()


def test_the_limit_is_counted_in_characters_as_the_server_does(visit: Visit) -> None:
    page = visit.page
    page.fill("#question", "𠮷" * 2_000)  # two UTF-16 units each
    assert page.locator("#send").is_enabled()
    assert page.inner_text("#question-count") == "残り0文字"
    page.fill("#question", "あ" * 2_001)
    assert "1文字多すぎます" in page.inner_text("#question-count")
    page.press("#question", "Enter")
    assert page.locator(".turn").count() == 0
    assert page.locator("#send").is_disabled()
    assert page.get_attribute("#question", "aria-invalid") == "true"
    page.fill("#question", "短い質問")
    assert page.locator("#question-count").is_hidden()


def test_the_longest_question_is_accepted_by_the_server(visit: Visit) -> None:
    visit.ask_and_wait("研修は年に何回開きましたか。" + "𠮷" * 1_980)
    assert visit.page.locator(".interruption").count() == 0


def test_the_box_is_emptied_and_ready_for_the_next_question(visit: Visit) -> None:
    visit.ask_and_wait("庁内の研修は年に何回開きましたか")
    assert visit.page.input_value("#question") == ""
    assert visit.page.evaluate("document.activeElement.id") == "question"
    assert visit.page.locator("#stop").is_hidden()
