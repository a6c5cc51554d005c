"""A clerk who types a telephone number is asked before anything is sent."""

import pytest
from browser_support import Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

QUESTION = "090-1234-5678 の方への折り返しは庁内の研修の担当ですか"


def test_the_choice_is_made_by_keyboard_and_the_masked_question_is_sent(visit: Visit) -> None:
    sent: list[str] = []
    visit.page.on("request", lambda request: sent.append(request.post_data or ""))
    visit.ask_and_wait(QUESTION)
    box = visit.page.locator(".interruption-personal")
    assert "電話番号" in box.inner_text() and "5678" not in box.inner_text()
    assert visit.page.evaluate("document.activeElement.textContent") == "伏せて送る"
    visit.page.keyboard.press("Enter")
    visit.page.locator(".answer[aria-busy=false]:not(:has(.interruption))").wait_for()
    assert visit.page.locator(".turn").count() == 1
    assert '"personal_information":"mask"' in "".join(sent)
    assert all("409" in problem for problem in visit.expect_problems())


def test_writing_it_anew_puts_the_question_back(visit: Visit) -> None:
    visit.ask_and_wait(QUESTION)
    visit.page.get_by_role("button", name="書き直す").click()
    assert visit.page.input_value("#question") == QUESTION
    assert visit.page.locator(".turn").count() == 0
    assert visit.page.evaluate("document.activeElement.id") == "question"
    visit.expect_problems()
