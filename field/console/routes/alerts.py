"""Alerts: the list, one of them with all that is known, and the stream of what is new."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from detectors.alert.record import Alert, Evidence
from detectors.model.finding import Identity
from field.console.access import require
from field.console.alert_actions import allowed
from field.console.answers import answer, declared
from field.console.query_params import (
    After,
    AlertId,
    FilterParams,
    Limit,
    Time,
    cursor_of,
    cursor_text,
    named_alert,
    store_of,
)
from field.console.status import Status, now_ms
from field.console.store import Box, Known
from field.console.store.alert_rows import glued, networks
from field.console.store.ground import measurements, nearest_cell
from field.console.store.queries.reading import PIN_FIELDS, pins, place_of
from field.formats.coordinates import links, written
from field.formats.words.calls import is_about_calls
from field.formats.words.hypotheses import hypothesis_zh
from field.formats.words.iso_times import with_iso
from field.formats.words.text import explain, innocent_zh, title

router = APIRouter(dependencies=[Depends(require("viewer"))], tags=["alerts"])

#: Readings so near to an alert (degrees of latitude), and so long before and after it, are shown
#: with it.
_NEAR_DEG = 0.05
_ABOUT_MS = 3_600_000
_MOST_READINGS = 500


@router.get("/api/alerts", responses=declared(422))
def list_alerts(
    request: Request,
    asked: FilterParams,
    limit: Limit = 500,
    cursor: Annotated[str | None, Query(max_length=400, pattern=r"^[0-9A-Za-z_\-]*$")] = None,
    after: After = None,
) -> Response:
    """Those that are not closed first, the most severe of them first, the newest of these first.
    Goes on from a page's `next` (`cursor`), or behind an alert by its id (`after`)."""
    store = store_of(request)
    begin = cursor_of(cursor)
    if after is not None:
        begin = store.read(place_of, after, asked.at)
        if begin is None:
            raise HTTPException(422, "after: no such alert")
    status: Status = request.app.state.status
    page = store.page(asked, limit, begin)
    return answer(
        {
            "alerts": [msgspec.Raw(summary) for summary in page.alerts],
            "counts": page.counts,
            "next": cursor_text(page.following),
            "as_of": now_ms(request.app) if asked.at is None else asked.at,
            "replay": status.replay,
            "behind_ms": status.behind_ms,
            "last_event_id": page.last_event_id,
        }
    )


@router.get("/api/pins", responses=declared(422))
def list_pins(request: Request, asked: FilterParams, limit: Limit = 5000) -> Response:
    """Where the alerts of such a list are, for a map of all: `fields` are the columns of `pins`."""
    found, more = store_of(request).read(pins, asked, limit)
    return answer({"fields": PIN_FIELDS, "pins": found, "more": more})


@router.get("/api/alerts/{alert_id}", responses=declared(404, 422))
def one_alert(request: Request, alert_id: AlertId, at: Time = None) -> Response:
    """One alert: why, where, what was considered, its revisions, and what was done about it."""
    known = named_alert(request, alert_id, at)
    more = store_of(request).read(_about, known)
    return answer(msgspec.Raw(glued(known.summary, msgspec.json.encode(with_iso(more)))))


@router.get(
    "/api/stream", responses=declared(422, media="text/event-stream", schema={"type": "string"})
)
async def stream(
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=80)] = None,
    since: Annotated[
        str | None,
        Query(alias="last_event_id", max_length=80, description="For the first connection."),
    ] = None,
) -> StreamingResponse:
    """Server-sent events: ``alert``, ``action``, ``delivery``, ``health``, and ``reset``, which
    means that the page has to load anew. Goes on after ``Last-Event-ID``."""
    frames = request.app.state.hub.frames(last_event_id or since)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)


def _about(connection: Connection, known: Known) -> dict[str, Any]:
    alert = known.alert
    about: dict[str, Any] = {
        "track": alert.track,
        "forecast": alert.forecast,
        "measure_next": alert.measure_next,
        "ta_conflict": alert.ta_conflict,
        "considered": [
            msgspec.to_builtins(one) | {"explanation_zh": innocent_zh(one)}
            for one in alert.considered
        ],
        "hypotheses": [
            msgspec.to_builtins(one) | {"explanation_zh": hypothesis_zh(one)}
            for one in alert.hypotheses
        ],
        "why": [_why(evidence, is_about_calls(alert)) for evidence in alert.evidence],
        **_of_calls(alert),
        "revisions": [_revision(row) for row in known.revisions],
        "actions": [msgspec.json.decode(action) for action in known.actions],
        "allowed": allowed(known.state),
    }
    claimed = [one.claimed for one in alert.evidence if one.claimed]
    about["networks"] = networks([*alert.identities, *claimed])
    if not alert.position:
        return (
            about | dict.fromkeys(("coordinates", "links", "nearest_cell")) | {"measurements": []}
        )
    lat, lon = alert.position["lat"], alert.position["lon"]
    near = Box(lon - 2 * _NEAR_DEG, lat - _NEAR_DEG, lon + 2 * _NEAR_DEG, lat + _NEAR_DEG)
    begin, end = alert.first_seen - _ABOUT_MS, alert.last_seen + _ABOUT_MS
    readings = measurements(connection, near, begin, end, _MOST_READINGS)
    nearest = nearest_cell(connection, lat, lon, alert.identities)
    if nearest is not None:
        about["networks"] |= networks([_of_key(nearest["key"])])
    return about | {
        "coordinates": written(lat, lon),
        "links": links(lat, lon, title(alert, "en")),
        "nearest_cell": nearest,
        "measurements": readings,
    }


def _of_key(key: str) -> Identity:
    """The network of a cell, by its row's key in the register (`lte-460-0-4100-1001`)."""
    rat, mcc, mnc = key.split("-")[:3]
    return Identity(rat, int(mcc), int(mnc))


def _why(evidence: Evidence, of_calls: bool) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(evidence)
    return fields | {"explanation_zh": explain(evidence, "zh", of_calls)}


def _of_calls(alert: Alert) -> dict[str, Any]:
    """The numbers and calls of an alert that has some, the newest last."""
    if not is_about_calls(alert):
        return {}
    return {"numbers": alert.numbers, "calls": alert.calls}


def _revision(row: dict[str, Any]) -> dict[str, Any]:
    lat, lon = row.pop("lat"), row.pop("lon")
    return row | {"position": None if lat is None else {"lat": lat, "lon": lon}}
