"""What routes share: the open assistant, the settings, the lock around writing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from fastapi import Depends, Request

from api.errors import ApiError
from api.people.caller import Caller, Role
from api.people.gate import Gate
from api.people.signing_in import SignIn
from api.suggestions import SuggestionCache
from rag.assistant import Assistant
from rag.index import Index
from rag.settings import Settings


@dataclass(kw_only=True)
class Services:
    """Opened by the lifespan of the application, gone when it ends."""

    settings: Settings
    assistant: Assistant
    gate: Gate
    sign_in: SignIn
    stopping: anyio.Event = field(default_factory=anyio.Event)
    # One change of the document set at a time, in the order of arrival.
    write_lock: anyio.Lock = field(default_factory=anyio.Lock)
    suggestions: SuggestionCache = field(default_factory=SuggestionCache)


def require_services(request: Request) -> Services:
    """Raises ApiError 503 while the application is starting or ending."""
    services = getattr(request.app.state, "services", None)
    if not isinstance(services, Services):
        raise ApiError(
            503, "not_ready", "準備をしています。少し待ってから、もう一度送ってください。"
        )
    return services


def require_known_documents(index: Index, document_ids: Sequence[str]) -> None:
    """Raises ApiError 404 when a document that a question is limited to is not registered."""
    if not document_ids:
        return
    known = {document.id for document in index.documents()}
    if not known.issuperset(document_ids):
        raise ApiError(
            404,
            "unknown_document",
            "対象文書（document_ids）に、登録されていない文書があります。"
            "文書の一覧で確かめてください。",
        )


def effective_mode(requested: str | None, assistant: Assistant) -> str:
    """The answering mode for a request; without a language model every answer is an extract.

    Raises ApiError 409 when a language model is asked for and none is configured.
    """
    if assistant.writer is not None:
        return requested or "auto"
    if requested == "llm":
        raise ApiError(
            409,
            "llm_not_configured",
            "言語モデルが設定されていません。mode を auto か extractive にして送り直してください。",
        )
    return "extractive"


def current_caller(request: Request) -> Caller:
    """The person behind the request, whom `api.gatekeeper` has let in.

    Raises ApiError 401 on a path that is open to everybody.
    """
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise ApiError(401, "login_required", "サインインしてください。")
    return caller


def require_role(role: Role) -> Callable[[Caller], Caller]:
    """A dependency that lets only callers with `role` through.

    The dependency raises ApiError 403.
    """

    def allowed(caller: CallerDep) -> Caller:
        if not caller.has(role):
            raise ApiError(
                403,
                "not_permitted",
                "この操作をする権限がありません。必要なときは管理者に相談してください。",
            )
        return caller

    return allowed


ServicesDep = Annotated[Services, Depends(require_services)]
CallerDep = Annotated[Caller, Depends(current_caller)]
