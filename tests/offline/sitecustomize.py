"""Denies a child process every connection and look-up beyond this machine. See conftest.py."""

import sys


def _deny(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host not in (None, "", "localhost", "::1", "0.0.0.0") and not host.startswith("127."):
        raise RuntimeError(f"a connection beyond this machine was tried: {event} {host!r}")


sys.addaudithook(_deny)
