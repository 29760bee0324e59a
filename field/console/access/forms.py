"""Bodies that the door's routes read themselves: JSON from the page, or a form without scripts."""

from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from fastapi import Request
from starlette.datastructures import Headers

_MOST_BYTES: Final = 16 * 1024
_FORM: Final = "application/x-www-form-urlencoded"
_T = TypeVar("_T")


def is_form(headers: Headers) -> bool:
    """Whether a form was sent, not JSON."""
    return headers.get("content-type", "").partition(";")[0].strip() == _FORM


async def read(request: Request, kind: type[_T]) -> _T:
    """What was sent, as a ``kind`` whose fields have defaults; an empty one where it is none."""
    body = await _body(request)
    try:
        if not is_form(request.headers):
            return msgspec.json.decode(body, type=kind)
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
        return msgspec.convert(fields, kind)
    except (msgspec.DecodeError, ValueError):
        return kind()


def described(**fields: str) -> dict[str, Any]:
    """What OpenAPI says of such a body: its fields of texts, each with its format ("" for none)."""
    properties = {
        name: {"type": "string", **({"format": kind} if kind else {})}
        for name, kind in fields.items()
    }
    schema = {"type": "object", "properties": properties}
    content = {"application/json": {"schema": schema}, _FORM: {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


async def _body(request: Request) -> bytes:
    """The body as far as it can be long; what is longer is none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return b""
    return body
