"""The guard: no request passes without a person, and no answer leaves without its headers.

It stands before the router, so that a stranger can't find out which paths exist. Only the
login, action links and feeds, which are credentials themselves, are let through. An account that
must set up a second factor first gets no farther than to that.
"""

import asyncio
import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from field.console.access.access import Access
from field.console.access.answer import Answer
from field.console.access.factors.setting_up import begin
from field.console.access.forms import is_form
from field.console.access.network.feed_door import FEEDS_PATH, NotIn, enter
from field.console.access.network.origin import is_foreign
from field.console.access.pages import login_page, set_up_page
from field.console.access.pages.frame import POLICY, safe_path
from field.console.access.person import LOCAL, Person
from field.console.databases import FAILING, reason
from streams.listening import address_key

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_LOGIN: Final = "/api/login"
_LINKS: Final = "/api/act/"
_CONFIRM: Final = "/api/me/mfa/confirm"
#: What an account may do that must set up a second factor first.
_SETTING_UP: Final = frozenset(
    (("POST", "/api/me/mfa"), ("POST", _CONFIRM), ("POST", "/api/logout")),
)
_MUST_SET_UP: Final = (
    "this account needs a second factor (console.require_mfa); log in with a browser to set it up"
)
_STREAM: Final = "/api/stream"
_STREAMS_FULL: Final = (
    "this account has as many open pages as it may (console.limits.streams_per_account); close one"
)
_REQUESTS_FULL: Final = "too many requests from your address are under way; try again"
_PAGE: Final = {
    "content-security-policy": POLICY,
    "vary": "Accept, Accept-Language, Cookie",
}
#: Of a route that isn't one's to use, or a method that a route doesn't have.
_REFUSALS: Final = (403, 405)
_LATER: Final = {"retry-after": "5"}
_LOG: Final = logging.getLogger("cellhound.console")
_MOST_BYTES: Final = 8 * 1024 * 1024
_TOO_LONG: Final = f"at most {_MOST_BYTES} bytes may be sent"


