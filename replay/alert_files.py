"""The files of a run's alerts: every revision as a line of JSON, the newest ones as GeoJSON."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from detectors.alert.record import Alert
from field.formats import geojson


def write_alerts(out: Path, alerts: Sequence[Alert]) -> list[Alert]:
    """Writes ``alerts.jsonl`` and ``alerts.geojson``; the newest revision of each alert."""
    write_lines(out / "alerts.jsonl", alerts)
    newest = newest_of(alerts)
    write_geojson(out / "alerts.geojson", newest)
    return newest


def newest_of(alerts: Iterable[Alert]) -> list[Alert]:
    """The newest revision of each alert."""
    in_order = sorted(alerts, key=lambda alert: alert.revision)
    return list({alert.alert_id: alert for alert in in_order}.values())


def write_lines(path: Path, records: Iterable[msgspec.Struct]) -> None:
    """Writes records, one a line of JSON."""
    with path.open("wb") as file:
        file.writelines(msgspec.json.encode(record) + b"\n" for record in records)


def write_geojson(path: Path, alerts: Iterable[Alert]) -> None:
    """Writes a FeatureCollection (RFC 7946), indented for people.

    The geometry is the region, where there is one.
    """
    features = geojson.feature_collection(geojson.feature(alert) for alert in alerts)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(features)) + b"\n")
