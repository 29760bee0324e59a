"""What an address may ask: names and values that are not known are refused, with those that are.

A filter that is misspelt must not look like one that finds nothing. A refusal names the field, the
value and what is allowed, so that a program can show it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fastapi import HTTPException, Request

#: What is shown of a name or value that somebody made up.
_SHOWN: Final = 64
_QUOTED: Final = re.compile(r"'([^']*)'")
#: Under this path the standard (OGC 17-069r4, 7.11) asks for 400 where all else is answered 422.
_OGC: Final = "/ogc"

Problem = dict[str, Any]


def unknown_value(field: str, value: str, allowed: Sequence[str]) -> Problem:
    """A value that a parameter doesn't have, as one entry of ``detail``.

    >>> unknown_value("rat", "5g", ["lte", "nr"])["msg"]
    "rat: '5g' is not known; known are lte, nr"
    """
    shown = value[:_SHOWN]
    text = f"{field}: {shown!r} is not known; known are {', '.join(allowed)}"
    return {
        **{"loc": ["query", field], "msg": text, "type": "unknown_value"},
        **{"field": field, "value": shown, "allowed": list(allowed)},
    }


def unknown_values(asked: Mapping[str, Iterable[str]], known: Mapping[str, Sequence[str]]) -> None:
    """Raises HTTPException 422 where a parameter has a value that isn't among those known for it;
    all such values are named."""
    problems = [
        unknown_value(field, value, known[field])
        for field, values in asked.items()
        for value in values
        if value not in known[field]
    ]
    if problems:
        raise HTTPException(422, problems)


async def only_known_names(request: Request) -> None:
    """A dependency of all routes that are described. Raises HTTPException for parameters that the
    route doesn't have (422; under ``/ogc`` 400)."""
    route = request.scope["route"]
    if not request.query_params or not route.include_in_schema or takes_any(route):
        return
    known = sorted(_names(route.dependant))
    problems = [
        {
            **{"loc": ["query", name[:_SHOWN]], "type": "unknown_parameter"},
            "msg": f"{name[:_SHOWN]!r} is no parameter here; known: {', '.join(known) or 'none'}",
            **{"field": name[:_SHOWN], "value": None, "allowed": known},
        }
        for name in dict.fromkeys(request.query_params.keys())
        if name not in known
    ]
    if problems:
        raise HTTPException(refused_as(request), problems)


def takes_any(route: Any) -> bool:
    """Whether a route is opened by programs that add parameters of their own."""
    return bool((route.openapi_extra or {}).get("x-any-parameters"))


def refused_as(request: Request, errors: Iterable[Mapping[str, Any]] = ()) -> int:
    """The status of a request whose parameters are wrong; what the standard names in its paths and
    isn't there is 404."""
    path = request.url.path
    if path != _OGC and not path.startswith(f"{_OGC}/"):
        return 422
    return 404 if any(error["loc"][0] == "path" for error in errors) else 400


def described(error: Mapping[str, Any]) -> Problem:
    """One error of pydantic's as an entry of ``detail``; what was sent isn't in it, but for a short
    value of a parameter that has a list of values."""
    problem: Problem = {
        **{"loc": [str(part) for part in error["loc"]], "msg": error["msg"]},
        "type": error["type"],
    }
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return problem
    allowed = _QUOTED.findall(error["ctx"]["expected"])
    more = unknown_value(problem["loc"][-1], printable(error["input"]), allowed)
    return problem | {name: more[name] for name in ("field", "value", "allowed")}


def printable(text: str) -> str:
    """``text`` without what can't be encoded: halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _names(dependant: Any) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    found = {field.alias for field in dependant.query_params}
    return found.union(*map(_names, dependant.dependencies))
