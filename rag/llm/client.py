"""Asking the language model: one thread with an event loop, so that a request can be called off.

A blocked read cannot be broken off from another thread; a cancelled task closes its connection at
once, and the server behind it stops writing for nobody.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

import httpx2
from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import SecretStr

from rag.llm.breaker import Breaker
from rag.llm.endpoint import Endpoint
from rag.llm.errors import (
    ModelBusyError,
    ModelCancelledError,
    ModelError,
    ModelReplyError,
    ModelRestingError,
    ModelSlowError,
    ModelUnreachableError,
)
from rag.llm.transport import guarded_client

if TYPE_CHECKING:
    from langchain_openai.chat_models.base import BaseChatOpenAI

logger = logging.getLogger("shiori.llm")

_CANCELLED = "回答の作成を途中で止めました。もう一度質問してください。"
_LOOK_EVERY_S = 0.05  # how soon a caller who left is noticed
_CHARACTERS_PER_TOKEN = 8  # more than any tokeniser puts into one
# At fault is who asks too much or leaves, not the model.
_NOT_THE_MODEL = (ModelBusyError, ModelCancelledError, ModelRestingError)


class ModelState(StrEnum):
    UNTRIED = "untried"
    ANSWERING = "answering"
    FAILED = "failed"  # the last request failed
    RESTING = "resting"  # failed repeatedly, not asked for a while


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a reply. The last one is empty and tells how the model ended."""

    text: str
    ended: bool = False
    cut: bool = False  # it stopped at the longest reply, not at its own end


