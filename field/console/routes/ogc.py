"""OGC API Features (Part 1: Core, GeoJSON), by which QGIS, GDAL and others read from here."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from sqlalchemy import Connection

from field.console.access import require
from field.console.answers import answer, declared
from field.console.query_params import AlertId, BoxText, box_of, named_alert, store_of
from field.console.routes.exports import GEOJSON
from field.console.routes.field import point_feature
from field.console.routes.own_address import own_address
from field.console.status import now_ms
from field.console.store import AlertFilter, Box
from field.console.store.ground import cell_of, cells, count, measurements
from field.console.store.queries.reading import chosen, matched
from field.console.store.tables import CELLS, MEASUREMENTS
from field.formats.geojson import feature

router = APIRouter(
    prefix="/ogc", dependencies=[Depends(require("viewer"))], tags=["OGC API Features"]
)

Span = tuple[int | None, int | None]
_OPEN: Final = ("", "..")
_CORE: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_WORLD: Final = [[-180.0, -90.0, 180.0, 90.0]]
_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
Name = Literal["alerts", "cells", "measurements"]
_TITLES: Final[dict[str, tuple[str, str]]] = {
    "alerts": ("Alerts", "The newest revision of each alert; its geometry is the 90 % region."),
    "cells": ("Cell register", "The operator's list of its cells."),
    "measurements": ("Field measurements", "Readings of the teams' instruments."),
}


@router.get("", responses=declared(), include_in_schema=False)
@router.get("/", responses=declared())
def landing(request: Request) -> Response:
    """Where to go from here."""
    base = own_address(request)
    return answer(
        {
            "title": "cellhound",
            "description": "Alerts about rogue base stations.",
            "links": [
                _link(f"{base}/ogc/", "self", "this document"),
                _link(f"{base}/openapi.json", "service-desc", "the API", _OPENAPI),
                _link(f"{base}/ogc/conformance", "conformance", "what it conforms to"),
                _link(f"{base}/ogc/collections", "data", "the collections"),
            ],
        }
    )


_OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"


@router.get("/conformance", responses=declared())
def conformance() -> Response:
    """The classes of the standard that this conforms to."""
    return answer({"conformsTo": [f"{_CORE}/{name}" for name in ("core", "oas30", "geojson")]})


@router.get("/collections", responses=declared())
def collections(request: Request) -> Response:
    """What there is to read."""
    base = own_address(request)
    links = [_link(f"{base}/ogc/collections", "self", "this document")]
    found = [_collection(base, name) for name in _TITLES]
    return answer({"links": links, "collections": found})


@router.get("/collections/{name}", responses=declared(422))
def collection(request: Request, name: Name) -> Response:
    """One collection."""
    return answer(_collection(own_address(request), name))


@router.get("/collections/{name}/items", responses=declared(422, media=GEOJSON))
def items(
    request: Request,
    name: Name,
    bbox: BoxText = None,
    when: Annotated[
        str | None,
        Query(
            alias="datetime",
            max_length=80,
            description="A time (RFC 3339), or two with / between them; .. for an open end.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """Features of a collection, those that `bbox` touches and `datetime` meets."""
    box, span = box_of(bbox), _span_of(when)
    features, number = store_of(request).read(_FEATURES[name], box, span, limit, offset)
    base = own_address(request)
    here = request.url.include_query_params(offset=offset)
    links = [_link(f"{base}{here.path}?{here.query}", "self", "these features", GEOJSON)]
    if offset + len(features) < number:
        following = request.url.include_query_params(offset=offset + limit, limit=limit)
        url = f"{base}{following.path}?{following.query}"
        links.append(_link(url, "next", "the features after these", GEOJSON))
    return _geojson(
        {
            "type": "FeatureCollection",
            "features": features,
            "numberMatched": number,
            "numberReturned": len(features),
            "timeStamp": _time(now_ms(request.app)),
            "links": links,
        }
    )


@router.get("/collections/alerts/items/{alert_id}", responses=declared(404, 422, media=GEOJSON))
def alert_item(request: Request, alert_id: AlertId) -> Response:
    """One alert."""
    known = named_alert(request, alert_id)
    return _item(request, "alerts", alert_id, feature(known.alert, known.state))


@router.get("/collections/cells/items/{key}", responses=declared(404, 422, media=GEOJSON))
def cell_item(request: Request, key: AlertId) -> Response:
    """One cell of the register."""
    row = store_of(request).read(cell_of, key)
    if row is None:
        raise HTTPException(404, "no such cell")
    row.pop("place")
    return _item(request, "cells", key, point_feature(row, key))


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _collection(base: str, name: str) -> dict[str, Any]:
    title, description = _TITLES[name]
    url = f"{base}/ogc/collections/{name}"
    return {
        "id": name,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": [_CRS84],
        "extent": {"spatial": {"bbox": _WORLD, "crs": _CRS84}},
        "links": [
            _link(url, "self", "this collection"),
            _link(f"{url}/items", "items", title, GEOJSON),
        ],
    }


def _item(request: Request, name: str, which: str, found: dict[str, Any]) -> Response:
    url = f"{own_address(request)}/ogc/collections/{name}"
    links = [
        _link(f"{url}/items/{which}", "self", "this feature", GEOJSON),
        _link(url, "collection", "its collection"),
    ]
    return _geojson(found | {"links": links})


def _geojson(content: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), media_type=GEOJSON)


def _link(href: str, rel: str, title: str, kind: str = "application/json") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, "title": title}


def _span_of(text: str | None) -> Span:
    """Begin and end in ms. Raises HTTPException 422."""
    if text is None:
        return None, None
    begin, slash, end = text.partition("/")
    if not slash:
        begin = end = text
    return _ms(begin), _ms(end)


def _alerts(
    connection: Connection, box: Box | None, span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    asked = AlertFilter(box=box, begin=span[0], end=span[1])
    found = chosen(connection, asked, limit, offset)
    return [feature(alert, state) for alert, state in found], matched(connection, asked)


def _cells(
    connection: Connection, box: Box | None, _span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    found = cells(connection, box, limit, offset)
    return [point_feature(row, row["key"]) for row in found], count(connection, CELLS, box)


def _readings(
    connection: Connection, box: Box | None, span: Span, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    found = measurements(connection, box, *span, limit, offset)
    return [point_feature(row) for row in found], count(connection, MEASUREMENTS, box, *span)


def _ms(text: str) -> int | None:
    if text in _OPEN:
        return None
    try:
        time = datetime.fromisoformat(text)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        ms = int(time.timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise HTTPException(422, "datetime: is no time of RFC 3339") from error
    return ms


_FEATURES: Final[dict[str, Callable[..., tuple[list[dict[str, Any]], int]]]] = {
    "alerts": _alerts,
    "cells": _cells,
    "measurements": _readings,
}
