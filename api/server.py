"""The server process: one worker, a clear word when the port is taken, a graceful end."""

import errno
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.dependencies import Services
from api.log_lines import JsonLines
from api.notifying import READY, STOPPING, notify
from rag.errors import ShioriError

# Eight seconds for what is running and two for closing the index make ten in all.
GRACEFUL_SHUTDOWN_S = 8
# Longer than nginx keeps a resting connection (60 s): the side that sends has to be the one that
# closes. With uvicorn's five seconds a question that is sent at that moment can meet a reset.
KEEP_ALIVE_S = 75


class ServerStartError(ShioriError):
    code = "server_start"


class WithoutQuery(logging.Filter):
    """Takes the query string out of access log lines; it may hold what somebody looked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, str(path).partition("?")[0], version, status)
        return True


class AnnouncingServer(uvicorn.Server):
    """Calls `on_ready` when it listens, and tells open streams when it stops."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()
            notify(READY)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        notify(STOPPING)
        services = getattr(self._app.state, "services", None)
        if isinstance(services, Services):
            services.stopping.set()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet; port 0 takes a free one.

    Raises ServerStartError naming the address and what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServerStartError(
            f"アドレス「{host}」が見つかりません。--host に 127.0.0.1 などを指定してください。"
        ) from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        # Bound alone, the port could still be taken by a server that begins to listen first.
        listener.listen()
    except OSError as error:
        listener.close()
        raise ServerStartError(_bind_failure(host, port, error)) from error
    return listener


def run_server(app: FastAPI, listener: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests end. Returns normally."""
    config = uvicorn.Config(
        app,
        log_config=_log_config(),
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
        # Whom to believe about the address behind a proxy is the settings' business (api/people).
        proxy_headers=False,
        lifespan="on",
    )
    server = AnnouncingServer(config, app, on_ready)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # uvicorn raises the signal again when it has ended; the default would kill the process
    # before the index is closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    server.run(sockets=[listener])


def _bind_failure(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"ポート {port} はすでに使われています。"
            "--port で別の番号を指定するか、使っているプログラムを終了してください。"
        )
    if error.errno == errno.EACCES:
        return (
            f"ポート {port} を使う権限がありません。--port に 1024 以上の番号を指定してください。"
        )
    return (
        f"アドレス「{host}」のポート {port} で待ち受けできません。"
        "--host と --port を確かめてください。"
    )


def _log_config() -> dict[str, object]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_query": {"()": WithoutQuery}},
        "formatters": {"line": {"()": JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "uvicorn": {"level": "WARNING"},
            "uvicorn.access": {
                "level": "INFO",
                "handlers": ["stderr"],
                "filters": ["without_query"],
                "propagate": False,
            },
            "shiori": {"level": "INFO"},
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
    }
