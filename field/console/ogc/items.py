"""Items of the collections: features by pages, and single ones."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response

from field.console.access import require
from field.console.answers import declared
from field.console.ogc.asked import CellParams, CrsText, Items, ItemsParams, Text, alerts_asked
from field.console.ogc.crs import known_crs, shape_in
from field.console.ogc.reading import alert_features, cell_features, reading_features
from field.console.ogc.routes import link_to, url_of
from field.console.query_params import AlertId, named_alert, store_of
from field.console.routes.exports import GEOJSON
from field.console.routes.field import point_feature
from field.console.routes.own_address import own_address
from field.console.status import now_ms
from field.console.store import AlertFilter
from field.console.store.ground import cell_of, reading_of
from field.formats.geojson import feature
from field.formats.words.moments import iso, moment

router = APIRouter(
    prefix="/ogc", dependencies=[Depends(require("viewer"))], tags=["OGC API Features"]
)


@router.get("/collections/alerts/items", responses=declared(400, media=GEOJSON))
def alert_items(
    request: Request, items: ItemsParams, asked: Annotated[AlertFilter, Depends(alerts_asked)]
) -> Response:
    """Alerts, those that `bbox` touches and `datetime` meets."""
    found = store_of(request).read(alert_features, items, asked)
    return _page(request, "alerts", items, *found)


@router.get("/collections/cells/items", responses=declared(400, media=GEOJSON))
def cell_items(
    request: Request, items: ItemsParams, identity: CellParams, kind: Text = None
) -> Response:
    """Cells of the register within `bbox`; none of them has a time."""
    equal = identity | {"kind": kind}
    found = store_of(request).read(cell_features, items, equal)
    return _page(request, "cells", items, *found)


@router.get("/collections/measurements/items", responses=declared(400, media=GEOJSON))
def measurement_items(
    request: Request, items: ItemsParams, identity: CellParams, device: Text = None
) -> Response:
    """Readings of instruments within `bbox` and `datetime`, the newest first."""
    equal = identity | {"device": device}
    found = store_of(request).read(reading_features, items, equal)
    return _page(request, "measurements", items, *found)


@router.get("/collections/alerts/items/{alert_id}", responses=declared(400, 404, media=GEOJSON))
def alert_item(request: Request, alert_id: AlertId, crs: CrsText = None) -> Response:
    """One alert."""
    known = named_alert(request, alert_id)
    return _item(request, "alerts", alert_id, feature(known.alert, known.state), crs)


@router.get("/collections/cells/items/{key}", responses=declared(400, 404, media=GEOJSON))
def cell_item(request: Request, key: AlertId, crs: CrsText = None) -> Response:
    """One cell of the register."""
    row = store_of(request).read(cell_of, key)
    if row is None:
        raise HTTPException(404, "no such cell")
    row.pop("place")
    return _item(request, "cells", key, point_feature(row, key), crs)


_Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{2,128}$", description="Of the reading.")]


@router.get("/collections/measurements/items/{digest}", responses=declared(400, 404, media=GEOJSON))
def measurement_item(request: Request, digest: _Digest, crs: CrsText = None) -> Response:
    """One reading of an instrument."""
    row = (
        store_of(request).read(reading_of, bytes.fromhex(digest)) if len(digest) % 2 == 0 else None
    )
    if row is None:
        raise HTTPException(404, "no such reading")
    row.pop("digest")
    return _item(request, "measurements", digest, point_feature(row, digest), crs)


def _page(
    request: Request, name: str, items: Items, features: list[dict[str, Any]], number: int
) -> Response:
    base, at = own_address(request), items.offset
    here = request.url.include_query_params(offset=at)
    links = [
        link_to(f"{base}{here.path}?{here.query}", "self", "these features", GEOJSON),
        link_to(url_of(base, name), "collection", "their collection"),
    ]
    places = []
    if at + len(features) < number:
        places.append(("next", "the features after these", at + items.limit))
    if at > 0:
        places.append(("prev", "the features before these", max(at - items.limit, 0)))
    for relation, title, offset in places:
        other = request.url.include_query_params(offset=offset, limit=items.limit)
        links.append(link_to(f"{base}{other.path}?{other.query}", relation, title, GEOJSON))
    return _in_crs(
        {
            "type": "FeatureCollection",
            "features": [
                one | {"geometry": shape_in(one["geometry"], items.crs)} for one in features
            ],
            "numberMatched": number,
            "numberReturned": len(features),
            "timeStamp": iso(moment(now_ms(request.app))),
            "links": links,
        },
        items.crs,
    )


def _item(
    request: Request, name: str, which: str, found: dict[str, Any], asked: str | None
) -> Response:
    url, crs = url_of(own_address(request), name), known_crs("crs", asked)
    links = [
        link_to(f"{url}/items/{which}", "self", "this feature", GEOJSON),
        link_to(url, "collection", "its collection"),
    ]
    return _in_crs(found | {"geometry": shape_in(found["geometry"], crs), "links": links}, crs)


def _in_crs(content: dict[str, Any], crs: str) -> Response:
    return Response(
        msgspec.json.encode(content), headers={"Content-Crs": f"<{crs}>"}, media_type=GEOJSON
    )
