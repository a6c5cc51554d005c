"""An answer sent while it is made, as server-sent events, with one recorded turn at the end.

A response class of its own, because a plain async generator learns of a vanished client only when
it is next resumed, and every `await` in its `finally` is cancelled: the turn would be lost.
"""

import logging
import math
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Protocol

import anyio
from anyio import from_thread, to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.turns import OpenTurn, TurnState
from rag.errors import ShioriError
from rag.events import AnswerEvent, AssistantEvent, DraftEvent, StatusEvent, TokenEvent
from rag.llm.errors import ModelCancelledError
from rag.registry.audit import AuditUnavailableError
from rag.types import Answer

logger = logging.getLogger("shiori.api")

PING_INTERVAL_S = 15.0
RIGHTS_INTERVAL_S = 2.0
STREAM_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


class EventEncoder(Protocol):
    """How one dialect writes the events. An empty result sends nothing."""

    def opening(self) -> bytes: ...
    def status(self, stage: str) -> bytes: ...
    def token(self, text: str) -> bytes: ...
    def draft(self, text: str) -> bytes: ...
    def answer(self, answer: Answer) -> bytes: ...
    def error(self, code: str, message: str) -> bytes: ...


class AnswerStream(Response):
    """Plays `events` to one client.

    `turn` is finished exactly once: before the last event goes out when the answer is complete,
    otherwise when the stream has ended, with what was sent so far. The events are made in one of
    `threads`. `stopping` ends the stream with an error that asks to connect again, and so does a person who is no longer `still_admitted`.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: Iterator[AssistantEvent],
        encoder: EventEncoder,
        turn: OpenTurn,
        stopping: anyio.Event,
        threads: anyio.CapacityLimiter | None = None,
        still_admitted: Callable[[], bool] = lambda: True,
        ended: threading.Event | None = None,
    ) -> None:
        super().__init__(headers=STREAM_HEADERS, media_type=self.media_type)
        del self.headers["content-length"]
        self._events = events
        self._encoder = encoder
        self._turn = turn
        self._stopping = stopping
        self._threads = threads
        self._still_admitted = still_admitted
        self._shut_out = False
        self._pieces: list[str] = []
        self._recorded = False
        self._failure: Exception | None = None
        self._client_gone = False
        # Tells the worker thread to make no further event, and a language model to stop.
        self._ended = ended or threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._play(receive, send)
        except OSError:
            self._client_gone = True
        finally:
            self._ended.set()
            if not self._recorded:
                state = TurnState.CUT_BY_USER if self._client_gone else TurnState.CUT_BY_ERROR
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self._keep, state, None)

    async def _play(self, receive: Receive, send: Send) -> None:
        outbox, inbox = anyio.create_memory_object_stream[AssistantEvent](math.inf)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._produce, outbox)
            tasks.start_soon(self._watch_client, receive, tasks.cancel_scope)
            tasks.start_soon(self._watch_stop, tasks.cancel_scope)
            tasks.start_soon(self._watch_rights, tasks.cancel_scope)
            try:
                await self._write(send, inbox)
            finally:
                self._ended.set()
            tasks.cancel_scope.cancel()
        if self._client_gone:
            return
        if not self._recorded:
            await self._send(send, self._encoder.error(*self._describe_failure()))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _produce(self, outbox: MemoryObjectSendStream[AssistantEvent]) -> None:
        with outbox:
            # Left behind when the stream is cut: what it waits for may take long to notice.
            await to_thread.run_sync(
                self._pump, outbox, abandon_on_cancel=True, limiter=self._threads
            )

    def _pump(self, outbox: MemoryObjectSendStream[AssistantEvent]) -> None:
        """Runs the assistant from start to end in one worker thread."""
        try:
            for event in self._events:
                if self._ended.is_set():
                    break
                from_thread.run_sync(outbox.send_nowait, event)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # nobody reads any more
        except Exception as error:  # told to the client as an error event
            self._failure = error
        finally:
            close = getattr(self._events, "close", None)
            if close is not None:
                close()

    async def _watch_client(self, receive: Receive, scope: anyio.CancelScope) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._client_gone = True
        self._ended.set()
        scope.cancel()

    async def _watch_stop(self, scope: anyio.CancelScope) -> None:
        await self._stopping.wait()
        self._ended.set()
        scope.cancel()

    async def _watch_rights(self, scope: anyio.CancelScope) -> None:
        """Ends the stream within seconds of the person being signed out or disabled."""
        while True:
            await anyio.sleep(RIGHTS_INTERVAL_S)
            if not await to_thread.run_sync(self._still_admitted):
                self._shut_out = True
                self._ended.set()
                scope.cancel()
                return

    async def _write(self, send: Send, inbox: MemoryObjectReceiveStream[AssistantEvent]) -> None:
        await self._send(send, self._encoder.opening())
        with inbox:
            while True:
                with anyio.move_on_after(PING_INTERVAL_S) as waiting:
                    try:
                        event = await inbox.receive()
                    except anyio.EndOfStream:
                        return
                if waiting.cancelled_caught:
                    await self._send(send, b": ping\n\n")
                    continue
                await self._write_event(send, event)

    async def _write_event(self, send: Send, event: AssistantEvent) -> None:
        match event:
            case StatusEvent(stage=stage):
                await self._send(send, self._encoder.status(stage))
            case TokenEvent(text=text):
                self._pieces.append(text)
                await self._send(send, self._encoder.token(text))
            case DraftEvent(text=text):
                await self._send(send, self._encoder.draft(text))
            case AnswerEvent(answer=answer):
                # On record before it is delivered: who reads the answer finds the turn.
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self._keep, TurnState.COMPLETE, answer)
                    failure = await to_thread.run_sync(self._put_on_record, answer)
                if failure is not None:
                    error = self._encoder.error(failure.code, failure.message)
                    await self._send(send, error)
                    return
                await self._send(send, self._encoder.answer(answer))

    async def _send(self, send: Send, frame: bytes) -> None:
        if frame:
            await send({"type": "http.response.body", "body": frame, "more_body": True})

    def _describe_failure(self) -> tuple[str, str]:
        stopped = self._failure is None or isinstance(self._failure, ModelCancelledError)
        if isinstance(self._failure, ShioriError) and not stopped:
            return self._failure.code, self._failure.message
        if self._shut_out:
            return "login_required", "サインインが切れました。もう一度サインインしてください。"
        if stopped and self._stopping.is_set():
            return (
                "server_stopping",
                "サーバーが停止または再起動するところです。少し待ってから、もう一度質問してください。",
            )
        number = uuid.uuid4().hex[:12]
        logger.error("fault %s in a stream", number, exc_info=self._failure)
        return (
            "internal_error",
            "内部で問題が起きました。もう一度質問し、続くときは管理者に"
            f"番号 {number} を伝えてください。",
        )

    def _put_on_record(self, answer: Answer) -> AuditUnavailableError | None:
        """The record of the request is older than its answer, which gets its own."""
        try:
            if self._turn.note is not None:
                self._turn.note.completed(answer)
        except AuditUnavailableError as error:
            return error
        return None

    def _keep(self, state: TurnState, answer: Answer | None) -> None:
        self._recorded = True
        self._turn.finish(state, answer, "".join(self._pieces))
