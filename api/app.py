"""The composition root of the HTTP service."""

import importlib.metadata
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.audit_trail import AuditTrail, BeforeChange
from api.dependencies import Services
from api.drafting.desk import STYLE_FILE, Desk
from api.drafting.worker import DraftWorker
from api.errors import ERROR_RESPONSES, install_error_handlers
from api.gatekeeper import LOGIN_PAGE, Gatekeeper
from api.middleware import BodyLimit, FaultNet, SameOriginWrites, SecurityHeaders
from api.minutes import StandardMinutes
from api.offline import forbid_telemetry
from api.people.gate import Gate
from api.people.scopes import Scopes
from api.people.signing_in import SignIn
from api.people.single_sign_on import SingleSignOn
from api.personal_guard import PersonalGuard
from api.routes import (
    about,
    ask,
    audit,
    completions,
    conversations,
    documents,
    drafts,
    feedback,
    health,
    jobs,
    pages,
    reference,
    reports,
    reviews,
    search,
    session,
    sign_on,
    statistics,
    templates,
)
from ingest.pipeline import CHUNKER_VERSION
from rag.assistant import Assistant
from rag.factory import open_assistant
from rag.index import Index
from rag.memory import forget_what_stays, set_apart_what_stays
from rag.personal.policy import read_policy
from rag.registry.audit import AuditLog
from rag.registry.conversations import ConversationShelf
from rag.registry.feedback import FeedbackLog
from rag.registry.usage import UsageLog
from rag.settings import Settings
from rag.warming import warm_up

logger = logging.getLogger("shiori.api")

STATIC_DIR = Path(__file__).parent / "static"
MAX_BODY_BYTES = 1_000_000
MULTIPART_OVERHEAD_BYTES = 64_000  # boundaries, part headers and small fields around one file
ROUTERS = (
    ask,
    audit,
    search,
    documents,
    drafts,
    feedback,
    jobs,
    pages,
    conversations,
    about,
    health,
    completions,
    reference,
    reports,
    reviews,
    session,
    sign_on,
    statistics,
    templates,
)


def make_ready(assistant: Assistant) -> None:
    """Read the documents for whoever asks first, and set apart what stays in memory."""
    try:
        warm_up(assistant)
    except Exception:
        # What fails here fails for whoever asks about that document, not for everybody else.
        logger.exception("the first reading of the documents failed")
    set_apart_what_stays()


def create_app(settings: Settings, assistant: Assistant | None = None) -> FastAPI:
    """The service over one data folder.

    Without `assistant` the lifespan opens the one of `settings`, makes it ready and closes it at
    the end; an assistant that is given is ready, and stays open.
    """
    forbid_telemetry()
    minutes = StandardMinutes.read(settings.minutes_saved)
    single_sign_on = SingleSignOn(settings) if settings.auth == "oidc" else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = assistant
        if opened is None:
            opened = await to_thread.run_sync(open_assistant, settings, CHUNKER_VERSION)
            await to_thread.run_sync(make_ready, opened)
        index = opened.index
        assert isinstance(index, Index)  # a view of one has nothing to serve to others
        gate = Gate(settings, index.database)
        guard = PersonalGuard(read_policy(settings.data_dir))
        scopes = Scopes(opened, index)
        desk = Desk(
            index.database,
            lambda caller: scopes.of(caller).assistant,
            guard,
            settings.data_dir / STYLE_FILE,
        )
        drafting = DraftWorker(desk, gate)
        services = Services(
            settings=settings,
            index=index,
            whole=opened,
            scopes=scopes,
            gate=gate,
            sign_in=SignIn(gate),
            single_sign_on=single_sign_on,
            personal=guard,
            audit=AuditLog(index.database.path.parent, stay_open=True),
            desk=desk,
            usage=UsageLog(index.database),
            drafting=drafting,
            conversations=ConversationShelf(index.database),
            feedback=FeedbackLog(index.database),
            minutes=minutes,
        )
        drafting.start()
        app.state.services = services
        try:
            yield
        finally:
            services.stopping.set()
            app.state.services = None
            await to_thread.run_sync(drafting.stop)
            await to_thread.run_sync(services.audit.close)
            if assistant is None:
                await to_thread.run_sync(opened.close)
                forget_what_stays()

    app = FastAPI(
        title="しおり",
        summary="庁内文書の質問応答",
        version=importlib.metadata.version("shiori"),
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=ERROR_RESPONSES,
        lifespan=lifespan,
    )
    install_error_handlers(app)
    for module in ROUTERS:
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC_DIR, check_dir=False), name="static")

    @app.get("/", include_in_schema=False)
    def chat_page() -> FileResponse:
        return FileResponse(STATIC_DIR / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get(LOGIN_PAGE, include_in_schema=False, response_model=None)
    def login_page() -> Response:
        if settings.auth not in ("local", "oidc"):
            return RedirectResponse("/", 303)
        name = "login.html" if settings.auth == "local" else "sign-on.html"
        return FileResponse(STATIC_DIR / name, headers={"Cache-Control": "no-cache"})

    def body_limit_bytes(scope: Scope) -> int:
        if scope["path"].startswith("/api/drafts") and scope["method"] == "POST":
            return drafts.MAX_FILE_BYTES + MULTIPART_OVERHEAD_BYTES
        if scope["path"].startswith("/api/documents"):
            return settings.max_upload_bytes + MULTIPART_OVERHEAD_BYTES
        return MAX_BODY_BYTES

    # The last one added is the outermost.
    app.add_middleware(BodyLimit, limit_of=body_limit_bytes)
    app.add_middleware(BeforeChange)
    app.add_middleware(Gatekeeper)
    app.add_middleware(SameOriginWrites)
    routes = [route for module in ROUTERS for route in module.router.routes]
    app.add_middleware(AuditTrail, routes=routes)
    app.add_middleware(FaultNet)
    app.add_middleware(SecurityHeaders)
    return app
