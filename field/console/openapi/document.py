"""The OpenAPI document: what FastAPI knows of the routes, with answers, errors, who may ask, how.

Roles are those of the routes' own dependencies, so that the document says what the code does.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI

from field.console.access.person import Needed
from field.console.answers import MEANINGS
from field.console.openapi.access_shapes import Error
from field.console.openapi.answered import ANSWERS, REFUSALS
from field.formats.words.iso_times import is_moment, iso_name

_TEMPLATE: Final = "#/components/schemas/{name}"
_ERROR: Final = {"application/json": {"schema": {"$ref": _TEMPLATE.format(name="Error")}}}
_UNSAFE: Final = ("post", "put", "patch", "delete")
#: Credentials themselves: nothing else is asked for.
_DOORS: Final = ("/api/login", "/api/act/", "/feeds/")
#: Whoever asks may be a stranger, or of too low a role; Kafka or a database may be away.
_ALWAYS: Final = ("401", "403", "503")
_OGC: Final = "/ogc"
_TEXT: Final = {"type": ["string", "null"], "format": "date-time"}
_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token: `cellhound accounts token NAME`, or the page, under Your account."
    " It may do what its scope may, and nothing that needs a person.",
}
_CSRF: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "X-CSRF-Token",
    "description": "With a session, for all that changes something: `csrf` of `/api/me`.",
}


def install_document(app: FastAPI, cookie: str) -> None:
    """Makes `app.openapi` give the whole document; ``cookie`` is the session's name."""
    bare: Callable[[], dict[str, Any]] = app.openapi
    made: list[dict[str, Any]] = []

    def whole() -> dict[str, Any]:
        if not made:
            made.append(_completed(bare(), dict(_needed(app)), cookie))
        return made[0]

    app.openapi = whole  # type: ignore[method-assign]


def _completed(
    document: dict[str, Any], needed: Mapping[tuple[str, str], Needed], cookie: str
) -> dict[str, Any]:
    session = {"type": "apiKey", "in": "cookie", "name": cookie, "description": "`/api/login`"}
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": _TOKEN, "session": session, "csrf": _CSRF}
    schemas = components.setdefault("schemas", {})
    shapes = _shapes()
    assert not set(schemas) & set(shapes), sorted(set(schemas) & set(shapes))
    schemas.update(shapes)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(operation, method, path, needed.get((method, path)))
    return document


def _complete(operation: dict[str, Any], method: str, path: str, needs: Needed | None) -> None:
    responses = operation["responses"]
    responses.get("204", {}).pop("content", None)
    for response in responses.values():
        content = response.get("content", {})
        # FastAPI names JSON beside what a route declares.
        if len(content) > 1 and not content.get("application/json", {}).get("schema"):
            content.pop("application/json", None)
    shape = ANSWERS.get(f"{method.upper()} {path}")
    if shape is not None:
        good = next(code for code in ("201", "200") if code in responses)
        for content in responses[good]["content"].values():
            content["schema"] = {"$ref": _TEMPLATE.format(name=shape.__name__)}
    if path.startswith(_OGC):
        # Wrong parameters are 400 there, and what the path names and isn't there 404.
        responses.pop("422", None)
    is_door = path.startswith(_DOORS)
    refusals = REFUSALS.get(f"{method.upper()} {path}", ())
    for code in (*refusals, *(() if is_door else _ALWAYS)):
        responses.setdefault(code, {"description": MEANINGS[code]})
    for code, response in responses.items():
        if code >= "400":
            response["content"] = _ERROR
    for parameter in operation.get("parameters", ()):
        _list(parameter)
    operation["security"] = [] if is_door else _security(method, needs)
    if needs is not None:
        person = "; a person who is logged in, no token" if needs.in_person else ""
        text = f"Needs the role **{needs.role}** or one above{person}."
        operation["description"] = f"{operation.get('description', '')}\n\n{text}".strip()
        operation["x-role"] = needs.role


def _security(method: str, needs: Needed | None) -> list[dict[str, list[str]]]:
    by_page: dict[str, list[str]] = {"session": []}
    if method in _UNSAFE:
        by_page["csrf"] = []
    return [by_page] if needs is not None and needs.in_person else [{"token": []}, by_page]


def _list(parameter: dict[str, Any]) -> None:
    """A parameter that takes several values with commas, as such a list of those that are known."""
    known = parameter["schema"].get("x-values")
    if known:
        values = {"type": "string", "enum": known}
        schema = {"type": "array", "items": values}
        parameter |= {"style": "form", "explode": False, "schema": schema}


def _shapes() -> dict[str, Any]:
    shapes = list(dict.fromkeys([*ANSWERS.values(), Error]))
    _, parts = msgspec.json.schema_components(shapes, ref_template=_TEMPLATE)
    for part in parts.values():
        if "description" in part:
            part["description"] = part["description"].partition("\n\n")[0].replace("\n", " ")
        _add_texts(part)
    return parts


def _add_texts(part: dict[str, Any]) -> None:
    """The text beside each moment, as answers have it."""
    properties = part.get("properties", {})
    made: dict[str, Any] = {}
    for name, spec in properties.items():
        made[name] = spec
        if is_moment(name) and _is_number(spec):
            made[iso_name(name)] = _TEXT
            if name in part.get("required", ()):
                part["required"] = [*part["required"], iso_name(name)]
    if properties:
        part["properties"] = made


def _is_number(spec: Mapping[str, Any]) -> bool:
    kinds = [one.get("type") for one in spec.get("anyOf", [spec])]
    return bool({"integer", "number"} & set(kinds))


def _needed(app: FastAPI) -> Iterator[tuple[tuple[str, str], Needed]]:
    """What each route needs of who asks, by method and path."""
    for route in _routes(app.routes):
        found = [needs for call in _calls(route.dependant) if (needs := _of(call)) is not None]
        if found:
            # In person and a role are two dependencies of one route: the stricter counts.
            strictest = max(found, key=lambda one: one.rank)
            person = any(one.in_person for one in found)
            for method in route.methods:
                yield (method.lower(), route.path), Needed(strictest.role, person)


def _routes(routes: Any) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "effective_candidates"):
            yield from _routes(route.effective_candidates())
        elif hasattr(route, "dependant") and hasattr(route, "methods"):
            yield route


def _calls(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _of(call: Any) -> Needed | None:
    needs = getattr(call, "needed", None)
    return needs if isinstance(needs, Needed) else None
