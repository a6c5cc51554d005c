"""/api/session: sign in, see who one is, sign out, choose a password."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field

from api.audit_trail import NoteDep
from api.dependencies import CallerDep, Services, ServicesDep
from api.errors import ApiError
from api.people.caller import ROLE_NAMES, Caller, Role
from api.people.passwords import MAX_CHARACTERS
from api.schemas import Strict
from rag.registry.people import Person

router = APIRouter(prefix="/api/session", tags=["利用者"])

PasswordText = Annotated[str, Field(max_length=MAX_CHARACTERS)]


class SignInBody(Strict):
    """Body of POST /api/session."""

    login: Annotated[str, Field(max_length=200)]
    password: PasswordText


class PasswordBody(Strict):
    """Body of PUT /api/session/password."""

    current: PasswordText
    new: PasswordText


@router.post("", summary="サインインする")
async def sign_in(
    body: SignInBody, request: Request, services: ServicesDep, note: NoteDep
) -> JSONResponse:
    gate = services.gate
    _require_passwords(services)
    gate.require_encryption(request)
    person = await services.sign_in.check(gate.address_of(request), body.login, body.password)
    # Of a name that was refused nothing is kept: now and then it is a password.
    note.put(who=person.id, login=person.login, department=person.department)
    return await _with_new_session(request, services, person)


@router.get("", summary="自分は誰か、何ができるか")
def who_am_i(caller: CallerDep, services: ServicesDep) -> dict[str, object]:
    return caller_json(caller, services.gate.mode)


@router.delete("", summary="サインアウトする")
async def sign_out(request: Request, services: ServicesDep, caller: CallerDep) -> JSONResponse:
    gate = services.gate
    if caller.session:
        await to_thread.run_sync(gate.sessions.end, gate.session_id(request))
    # A public machine at a counter keeps nothing of what was shown.
    response = JSONResponse({"signed_out": True}, headers={"Clear-Site-Data": '"cache"'})
    gate.clear_cookie(request, response)
    return response


@router.put("/password", summary="自分のパスワードを変える")
async def change_password(
    body: PasswordBody, request: Request, services: ServicesDep, caller: CallerDep
) -> JSONResponse:
    gate = services.gate
    _require_passwords(services)
    gate.require_encryption(request)
    person = await services.sign_in.change(
        gate.address_of(request), caller.login, body.current, body.new
    )
    return await _with_new_session(request, services, person)


async def _with_new_session(request: Request, services: Services, person: Person) -> JSONResponse:
    gate = services.gate
    old = gate.session_id(request)
    if old:
        await to_thread.run_sync(gate.sessions.end, old)
    session_id = await to_thread.run_sync(gate.sessions.begin, person)
    changed = await to_thread.run_sync(gate.accounts.find, person.login)
    response = JSONResponse(
        {"name": changed.name, "login": changed.login, "must_change": changed.must_change}
    )
    gate.set_cookie(request, response, session_id)
    return response


def _require_passwords(services: Services) -> None:
    if services.gate.mode != "local":
        raise ApiError(
            409, "no_passwords", "このしおりでは、パスワードによるサインインを使いません。"
        )


def caller_json(caller: Caller, mode: str) -> dict[str, object]:
    """`can` says what the page may offer; the server decides again with each request."""
    roles = [role for role in Role if role in caller.roles]
    return {
        "mode": mode,
        "single_user": caller.single_user,
        "name": caller.name,
        "login": caller.login,
        "department": caller.department,
        "groups": sorted(caller.groups),
        "roles": [role.value for role in roles],
        "role_names": [ROLE_NAMES[role] for role in roles],
        "must_change": caller.must_change,
        "can": {role.value: caller.has(role) for role in Role},
        "can_sign_out": mode in ("local", "oidc"),
        "can_change_password": mode == "local",
    }
