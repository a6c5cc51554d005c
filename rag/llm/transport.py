"""The only way out to a language model: allowed hosts, no redirects, JSON or events, capped."""

from collections.abc import AsyncIterator

import httpx2

from rag.llm.endpoint import Endpoint
from rag.llm.errors import ModelReplyError, ModelUnreachableError

_REPLIES = ("application/json", "text/event-stream")


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Hands requests on to `inner` after looking at them, and replies back."""

    def __init__(self, endpoint: Endpoint, inner: httpx2.AsyncBaseTransport) -> None:
        self._endpoint = endpoint
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises ModelUnreachableError or ModelReplyError for what must not go on."""
        if request.url.host.lower().strip("[]") not in self._endpoint.hosts:
            raise ModelUnreachableError("許されていないサーバーには接続しません。")
        response = await self._inner.handle_async_request(request)
        if response.status_code != 200:
            await response.aclose()
            raise ModelUnreachableError(
                f"言語モデルのサーバーがエラー（{response.status_code}）を返しました。"
            )
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _REPLIES or response.headers.get("content-encoding"):
            await response.aclose()
            raise ModelReplyError("言語モデルのサーバーが、回答でないものを返しました。")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Capped(response.stream, self._endpoint.max_reply_bytes),
            extensions=response.extensions,
            request=request,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for piece in self._inner:
            received += len(piece)
            if received > self._most:
                raise ModelReplyError("言語モデルの応答が大きすぎるため、打ち切りました。")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


def guarded_client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """Asks for no compression: a small packed reply may be a huge one."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(
            endpoint,
            httpx2.AsyncHTTPTransport(retries=0, trust_env=False),
        ),
        timeout=httpx2.Timeout(endpoint.total_timeout_s, connect=endpoint.connect_timeout_s),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )
