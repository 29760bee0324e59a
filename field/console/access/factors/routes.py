"""Routes about second factors: one sets up and switches off one's own, an admin resets others'."""

import asyncio
from typing import Any, Final

import msgspec
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from field.console.access import forms
from field.console.access.access import Access
from field.console.access.accounts import normal_name
from field.console.access.credentials.logins import Credentials
from field.console.access.factors.setting_up import SetUp, again, begin
from field.console.access.pages import set_up_page
from field.console.access.pages.frame import POLICY, Problem, safe_path
from field.console.access.person import AdminInPerson, AnybodyInPerson, Viewer


class Confirmation(msgspec.Struct):
    """What a set-up ends with: its slip, one's password, the first code."""

    slip: str = ""
    password: str = ""
    code: str = ""
    next: str = "/"


class SwitchOff(BaseModel):
    """What shows that it is oneself; ``code`` may be a recovery code."""

    password: str
    code: str


_BODY: Final = forms.described(slip="", password="password", code="", next="")
_PAGE: Final = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
_THERE: Final = "this account has a second factor already; switch it off first"
_NONE: Final = "this account has no second factor"
_OVER: Final = "this set-up is over, or was begun by another session; begin again"
_SENTENCES: Final[dict[Problem, str]] = {
    "password_wrong": "the password isn't right",
    "code_wrong": "the code isn't right",
}


def factor_routes(access: Access) -> APIRouter:
    """The routes of ``/api/me/mfa`` and ``/api/accounts/{name}/mfa``."""
    routes = APIRouter(tags=["access"])
    factors, log = access.factors, access.log

    @routes.get("/api/me/mfa")
    def state(person: Viewer) -> dict[str, Any]:
        """Whether one has a second factor, and how many recovery codes are left."""
        return {"on": factors.has(person.name), "recovery_codes": factors.left(person.name)}

    @routes.post("/api/me/mfa")
    def begin_one(person: AnybodyInPerson) -> dict[str, Any]:
        """Begin a set-up: the key for an app, and the slip that has to come back with a code."""
        if access.accounts.role(person.name) is None:
            raise HTTPException(409, "you came without an account; add one first")
        if factors.has(person.name):
            raise HTTPException(409, _THERE)
        begun = begin(access.signer, person.name, person.csrf)
        return {"secret": begun.secret, "uri": begun.uri, "slip": begun.slip}

    @routes.post(
        "/api/me/mfa/confirm",
        openapi_extra=_BODY,
        responses={
            303: {"description": "By the form: there is one already, or it has to begin again"},
            403: {"description": "Password or code isn't right"},
            409: {"description": "There is one already, or the set-up is over"},
            429: {"description": "Too many attempts"},
        },
    )
    async def confirm(request: Request, person: AnybodyInPerson) -> Response:
        """Set it up by the first code: the recovery codes, shown only now."""
        is_form = forms.is_form(request.headers)
        asked = await forms.read(request, Confirmation)
        begun = again(access.signer, person.name, person.csrf, asked.slip)
        there = await asyncio.to_thread(factors.has, person.name)
        if begun is None or there:
            if is_form:
                return RedirectResponse(safe_path(asked.next), 303)
            raise HTTPException(409, _THERE if there else _OVER)
        outcome = await access.logins.attempt(person.name, asked.password, request.state.client)
        if outcome.wait_s:
            wait = {"Retry-After": str(outcome.wait_s)}
            return _refused(request, asked, begun, "often", 429, wait)
        if outcome.role is None:
            return _refused(request, asked, begun, "password_wrong", 403)
        codes = await asyncio.to_thread(factors.add, person.name, begun.secret, asked.code)
        if codes is None:
            return _refused(request, asked, begun, "code_wrong", 403)
        await asyncio.to_thread(log.write, "mfa_added", person.name, address=request.state.client)
        cookie = access.cookie_of(request.headers)
        await asyncio.to_thread(access.sessions.end_others, person.name, cookie)
        if is_form:
            language = request.headers.get("accept-language", "")
            body = set_up_page.recovery_page(language, safe_path(asked.next), codes)
            return HTMLResponse(body, 200, _PAGE)
        return JSONResponse({"recovery_codes": codes})

    @routes.post(
        "/api/me/mfa/off",
        status_code=204,
        responses={403: {"description": "Password and code don't fit"}},
    )
    async def switch_off(asked: SwitchOff, request: Request, person: AnybodyInPerson) -> None:
        """Switch one's own off; all one's sessions end, this one too."""
        if not await asyncio.to_thread(factors.has, person.name):
            raise HTTPException(409, _NONE)
        sent = Credentials(person.name, asked.password, asked.code)
        outcome = await access.logins.log_in(sent, request.state.client)
        if outcome.wait_s:
            raise HTTPException(429, f"too many attempts; wait {outcome.wait_s} s")
        if outcome.role is None:
            raise HTTPException(403, "password and code don't fit, or the code was used before")
        await asyncio.to_thread(factors.remove, person.name)
        await asyncio.to_thread(log.write, "mfa_removed", person.name, address=request.state.client)

    @routes.delete("/api/accounts/{name}/mfa", status_code=204)
    def take_away(name: str, person: AdminInPerson) -> None:
        """Take away the second factor of somebody who lost it; their sessions end."""
        name = normal_name(name)
        if name == person.name:
            raise HTTPException(409, "switch your own off by password and code")
        if not factors.remove(name):
            raise HTTPException(404, "there is no such account, or it has no second factor")
        log.write("mfa_removed", name, by=person.name)

    return routes


def _refused(
    request: Request,
    asked: Confirmation,
    begun: SetUp,
    problem: Problem,
    status: int,
    headers: dict[str, str] | None = None,
) -> Response:
    """The same again for a form, with the same key; a sentence for a program."""
    if forms.is_form(request.headers):
        language = request.headers.get("accept-language", "")
        body = set_up_page.page(language, safe_path(asked.next), begun, problem)
        return HTMLResponse(body, status, {**_PAGE, **(headers or {})})
    detail = _SENTENCES.get(problem, "too many attempts; wait a minute")
    return JSONResponse({"detail": detail}, status, headers)
