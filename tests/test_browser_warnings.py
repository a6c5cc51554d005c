"""What a clerk sees when an answer is partial, or has something to be careful about."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, running, scripted_answer
from browser_support import Visit

from rag.index import Index
from rag.types import AnswerStatus, AnswerWarning

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PAIRING = "表の項目と数値の対応が読み取れないため、原本の該当ページをご確認ください。"
GAP = "「研修の回数」については、登録されている文書に記載が見つかりませんでした。"
WARNINGS = (
    AnswerWarning("spelling_corrected", "「生成Al」を「生成AI」と読み替えて探しました。"),
    AnswerWarning("superseded_document", "「DX推進計画」は古い版です。"),
    AnswerWarning("conflicting_values", "文書によって値が異なります。"),
    AnswerWarning("pairing_lost", PAIRING),
    AnswerWarning("not_known_yet", "まだ名前のない注意です。"),
)


@pytest.fixture
def careful(index: Index) -> Iterator[RunningServer]:
    answer = replace(
        scripted_answer(f"利用者数は227人です。[1]\n{GAP}\n{PAIRING}"),
        status=AnswerStatus.PARTIAL,
        warnings=WARNINGS,
    )
    with running(app_for(ScriptedAssistant(index, answer))) as server:
        yield server


@pytest.fixture
def asked(careful: RunningServer, visit_with: Callable[..., Visit]) -> Visit:
    visit = visit_with(url=careful.url)
    visit.ask_and_wait("生成Alの利用者数と研修の回数は")
    return visit


def test_a_partial_answer_says_so_and_sets_off_what_is_missing(asked: Visit) -> None:
    page = asked.page
    assert page.inner_text(".badge-partial") == "一部のみ回答"
    assert "記載があった部分だけ" in page.inner_text(".partial-note")
    assert page.locator(".answer-gap").all_inner_texts() == [GAP]
    assert page.inner_text(".resolved q") == "生成AIの月平均利用者数は"


def test_each_warning_is_shown_once_with_what_it_is_about(asked: Visit) -> None:
    assert asked.page.locator(".answer .warning").all_inner_texts() == [
        "古い文書：「DX推進計画」は古い版です。",
        "値の食い違い：文書によって値が異なります。",
        f"表の読み取り：{PAIRING}",
        "まだ名前のない注意です。",
    ]
    answer = asked.page.inner_text(".answer")
    assert answer.count(PAIRING) == 1
    # How the question was read stands above the answer and is no alarm.
    assert answer.index("読み替えて探しました") < answer.index("227人")
    assert answer.count("読み替えて探しました") == 1


def test_warnings_are_spoken_with_the_answer_and_copied_once(asked: Visit) -> None:
    asked.page.wait_for_function("() => document.getElementById('announcer').textContent !== ''")
    spoken = asked.page.inner_text("#announcer")
    assert "一部のみ回答" in spoken and "ご注意、文書によって値が異なります" in spoken
    asked.context.grant_permissions(["clipboard-read", "clipboard-write"])
    asked.page.locator(".copy-answer").click()
    asked.page.get_by_text("コピーしました").first.wait_for()
    copied = asked.page.evaluate("navigator.clipboard.readText()")
    assert "（一部のみ回答）" in copied and "※ 文書によって値が異なります。" in copied
    assert copied.count(PAIRING) == 1


def test_a_full_answer_carries_no_such_signs(
    index: Index, visit_with: Callable[..., Visit]
) -> None:
    with running(app_for(ScriptedAssistant(index))) as server:
        visit = visit_with(url=server.url)
        visit.ask_and_wait("生成AIの月平均利用者数は")
        for sign in (".badge", ".partial-note", ".answer-gap", ".answer .warning"):
            assert visit.page.locator(sign).count() == 0
        visit.page.close()
