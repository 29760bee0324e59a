"""Alerts as GPX 1.1, for navigation devices, OsmAnd, Locus: waypoints and tracks."""

from collections.abc import Iterable
from datetime import UTC
from typing import Final

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.formats.areas import place_of, way_of
from field.formats.markup import Element, child, element, encoded
from field.formats.scrubbed import scrubbed
from field.formats.words.moments import iso, moment
from field.formats.words.text import body, headline, left_out, title

NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"


def track(alert: Alert, language: Language = "en") -> bytes:
    """Where a transmitter was, with times, and where it is as a waypoint."""
    root = _root()
    alert = scrubbed(alert)
    _waypoint(root, alert, language)
    if fixes := way_of(alert):
        line = child(root, "trk")
        child(line, "name", title(alert, language))
        child(line, "desc", headline(alert, language))
        segment = child(line, "trkseg")
        for ts, lat, lon in fixes:
            point = child(segment, "trkpt", lat=f"{lat:.7f}", lon=f"{lon:.7f}")
            child(point, "time", iso(moment(ts)))
    return encoded(root)


def waypoints(alerts: Iterable[Alert], language: Language = "en") -> bytes:
    """Where transmitters are, one waypoint each; those without a place are left out, with how
    many these are as the file's description."""
    root = _root()
    alerts = list(alerts)
    if left := sum(place_of(alert.position) is None for alert in alerts):
        child(child(root, "metadata"), "desc", left_out(left, language))
    for alert in alerts:
        _waypoint(root, scrubbed(alert), language)
    return encoded(root)


def _root() -> Element:
    return element("gpx", xmlns=NAMESPACE, version="1.1", creator="cellhound")


def _waypoint(root: Element, alert: Alert, language: Language) -> None:
    place = place_of(alert.position)
    if place is None:
        return
    point = child(root, "wpt", lat=f"{place[0]:.7f}", lon=f"{place[1]:.7f}")
    child(point, "time", iso(moment(alert.last_seen)))
    child(point, "name", title(alert, language))
    child(point, "desc", body(alert, language, UTC))
    child(point, "src", "cellhound")
    child(point, "sym", "Danger Area")
    child(point, "type", alert.kind)
