"""Sixty active texts in documents, titles, file names, questions and the model's replies (S5).

Nothing is fetched from elsewhere, no script runs, nothing leads away, and each text is read as text.
"""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from active_payloads import ACTIVE_PAYLOADS
from api_support import RunningServer, app_for, running, sse_events
from browser_support import Visit
from fakes import NgramEmbeddings
from llm_support import Handler, Messages, model_server, model_settings
from test_browser_safety import nothing_became_active

from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.writer import ModelWriter

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

AT_ONCE = 6
# A busy machine is no reason to answer without the model.
PATIENT = {"llm_first_token_timeout_s": 100, "llm_read_timeout_s": 100, "llm_total_timeout_s": 100}
ROUNDS = [ACTIVE_PAYLOADS[at : at + AT_ONCE] for at in range(0, len(ACTIVE_PAYLOADS), AT_ONCE)]
SCHEMES = ("javascript:", "data:", "file:", "ms-", "mailto:", "vbscript:", "\\\\")


def statement(number: int) -> str:
    """What a document says around one of the texts, on one line."""
    text = " ".join(ACTIVE_PAYLOADS[number].split())
    return f"点検の第{number + 1}番に見つけた文字列は{text}である。"


class Obeying:
    """Writes the texts of the round that is asked about, bare and as the documents state them."""

    round = 0

    def __call__(self, handler: Handler, messages: Messages) -> None:
        first = self.round * AT_ONCE
        handler.begin()
        for number in range(first, first + AT_ONCE):
            for line in (ACTIVE_PAYLOADS[number], f"{statement(number)}[E1]"):
                handler.piece(line)
                time.sleep(0.1)  # so that the page shows each before the next takes its place
                handler.piece("\n")
        handler.end()


@pytest.fixture(scope="module")
def model() -> Obeying:
    return Obeying()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, model: Obeying) -> Iterator[RunningServer]:
    """A document for each text, which stands in its name, its title and its body."""
    with Index.open(tmp_path_factory.mktemp("active") / "var", NgramEmbeddings()) as index:
        for number, text in enumerate(ACTIVE_PAYLOADS):
            name = f"{number + 1} {text}.md".replace("/", "∕").replace("\n", " ")
            entry = CatalogEntry(file=name, title=f"{number + 1} {' '.join(text.split())}")
            body = f"# 点検の記録{number + 1}\n\n{statement(number)}\n"
            assert not ingest_bytes(name, body.encode(), index, entry=entry).failures
        with model_server(model) as server_of_model:
            endpoint = endpoint_of(model_settings(**server_of_model.settings(**PATIENT)))
            assert endpoint is not None
            writer = ModelWriter(ChatModel(endpoint))
            assistant = Assistant(index, writer=writer)
            with running(app_for(assistant)) as server:
                yield server
            writer.model.close()


def inert(visit: Visit) -> None:
    nothing_became_active(visit)
    targets = visit.page.evaluate(
        "[...document.querySelectorAll('[href],[src],[action],[formaction]')].flatMap((e) =>"
        " ['href', 'src', 'action', 'formaction'].map((n) => e.getAttribute(n)).filter(Boolean))"
    )
    assert [t for t in targets if t.strip().lower().startswith(SCHEMES)] == []
    assert [t for t in targets if "192.0.2.9" in t] == []


def elsewhere(url: str, origin: str) -> list[str]:
    """The page names the open conversation behind # in its own address; else it stays."""
    return [] if re.fullmatch(rf"{re.escape(origin)}/(#c=[0-9a-f]+)?", url) else [f"went to {url}"]


@pytest.fixture
def guarded(visit_with: Callable[..., Visit], site: RunningServer) -> Visit:
    """A window in which an alert, a download, a window or leaving the page is a problem as well."""
    visit = visit_with(url=site.url)
    page, problems = visit.page, visit.problems
    page.on("dialog", lambda dialog: (problems.append("dialog"), dialog.dismiss()))
    page.on("download", lambda download: problems.append(f"download {download.url}"))
    visit.context.on("page", lambda opened: problems.append(f"window {opened.url}"))
    page.on("framenavigated", lambda frame: problems.extend(elsewhere(frame.url, site.url)))
    page.wait_for_selector(".example")
    return visit


