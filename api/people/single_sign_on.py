"""Signing in at the city's own provider (OpenID Connect): authorization code with PKCE.

Authlib speaks OAuth with the provider, joserfc checks the signature; what is believed of a token is
decided here. Only the configured provider is ever connected to.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from api.people.addresses import is_loopback_host
from rag.errors import ShioriError
from rag.settings import Settings

CALLBACK = "/api/session/oidc/callback"
PENDING_S = 600.0
MAX_PENDING = 10_000
TIMEOUT_S = 10.0
CLOCK_SKEW_S = 60
# Asymmetric ones only: with a shared secret whoever can check a token can also make one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
# No proxy of the environment, and no redirect to where the settings do not point.
_CONNECTION: Mapping[str, Any] = {
    "timeout": TIMEOUT_S,
    "trust_env": False,
    "follow_redirects": False,
}
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class SingleSignOnError(ShioriError):
    """The provider did not say, in a way to be believed, who it is."""

    code = "single_sign_on"


class SingleSignOnSettingsError(ShioriError):
    code = "single_sign_on_settings"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that has gone to the provider and not come back."""

    nonce: str
    verifier: str
    begun: float = field(default_factory=time.monotonic)


class SingleSignOn:
    """Talks to one provider. Safe to share between threads; every method may take seconds."""

    def __init__(self, settings: Settings) -> None:
        """Raises SingleSignOnSettingsError naming the setting that is missing."""
        for name in ("oidc_issuer", "oidc_client_id", "public_url"):
            if not getattr(settings, name):
                raise SingleSignOnSettingsError(
                    f"SHIORI_AUTH=oidc には SHIORI_{name.upper()} の設定が必要です。"
                )
        if find_spec("authlib") is None or find_spec("joserfc") is None:
            raise SingleSignOnSettingsError(
                "SHIORI_AUTH=oidc に必要な部品がありません。"
                "pip install -c constraints.txt '.[oidc]' で入れてください。"
            )
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._claim = settings.oidc_login_claim
        self._redirect = settings.public_url.rstrip("/") + CALLBACK
        self._lock = threading.Lock()
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._metadata: Mapping[str, Any] | None = None
        for address in (self._issuer, self._redirect):
            _require_protected(address)

    def begin(self) -> tuple[str, str]:
        """(address at the provider, state that has to come back). Raises SingleSignOnError."""
        pending = Pending(nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))
        state = secrets.token_urlsafe(32)
        metadata = self._discovered()
        with self._client() as client:
            address, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        with self._lock:
            self._pending[state] = pending
            while len(self._pending) > MAX_PENDING:
                self._pending.popitem(last=False)
        return str(address), state

    def finish(self, state: str, code: str) -> str:
        """The login name that the provider vouches for. A state works once.

        Raises SingleSignOnError.
        """
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or time.monotonic() - pending.begun > PENDING_S:
            raise SingleSignOnError("サインインの途中で時間が過ぎました。もう一度お試しください。")
        from authlib.common.errors import AuthlibBaseError
        from httpx import HTTPError
        from joserfc.errors import JoseError

        try:
            metadata = self._discovered()
            with self._client() as client:
                token = client.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=pending.verifier
                )
            claims = self._claims(
                str(token["id_token"]), _fetched(metadata["jwks_uri"]), pending.nonce
            )
        except (AuthlibBaseError, HTTPError, JoseError, KeyError, TypeError, ValueError) as error:
            raise SingleSignOnError(
                "庁内の認証の返事を確かめられませんでした。もう一度お試しください。"
            ) from error
        login = claims.get(self._claim)
        if not isinstance(login, str) or not login.strip():
            raise SingleSignOnError(
                f"庁内の認証の返事に利用者名（{self._claim}）がありません。管理者に相談してください。"
            )
        return login

    def _claims(self, id_token: str, keys: Any, nonce: str) -> Mapping[str, Any]:
        """The claims of a token that this provider made for this client and this sign-in.

        Raises JoseError or ValueError.
        """
        from joserfc import jwt
        from joserfc.jwk import KeySet

        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
        claims: dict[str, Any] = token.claims
        jwt.JWTClaimsRegistry(
            leeway=CLOCK_SKEW_S,
            iss={"essential": True, "value": self._issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        # A token for several clients names the one it was made for.
        if claims.get("azp", self._client_id) != self._client_id:
            raise ValueError("the token was made for another client")
        return claims

    def _discovered(self) -> Mapping[str, Any]:
        if self._metadata is None:
            from httpx import HTTPError

            address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                metadata = _fetched(address)
                if metadata["issuer"] != self._issuer:
                    raise ValueError("another issuer")
                for name in _ENDPOINTS:
                    _require_protected(metadata[name])
            except (HTTPError, KeyError, TypeError, ValueError, ShioriError) as error:
                raise SingleSignOnError(
                    "庁内の認証に接続できません。時間をおいて試し、続くときは管理者に相談してください。"
                ) from error
            self._metadata = metadata
        return self._metadata

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self._client_id,
            self._secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            redirect_uri=self._redirect,
            scope="openid profile",
            code_challenge_method="S256",
            **_CONNECTION,
        )


def _fetched(address: str) -> Any:
    """The JSON at an address of the provider. Raises httpx.HTTPError or ValueError."""
    from httpx import Client

    with Client(**_CONNECTION) as client:
        response = client.get(address)
        response.raise_for_status()
        return response.json()


def _require_protected(address: str) -> None:
    """Raises SingleSignOnSettingsError for an address that is neither https nor this machine."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(parts.netloc)):
        return
    raise SingleSignOnSettingsError(
        f"「{address}」は https:// で始まるアドレスにしてください（SHIORI_OIDC_ISSUER、SHIORI_PUBLIC_URL）。"
    )
