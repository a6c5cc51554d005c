"""Who is let in, by the mode that the settings choose.

single   everybody on this machine is the one person, for trying out
local    people sign in with a password, and a cookie names their session
oidc     people sign in at the city's provider, and a cookie names their session
proxy    a reverse proxy in front has signed the person in and says who it is
"""

from datetime import timedelta
from typing import Literal

from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.errors import ApiError
from api.people import passwords
from api.people.accounts import Accounts, UnknownPersonError, login_name
from api.people.addresses import (
    client_address,
    comes_through,
    is_encrypted,
    is_loopback,
    is_loopback_host,
    networks,
    peer_of,
)
from api.people.caller import SINGLE_USER, Caller, caller_of
from api.people.sessions import BROWSER, TOKEN, Sessions
from api.people.throttle import NameThrottle, RateLimit
from rag.registry import Database
from rag.registry.people import Person
from rag.settings import Settings

SECURE_COOKIE = "__Host-shiori"
STATE_ENDING = "-sso"
STATE_S = 600
PLAIN_COOKIE = "shiori-session"  # browsers refuse the name above without TLS
# What somebody with an initial password may do: see who it is, sign out, choose a password.
_OPEN_BEFORE_CHANGE = "/api/session"

AuthMode = Literal["single", "local", "proxy", "oidc"]


class Gate:
    """Turns a request into a caller, or refuses it. One for each application."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.mode: AuthMode = settings.auth
        self.accounts = Accounts(database)
        self.sessions = Sessions(
            database,
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_absolute_hours),
        )
        self.names = NameThrottle(database)
        self.addresses = RateLimit()
        self.questions = RateLimit(settings.questions_per_minute)
        self._proxies = networks(settings.trusted_proxies)
        self._user_header = settings.proxy_user_header
        self._allow_plain_http = settings.allow_plain_http
        if self.mode == "local":
            passwords.nobodys_hash()  # made now, so that the first unknown name takes no longer

    def admit(self, connection: HTTPConnection) -> Caller:
        """The caller of a request, with the rights of this moment.

        Raises ApiError 401 when nobody is signed in, 403 when the person may not come in.
        """
        if self.mode == "single":
            return self._on_this_machine(connection)
        token = bearer_token(connection)
        if token is not None:
            return self._of_token(token)
        if self.mode == "proxy":
            return self._named_by_proxy(connection)
        found = self.sessions.resolve(self.session_id(connection), BROWSER)
        if found is None:
            raise ApiError(401, "login_required", "サインインしてください。")
        session, person = found
        if person.must_change and not connection.url.path.startswith(_OPEN_BEFORE_CHANGE):
            raise ApiError(
                403, "password_change_required", "はじめに、自分のパスワードを決めてください。"
            )
        return caller_of(person, session.id_hash)

    def still_admitted(self, caller: Caller) -> bool:
        """Whether a caller let in earlier may still do now what it could do then.

        Open streams ask every few seconds.
        """
        if caller.single_user:
            return True
        person = self._person_now(caller)
        return person is not None and caller_of(person).groups >= caller.groups

    def _person_now(self, caller: Caller) -> Person | None:
        if caller.session:
            found = self.sessions.find(caller.session)
            return found[1] if found else None
        try:
            person = self.accounts.find(caller.login)
        except UnknownPersonError:
            return None
        return None if person.disabled else person

    def _on_this_machine(self, connection: HTTPConnection) -> Caller:
        # The name as well: a foreign page can make its own name point to this machine.
        if is_loopback(peer_of(connection)) and is_loopback_host(
            connection.headers.get("host", "")
        ):
            return SINGLE_USER
        raise ApiError(
            403,
            "single_user_only",
            "試用（1人用）のしおりは、動いているパソコンからしか使えません。",
        )

    def _of_token(self, token: str) -> Caller:
        found = self.sessions.resolve(token, TOKEN)
        if found is None:
            raise ApiError(401, "bad_token", "トークンが正しくないか、期限が切れています。")
        session, person = found
        return caller_of(person, session.id_hash, only_asking=True)

    def _named_by_proxy(self, connection: HTTPConnection) -> Caller:
        named = connection.headers.getlist(self._user_header)
        if not comes_through(connection, self._proxies) or len(named) != 1 or not named[0].strip():
            raise ApiError(
                401, "login_required", "庁内の認証の入口（ポータル）を通って開いてください。"
            )
        try:
            person = self.accounts.find(login_name(named[0]))
        except UnknownPersonError:
            person = None
        if person is None or person.disabled:
            raise ApiError(
                403,
                "no_account",
                "しおりの利用者として登録されていません。管理者に相談してください。",
            )
        return caller_of(person)

    def address_of(self, connection: HTTPConnection) -> str:
        return client_address(connection, self._proxies)

    def require_encryption(self, connection: HTTPConnection) -> None:
        """Raises ApiError 403 where a password would cross the network for all to read."""
        if (
            is_encrypted(connection, self._proxies)
            or is_loopback(self.address_of(connection))
            or self._allow_plain_http
        ):
            return
        raise ApiError(
            403,
            "encryption_required",
            "暗号化されていない接続ではサインインできません。https:// のアドレスで開いてください。",
        )

    def session_id(self, connection: HTTPConnection) -> str:
        return connection.cookies.get(self._cookie(connection), "")

    def set_cookie(self, connection: HTTPConnection, response: Response, session_id: str) -> None:
        response.set_cookie(
            self._cookie(connection),
            session_id,  # without an age: it goes with the browser, on machines that people share
            path="/",
            secure=is_encrypted(connection, self._proxies),
            httponly=True,
            samesite="lax",
        )

    def clear_cookie(self, connection: HTTPConnection, response: Response) -> None:
        response.delete_cookie(
            self._cookie(connection),
            path="/",
            secure=is_encrypted(connection, self._proxies),
            httponly=True,
            samesite="lax",
        )

    def set_state(self, connection: HTTPConnection, response: Response, state: str) -> None:
        """What binds a sign-in at the provider to the browser that began it."""
        response.set_cookie(
            self._cookie(connection) + STATE_ENDING,
            state,
            max_age=STATE_S,
            path="/",
            secure=is_encrypted(connection, self._proxies),
            httponly=True,
            samesite="lax",
        )

    def state_of(self, connection: HTTPConnection) -> str:
        return connection.cookies.get(self._cookie(connection) + STATE_ENDING, "")

    def clear_state(self, connection: HTTPConnection, response: Response) -> None:
        response.delete_cookie(
            self._cookie(connection) + STATE_ENDING,
            path="/",
            secure=is_encrypted(connection, self._proxies),
            httponly=True,
            samesite="lax",
        )

    def caller_now(self, person_id: str) -> Caller | None:
        """Somebody with the rights of now, for work that goes on without a request.

        None when the person is gone or disabled: such work has to end.
        """
        if self.mode == "single":
            return SINGLE_USER if person_id == SINGLE_USER.id else None
        person = self.accounts.by_id(person_id)
        return None if person is None or person.disabled else caller_of(person)

    def _cookie(self, connection: HTTPConnection) -> str:
        return SECURE_COOKIE if is_encrypted(connection, self._proxies) else PLAIN_COOKIE


def bearer_token(connection: HTTPConnection) -> str | None:
    """The token of an Authorization header; None without one."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None
