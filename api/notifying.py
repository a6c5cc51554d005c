"""Telling systemd how far the server is: what a unit of Type=notify waits for."""

import os
import socket

READY = "READY=1"
STOPPING = "STOPPING=1"


def notify(state: str) -> bool:
    """Sends `state` where NOTIFY_SOCKET says; False where nobody waits for it.

    A service manager that does not listen is no reason not to serve.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # A name in the abstract space begins with a zero byte, written as @.
    place = "\0" + address[1:] if address[0] == "@" else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.connect(place)
            sender.sendall(state.encode())
        except OSError:
            return False
    return True
