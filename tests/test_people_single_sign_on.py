"""The city's own sign-on, against a provider in a process of its own, and tokens that are forged."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from api_support import RunningServer
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from people_support import OWN_PAGE, service_with_accounts, services_of

from api.people.single_sign_on import SingleSignOn, SingleSignOnError, SingleSignOnSettingsError
from rag.settings import Settings

ISSUER = "http://127.0.0.1:1"
CLIENT = "shiori"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider that knows tanaka, gone (disabled here), stranger and somebody without a name."""
    port = free_port()
    claims = [
        {"sub": name, "preferred_username": name} for name in ("tanaka", "gone", "stranger")
    ] + [{"sub": "nameless"}]
    options = [word for claim in claims for word in ("--user-claims", json.dumps(claim))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False)
                break
            except httpx.TransportError:
                assert time.monotonic() < until, "the provider did not start"
                time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def service(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    values = {
        "oidc_issuer": provider,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": "a secret of the client",
        "public_url": "http://127.0.0.1:1",
    }
    folder = tmp_path_factory.mktemp("oidc")
    with service_with_accounts(folder, auth="oidc", **values) as server:
        # Its own address is known only now.
        services_of(server).single_sign_on._redirect = f"{server.url}/api/session/oidc/callback"  # type: ignore[union-attr]
        accounts = services_of(server).gate.accounts
        accounts.add("tanaka", "田中", password="")
        accounts.add("gone", "退職者", password="")
        accounts.set_disabled("gone", True)
        yield server


def browser(service: RunningServer) -> httpx.Client:
    return httpx.Client(base_url=service.url, trust_env=False, timeout=30, headers=OWN_PAGE)


def sign_on(client: httpx.Client, subject: str) -> httpx.Response:
    """To the provider, who is `subject`, and back; the answer of the last step."""
    start = client.get("/api/session/oidc")
    assert start.status_code == 303
    with httpx.Client(trust_env=False) as other_site:
        answer = other_site.post(start.headers["location"], data={"sub": subject})
    assert answer.status_code in (302, 303), answer.text
    return client.get(answer.headers["location"])


def test_who_the_provider_names_is_signed_in(service: RunningServer) -> None:
    with browser(service) as client:
        assert client.get("/").headers["location"] == "/login"
        assert "庁内の認証でサインイン" in client.get("/login").text
        back = sign_on(client, "tanaka")
        assert (back.status_code, back.headers["location"]) == (303, "/")
        assert back.headers["set-cookie"].startswith("shiori-session=")
        me = client.get("/api/session").json()
        assert (me["login"], me["mode"], me["can_change_password"]) == ("tanaka", "oidc", False)
        assert client.get("/api/documents").status_code == 200
        assert client.delete("/api/session").status_code == 200
        assert client.get("/api/documents").status_code == 401


@pytest.mark.parametrize(
    ("subject", "reason"),
    [("stranger", "no_account"), ("gone", "no_account"), ("nameless", "failed")],
)
def test_whom_this_service_does_not_know_stays_outside(
    service: RunningServer, subject: str, reason: str
) -> None:
    with browser(service) as client:
        back = sign_on(client, subject)
        assert back.headers["location"] == f"/login?sso={reason}"
        assert client.get("/api/documents").status_code == 401


def test_the_request_to_the_provider_carries_pkce_state_and_nonce(
    service: RunningServer,
) -> None:
    with browser(service) as client:
        asked = [
            parse_qs(urlsplit(client.get("/api/session/oidc").headers["location"]).query)
            for _ in range(2)
        ]
    for query in asked:
        assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
        assert "secret" not in json.dumps(query)
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name] and len(asked[0][name][0]) >= 43


