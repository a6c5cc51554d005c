"""Where a request comes from: the machine itself, or what a trusted proxy says about it."""

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from rag.errors import ShioriError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ProxyAddressError(ShioriError):
    """SHIORI_TRUSTED_PROXIES holds something that is no address."""

    code = "proxy_address"


def networks(listed: str) -> tuple[Network, ...]:
    """The addresses and networks of a list with commas. Raises ProxyAddressError."""
    found = []
    for part in filter(None, (part.strip() for part in listed.split(","))):
        try:
            found.append(ipaddress.ip_network(part, strict=False))
        except ValueError as error:
            raise ProxyAddressError(
                f"SHIORI_TRUSTED_PROXIES の「{part}」はアドレスとして読めません。"
                "127.0.0.1 や 10.0.0.0/24 のように書いてください。"
            ) from error
    return tuple(found)


def peer_of(connection: HTTPConnection) -> str:
    """The address at the other end of the socket; "" when it is none."""
    return connection.client.host if connection.client else ""


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_loopback_host(header: str) -> bool:
    """Whether a Host header names this machine: not a name that a foreign page made point here."""
    host = header.rsplit(":", 1)[0] if not header.endswith("]") else header
    host = host.strip("[]").casefold()
    return host == "localhost" or is_loopback(host)


def comes_through(connection: HTTPConnection, proxies: Sequence[Network]) -> bool:
    """Whether a trusted proxy handed the request on."""
    try:
        peer = ipaddress.ip_address(peer_of(connection))
    except ValueError:
        return False
    return any(peer in network for network in proxies)


def client_address(connection: HTTPConnection, proxies: Sequence[Network]) -> str:
    """The address of the person's machine, as far as it is known for certain."""
    forwarded = connection.headers.getlist("x-forwarded-for")
    if forwarded and comes_through(connection, proxies):
        # The last one is what the proxy saw; those before it are what somebody told the proxy.
        return forwarded[-1].rsplit(",", 1)[-1].strip()
    return peer_of(connection)


def is_encrypted(connection: HTTPConnection, proxies: Sequence[Network]) -> bool:
    """Whether the person's browser speaks TLS."""
    told = connection.headers.get("x-forwarded-proto")
    if told is not None and comes_through(connection, proxies):
        return told.strip().casefold() == "https"
    return connection.url.scheme == "https"
