"""What surrounds every request: security headers, a body limit, and a last net for faults."""

import logging
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BodyTooLargeError, error_response

logger = logging.getLogger("shiori.api")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A sender that is cut off while still sending often never sees the answer, so what is left of a
# refused body is read and thrown away within these bounds.
DRAIN_LIMIT_BYTES = 64_000_000
DRAIN_TIMEOUT_S = 10.0
BODY_IDLE_LIMIT_S = 30.0


class SecurityHeaders:
    """Adds the policy to every response. Static files are revalidated, answers never stored."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS:
                    headers[name] = value
                if "cache-control" not in headers:
                    static = scope["path"].startswith("/static/")
                    headers["Cache-Control"] = "no-cache" if static else "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class FaultNet:
    """An unexpected exception becomes a 500 with a number that finds it in the log, nothing more."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch_start)
        except Exception:
            number = uuid.uuid4().hex[:12]
            logger.exception("fault %s in %s %s", number, scope["method"], scope["path"])
            if started:
                raise
            response = error_response(
                scope["path"],
                500,
                "internal_error",
                "内部で問題が起きました。時間をおいて送り直し、続くときは管理者に"
                f"番号 {number} を伝えてください。",
                {"X-Correlation-Id": number},
            )
            await response(scope, receive, send)


class SameOriginWrites:
    """Refuses changes that a page of another site makes a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in READING_METHODS:
            headers = Headers(scope=scope)
            if _comes_from_elsewhere(headers):
                response = error_response(
                    scope["path"],
                    403,
                    "cross_origin",
                    "ほかのサイトのページからの操作は受け付けません。しおりの画面から操作してください。",
                )
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """Stops reading a body at `limit_of(scope)` bytes, whatever Content-Length claimed.

    A sender that falls silent in the middle of a body is let go after `BODY_IDLE_LIMIT_S`.
    """

    def __init__(self, app: ASGIApp, limit_of: Callable[[Scope], int]) -> None:
        self.app = app
        self.limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope)
        received = 0
        complete = False

        async def receive_within_limit() -> Message:
            nonlocal received, complete
            if complete:  # from here on only the disconnect is awaited, for as long as it takes
                return await receive()
            with anyio.move_on_after(BODY_IDLE_LIMIT_S) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise HTTPException(408)
            complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                await _drain(receive, message)
                raise BodyTooLargeError(limit)
            return message

        await self.app(scope, receive_within_limit, send)


def _comes_from_elsewhere(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host", "")


async def _drain(receive: Receive, message: Message) -> None:
    drained = 0
    with anyio.move_on_after(DRAIN_TIMEOUT_S):
        while message["type"] == "http.request" and message.get("more_body", False):
            drained += len(message.get("body", b""))
            if drained > DRAIN_LIMIT_BYTES:
                return
            message = await receive()
