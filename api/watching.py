"""Noticing that whoever sent a request has gone, while a worker thread still works for them."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.requests import Request


@asynccontextmanager
async def cancelled_with(request: Request, stopping: anyio.Event) -> AsyncIterator[threading.Event]:
    """An event that is set when the client disconnects or the server stops.

    Only for handlers that have read the body: nothing but the disconnect may still arrive.
    """
    cancelled = threading.Event()

    async def watch_client() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancelled.set()

    async def watch_stop() -> None:
        await stopping.wait()
        cancelled.set()

    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch_client)
        tasks.start_soon(watch_stop)
        try:
            yield cancelled
        # Raised below: a task group would wrap it, and no error handler would know it.
        except Exception as error:
            failure = error
        finally:
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