def test_nobody_is_signed_in_by_a_link_that_somebody_else_began(
    service: RunningServer,
) -> None:
    with browser(service) as attacker, browser(service) as victim:
        start = attacker.get("/api/session/oidc")
        with httpx.Client(trust_env=False) as other_site:
            answer = other_site.post(start.headers["location"], data={"sub": "tanaka"})
        link = answer.headers["location"]
        assert victim.get(link).headers["location"] == "/login?sso=failed"
        victim.get("/api/session/oidc")  # with a sign-in of its own under way as well
        assert victim.get(link).headers["location"] == "/login?sso=failed"
        assert victim.get("/api/documents").status_code == 401
        assert attacker.get(link).headers["location"] == "/"
        # And it works once.
        assert attacker.get(link).headers["location"] == "/login?sso=failed"


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=access_denied&state=x"])
def test_a_call_back_without_a_beginning_is_refused(service: RunningServer, query: str) -> None:
    with browser(service) as client:
        back = client.get(f"/api/session/oidc/callback{query}")
        assert back.headers["location"] == "/login?sso=failed"


def test_passwords_are_of_no_use_beside_it(service: RunningServer) -> None:
    with browser(service) as client:
        response = client.post("/api/session", json={"login": "tanaka", "password": ""})
        assert (response.status_code, response.json()["code"]) == (409, "no_passwords")


def test_elsewhere_there_is_no_way_to_a_provider(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path) as server, browser(server) as client:
        response = client.get("/api/session/oidc")
        assert (response.status_code, response.json()["code"]) == (409, "no_single_sign_on")


def settings(**values: Any) -> Settings:
    known = {
        "oidc_issuer": ISSUER,
        "oidc_client_id": CLIENT,
        "public_url": "https://shiori.example",
    }
    return Settings(_env_file=None, auth="oidc", **(known | values))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"oidc_issuer": ""}, "SHIORI_OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "SHIORI_OIDC_CLIENT_ID"),
        ({"public_url": ""}, "SHIORI_PUBLIC_URL"),
        ({"public_url": "http://shiori.example"}, "https"),
        ({"oidc_issuer": "http://idp.example"}, "https"),
    ],
)
def test_settings_that_are_missing_or_unprotected_are_named(
    values: dict[str, str], named: str
) -> None:
    with pytest.raises(SingleSignOnSettingsError, match=named):
        SingleSignOn(settings(**values))


def test_a_provider_that_is_away_is_an_error_in_words() -> None:
    with pytest.raises(SingleSignOnError, match="接続できません"):
        SingleSignOn(settings(oidc_issuer=f"http://127.0.0.1:{free_port()}")).begin()


KEY = RSAKey.generate_key(2048, {"kid": "1"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "1"})


def token(
    change: Callable[[dict[str, Any]], None] = lambda claims: None, key: Any = KEY, **header: str
) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": CLIENT, "sub": "1", "nonce": "n", "iat": now, "exp": now + 60}
    change(claims)
    header = {"alg": "RS256", "kid": "1"} | header
    return str(jwt.encode(header, claims, key, algorithms=[header["alg"]]))


def believed(id_token: str) -> bool:
    keys = KeySet([KEY]).as_dict(private=False)
    try:
        SingleSignOn(settings())._claims(id_token, keys, "n")
    except Exception:
        return False
    return True


def test_a_token_of_the_provider_for_this_sign_in_is_believed() -> None:
    assert believed(token())
    assert believed(token(lambda claims: claims.update(aud=[CLIENT, "other"], azp=CLIENT)))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "http://127.0.0.1:2"},
        {"aud": "other"},
        {"aud": [CLIENT, "other"], "azp": "other"},
        {"nonce": "m"},
        {"exp": 1},
        {"iat": 4_000_000_000},
    ],
    ids=lambda change: "-".join(change),
)
def test_a_token_for_another_purpose_is_not_believed(change: dict[str, Any]) -> None:
    assert not believed(token(lambda claims: claims.update(change)))


@pytest.mark.parametrize("missing", ["iss", "aud", "nonce", "exp", "sub", "iat"])
def test_a_token_that_leaves_something_out_is_not_believed(missing: str) -> None:
    assert not believed(token(lambda claims: claims.pop(missing)))


def test_a_token_that_somebody_else_signed_is_not_believed() -> None:
    assert not believed(token(key=OTHER_KEY))
    # With a shared secret, and with no signature at all.
    assert not believed(token(key=OctKey.generate_key(256, {"kid": "1"}), alg="HS256"))
    header, body, _ = token().split(".")
    for none in ("eyJhbGciOiJub25lIn0", header):
        assert not believed(f"{none}.{body}.")
    assert not believed(re.sub(r".{6}$", "AAAAAA", token()))