class Guard:
    """ASGI middleware of `installing.install`."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            is_by_tls = self._access.is_by_tls(scope)
            answer = Answer(send, self._access.policy, is_by_tls, scope["path"])
            try:
                await self._pass(scope, receive, answer)
                await self._note(scope, answer)
            except ClientDisconnect:
                # Nobody is left to be answered; a login that is broken off is no bug.
                _LOG.warning("a client hung up before its request was whole")
            except FAILING as error:
                _LOG.warning("the accounts can't be read: %s", reason(error))
                if answer.started:
                    raise
                await _refuse(answer, scope, 503, "the accounts can't be read; try again")
            except Exception:
                # Whatever it was: the caller gets an answer with our headers, the log the
                # traceback.
                if not answer.started:
                    # The server hangs up after a failure; announced, so that nobody sends more.
                    last = {"connection": "close"}
                    await _refuse(answer, scope, 500, "this is a bug of the console's", last)
                raise
        else:  # There are no web sockets here.
            await send({"type": "websocket.close", "code": 1008})

    async def _note(self, scope: Scope, answer: "Answer") -> None:
        """Notes in the access log what somebody who is known was refused."""
        if answer.status not in _REFUSALS or answer.person in (None, LOCAL):
            return
        assert answer.person is not None
        detail = f"{answer.status} {scope['method']} {_noted(scope['path'])}"
        name, address = answer.person.name, answer.client
        try:
            await asyncio.to_thread(
                self._access.log.write, "refused", name, detail=detail, address=address
            )
        except FAILING as error:
            # The answer has gone; on a disk that is full nothing can be noted.
            _LOG.warning("%s was refused to %s and can't be noted: %s", detail, name, reason(error))

    async def _pass(self, scope: Scope, receive: Receive, answer: "Answer") -> None:
        headers = Headers(scope=scope)
        peer = (scope.get("client") or ("", 0))[0]
        client = self._access.proxies.client(peer, headers)
        with self._request_place(client, peer) as has_place:
            if not has_place:
                return await _refuse(answer, scope, 503, _REQUESTS_FULL, _LATER)
            return await self._pass_from(client, peer, headers, scope, receive, answer)

    async def _pass_from(
        self,
        client: str,
        peer: str,
        headers: Headers,
        scope: Scope,
        receive: Receive,
        answer: "Answer",
    ) -> None:
        state = {**scope.get("state", {}), "client": client}
        method, path = scope["method"], scope["path"]
        if method in ("GET", "HEAD") and path.startswith(FEEDS_PATH):
            entered = await asyncio.to_thread(enter, self._access, path, client)
            if isinstance(entered, NotIn):
                return await _refuse(answer, scope, *entered)
            # Nothing of its address goes into the access log: whoever knows it may read.
            return await self._app({**scope, "state": state | entered}, _bounded(receive), answer)
        is_login = method == "POST" and path == _LOGIN
        person = None
        if not is_login and not (method == "POST" and path.startswith(_LINKS)):
            person = await asyncio.to_thread(self._access.person, headers, peer)
            if person is None:
                return await self._ask(scope, headers, answer)
            answer.person, answer.client = person, client
            problem = self._forged(scope, headers, person)
            if problem:
                return await _refuse(answer, scope, 403, problem)
            if person.must_set_up and (person.by_token or (method, path) not in _SETTING_UP):
                return await self._ask_set_up(scope, headers, person, answer)
        elif is_login and is_foreign(headers, self._access.public_host, null_is_ours=True):
            return await _refuse(answer, scope, 403, "this login comes from a page elsewhere")
        if _length(headers) > _MOST_BYTES:
            return await _refuse(answer, scope, 413, _TOO_LONG)
        state["person"] = person
        if person is not None:
            answer.still = lambda: asyncio.to_thread(self._access.is_still, person, headers, peer)
        with self._stream_place(path, person) as has_place:
            if not has_place:
                return await _refuse(answer, scope, 503, _STREAMS_FULL, _LATER)
            try:
                await self._app({**scope, "state": state}, _bounded(receive), answer)
            except Exception:
                # The stream was cut by us; how the route takes that is its own affair.
                if not answer.cut:
                    raise
        return None

    def _request_place(self, client: str, peer: str) -> AbstractContextManager[bool]:
        """A place for a request of a proxy's client. Other connections were counted when they were
        accepted; those of a proxy are of many clients."""
        if client == peer:
            return nullcontext(True)
        return self._access.forwarded.take(address_key(client))

    def _stream_place(self, path: str, person: Person | None) -> AbstractContextManager[bool]:
        """A place for an event stream of the account. Who needs none always has one, and so has
        everybody on this computer while there are no accounts."""
        if path != _STREAM or person is None or person is LOCAL:
            return nullcontext(True)
        return self._access.streams.take(person.name)

    def _forged(self, scope: Scope, headers: Headers, person: Person) -> str | None:
        """Why a request that changes something may not be the person's own wish."""
        if scope["method"] in _SAFE or person.by_token:
            return None
        if scope["path"] == _CONFIRM and is_form(headers):
            # A form sends no header; its slip, which the route reads, is this session's alone.
            return None
        if person.csrf:
            if not self._access.is_csrf(person, headers.get("x-csrf-token", "")):
                return "X-CSRF-Token is missing or wrong; /api/me has it"
        elif is_foreign(headers, self._access.public_host):
            return "this request comes from a page elsewhere"
        return None

    async def _ask(self, scope: Scope, headers: Headers, answer: "Answer") -> None:
        """401: as the login page to somebody who opens a page."""
        extra = {"www-authenticate": 'Bearer realm="cellhound"'}
        if not _opens_page(scope, headers):
            return await _refuse(answer, scope, 401, self._access.hint(headers), extra)
        body = login_page.page(
            headers.get("accept-language", ""),
            _path(scope),
            from_elsewhere=headers.get("sec-fetch-site") == "cross-site",
        )
        await _send(answer, scope, HTMLResponse(body, 401, extra | _PAGE))

    async def _ask_set_up(
        self, scope: Scope, headers: Headers, person: Person, answer: "Answer"
    ) -> None:
        """403: as the page to set a second factor up, to somebody who opens a page."""
        if person.by_token or not _opens_page(scope, headers):
            return await _refuse(answer, scope, 403, _MUST_SET_UP)
        answer.person = None  # This is a way to go on, no refusal.
        begun = begin(self._access.signer, person.name, person.csrf)
        body = set_up_page.page(headers.get("accept-language", ""), _path(scope), begun)
        await _send(answer, scope, HTMLResponse(body, 403, _PAGE))


def _opens_page(scope: Scope, headers: Headers) -> bool:
    """Whether somebody opens a page, rather than a program or a page's script that asks."""
    wants_page = "text/html" in headers.get("accept", "")
    navigates = headers.get("sec-fetch-mode", "navigate") == "navigate"
    return scope["method"] in ("GET", "HEAD") and wants_page and navigates


def _noted(path: str) -> str:
    """A path without what it opens by itself: whoever reads the log shall not open it too.

    >>> _noted("/feeds/chf_secret/alerts.kml"), _noted("/api/alerts")
    ('/feeds/...', '/api/alerts')
    """
    secret = next((one for one in (FEEDS_PATH, _LINKS) if path.startswith(one)), "")
    return f"{secret}..." if secret else path


def _path(scope: Scope) -> str:
    """What was asked for, where it is a path of ours."""
    query = scope.get("query_string", b"").decode("latin-1")
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    return safe_path(raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else ""))


async def _refuse(
    answer: Answer, scope: Scope, status: int, detail: str, extra: dict[str, str] | None = None
) -> None:
    await _send(answer, scope, JSONResponse({"detail": detail}, status, extra))


async def _send(answer: Answer, scope: Scope, response: Response) -> None:
    status, headers = response.status_code, response.raw_headers
    await answer({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else response.body
    await answer({"type": "http.response.body", "body": shown, "more_body": False})


def _length(headers: Headers) -> int:
    """The length that the client announces; 0 where that is missing or no number."""
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _bounded(receive: Receive) -> Receive:
    """``receive`` that refuses to go on beyond the bound, also where no length was announced."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body") or b"")
        if taken > _MOST_BYTES:
            raise HTTPException(413, _TOO_LONG)
        return message

    return bounded
