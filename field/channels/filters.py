"""Which alerts a channel is about: by severity, kind, technology, operator and place.

A filter decides about targets that the channel has sent nothing about yet. Later revisions of a
target pass, so that nobody is left with an alert whose end was filtered out.
"""

import json
from pathlib import Path
from typing import Any, Final

from shapely import Geometry, intersects, prepare
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape

from detectors.alert.record import Alert
from field.alerts.severity import rank
from streams.config.channels import ChannelSettings

_AREAS: Final = ("Polygon", "MultiPolygon")


def read_region(channel: ChannelSettings, problems: list[str]) -> Geometry | None:
    """The channel's region, ``None`` where it has none; what is wrong is added to ``problems``."""
    given: Any = channel.region
    if not given:
        return None
    at = f"channel {channel.name}: region"
    if isinstance(given, str):
        try:
            given = json.loads(Path(given).read_text("utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{at}: {channel.region} can't be read as GeoJSON ({error})")
            return None
    try:
        region = _area(given)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, ShapelyError) as error:
        problems.append(f"{at}: must be a GeoJSON Polygon or MultiPolygon ({error})")
        return None
    prepare(region)
    return region


def _area(given: Any) -> Geometry:
    if given.get("type") == "FeatureCollection":
        (given,) = given["features"]
    if given.get("type") == "Feature":
        given = given["geometry"]
    if given.get("type") not in _AREAS:
        raise ValueError(f"not a {given.get('type')}")
    region = shape(given)
    if region.is_empty or not region.is_valid:
        raise ValueError("its rings are empty or cross themselves")
    west, south, east, north = region.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("longitudes come first, in degrees")
    return region


class Filter:
    """One channel's filter."""

    def __init__(self, channel: ChannelSettings, region: Geometry | None = None) -> None:
        self._least = rank(channel.min_severity)
        self._kinds = frozenset(channel.kinds)
        self._rats = frozenset[str](channel.rats)
        self._operators = {
            (int(mcc), int(mnc)) for mcc, _, mnc in (o.partition("-") for o in channel.operators)
        }
        self._region = region

    def wants(self, alert: Alert) -> bool:
        """Whether the channel sends the alert.

        One of its identities decides for technology and operator. An alert without any place passes
        a region: it may be there.
        """
        if rank(alert.severity) < self._least:
            return False
        if self._kinds and alert.kind not in self._kinds:
            return False
        if self._rats and not any(one.rat in self._rats for one in alert.identities):
            return False
        if self._operators and not any(
            (one.mcc, one.mnc) in self._operators for one in alert.identities
        ):
            return False
        return self._region is None or self._is_there(alert)

    def _is_there(self, alert: Alert) -> bool:
        try:
            if alert.region is not None:
                return bool(intersects(self._region, shape(alert.region)))
            if alert.position is not None:
                place = Point(alert.position["lon"], alert.position["lat"])
                return bool(intersects(self._region, place))
        except (ValueError, TypeError, KeyError, AttributeError, ShapelyError):
            # A broken region of another producer: the alert is rather sent than kept back.
            return True
        return True
