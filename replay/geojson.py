"""Alerts as a GeoJSON file: the newest revision of each as one feature."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from detectors.alert.record import Alert
from field.formats import geojson


def feature_collection(alerts: Iterable[Alert]) -> dict[str, Any]:
    """A FeatureCollection (RFC 7946). The geometry is the region, where there is one."""
    return geojson.feature_collection(geojson.feature(alert) for alert in alerts)


def write_geojson(path: Path, alerts: Iterable[Alert]) -> None:
    """Writes `feature_collection`, indented for people."""
    encoded = msgspec.json.encode(feature_collection(alerts))
    path.write_bytes(msgspec.json.format(encoded) + b"\n")
