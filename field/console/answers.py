"""Answers of the API, encoded by msgspec, and errors that don't repeat what was sent."""

import logging
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from field.console.contract.parameters import described, refused_as
from field.console.databases import FAILING, reason
from field.console.live.publish import NotWritten
from field.formats.words.iso_times import with_iso

#: A raw answer is not to be cached: it is of this moment.
_HEADERS: Final = {"Cache-Control": "no-store"}
_LOG: Final = logging.getLogger("cellhound.console")
_ERRORS: Final[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text("utf-8")
)
#: What each status means, by its number.
MEANINGS: Final[dict[str, str]] = _ERRORS["meanings"]


def answer(content: Any, status: int = 200) -> Response:
    """A JSON answer, moments as text beside their numbers. Parts that are encoded already go in
    as `msgspec.Raw`, and have them already."""
    return Response(
        msgspec.json.encode(with_iso(content)), status, _HEADERS, media_type="application/json"
    )


def declared(
    *codes: int, media: str = "application/json", success: int = 200, schema: Any = None
) -> dict[int | str, dict[str, Any]]:
    """What a route may answer, for its OpenAPI description."""
    content = {"schema": schema} if schema else {"schema": {"type": "object"}}
    if media != "application/json":
        content = {"schema": schema} if schema else {}
    found: dict[int | str, dict[str, Any]] = {
        success: {"description": "As asked.", "content": {media: content}}
    }
    for code in sorted({401, 403, 503, *codes}):
        found[code] = {
            "description": _ERRORS["meanings"][str(code)],
            "content": _ERRORS["content"],
        }
    return found


def install_errors(app: FastAPI) -> None:
    """Errors as ``{"detail": ...}``."""

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> Response:
        # What was sent is not sent back: it may be no JSON (NaN, half of a surrogate pair).
        problems = [described(one) for one in error.errors()]
        return answer({"detail": problems}, refused_as(request, error.errors()))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        content = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
        status = error.status_code
        made = answer(content, refused_as(request) if status == 422 else status)
        made.headers.update(error.headers or {})
        return made

    async def no_store(_request: Request, error: Exception) -> Response:
        _LOG.warning("the store does not answer: %s", reason(error))
        return answer({"detail": "the store does not answer; try again"}, 503)

    for kind in FAILING:
        app.add_exception_handler(kind, no_store)

    @app.exception_handler(NotWritten)
    async def not_written(_request: Request, error: NotWritten) -> Response:
        return answer({"detail": str(error)}, 503)
