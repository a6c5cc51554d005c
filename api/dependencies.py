"""What routes share: the open assistant, the settings, the lock around writing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from fastapi import Depends, Request

from api.drafting.desk import Desk
from api.drafting.worker import DraftWorker
from api.errors import ApiError
from api.minutes import StandardMinutes
from api.people.caller import Caller, Role
from api.people.gate import Gate
from api.people.scopes import Scopes
from api.people.signing_in import SignIn
from api.people.single_sign_on import SingleSignOn
from api.personal_guard import PersonalGuard
from rag.assistant import Assistant
from rag.index import Index
from rag.registry.audit import AuditLog
from rag.registry.conversations import ConversationShelf
from rag.registry.feedback import FeedbackLog
from rag.registry.usage import UsageLog
from rag.searching import SearchableIndex
from rag.settings import Settings

# Answers that are made at one moment, each in a thread of its own. A language model lets most of them
# wait, and what else the service does must not wait with them.
ANSWERS_AT_ONCE = 100


@dataclass(kw_only=True)
class Services:
    """Opened by the lifespan of the application, gone when it ends."""

    settings: Settings
    # Everything, whoever asks: for writing, checking and counting as an operator. What people get
    # comes from `assistant_for` and `shelf_for`.
    index: Index
    whole: Assistant
    scopes: Scopes
    gate: Gate
    sign_in: SignIn
    personal: PersonalGuard
    audit: AuditLog
    desk: Desk
    usage: UsageLog
    drafting: DraftWorker
    conversations: ConversationShelf
    feedback: FeedbackLog
    minutes: StandardMinutes
    single_sign_on: SingleSignOn | None = None
    stopping: anyio.Event = field(default_factory=anyio.Event)
    answering: anyio.CapacityLimiter = field(
        default_factory=lambda: anyio.CapacityLimiter(ANSWERS_AT_ONCE)
    )
    # One change of the document set at a time, in the order of arrival.
    write_lock: anyio.Lock = field(default_factory=anyio.Lock)

    def assistant_for(self, caller: Caller) -> Assistant:
        """An assistant that knows only documents which `caller` may read, as of now."""
        return self.scopes.of(caller).assistant

    def shelf_for(self, caller: Caller) -> SearchableIndex:
        """The documents that `caller` may look at: those to read, and those to look after."""
        return self.scopes.shelf_of(caller)

    def suggestions_for(self, caller: Caller) -> list[str]:
        scope = self.scopes.of(caller)
        return scope.suggestions.questions(scope.assistant)


async def require_services(request: Request) -> Services:
    """Raises ApiError 503 while the application is starting or ending."""
    services = getattr(request.app.state, "services", None)
    if not isinstance(services, Services):
        raise ApiError(
            503, "not_ready", "準備をしています。少し待ってから、もう一度送ってください。"
        )
    return services


def require_known_documents(index: SearchableIndex, document_ids: Sequence[str]) -> None:
    """Raises ApiError 404 when a document that a question is limited to is not registered.

    With the index of a caller, one that is hidden from it is not registered either.
    """
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


def effective_mode(requested: str | None, *, has_model: bool) -> str:
    """The answering mode for a request; without a language model every answer is an extract.

    Raises ApiError 409 when a language model is asked for and none is configured.
    """
    if has_model:
        return requested or "auto"
    if requested == "llm":
        raise ApiError(
            409,
            "llm_not_configured",
            "言語モデルが設定されていません。mode を auto か extractive にして送り直してください。",
        )
    return "extractive"


async def current_caller(request: Request) -> Caller:
    """The person behind the request, whom `api.gatekeeper` has let in.

    Raises ApiError 401 on a path that is open to everybody.
    """
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise ApiError(401, "login_required", "サインインしてください。")
    return caller


def require_role(*roles: Role) -> Callable[[Caller], Awaitable[Caller]]:
    """A dependency that lets only callers with one of `roles` through.

    The dependency raises ApiError 403.
    """

    async def allowed(caller: CallerDep) -> Caller:
        if not any(caller.has(role) for role in roles):
            raise not_permitted()
        return caller

    return allowed


def not_permitted() -> ApiError:
    return ApiError(
        403,
        "not_permitted",
        "この操作をする権限がありません。必要なときは管理者に相談してください。",
    )


ServicesDep = Annotated[Services, Depends(require_services)]
CallerDep = Annotated[Caller, Depends(current_caller)]
# Somebody who adds and looks after documents.
OfficerDep = Annotated[Caller, Depends(require_role(Role.DOCUMENTS, Role.ADMIN))]
# Somebody who drafts and reviews second evaluations (二次評価).
EvaluatorDep = Annotated[Caller, Depends(require_role(Role.EVALUATION))]
