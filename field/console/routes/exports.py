"""Alerts in the formats of other people's tools, by the filter that lists have too, and their
evidence: a download that is in the audit trail before it is made."""

import asyncio
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from kafka.errors import KafkaError

from detectors.alert.record import Alert
from field.console.access import Dispatcher, require
from field.console.alert_actions import done_by
from field.console.answers import declared
from field.console.query_params import AlertId, FilterParams, Limit, named_alert, store_of
from field.console.routes.own_address import own_address
from field.console.status import now_ms
from field.console.store import AlertFilter
from field.console.store.queries.reading import chosen
from field.evidence.export import bundle_of
from field.evidence.gathering import NoSuchAlert
from field.evidence.signing import SigningKeyError
from field.formats import cap, geojson, gpx, kml
from field.formats.numbers import stix, tables
from field.formats.words.moments import moment
from streams.kafka.make_topics import KafkaUnavailable

router = APIRouter(dependencies=[Depends(require("viewer"))], tags=["exports"])

GEOJSON = "application/geo+json"
KML = "application/vnd.google-earth.kml+xml"
GPX = "application/gpx+xml"
CAP = "application/cap+xml"
ZIP = "application/zip"
CSV = "text/csv"
STIX = "application/stix+json;version=2.1"

Language = Annotated[Literal["en", "zh"], Query(description="Of the words in it.")]


@router.get("/alerts.geojson", responses=declared(422, media=GEOJSON))
def as_geojson(
    request: Request,
    asked: FilterParams,
    limit: Limit = 10_000,
    geometry: Literal["region", "position"] = "region",
) -> Response:
    """A FeatureCollection of the newest revision of each."""
    found = _chosen(request, asked, limit)
    features = [geojson.feature(alert, state, geometry) for alert, state in found]
    return _file(msgspec.json.encode(geojson.feature_collection(features)), GEOJSON)


@router.get("/alerts.kml", responses=declared(422, media=KML))
def as_kml(
    request: Request, asked: FilterParams, limit: Limit = 10_000, language: Language = "en"
) -> Response:
    """KML 2.2 with regions, markers and tracks."""
    alerts = [alert for alert, _ in _chosen(request, asked, limit)]
    return _file(kml.document(alerts, language), KML)


@router.get("/network-link.kml", responses=declared(422, media=KML))
def network_link(
    request: Request, seconds: Annotated[float, Query(ge=1, le=86_400)] = 10.0
) -> Response:
    """A KML file that loads ``/alerts.kml`` anew every so many seconds."""
    return _file(kml.network_link(f"{own_address(request)}/alerts.kml", seconds), KML)


@router.get("/alerts.gpx", responses=declared(422, media=GPX))
def as_gpx(
    request: Request, asked: FilterParams, limit: Limit = 10_000, language: Language = "en"
) -> Response:
    """Where transmitters are, as waypoints for navigation devices."""
    alerts = [alert for alert, _ in _chosen(request, asked, limit)]
    return _file(gpx.waypoints(alerts, language), GPX)


@router.get("/alerts/{alert_id}.gpx", responses=declared(404, 422, media=GPX))
def track(request: Request, alert_id: AlertId, language: Language = "en") -> Response:
    """Where one transmitter was."""
    known = named_alert(request, alert_id)
    return _file(gpx.track(known.alert, language), GPX)


@router.get("/alerts/{alert_id}.cap", responses=declared(404, 422, media=CAP))
def as_cap(request: Request, alert_id: AlertId, language: Language = "en") -> Response:
    """The newest revision as a message of CAP 1.2, which refers to the one before it."""
    known = named_alert(request, alert_id)
    replay = msgspec.json.decode(known.summary)["replay"]
    sender = request.app.state.settings.console.public_url or "cellhound"
    sent = moment(known.alert.ts)
    # A message can only refer to what stood before it: the revision before, sent as it was decided.
    before = [one for one in known.revisions if one["revision"] < known.alert.revision]
    references = tuple(
        cap.reference(
            msgspec.structs.replace(known.alert, revision=one["revision"]),
            sender,
            moment(one["ts"]),
        )
        for one in sorted(before, key=lambda one: one["revision"])[-1:]
    )
    return _file(cap.message(known.alert, sender, sent, references, replay, language), CAP)


@router.get("/numbers.csv", responses=declared(422, media=CSV))
def as_csv(request: Request, asked: FilterParams, limit: Limit = 10_000) -> Response:
    """The numbers of alerts about calls, a line for each of each alert."""
    alerts = [alert for alert, _ in _chosen(request, asked, limit)]
    return _file(tables.of_alerts(alerts), CSV)


@router.get("/alerts/{alert_id}.csv", responses=declared(404, 422, media=CSV))
def numbers(request: Request, alert_id: AlertId) -> Response:
    """The numbers of one alert."""
    return _file(tables.of_alerts([named_alert(request, alert_id).alert]), CSV)


@router.get("/alerts/{alert_id}.stix", responses=declared(404, 422, media=STIX))
def as_stix(request: Request, alert_id: AlertId) -> Response:
    """The newest revision of an alert about calls as a bundle of STIX 2.1."""
    alert = named_alert(request, alert_id).alert
    if not alert.numbers:
        raise HTTPException(404, "this alert has no numbers")
    return _file(stix.bundle(alert), STIX)


@router.get(
    "/api/alerts/{alert_id}/evidence.zip",
    responses=declared(404, media=ZIP),
    response_class=Response,
)
async def evidence(request: Request, alert_id: AlertId, person: Dispatcher) -> Response:
    """The evidence bundle of an alert."""
    state = request.app.state
    await asyncio.to_thread(named_alert, request, alert_id)
    now = now_ms(request.app)
    await state.publisher.act(done_by(person, request, "export", alert_id))
    try:
        made, found = await asyncio.to_thread(
            bundle_of,
            *(state.settings, state.hasher, alert_id, now, person.name),
            state.store.believed.keys,
        )
    except NoSuchAlert as error:
        raise HTTPException(404, str(error)) from error
    except (KafkaError, KafkaUnavailable, SigningKeyError) as error:
        raise HTTPException(503, str(error)) from error
    name = f"evidence-{alert_id}-{found.revisions[-1].revision}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(made, headers=headers, media_type=ZIP)


def _chosen(request: Request, asked: AlertFilter, limit: int) -> list[tuple[Alert, str]]:
    """Alerts with their states."""
    return store_of(request).read(chosen, asked, limit)


def _file(content: bytes, media_type: str) -> Response:
    return Response(content, 200, {"Cache-Control": "no-store"}, media_type=media_type)
