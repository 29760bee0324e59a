"""Alerts as GeoJSON: the newest revision of each as one feature."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from detectors.alert import Alert


def feature_collection(alerts: Iterable[Alert]) -> dict[str, Any]:
    """A FeatureCollection (RFC 7946). The geometry is the region, where there is one."""
    return {"type": "FeatureCollection", "features": [_feature(alert) for alert in alerts]}


def write_geojson(path: Path, alerts: Iterable[Alert]) -> None:
    """Writes `feature_collection`, indented for people."""
    encoded = msgspec.json.encode(feature_collection(alerts))
    path.write_bytes(msgspec.json.format(encoded) + b"\n")


def _feature(alert: Alert) -> dict[str, Any]:
    properties = {
        name: value for name, value in msgspec.to_builtins(alert).items() if name != "region"
    }
    return {
        "type": "Feature",
        "id": alert.alert_id,
        "geometry": alert.region,
        "properties": properties,
    }