class ChatModel:
    """One language model, for any number of threads. Close it when done."""

    def __init__(self, endpoint: Endpoint, breaker: Breaker | None = None) -> None:
        self.endpoint = endpoint
        self.breaker = breaker or Breaker()
        self._last: ModelState = ModelState.UNTRIED
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._waiting = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="llm", daemon=True)
        self._thread.start()
        self._http = guarded_client(endpoint)
        self._model: BaseChatOpenAI | None = None
        self._opening = threading.Lock()
        self._starting = threading.Lock()
        self._closed = False

    @property
    def state(self) -> ModelState:
        return ModelState.RESTING if self.breaker.resting else self._last

    def stream(
        self, messages: Sequence[BaseMessage], cancelled: threading.Event | None = None
    ) -> Iterator[Piece]:
        """The reply as it comes, ended by a piece with `ended`.

        Setting `cancelled`, or closing the iterator, ends the request at the server. Raises
        ModelError; what came before is then incomplete.
        """
        if not self.breaker.admits():
            raise ModelRestingError("言語モデルが続けて失敗したため、しばらく使いません。")
        self._opened()  # the import takes a second or more, which is not the model's fault
        outbox: queue.SimpleQueue[Piece | ModelError] = queue.SimpleQueue()
        running = self._start(self._ask(list(messages), outbox))
        told = False
        try:
            while not told:
                try:
                    piece = outbox.get(timeout=_LOOK_EVERY_S)
                except queue.Empty:
                    if cancelled is not None and cancelled.is_set():
                        raise ModelCancelledError(_CANCELLED) from None
                    continue
                if isinstance(piece, ModelError):
                    told = not isinstance(piece, _NOT_THE_MODEL)
                    if told:
                        self._note_failure(piece)
                    raise piece
                if piece.ended:
                    told = True
                    self.breaker.succeeded()
                    self._last = ModelState.ANSWERING
                yield piece
        finally:
            running.cancel()
            if not told:
                self.breaker.undecided()

    def _note_failure(self, error: ModelError) -> None:
        self.breaker.failed()
        self._last = ModelState.FAILED
        logger.warning("language model: %s: %s", error.code, error.message)

    def probe(self) -> str:
        """ "" when the server lists its models, else in Japanese what is wrong. For `doctor`."""
        wrong: str = self._start(self._probe()).result()
        return wrong

    def close(self) -> None:
        """Ends what is running. Returns when the thread has ended."""
        with self._starting:
            if self._closed:
                return
            self._closed = True
            ending = asyncio.run_coroutine_threadsafe(self._shut_down(), self._loop)
        ending.result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _start(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Raises ModelCancelledError once the model is being closed: nobody would run the work."""
        with self._starting:
            if not self._closed:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise ModelCancelledError(_CANCELLED)

    async def _ask(
        self, messages: list[BaseMessage], outbox: "queue.SimpleQueue[Piece | ModelError]"
    ) -> None:
        """Puts what went wrong behind what came, unless nobody waits for it any more."""
        try:
            await self._ask_in_turn(messages, outbox)
        # The libraries between here and the server raise what they like on what they do not know.
        except Exception as error:
            outbox.put(_as_model_error(error))

    async def _ask_in_turn(
        self, messages: list[BaseMessage], outbox: "queue.SimpleQueue[Piece | ModelError]"
    ) -> None:
        limits = self.endpoint
        if self._waiting >= limits.queue_length and self._slots.locked():
            raise ModelBusyError("言語モデルの順番を待つ人が多すぎます。")
        async with asyncio.timeout(limits.first_token_timeout_s) as first:
            self._waiting += 1
            try:
                await self._slots.acquire()
            except asyncio.CancelledError:
                if first.expired():
                    raise ModelBusyError("言語モデルの順番が回ってきませんでした。") from None
                raise
            finally:
                self._waiting -= 1
            try:
                async with asyncio.timeout(limits.total_timeout_s):
                    await self._play(messages, outbox, first)
            finally:
                self._slots.release()

    async def _play(
        self,
        messages: list[BaseMessage],
        outbox: "queue.SimpleQueue[Piece | ModelError]",
        silence: asyncio.Timeout,
    ) -> None:
        received = 0
        ending = ""
        # Closed at once, not when it is collected: the server must not write on for nobody.
        chunks = cast("AsyncGenerator[AIMessageChunk]", self._opened().astream(messages))
        async with aclosing(chunks):
            async for chunk in chunks:
                if chunk.tool_call_chunks or not isinstance(chunk.content, str):
                    raise ModelReplyError("言語モデルが、文章でないものを返しました。")
                ending = str(chunk.response_metadata.get("finish_reason") or ending)
                received += len(chunk.content)
                if received > self.endpoint.answer_tokens * _CHARACTERS_PER_TOKEN:
                    raise ModelReplyError("言語モデルが決められた長さを超えて書き続けました。")
                if chunk.content:
                    silence.reschedule(self._loop.time() + self.endpoint.read_timeout_s)
                    outbox.put(Piece(chunk.content))
        if ending not in ("stop", "length"):
            raise ModelReplyError("言語モデルの応答が途中で切れました。")
        if not received:
            raise ModelReplyError("言語モデルが何も書きませんでした。")
        outbox.put(Piece("", ended=True, cut=ending == "length"))

    def _opened(self) -> "BaseChatOpenAI":
        """Imported at the first question: a second and 50 MB that only a model's user pays."""
        with self._opening:
            if self._model is None:
                self._model = self._made()
            return self._model

    def _made(self) -> "BaseChatOpenAI":
        from langchain_openai.chat_models.base import BaseChatOpenAI

        limits = self.endpoint
        # `BaseChatOpenAI` speaks the dialect that all servers know (`max_tokens`).
        return BaseChatOpenAI(
            model=limits.model,
            base_url=limits.base_url,
            api_key=SecretStr(limits.api_key or "none"),
            temperature=0.0,
            max_tokens=limits.answer_tokens,
            max_retries=0,
            timeout=httpx2.Timeout(limits.total_timeout_s, connect=limits.connect_timeout_s),
            stream_chunk_timeout=None,  # silence is measured here, first piece apart
            stream_usage=False,
            use_responses_api=False,
            http_async_client=self._http,
        )

    async def _probe(self) -> str:
        headers = {"Authorization": f"Bearer {self.endpoint.api_key or 'none'}"}
        try:
            async with asyncio.timeout(self.endpoint.first_token_timeout_s):
                reply = await self._http.get(f"{self.endpoint.base_url}/models", headers=headers)
                listed = {entry["id"] for entry in reply.json()["data"]}
        # As in `_ask`.
        except Exception as error:
            return _as_model_error(error).message
        if self.endpoint.model not in listed:
            return f"サーバーにモデル「{self.endpoint.model}」がありません。"
        return ""

    async def _shut_down(self) -> None:
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._http.aclose()


def _as_model_error(error: BaseException) -> ModelError:
    """The expected error behind whatever was raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModelError):
            return cause
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            return ModelUnreachableError("言語モデルのサーバーに接続できません。")
        if isinstance(cause, TimeoutError | httpx2.TimeoutException):
            return ModelSlowError("言語モデルが時間内に答えませんでした。")
        if isinstance(cause, httpx2.TransportError):
            return ModelReplyError("言語モデルとの通信が途中で切れました。")
        cause = cause.__cause__ or cause.__context__
    return ModelReplyError("言語モデルの応答を読み取れません。")
