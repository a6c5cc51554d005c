"""Nobody gets past here who is not let in: what is not on the open list needs a caller.

A route that forgets to ask who is there is closed all the same, and a body is not read before its
sender is known.
"""

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dependencies import Services
from api.errors import ApiError, error_response
from api.middleware import READING_METHODS
from api.people.caller import Caller
from api.people.gate import Gate, bearer_token
from api.people.single_sign_on import CALLBACK

LOOK_UPS_AT_ONCE = 8
LOGIN_PAGE = "/login"
CHANGE_PAGE = "/login?change"  # the same page, asking for a password of one's own
# Scripts, styles and the manual: the same for everybody, and nothing of any document.
_OPEN_PREFIX = "/static/"
_OPEN_PATHS = frozenset({LOGIN_PAGE, "/healthz", "/readyz", "/api/session/oidc", CALLBACK})
_SIGN_IN = ("POST", "/api/session")
_ASKING = frozenset({"/api/ask", "/api/chat", "/api/search", "/v1/chat/completions"})
_TEMPLATES = "/api/templates/"  # each is a question or two
_TO_LOGIN = frozenset({"login_required", "password_change_required"})
# A page of another site can make a browser send none of these by itself, or not without Origin.
_OWN_MARKS = ("sec-fetch-site", "origin", "x-requested-with")
_BODIES = ("application/json", "multipart/form-data")


class Gatekeeper:
    """Lets a request through with its caller in `scope["state"]["caller"]`, or answers itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._looking_up: CapacityLimiter | None = None  # made in the event loop it belongs to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = await self._look_at(scope)
        await (self.app if refused is None else refused)(scope, receive, send)

    async def _look_at(self, scope: Scope) -> Response | None:
        path, method = scope["path"], scope["method"]
        if path in _OPEN_PATHS or path.startswith(_OPEN_PREFIX):
            return None
        services = getattr(scope["app"].state, "services", None)
        try:
            if not isinstance(services, Services):
                raise ApiError(
                    503, "not_ready", "準備をしています。少し待ってから、もう一度送ってください。"
                )
            connection = HTTPConnection(scope)
            if services.gate.mode != "single" and method not in READING_METHODS:
                _require_own_page(connection)
            if (method, path) == _SIGN_IN:
                return None
            caller = await self._admit(services.gate, connection)
            if method == "POST" and (path in _ASKING or path.startswith(_TEMPLATES)):
                _require_patience(services.gate, caller)
            scope.setdefault("state", {})["caller"] = caller
        except ApiError as error:
            if error.code in _TO_LOGIN and method == "GET" and _is_page(path):
                wanted = CHANGE_PAGE if error.code == "password_change_required" else LOGIN_PAGE
                return RedirectResponse(wanted, 303, headers={"Cache-Control": "no-store"})
            return error_response(path, error.status, error.code, error.message)
        return None

    async def _admit(self, gate: Gate, connection: HTTPConnection) -> Caller:
        if gate.mode == "single":
            return gate.admit(connection)
        # Threads of its own: nobody waits at the door for answers that others are waiting for.
        if self._looking_up is None:
            self._looking_up = CapacityLimiter(LOOK_UPS_AT_ONCE)
        return await to_thread.run_sync(gate.admit, connection, limiter=self._looking_up)


def _require_patience(gate: Gate, caller: Caller) -> None:
    """Raises ApiError 429 for a person who asks more often than a person can."""
    if caller.single_user or gate.questions.admit(caller.id):
        return
    raise ApiError(
        429,
        "too_many_questions",
        "質問が続いています。1分ほど待ってから、もう一度お試しください。",
    )


def _is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/v1/"))


def _require_own_page(connection: HTTPConnection) -> None:
    """Raises ApiError 403 or 415 for a change that a foreign page could have sent.

    `SameOriginWrites` has looked at the values already; here one of the marks has to be there.
    """
    headers: Headers = connection.headers
    if bearer_token(connection) is not None:
        return  # no browser sends a token of its own accord
    if not any(mark in headers for mark in _OWN_MARKS):
        raise ApiError(
            403,
            "cross_origin",
            "しおりの画面からの操作と確かめられません。"
            "プログラムから使うときは、X-Requested-With ヘッダーかトークンを付けてください。",
        )
    kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind and kind not in _BODIES:
        raise ApiError(415, "wrong_type", "本文は application/json で送ってください。")
