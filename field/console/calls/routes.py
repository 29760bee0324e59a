"""The API of calls: campaigns, numbers, and the register of numbers.

A clear number that somebody types comes in the body of a request, is hashed here, and is neither
stored nor logged: what is asked of the store, and answered, is its hash.
"""

import re
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from detectors.numbers.settings import NumberSettings
from field.console.access import Fielder, require
from field.console.answers import answer, declared
from field.console.calls import campaigns, looking
from field.console.query_params import Limit, store_of
from field.console.store import AlertFilter
from field.console.store.queries.complaints import plan_of
from field.formats.numbers import tables
from streams.numbers.shown import shown
from streams.privacy.hasher import Hasher
from streams.privacy.telephones.number import Number

router = APIRouter(tags=["calls"])

CSV: Final = "text/csv"
_VIEWER: Final = [Depends(require("viewer"))]
#: What people write between digits.
_BETWEEN: Final = re.compile(r"[\s().\-]+")
_MOST_LISTED: Final = 200_000
Campaign = Annotated[str, Path(pattern=r"^[0-9A-Za-z_\-]{1,64}$", description="Of the campaign.")]
Digits = Annotated[str, Query(pattern=r"^[0-9]{0,7}$", description="First digits, country first.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]


class Asked(BaseModel):
    """A number, clear or as its hash, or the first digits of some; one of both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: Annotated[str, Field(min_length=2, max_length=100)] | None = None
    prefix: Annotated[str, Field(pattern=r"^\+?[0-9]{1,7}$")] | None = None


@router.get("/api/campaigns", responses=declared(422), dependencies=_VIEWER)
def all_campaigns(request: Request, limit: Limit = 200) -> Response:
    """Campaigns, those that go on first, the newest of these first."""
    return answer({"campaigns": store_of(request).read(campaigns.overview, limit)})


@router.get("/api/campaigns/{campaign}", responses=declared(404, 422), dependencies=_VIEWER)
def one_campaign(request: Request, campaign: Campaign) -> Response:
    """One campaign: its alerts as lists show them, rogue stations among them, its numbers, and what
    ties these together."""
    store = store_of(request)
    graph = store.read(campaigns.graph, campaign)
    if graph is None:
        raise HTTPException(404, "no such campaign")
    page = store.page(AlertFilter(campaign=campaign), campaigns.MOST_ALERTS)
    alerts = [msgspec.Raw(summary) for summary in page.alerts]
    return answer(graph | {"alerts": alerts, "more": page.following is not None})


@router.post("/api/numbers/look", responses=declared(422))
def look(request: Request, asked: Asked, _person: Fielder) -> Response:
    """What is known of a number, or of those that begin with some digits: class and carrier by the
    plan, rows of the register, alerts, findings by rule, and what was done. The number is hashed
    and not kept."""
    if (asked.number is None) == (asked.prefix is None):
        raise HTTPException(422, "one of number and prefix is due")
    store, state = store_of(request), request.app.state
    if asked.prefix is not None:
        prefix = asked.prefix.removeprefix("+")
        return answer({"prefix": prefix} | store.read(looking.about_prefix, prefix))
    assert asked.number is not None
    numbers = _hashed(asked.number, state.hasher, int(state.clock()))
    if not numbers:
        raise HTTPException(422, "number: it has no digits")
    one = numbers[0]
    known = store.read(looking.about_number, {each.name for each in numbers}, one.prefix or None)
    of_plan = _of_plan(asked.number, state.settings.numbers) if one.length else None
    return answer(
        {"number": one.name, "prefix": one.prefix or None, "length": one.length or None}
        | {"plan": of_plan}
        | known
    )


@router.get("/api/numbers/register", responses=declared(422), dependencies=_VIEWER)
def register(
    request: Request, prefix: Digits = "", limit: Limit = 500, offset: Offset = 0
) -> Response:
    """The register of numbers: ranges by their first digits, single numbers by their hashes."""
    store = store_of(request)
    rows = store.read(looking.register_rows, prefix, limit, offset)
    return answer({"rows": rows, "count": store.read(looking.register_count)})


@router.get("/numbers/register.csv", responses=declared(422, media=CSV), dependencies=_VIEWER)
def register_as_csv(request: Request, prefix: Digits = "") -> Response:
    """The register of numbers as `cellhound numbers import` reads it."""
    rows = store_of(request).read(looking.register_rows, prefix, _MOST_LISTED)
    return Response(tables.register(rows), media_type=f"{CSV}; charset=utf-8")


def _hashed(text: str, hasher: Hasher, now_ms: int) -> list[Number]:
    """The number in a text under the key of now, then under the one before; empty where there is
    none. What is a hash already stays."""
    found = [each.number(text) for each in (hasher.at(now_ms), hasher.at(0))]
    return list(dict.fromkeys(one for one in found if one is not None))


def _of_plan(text: str, settings: NumberSettings) -> dict[str, Any]:
    (one,) = shown(plan_of(settings), settings, [_BETWEEN.sub("", text)])
    return dict(msgspec.to_builtins(one))
