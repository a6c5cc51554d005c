"""Takes the network away from a process, to prove that nothing needs it."""

import ctypes
import os
import sys
from typing import Any

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_NAMES = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


class NetworkDeniedError(PermissionError):
    """Something tried to reach another machine."""


def deny_network() -> bool:
    """From now on every connection and look-up beyond this machine fails in this process.

    Returns whether the kernel denies it too, to native code and to children: the process then has
    a network namespace of its own without any device. The kernel may not permit that, and never
    does once there are threads, so call this first. There is no way back.
    """
    cut = _leave_network()
    sys.addaudithook(_refuse_outside)
    return cut


def _leave_network() -> bool:
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    if unshare is None:
        return False
    # root may go without a user namespace, and keeps its right to every file that way
    return any(unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in _NAMES:
        host = arguments[0]
    else:
        return
    if host is not None and not _is_here(os.fsdecode(host)):
        raise NetworkDeniedError(f"{event}: {host!r}")


def _is_here(host: str) -> bool:
    return host in ("", "localhost", "::1") or host.startswith("127.")
