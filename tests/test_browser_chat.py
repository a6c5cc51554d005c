"""The main path in a real browser: ask, read, check the source, copy, ask on, start anew."""

import io
from collections.abc import Callable

import pytest
from browser_support import Visit
from PIL import Image

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

USERS = "2025年度の生成AIの月平均利用者数は何人ですか"


def yellow_pixels(png: bytes) -> int:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return sum(
        count
        for count, (red, green, blue) in image.getcolors(image.width * image.height) or []
        if red > 220 and green > 190 and blue < 140
    )


def test_the_first_screen_explains_itself_and_offers_questions(visit: Visit) -> None:
    assert visit.page.locator(".example").count() >= 1
    visit.page.get_by_text("登録文書：3件").wait_for()
    assert "索引の更新日：20" in visit.page.inner_text("#stock")


def test_an_example_question_is_asked_by_one_click(visit: Visit) -> None:
    question = visit.page.locator(".example").first.inner_text()
    visit.page.locator(".example").first.click()
    visit.page.locator(".answer[aria-busy=false]").wait_for()
    assert question in visit.page.inner_text(".asked")
    assert visit.page.locator("#welcome").is_hidden()


def test_a_marker_opens_the_page_with_the_quote_marked(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    answer = visit.page.inner_text(".answer")
    assert "227人" in answer
    assert "索引の更新日" in answer and "確かめてください" in answer
    visit.page.locator(".marker").first.click()
    image = visit.page.locator(".page-image")
    image.wait_for()
    assert "2 / 3" in visit.page.inner_text(".page-number")
    assert "227人" in str(image.get_attribute("alt"))
    assert yellow_pixels(image.screenshot()) > 200
    visit.page.get_by_role("button", name="次のページ").click()
    visit.page.wait_for_function(
        "() => document.querySelector('.page-number').textContent[0] === '3'"
    )
    visit.page.locator(".source-stage[aria-busy=false]").wait_for()
    assert yellow_pixels(visit.page.locator(".page-image").screenshot()) == 0
    assert visit.page.get_by_role("button", name="次のページ").is_disabled()
    visit.page.get_by_role("button", name="引用箇所へ戻る").click()
    visit.page.locator(".source-stage[aria-busy=false]").wait_for()
    assert yellow_pixels(visit.page.locator(".page-image").screenshot()) > 200


def test_the_text_of_the_page_marks_exactly_the_quote(visit: Visit) -> None:
    with visit.page.expect_response("**/api/chat") as response:
        visit.ask_and_wait(USERS)
    visit.page.locator(".marker").first.click()
    visit.page.get_by_role("button", name="本文", exact=True).click()
    mark = visit.page.locator(".page-text mark")
    mark.wait_for()
    assert mark.count() == 1
    quoted = mark.text_content() or ""
    assert "227人" in quoted
    # JSON in the stream may escape; the quote stands in it either way once parsed.
    data = response.value.text().split("event: answer\ndata: ")[1].split("\n\n")[0]
    parsed = visit.page.evaluate("(text) => JSON.parse(text)", data)
    assert quoted == parsed["citations"][0]["quote"]


def test_offsets_count_characters_outside_the_basic_plane_once(visit: Visit) -> None:
    visit.ask_and_wait("市民課の窓口の受付時間はいつからいつまでですか")
    source = visit.page.locator(".source", has_text="午後5時15分")
    source.get_by_role("button").click()
    mark = visit.page.locator(".page-text mark")
    mark.wait_for()
    # Two characters of two UTF-16 units each stand before the quote.
    assert mark.text_content() == source.locator(".source-quote").text_content()
    # A document without pages offers neither images nor page turning.
    assert visit.page.get_by_role("button", name="画像", exact=True).count() == 0
    assert visit.page.get_by_role("button", name="次のページ").count() == 0


def test_zooming_enlarges_the_page_within_its_frame(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.locator(".marker").first.click()
    image = visit.page.locator(".page-image")
    image.wait_for()
    before = image.bounding_box()
    visit.page.get_by_role("button", name="拡大").click()
    visit.page.wait_for_function(
        "() => document.querySelector('.page-image').style.width === '150%'"
    )
    after = image.bounding_box()
    assert before is not None and after is not None
    assert after["width"] > 1.3 * before["width"]
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    mark_in_sight = visit.page.evaluate(
        """() => {
          const stage = document.querySelector('.source-stage');
          return stage.scrollWidth > stage.clientWidth && stage.scrollLeft >= 0;
        }"""
    )
    assert mark_in_sight


def test_the_copied_answer_carries_its_sources(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.ask_and_wait(USERS)
    visit.page.locator(".copy-answer").click()
    visit.page.get_by_text("コピーしました").first.wait_for()
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    question, rest = copied.split("【回答】")
    answer, sources = rest.split("【出典】")
    assert USERS in question
    assert "227人" in answer and "[1]" in answer
    assert "[1] " in sources and "2ページ" in sources and "227人" in sources
    assert "索引の更新日" in sources


def test_copying_works_where_the_clipboard_is_refused(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.evaluate(
        """() => {
          navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'));
          document.addEventListener('copy', () => { window.copied = getSelection().toString()
            || document.activeElement.value; });
        }"""
    )
    visit.page.locator(".copy-answer").click()
    visit.page.get_by_text("コピーしました").first.wait_for()
    assert "【出典】" in visit.page.evaluate("window.copied")


def test_a_follow_up_is_understood_and_shown_as_it_was_searched(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    with visit.page.expect_request("**/api/chat") as request:
        visit.ask_and_wait("2024年度は？")
    history = request.value.post_data_json["history"]
    assert [turn["question"] for turn in history] == [USERS]
    assert "227人" in history[0]["answer"]
    second = visit.page.locator(".turn").nth(1)
    assert "次の質問として検索しました" in second.inner_text()
    assert "151人" in second.inner_text()


def test_a_long_conversation_scrolls_in_its_column_and_never_the_window(visit: Visit) -> None:
    for question in (USERS, "2024年度は？", "庁内の研修は年に何回開きましたか"):
        visit.ask_and_wait(question)
    assert visit.page.evaluate("document.scrollingElement.scrollTop + document.body.scrollTop") == 0
    asked = visit.page.locator(".asked").last.bounding_box()
    column = visit.page.locator("#conversation-scroll").bounding_box()
    assert asked is not None and column is not None
    assert column["y"] <= asked["y"] < column["y"] + 100  # the newest question stands at the top


def test_a_new_conversation_forgets_the_old_one(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.locator(".marker").first.click()
    visit.page.locator(".page-image").wait_for()
    visit.page.click("#new-conversation")
    assert visit.page.locator(".turn").count() == 0
    assert visit.page.locator("#welcome").is_visible()
    assert visit.page.locator("#source-panel").is_hidden()
    with visit.page.expect_request("**/api/chat") as request:
        visit.ask_and_wait("2024年度は？")
    body = request.value.post_data_json
    assert body["history"] == [] and "conversation_id" not in body


def test_what_is_not_in_the_documents_is_refused_and_the_search_shown(visit: Visit) -> None:
    visit.ask_and_wait("みなと市の温泉の入浴料はいくらですか")
    assert visit.page.locator(".badge-none").count() == 1
    assert visit.page.locator(".marker").count() == 0
    visit.page.get_by_text("近い箇所を見る（参考）").click()
    visit.page.locator(".passage").first.get_by_role("button").click()
    visit.page.locator("#source-panel .page-image, #source-panel .page-text").first.wait_for()


def test_the_whole_path_works_by_keyboard(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type(USERS)
    page.keyboard.press("Enter")
    page.locator(".answer[aria-busy=false] .sources").wait_for()

    def tab_to(selector: str, key: str = "Shift+Tab") -> None:
        for _ in range(40):
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            page.keyboard.press(key)
        pytest.fail(f"{selector} cannot be reached by {key}")

    tab_to(".marker")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.locator(".page-image").wait_for()
    assert page.evaluate("document.activeElement.id") == "source-title"
    tab_to("#source-panel .button-switch[aria-pressed=false]", "Tab")
    page.keyboard.press("Enter")
    page.locator(".page-text mark").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#source-panel").is_hidden()
    assert page.evaluate("document.activeElement.className") == "marker"
    tab_to(".copy-answer", "Tab")
    page.keyboard.press("Enter")
    page.get_by_text("コピーしました").first.wait_for()
    tab_to(".feedback button", "Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "役に立った"
    page.keyboard.press("Enter")
    page.locator(".feedback button[aria-pressed=true]", has_text="役に立った").wait_for()
    tab_to("#question", "Tab")


def test_only_the_finished_answer_is_announced_and_only_once(visit: Visit) -> None:
    visit.page.evaluate(
        """() => {
          window.heard = [];
          const region = document.getElementById('announcer');
          new MutationObserver(() => region.textContent && window.heard.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    visit.ask_and_wait(USERS)
    visit.page.wait_for_function("() => window.heard.length > 0")
    heard = visit.page.evaluate("window.heard")
    assert len(heard) == 1
    assert "227人" in heard[0] and "出典" in heard[0]
    live = "[...document.querySelectorAll('[aria-live],[role=status],[role=alert],[role=log]')]"
    assert not visit.page.evaluate(
        f"{live}.some((region) => region.contains(document.querySelector('.answer')))"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_360_pixels_nothing_scrolls_sideways_and_the_source_is_a_modal_dialog(
    visit_with: Callable[..., Visit], scheme: str
) -> None:
    visit = visit_with(width=360, height=740, color_scheme=scheme, has_touch=True)
    page = visit.page
    page.wait_for_selector(".example")
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(fits)
    visit.ask_and_wait(USERS)
    assert page.evaluate(fits)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a, input, summary, textarea')]
          .filter((target) => target.checkVisibility() && !target.closest('.visually-hidden'))
          .map((target) => [target.getBoundingClientRect(), target])
          .filter(([box, target]) => (box.width < 24 || box.height < 24)
            && !target.matches('.skip-link, .visually-hidden'))
          .map(([box, target]) => `${target.className} ${box.width}x${box.height}`)"""
    )
    assert small == []
    page.locator(".marker").first.tap()
    page.locator(".page-image").wait_for()
    assert page.evaluate("document.getElementById('source-panel').matches(':modal')")
    assert page.evaluate(fits)
    for _ in range(30):  # the focus stays within the dialog (or leaves the page altogether)
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.getElementById('source-panel').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    assert page.locator("#source-panel").is_hidden()
    assert page.evaluate("document.activeElement.className") == "marker"


def test_at_400_percent_zoom_the_page_is_still_usable(visit_with: Callable[..., Visit]) -> None:
    visit = visit_with(width=320, height=256)  # 1280 x 1024 at 400 %
    visit.ask_and_wait(USERS)
    assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    visit.page.locator(".marker").first.click()
    visit.page.locator(".page-image").wait_for()
    visit.page.get_by_role("button", name="出典を閉じる").click()
    assert visit.page.locator("#source-panel").is_hidden()


def test_the_theme_follows_the_system_until_someone_chooses(
    visit_with: Callable[..., Visit],
) -> None:
    visit = visit_with(color_scheme="dark")
    page = visit.page
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.click("#theme")
    assert page.evaluate(theme) == "light"
    assert "明るい" in page.inner_text("#theme")
    page.reload()
    assert page.evaluate(theme) == "light"


def test_the_print_view_is_the_conversation_with_its_sources(visit: Visit) -> None:
    visit.ask_and_wait(USERS)
    visit.page.emulate_media(media="print")
    for hidden in ("#composer", ".site-nav", ".answer-actions", ".passages"):
        assert visit.page.locator(hidden).is_hidden()
    for shown in (".asked", ".answer-text", ".sources", ".origin-note"):
        assert visit.page.locator(shown).is_visible()


def test_the_guide_opens_and_leads_back(visit: Visit) -> None:
    visit.page.click("#show-guide")
    visit.page.get_by_role("heading", name="利用の手引き").wait_for()
    visit.page.click("text=質問の画面へ戻る")
    visit.page.wait_for_selector("#question")
