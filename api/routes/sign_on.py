"""/api/session/oidc: to the city's own sign-on and back. Both are visited by the browser itself."""

import hmac

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.dependencies import Services, ServicesDep
from api.errors import ApiError
from api.gatekeeper import LOGIN_PAGE
from api.people.accounts import UnknownPersonError, login_name
from api.people.single_sign_on import SingleSignOn, SingleSignOnError
from rag.registry.people import Person

router = APIRouter(prefix="/api/session/oidc", tags=["利用者"])

FAILED, NO_ACCOUNT = "failed", "no_account"


@router.get("", summary="庁内の認証へ進む", response_class=RedirectResponse)
async def start(request: Request, services: ServicesDep) -> RedirectResponse:
    provider = _provider(services)
    try:
        address, state = await to_thread.run_sync(provider.begin)
    except SingleSignOnError:
        return _back(FAILED)
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    services.gate.set_state(request, response, state)
    return response


@router.get("/callback", summary="庁内の認証から戻る", response_class=RedirectResponse)
async def callback(
    request: Request, services: ServicesDep, state: str = "", code: str = ""
) -> RedirectResponse:
    """Only the browser that went to the provider is taken back."""
    provider, gate = _provider(services), services.gate
    sent = gate.state_of(request)
    if not code or not sent or not hmac.compare_digest(sent.encode(), state.encode()):
        return _back(FAILED)
    try:
        login = await to_thread.run_sync(provider.finish, state, code)
        person = await to_thread.run_sync(_person, services, login)
    except SingleSignOnError:
        return _back(FAILED)
    if person is None:
        return _back(NO_ACCOUNT)
    old = gate.session_id(request)
    if old:
        await to_thread.run_sync(gate.sessions.end, old)
    session_id = await to_thread.run_sync(gate.sessions.begin, person)
    response = RedirectResponse("/", 303, headers={"Cache-Control": "no-store"})
    gate.set_cookie(request, response, session_id)
    gate.clear_state(request, response)
    return response


def _person(services: Services, login: str) -> Person | None:
    try:
        person = services.gate.accounts.find(login_name(login))
    except UnknownPersonError:
        return None
    return None if person.disabled else person


def _provider(services: Services) -> SingleSignOn:
    if services.single_sign_on is None:
        raise ApiError(409, "no_single_sign_on", "このしおりでは、庁内の認証を使いません。")
    return services.single_sign_on


def _back(reason: str) -> RedirectResponse:
    return RedirectResponse(
        f"{LOGIN_PAGE}?sso={reason}", 303, headers={"Cache-Control": "no-store"}
    )
