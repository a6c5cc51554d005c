"""A language model server of a script: it speaks OpenAI's protocol and fails as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.settings import Settings

MODEL = "scripted"
Messages = list[dict[str, str]]
Reply = Callable[["Handler", Messages], None]


@dataclass
class ModelServer:
    """What a test decides and sees. `reply` plays one answer to one request."""

    reply: Reply
    url: str = ""
    requests: list[Messages] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    running: int = 0  # requests being answered right now
    most_running: int = 0
    left: int = 0  # clients that were gone before the answer ended
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settings(self, **values: Any) -> dict[str, Any]:
        return {"llm_base_url": f"{self.url}/v1", "llm_model": MODEL, **values}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: ModelServer

    def do_GET(self) -> None:
        self.script.paths.append(self.path)
        body = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        self.whole(200, "application/json", body.encode())

    def do_POST(self) -> None:
        script = self.script
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with script.lock:
            script.paths.append(self.path)
            script.requests.append(body["messages"])
            script.running += 1
            script.most_running = max(script.most_running, script.running)
        try:
            script.reply(self, body["messages"])
        except OSError:
            script.left += 1
        finally:
            with script.lock:
                script.running -= 1
            self.close_connection = True

    def whole(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()

    def event(self, payload: object) -> None:
        self.wfile.write(f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def piece(self, text: str, ending: str | None = None, **delta: object) -> None:
        choice = {"index": 0, "delta": {"content": text, **delta}, "finish_reason": ending}
        self.event(
            {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
            | {"choices": [choice]}
        )

    def end(self, ending: str = "stop") -> None:
        self.piece("", ending)
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *arguments: object) -> None:
        pass


def says(text: str | Callable[[Messages], str], size: int = 7, ending: str = "stop") -> Reply:
    """Answers with a text, or with what a function makes of the messages."""

    def reply(handler: Handler, messages: Messages) -> None:
        whole = text if isinstance(text, str) else text(messages)
        handler.begin()
        for start in range(0, len(whole), size):
            handler.piece(whole[start : start + size])
        handler.end(ending)

    return reply


def waits(before_s: float = 60.0, first: Sequence[str] = ()) -> Reply:
    """Sends `first`, then nothing for `before_s`, looking every 20 ms whether the client left."""

    def reply(handler: Handler, messages: Messages) -> None:
        handler.begin()
        for text in first:
            handler.piece(text)
        until = time.monotonic() + before_s
        while time.monotonic() < until and not handler.script.stopping.is_set():
            handler.connection.settimeout(0.02)
            try:
                if handler.connection.recv(1) == b"":
                    raise ConnectionResetError
            except TimeoutError:
                continue
        handler.end()

    return reply


class ManyAtOnce(ThreadingHTTPServer):
    request_queue_size = 128  # connections that may wait to be taken; 5 lose some of fifty


@contextmanager
def model_server(reply: Reply) -> Iterator[ModelServer]:
    """The server on a free loopback port; ends with the block."""
    script = ModelServer(reply)
    server = ManyAtOnce(("127.0.0.1", 0), type("ScriptedHandler", (Handler,), {"script": script}))
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield script
    finally:
        script.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def model_settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)