@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_in_questions_documents_and_replies(guarded: Visit, model: Obeying, number: int) -> None:
    page, texts = guarded.page, ROUNDS[number]
    model.round = number
    page.evaluate(
        """() => {
          window.drafts = '';
          new MutationObserver(() => {
            window.drafts += document.querySelector('.unchecked-text')?.textContent ?? '';
          }).observe(document.getElementById('turns'),
            { childList: true, characterData: true, subtree: true });
        }"""
    )
    first = number * AT_ONCE
    marks = "、".join(f"点検の第{first + n + 1}番" for n in range(len(texts)))
    question = f"{marks}に見つけた文字列は何ですか {' '.join(texts)}"
    with page.expect_response("**/api/chat") as response:
        guarded.ask_and_wait(question)
    assert page.text_content(".asked-text") == question
    # Whatever the guard lets stand afterwards: while it was written, all of it came to the page, and
    # as much was in it as a busy machine could paint. What ends with ! or ? is a sentence of its own.
    events = sse_events(response.value.text())
    came = " ".join(str(data["text"]) for name, data in events if name == "draft")
    ends = [re.split("[!?]", " ".join(text.split()))[-1] for text in texts]
    assert [end for end in ends if end not in " ".join(came.split())] == []
    shown = page.evaluate("window.drafts")
    assert any(end in " ".join(shown.split()) for end in ends)
    inert(guarded)
    page.locator(".passages summary").click()
    assert page.locator(".passage").count() >= 1
    inert(guarded)
    page.locator(".passage").first.get_by_role("button").click()
    page.locator("#source-panel .page-text").wait_for()
    inert(guarded)


def test_in_titles_and_file_names(guarded: Visit) -> None:
    page = guarded.page
    page.click("#show-documents")
    page.wait_for_function(
        "(count) => document.querySelectorAll('.document').length === count",
        arg=len(ACTIVE_PAYLOADS),
    )
    titles = page.locator(".document-title").all_text_contents()
    names = page.locator(".document-file").all_text_contents()
    for number, text in enumerate(ACTIVE_PAYLOADS):
        assert f"{number + 1} {' '.join(text.split())}" in titles
    assert sum("window.ran=1" in name for name in names) >= 20
    inert(guarded)
    page.locator(".document").first.get_by_role("button", name="を削除").click()
    inert(guarded)


@pytest.mark.parametrize("number", range(0, len(ACTIVE_PAYLOADS), 10))
def test_in_a_document_that_is_open(guarded: Visit, number: int) -> None:
    page = guarded.page
    page.click("#show-documents")
    title = f"{number + 1} {' '.join(ACTIVE_PAYLOADS[number].split())}"
    page.locator(".document-title").get_by_text(title, exact=True).click()
    page.locator("#source-panel .page-text").wait_for()
    assert page.text_content("#source-title") == title
    assert statement(number) in (page.text_content(".page-text") or "")
    inert(guarded)


def test_in_the_page_of_the_auditor_and_in_a_template(
    visit_with: Callable[..., Visit], site: RunningServer
) -> None:
    with site.client() as client:
        for text in ACTIVE_PAYLOADS:
            assert client.post("/api/search", json={"query": text}).status_code == 200
    audit = visit_with(url=site.url, path="/static/audit.html")
    audit.page.locator("#records tr").nth(40).wait_for()
    assert "<script" in audit.page.inner_text("#records")
    inert(audit)
    letter = visit_with(url=site.url, path="/static/templates.html")
    letter.page.select_option("#template", "mail")
    letter.page.fill("#field-to", ACTIVE_PAYLOADS[14])
    letter.page.fill("#field-sender", ACTIVE_PAYLOADS[0])
    letter.page.fill(
        "#field-question", f"点検の第1番に見つけた文字列は何ですか{ACTIVE_PAYLOADS[50]}"
    )
    letter.page.get_by_role("button", name="下書きを作る").click()
    letter.page.locator("#result").wait_for()
    assert ACTIVE_PAYLOADS[14] in letter.page.inner_text("#result")
    inert(letter)
