"""Text of documents and questions stays text: no request leaves, no script runs."""

from collections.abc import Callable

import pytest
from api_support import RunningServer
from browser_support import PAYLOADS, Visit

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

# Elements that the page itself never makes inside an answer, a source or a list of documents.
ACTIVE = "img:not(.page-image):not(.brand-mark), script:not([src^='/static/']), iframe, svg, style, a[href^='http'], a[href^='javascript'], b, object, form:not([id], [class])"


def nothing_became_active(visit: Visit) -> None:
    assert visit.page.locator(f"body :is({ACTIVE})").count() == 0
    assert visit.page.evaluate("window.ran") is None
    assert visit.page.evaluate("window.violations") == []


@pytest.mark.parametrize("number", range(1, len(PAYLOADS) + 1))
def test_markup_in_a_document_is_shown_as_text(visit: Visit, number: int) -> None:
    visit.ask_and_wait(f"施設予約の点検で第{number}回に見つけた文字列は何ですか")
    visit.page.locator(".passages summary").click()
    passages = "".join(visit.page.locator(".passage-text").all_text_contents())
    assert PAYLOADS[number - 1] in passages
    nothing_became_active(visit)
    visit.page.locator(".passage").first.get_by_role("button").click()
    visit.page.locator("#source-panel .page-text").wait_for()
    assert PAYLOADS[0] in (visit.page.text_content(".page-text") or "")
    nothing_became_active(visit)


def test_markup_in_a_question_is_shown_as_text(visit: Visit) -> None:
    question = f"{PAYLOADS[0]}{PAYLOADS[3]} 研修は年に何回開きましたか"
    visit.ask_and_wait(question)
    assert visit.page.text_content(".asked-text") == question
    nothing_became_active(visit)


def test_markup_in_a_file_name_is_shown_as_text(visit: Visit, site: RunningServer) -> None:
    name = "点検<b onmouseover=window.ran=1>.txt"
    with site.client() as client:
        text = "空調設備の点検は毎年4月に行い、結果を施設管理課に報告する。\n"
        answer = client.post("/api/documents", files={"file": (name, text.encode())}, timeout=60)
        assert answer.status_code < 300, answer.text
        document = answer.json().get("document", answer.json())
        try:
            visit.page.click("#show-documents")
            visit.page.locator(".document", has_text="点検").first.wait_for()
            visit.page.wait_for_function(
                "() => document.querySelectorAll('.document').length === 4"
            )
            nothing_became_active(visit)
        finally:
            client.delete(f"/api/documents/{document['id']}")


def test_markup_in_a_name_a_note_and_a_reply_is_shown_as_text(visit: Visit) -> None:
    page, markup = visit.page, f"{PAYLOADS[0]}{PAYLOADS[3]}"
    visit.ask_and_wait("研修は年に何回開きましたか")
    page.locator(".feedback").get_by_role("button", name="違う").click()
    page.get_by_label("くわしく").fill(markup)
    page.get_by_label("所管課に報告する").check()
    page.get_by_role("button", name="送る").click()
    page.locator(".feedback-note", has_text="報告しました").wait_for()
    page.click("#show-conversations")
    row = page.locator(".conversation-item").first
    row.get_by_role("button", name="名前を変える").click()
    page.get_by_label("会話の名前（").fill(markup)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=markup, exact=True).wait_for()
    nothing_became_active(visit)
    page.goto(f"{visit.origin}/static/reports.html")
    report = page.locator(".report", has_text=markup)
    report.get_by_label("報告した人への返事").fill(markup)
    report.get_by_role("button", name="対応済みにする").click()
    page.get_by_text("対応を待っている報告はありません").wait_for()
    nothing_became_active(visit)
    page.go_back()
    page.locator(".feedback-note", has_text=markup).wait_for()
    nothing_became_active(visit)


def test_the_policy_itself_would_stop_a_script_and_a_foreign_image(visit: Visit) -> None:
    """Without this the other tests could pass on a page that has no policy at all."""
    visit.page.evaluate(
        """() => {
          const script = document.createElement('script');
          try { script.textContent = 'window.ran = 1'; document.body.append(script); } catch {}
          const image = document.createElement('img');
          image.src = 'http://192.0.2.9/x.png';
          document.body.append(image);
          try { document.body.innerHTML = '<p>'; } catch { window.refused = true; }
        }"""
    )
    visit.page.wait_for_function("() => window.violations.length >= 2")
    assert visit.page.evaluate("window.ran") is None
    assert visit.page.evaluate("window.refused") is True
    assert len(visit.expect_problems()) >= 2


def test_no_page_is_styled_or_scripted_inline(visit_with: Callable[..., Visit]) -> None:
    for path in ("/", "/static/guide.html"):
        visit = visit_with(path=path)
        inline = "document.querySelectorAll('script:not([src]), style, [onclick], [style]:not(#question)')"
        assert visit.page.evaluate(f"{inline}.length") == 0
