"""A record for every request, whatever the route: a route cannot forget it, only add to it.

An answer is not sent before its record is kept: the record is made when the response starts, and a
response whose record cannot be kept is replaced by a refusal. What changes something gets a record
before it begins and one when it has ended. Streams get a second one when the answer is complete.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import error_response
from api.people.caller import Caller
from rag.registry.audit import AuditLog, AuditUnavailableError
from rag.types import Answer

logger = logging.getLogger("shiori.api")

_RECORDED = ("/api/", "/v1/")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# They change nothing but the person's own history: one record, when the answer is there.
_ASKING = ("/api/ask", "/api/chat", "/api/search", "/api/templates", "/v1/")
_UNAVAILABLE_STATUS = 507


@dataclass(slots=True)
class Note:
    """What a route knows about its request: masked input, documents, seal of the output."""

    keep: Callable[[Mapping[str, object]], object]
    fields: dict[str, object] = field(default_factory=dict)

    def put(self, **fields: object) -> None:
        """Values are JSON; nothing personal and no text of documents."""
        self.fields.update(fields)

    def answered(self, answer: Answer) -> None:
        """The answer by its seal and its documents, never by its text."""
        shown = {c.document_id for c in answer.citations} | {p.document_id for p in answer.passages}
        self.put(
            status=answer.status.value,
            documents=sorted(shown),
            output_sha256=hashlib.sha256(answer.text.encode("utf-8", "replace")).hexdigest(),
            mode=answer.mode,
            versions={
                "index": answer.versions.index,
                "embedding": answer.versions.embedding,
                "generator": answer.versions.generator,
                "prompt": answer.versions.prompt,
            },
        )

    def retrieved(self, document_ids: Iterable[str]) -> None:
        self.put(documents=sorted(set(document_ids)))

    def completed(self, answer: Answer) -> None:
        """A record of its own for an answer whose response has started long ago.

        Raises AuditUnavailableError: the answer may not be sent then.
        """
        self.answered(answer)
        self.keep({"phase": "answer"})


def current_note(request: Request) -> Note:
    note = getattr(request.state, "audit", None)
    # Without the middleware there is no request: a route called by a test of its own.
    return note if isinstance(note, Note) else Note(keep=lambda fields: None)


NoteDep = Annotated[Note, Depends(current_note)]


class AuditTrail:
    """Writes the records. Outside of the gatekeeper: who is turned away is on record too."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        log = _log_of(scope)
        if log is None:
            await self.app(scope, receive, send)
            return
        note = Note(keep=lambda more: self._keep(log, scope, note, more))
        scope.setdefault("state", {})["audit"] = note
        begun = False
        withheld = False

        async def record(**more: object) -> bool:
            try:
                await to_thread.run_sync(self._keep, log, scope, note, more)
            except AuditUnavailableError as error:
                nonlocal withheld
                withheld = True
                refused = error_response(
                    scope["path"], _UNAVAILABLE_STATUS, error.code, error.message
                )
                await refused(scope, receive, send)
                return False
            return True

        async def send_recorded(message: Message) -> None:
            nonlocal begun
            if withheld:
                return
            if message["type"] == "http.response.start" and not begun:
                begun = True
                if not await record(http=message["status"], phase="end" if changes else ""):
                    return
            await send(message)

        changes = _changes(scope)
        try:
            await self.app(scope, receive, send_recorded)
        except Exception:
            if not begun and not withheld:
                begun = True
                # The fault is answered further out; its record must not hide it.
                try:
                    await to_thread.run_sync(
                        self._keep,
                        log,
                        scope,
                        note,
                        {"http": 500, "phase": "end" if changes else ""},
                    )
                except AuditUnavailableError:
                    logger.error("a fault could not be put on record")
            raise

    def _route_of(self, scope: Scope) -> tuple[str, Mapping[str, object]]:
        """The address of the route with its parameters, also before anybody has looked for it."""
        if "route" in scope:
            return getattr(scope["route"], "path", ""), scope.get("path_params", {})
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return getattr(route, "path", ""), found.get("path_params", {})
        return "", {}

    def _keep(self, log: AuditLog, scope: Scope, note: Note, more: Mapping[str, object]) -> None:
        caller = scope.get("state", {}).get("caller")
        route, target = self._route_of(scope)
        fields: dict[str, object] = {"action": f"{scope['method']} {route or '(no route)'}"}
        if isinstance(caller, Caller):
            fields |= {
                "who": caller.id,
                "login": caller.login,
                "name": caller.name,
                "department": caller.department,
            }
        # Of a path that no route has nothing is kept: anything may stand in it.
        if target:
            fields["target"] = {name: str(value)[:200] for name, value in target.items()}
        log.append({**fields, **note.fields, **more})


class BeforeChange:
    """The record that a change begins. Inside of the gatekeeper, where it is known who asks for it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note = scope.get("state", {}).get("audit")
        if isinstance(note, Note) and _changes(scope):
            try:
                await to_thread.run_sync(note.keep, {"phase": "begin"})
            except AuditUnavailableError as error:
                refused = error_response(
                    scope["path"], _UNAVAILABLE_STATUS, error.code, error.message
                )
                await refused(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _changes(scope: Scope) -> bool:
    return scope["method"] not in _READING and not scope["path"].startswith(_ASKING)


def _log_of(scope: Scope) -> AuditLog | None:
    if scope["type"] != "http" or not scope["path"].startswith(_RECORDED):
        return None
    services = getattr(scope["app"].state, "services", None)
    log = getattr(services, "audit", None)
    return log if isinstance(log, AuditLog) else None  # starting or ending: nothing is answered
