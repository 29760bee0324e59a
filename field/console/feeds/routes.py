"""The routes of feeds: making, listing and taking back, and the addresses that are handed on."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from field.console.access import Access, Viewer
from field.console.access.credentials.feeds import (
    DAYS,
    LEAST_REFRESH_S,
    MOST_DAYS,
    MOST_REFRESH_S,
    Feed,
    Format,
)
from field.console.access.person import LOCAL, AnybodyInPerson, Person
from field.console.answers import answer, declared
from field.console.feeds.rendering import KINDS, FeedFilter, Moment, filter_of
from field.console.feeds.resting import Resting
from field.console.query_params import store_of
from field.console.routes.exports import KML
from field.console.routes.own_address import own_address
from field.console.status import now_ms
from field.console.store.queries.reading import chosen
from field.formats import kml

router = APIRouter(tags=["feeds"])

_NETWORK_LINK: Final = "network-link.kml"
_Secret = Annotated[str, Path(max_length=100, description="Of the feed; shown once.")]
_FeedId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$", description="Of the feed.")]
_File = Annotated[str, Path(pattern=r"^(alerts\.[a-z]{3,7})$", description="alerts.kml, ..")]
#: Programs that open an address add parameters of their own (BBOX of Google Earth): none is read.
_TAKES_ANY: Final = {"x-any-parameters": True}


class NewFeed(BaseModel):
    """A feed to be: its format, what it has, how long it lasts, how often a program shall ask."""

    model_config = ConfigDict(extra="forbid")

    format: Format
    label: str = Field("", max_length=100)
    days: float = Field(DAYS, gt=0.0, le=MOST_DAYS, allow_inf_nan=False)
    refresh_s: int = Field(10, ge=LEAST_REFRESH_S, le=MOST_REFRESH_S)
    filter: FeedFilter = FeedFilter()


@router.post("/api/feeds", status_code=201, responses=declared(403, 409, 422, success=201))
def make(request: Request, asked: NewFeed, person: AnybodyInPerson) -> Response:
    """Make an address by which somebody else's program reads alerts. It is shown only now; whoever
    has it reads what the feed is of, until it ends, is taken back, or its maker's account or
    password does."""
    access = _access(request)
    if person is LOCAL:
        raise HTTPException(409, "this console has no accounts; add one to hand on feeds")
    if not access.feeds.may_share(person.role):
        raise HTTPException(403, f"console.feeds lets nobody of the role {person.role} do this")
    # Unknown values are refused here, not when somebody reads.
    asked.filter.chosen_at(now_ms(request.app))
    text = asked.filter.model_dump_json(exclude_defaults=True)
    feed, secret = access.feeds.make(
        person.name, asked.format, text, asked.label, asked.days, asked.refresh_s
    )
    access.log.write("feed_made", person.name, detail=f"{feed.id} {feed.format}")
    return answer({"feed": _shown(feed)} | _addresses(request, feed, secret), 201)


@router.get("/api/feeds", responses=declared())
def all_feeds(request: Request, person: Viewer) -> Response:
    """One's own feeds that aren't over; an admin sees all. Their addresses are shown nowhere."""
    access = _access(request)
    found = access.feeds.all(_whose(person))
    may = person is not LOCAL and access.feeds.may_share(person.role)
    return answer({"feeds": [_shown(feed) for feed in found], "may_share": may})


@router.delete("/api/feeds/{feed_id}", status_code=204, responses=declared(404, 422, success=204))
def take_back(request: Request, feed_id: _FeedId, person: AnybodyInPerson) -> None:
    """Take one's own feed back; an admin any. It ends at once."""
    access = _access(request)
    feed = access.feeds.remove(feed_id, _whose(person))
    if feed is None:
        raise HTTPException(404, "there is no such feed")
    detail = f"{feed.id} {feed.format}"
    access.log.write("feed_removed", feed.name, by=person.name, detail=detail)


@router.get(
    "/feeds/{secret}/network-link.kml",
    responses=declared(403, 404, 429, media=KML),
    openapi_extra=_TAKES_ANY,
)
def network_link(request: Request, secret: _Secret) -> Response:
    """A KML file that loads the feed anew as often as it was made for; of KML feeds alone."""
    feed = _feed(request)
    if feed.format != "kml":
        raise HTTPException(404, f"this feed is {feed.format}; ask for {_name(feed)}")
    url = f"{own_address(request)}/feeds/{secret}/{_name(feed)}"
    name = f"cellhound: {feed.label}" if feed.label else "cellhound"
    return _sent(kml.network_link(url, feed.refresh_s, name), KML)


@router.get(
    "/feeds/{secret}/{file}",
    responses=declared(403, 404, 410, 422, 429, media="application/octet-stream"),
    openapi_extra=_TAKES_ANY,
)
def read(request: Request, secret: _Secret, file: _File) -> Response:
    """The alerts of a feed now, in its format: ``alerts.kml``, ``.geojson``, ``.csv``, ``.cot``
    (a document of events) or ``.stix``. The address is the credential."""
    feed = _feed(request)
    if file != _name(feed):
        raise HTTPException(404, f"this feed is {feed.format}; ask for {_name(feed)}")
    asked, kind = filter_of(feed), KINDS[feed.format]

    def made() -> bytes:
        now = now_ms(request.app)
        found = store_of(request).read(chosen, asked.chosen_at(now), asked.limit)
        at = Moment(now, request.app.state.status.replay)
        return kind.made(feed, asked, found, at)

    content = _resting(request).answer(feed.id, made)
    if content is None:
        raise HTTPException(429, "it is just being made; ask again", {"Retry-After": "5"})
    return _sent(content, kind.media)


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def _resting(request: Request) -> Resting:
    resting: Resting = request.app.state.feed_answers
    return resting


def _feed(request: Request) -> Feed:
    """The feed that the door let in."""
    feed = getattr(request.state, "feed", None)
    if not isinstance(feed, Feed):
        raise HTTPException(403, "this is no feed's address")
    return feed


def _whose(person: Person) -> str | None:
    return None if person.may("admin") else person.name


def _name(feed: Feed) -> str:
    return f"alerts.{KINDS[feed.format].ending}"


def _shown(feed: Feed) -> dict[str, Any]:
    """As people see it. A filter that is none any more, since a release before made it, is shown as
    it was made: one such feed hides no others, and can be taken back."""
    try:
        asked = filter_of(feed).model_dump(exclude_defaults=True)
    except HTTPException:
        asked = json.loads(feed.asked)
    return asdict(feed) | {"asked": asked}


def _addresses(request: Request, feed: Feed, secret: str) -> dict[str, str | None]:
    base = f"{own_address(request)}/feeds/{secret}"
    link = f"{base}/{_NETWORK_LINK}" if feed.format == "kml" else None
    return {"url": f"{base}/{_name(feed)}", "network_link": link}


def _sent(content: bytes, media: str) -> Response:
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(content, headers=headers, media_type=media)
