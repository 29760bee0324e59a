"""Alerts as GeoJSON (RFC 7946): one feature an alert, all fields as properties."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from detectors.alert.record import Alert
from field.formats.areas import geometry_of, place_of
from field.formats.scrubbed import scrubbed, short
from field.formats.words.iso_times import with_iso


def feature(
    alert: Alert,
    state: str | None = None,
    geometry: Literal["region", "position"] = "region",
) -> dict[str, Any]:
    """An alert as one feature; where it has no such place, the geometry is null.

    ``state`` of the life cycle becomes a property, where it is given. Whichever of region and
    position is not the geometry stays among the properties. Moments stand there as text too.
    """
    alert = scrubbed(alert)
    properties: dict[str, Any] = short(msgspec.to_builtins(alert))
    properties["region_50"] = geometry_of(alert.region_50)
    if alert.forecast is not None:
        properties["forecast"]["region"] = geometry_of(alert.forecast.region)
    region = geometry_of(properties.pop("region"))
    shape = region
    if geometry == "position":
        properties["region"] = region
        place = place_of(alert.position)
        shape = {"type": "Point", "coordinates": [place[1], place[0]]} if place else None
    if state is not None:
        properties["state"] = state
    named = {"type": "Feature", "id": alert.alert_id}
    return {**named, "geometry": shape, "properties": with_iso(properties)}


def feature_collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Features as a FeatureCollection.

    >>> feature_collection([])
    {'type': 'FeatureCollection', 'features': []}
    """
    return {"type": "FeatureCollection", "features": list(features)}
