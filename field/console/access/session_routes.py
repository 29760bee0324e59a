"""Routes of sessions: log in (as JSON or as a form without scripts), log out, who am I."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

import msgspec
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from field.console.access import forms
from field.console.access.access import Access
from field.console.access.credentials.logins import Credentials, Outcome, Refusal
from field.console.access.pages import login_page
from field.console.access.pages.frame import POLICY, Problem, safe_path
from field.console.access.person import AnybodyInPerson, Viewer
from field.formats.words.iso_times import with_iso


class Login(msgspec.Struct):
    """What a login sends: account and password, or the ticket for them; and a code, where the
    account has a second factor."""

    name: str = ""
    password: str = ""
    code: str = ""
    ticket: str = ""
    next: str = "/"


class Ended(BaseModel):
    """Which session is to end, by its ``id``; without one all others. And one's password."""

    password: str
    id: str = Field(default="", max_length=64)


_BODY: Final = forms.described(name="", password="password", code="", ticket="", next="")
_SENTENCES: Final[dict[Refusal, str]] = {
    "wrong": "account and password don't fit",
    "over": "the ticket is over; send account and password again",
    "code": "the account has a second factor: send its code with this ticket",
    "code_wrong": "the code isn't right, or was used before",
}


def session_routes(
    access: Access, about: Callable[[], Mapping[str, Any]] | None = None
) -> APIRouter:
    """The routes; ``about`` adds to the answer of ``/api/me``."""
    routes = APIRouter(tags=["access"])

    @routes.post(
        "/api/login",
        openapi_extra=_BODY,
        responses={
            303: {"description": "Logged in by the form"},
            401: {"description": "Account and password don't fit, or a code is needed"},
            429: {"description": "Too many attempts"},
        },
    )
    async def login(request: Request) -> Response:
        """Begin a session: its cookie, and the token against forgery that the page then sends."""
        is_form = forms.is_form(request.headers)
        asked = await forms.read(request, Login)
        address = request.state.client
        sent = Credentials(asked.name, asked.password, asked.code, asked.ticket)
        outcome = await access.logins.log_in(sent, address)
        if outcome.role is None:
            return _refusal(request, asked, outcome, is_form)
        cookie, csrf = await asyncio.to_thread(_begin, access, outcome.name, address)
        answer: Response
        if is_form:
            answer = RedirectResponse(safe_path(asked.next), 303)
        else:
            answer = JSONResponse({"name": outcome.name, "role": outcome.role, "csrf": csrf})
        answer.set_cookie(
            access.cookie,
            cookie,
            max_age=int(access.sessions.lifetime_s),
            path="/",
            secure=access.secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    @routes.post("/api/logout", status_code=204)
    async def logout(request: Request, person: Viewer) -> Response:
        """End this session, for every copy of its cookie."""
        cookie = access.cookie_of(request.headers)
        if cookie and not person.by_token:
            await asyncio.to_thread(access.sessions.end, cookie)
            await asyncio.to_thread(access.log.write, "logout", person.name)
        answer = Response(status_code=204)
        answer.delete_cookie(
            access.cookie, path="/", secure=access.secure, httponly=True, samesite="strict"
        )
        return answer

    @routes.get("/api/me")
    async def me(person: Viewer) -> dict[str, Any]:
        """Who asks, with what role, and what the page needs to know at its start: also what became
        of one's credentials in the last days, and which of one's tokens end soon."""
        ending = await asyncio.to_thread(access.tokens.ending, person.name)
        more = dict(about()) if about else {}
        about_one = more | {
            "name": person.name,
            "role": person.role,
            "csrf": person.csrf,
            "by_token": person.by_token,
            "guardian": person.name in access.guardians,
            "open": await asyncio.to_thread(access.is_open),
            "changes": await asyncio.to_thread(access.log.changes, person.name),
            "ending": [asdict(token) for token in ending],
        }
        return dict(with_iso(about_one))

    @routes.get("/api/me/sessions")
    def sessions(request: Request, person: AnybodyInPerson) -> dict[str, Any]:
        """One's own sessions, the one used last first."""
        cookie = access.cookie_of(request.headers)
        found = access.sessions.all(person.name, cookie)
        return {"sessions": with_iso([asdict(one) for one in found])}

    @routes.post("/api/me/sessions/end", status_code=204)
    async def end_sessions(asked: Ended, request: Request, person: AnybodyInPerson) -> None:
        """End one of one's own sessions, or without an ``id`` all but this one; needs the
        password."""
        outcome = await access.logins.attempt(person.name, asked.password, request.state.client)
        if outcome.wait_s:
            raise HTTPException(429, f"too many attempts; wait {outcome.wait_s} s")
        if outcome.role is None:
            raise HTTPException(403, "the password isn't right")
        if not asked.id:
            cookie = access.cookie_of(request.headers)
            await asyncio.to_thread(access.sessions.end_others, person.name, cookie)
        elif not await asyncio.to_thread(access.sessions.end_one, person.name, asked.id):
            raise HTTPException(404, "there is no such session")
        await asyncio.to_thread(access.log.write, "sessions_ended", person.name, detail=asked.id)

    return routes


def _begin(access: Access, name: str, address: str) -> tuple[str, str]:
    """Cookie and CSRF token of a new session."""
    access.log.write("login", name, address=address)
    cookie = access.sessions.begin(name)
    person = access.sessions.of_cookie(cookie)
    return cookie, person.csrf if person else ""


def _refusal(request: Request, asked: Login, outcome: Outcome, is_form: bool) -> Response:
    status = 429 if outcome.wait_s else 401
    bearer = {"WWW-Authenticate": "Bearer"}
    headers = {"Retry-After": str(outcome.wait_s)} if outcome.wait_s else bearer
    if is_form:
        headers |= {"Content-Security-Policy": POLICY, "Vary": "Accept-Language"}
        return HTMLResponse(_form_again(request, asked, outcome), status, headers)
    if outcome.wait_s:
        detail = f"too many attempts; wait {outcome.wait_s} s"
    else:
        detail = _SENTENCES[outcome.refusal]
    more = {"code_needed": True, "ticket": outcome.ticket} if outcome.ticket else {}
    return JSONResponse({"detail": detail, **more}, status, headers)


def _form_again(request: Request, asked: Login, outcome: Outcome) -> str:
    language = request.headers.get("accept-language", "")
    next_path = safe_path(asked.next)
    if outcome.ticket:
        problem: Problem = "code_wrong" if outcome.refusal == "code_wrong" else ""
        return login_page.code_page(language, next_path, outcome.ticket, problem)
    first: Problem = "often" if outcome.wait_s else "over" if outcome.refusal == "over" else "wrong"
    return login_page.page(language, next_path, first)
