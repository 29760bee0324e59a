"""Routes of sessions: log in (as JSON or as a form without scripts), log out, who am I."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from field.console.access import login_page
from field.console.access.access import Access
from field.console.access.person import Viewer

_MOST_BYTES: Final = 16 * 1024
_FORM: Final = "application/x-www-form-urlencoded"


class Login(msgspec.Struct):
    """What a login sends."""

    name: str
    password: str
    next: str = "/"


_SCHEMA: Final = {
    "type": "object",
    "required": ["name", "password"],
    "properties": {
        "name": {"type": "string"},
        "password": {"type": "string", "format": "password"},
        "next": {"type": "string"},
    },
}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _SCHEMA}, _FORM: {"schema": _SCHEMA}},
    }
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
            401: {"description": "Account and password don't fit"},
            429: {"description": "Too many attempts"},
        },
    )
    async def login(request: Request) -> Response:
        """Begin a session: its cookie, and the token against forgery that the page then sends."""
        is_form = request.headers.get("content-type", "").partition(";")[0].strip() == _FORM
        asked = _read(await _body(request), is_form)
        address = request.state.client
        outcome = await access.logins.attempt(asked.name, asked.password, address)
        if outcome.role is None:
            return _refusal(request, asked, outcome.wait_s, is_form)
        cookie, csrf = await asyncio.to_thread(_begin, access, outcome.name, address)
        answer: Response
        if is_form:
            answer = RedirectResponse(login_page.safe_path(asked.next), 303)
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
        """Who asks, with what role, and what the page needs to know at its start."""
        more = dict(about()) if about else {}
        return more | {
            "name": person.name,
            "role": person.role,
            "csrf": person.csrf,
            "by_token": person.by_token,
            "open": await asyncio.to_thread(access.is_open),
        }

    return routes


def _begin(access: Access, name: str, address: str) -> tuple[str, str]:
    """Cookie and CSRF token of a new session."""
    access.log.write("login", name, address=address)
    cookie = access.sessions.begin(name)
    person = access.sessions.of_cookie(cookie)
    return cookie, person.csrf if person else ""


def _refusal(request: Request, asked: Login, wait_s: int, is_form: bool) -> Response:
    status = 429 if wait_s else 401
    headers = {"Retry-After": str(wait_s)} if wait_s else {"WWW-Authenticate": "Bearer"}
    if is_form:
        language = request.headers.get("accept-language", "")
        next_path = login_page.safe_path(asked.next)
        body = login_page.page(language, next_path, "often" if wait_s else "wrong")
        headers |= {"Content-Security-Policy": login_page.POLICY, "Vary": "Accept-Language"}
        return HTMLResponse(body, status, headers)
    detail = f"too many attempts; wait {wait_s} s" if wait_s else "account and password don't fit"
    return JSONResponse({"detail": detail}, status, headers)


async def _body(request: Request) -> bytes:
    """The body as far as a login can be long; what is longer is no login."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return b""
    return body


def _read(body: bytes, is_form: bool) -> Login:
    """What was sent; an empty login, which fits nobody, where it is none."""
    try:
        if not is_form:
            return msgspec.json.decode(body, type=Login)
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
        return msgspec.convert(fields, Login)
    except (msgspec.DecodeError, ValueError):
        return Login("", "")
