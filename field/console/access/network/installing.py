"""Puts the door on an app: the guard before everything, and the routes by which people come in."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from field.console.access.access import Access
from field.console.access.account_routes import account_routes
from field.console.access.accounts import LastAdmin
from field.console.access.credentials.links import Perform, link_routes
from field.console.access.factors.routes import factor_routes
from field.console.access.guard import Guard
from field.console.access.session_routes import session_routes
from streams.config.settings import ConfigError


def install(
    access: Access,
    app: FastAPI,
    about: Callable[[], Mapping[str, Any]] | None = None,
    perform: Perform | None = None,
) -> None:
    """Puts the guard and the routes on ``app``. To be called after all other middleware.

    ``about`` adds to the answer of ``/api/me``. ``perform(signed, role)`` performs an action link,
    and raises HTTPException (409) where it can't be done. While there are no accounts only
    requests to a loopback name (``Host: 127.0.0.1:8340``) are answered.
    """
    for kind, status in ((ConfigError, 422), (LastAdmin, 409)):
        app.add_exception_handler(kind, partial(_refused, status))
    app.include_router(session_routes(access, about))
    app.include_router(account_routes(access))
    app.include_router(factor_routes(access))
    app.include_router(link_routes(access, perform))
    app.add_middleware(Guard, access=access)


def _refused(status: int, _request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status)
