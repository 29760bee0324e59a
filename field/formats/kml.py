"""Alerts as KML 2.2, for Google Earth, QGIS, ATAK and WinTAK: regions, markers and tracks."""

from collections.abc import Iterable
from datetime import UTC
from html import escape
from typing import Final

from detectors.alert.record import Alert
from detectors.model.words import Language
from field.alerts.severity import IN_FORMATS
from field.formats.areas import Part, parts_of, place_of, way_of
from field.formats.markup import Element, child, element, encoded
from field.formats.scrubbed import clean, scrubbed
from field.formats.words.moments import iso, moment
from field.formats.words.text import body, left_out, title

NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
#: Colour and size by severity.
_STYLES: Final = {name: one["kml"] for name, one in IN_FORMATS.items()}
_FILLING: Final = "40"


def document(alerts: Iterable[Alert], language: Language = "en") -> bytes:
    """Regions, markers and tracks of alerts, one folder an alert, styled by severity.

    Alerts without a place are left out, and how many these are is the document's description.
    Times in texts are in UTC.
    """
    alerts = list(alerts)
    placed = [one for one in alerts if place_of(one.position) or parts_of(one.region)]
    root = element("kml", xmlns=NAMESPACE)
    top = child(root, "Document")
    child(top, "name", "cellhound")
    if left := len(alerts) - len(placed):
        child(top, "description", left_out(left, language))
    for severity, (colour, scale) in _STYLES.items():
        _style(top, severity, colour, scale)
    for alert in placed:
        _folder(top, scrubbed(alert), language)
    return encoded(root)


def network_link(url: str, seconds: float, name: str = "cellhound") -> bytes:
    """A document that loads ``url`` anew every so many seconds (at least one)."""
    root = element("kml", xmlns=NAMESPACE)
    top = child(root, "NetworkLink")
    child(top, "name", clean(name))
    child(top, "open", "1")
    link = child(top, "Link")
    child(link, "href", url)
    child(link, "refreshMode", "onInterval")
    child(link, "refreshInterval", f"{max(seconds, 1.0):g}")
    return encoded(root)


def _style(top: Element, severity: str, colour: str, scale: float) -> None:
    style = child(top, "Style", id=severity)
    icon = child(style, "IconStyle")
    child(icon, "color", colour)
    child(icon, "scale", f"{scale:g}")
    child(child(style, "LabelStyle"), "color", colour)
    line = child(style, "LineStyle")
    child(line, "color", colour)
    child(line, "width", "2")
    child(child(style, "PolyStyle"), "color", _FILLING + colour[2:])


def _folder(top: Element, alert: Alert, language: Language) -> None:
    folder = child(top, "Folder")
    name = title(alert, language)
    child(folder, "name", name)
    text = body(alert, language, UTC)
    place, parts = place_of(alert.position), parts_of(alert.region)
    if place:
        mark = _placemark(folder, alert, name, text, "position")
        child(child(mark, "Point"), "coordinates", _tuple(place[1], place[0]))
    if parts:
        mark = _placemark(folder, alert, f"{name}: {alert.region_level:.0%}", text, "region")
        several = child(mark, "MultiGeometry")
        for part in parts:
            _polygon(several, part)
    track = way_of(alert)
    if len(track) > 1:
        mark = _placemark(folder, alert, f"{name}: {len(track)}", text, "track")
        line = child(mark, "LineString")
        child(line, "tessellate", "1")
        child(line, "coordinates", " ".join(_tuple(lon, lat) for _, lat, lon in track))


def _placemark(folder: Element, alert: Alert, name: str, text: str, what: str) -> Element:
    """The elements before its geometry, in the order of the schema."""
    mark = child(folder, "Placemark", id=f"alert-{alert.alert_id}-{what}")
    child(mark, "name", name)
    # Viewers show it as HTML.
    child(mark, "description", escape(text).replace("\n", "<br/>"))
    span = child(mark, "TimeSpan")
    child(span, "begin", iso(moment(alert.first_seen)))
    child(span, "end", iso(moment(max(alert.last_seen, alert.first_seen))))
    child(mark, "styleUrl", f"#{alert.severity if alert.severity in _STYLES else 'info'}")
    fields = {
        "alert_id": alert.alert_id,
        "revision": str(alert.revision),
        "what": what,
        "status": alert.status,
        "kind": alert.kind,
        "severity": alert.severity,
        "probability": f"{alert.probability:.4f}",
        "devices": str(alert.devices),
        "radius_m": _number(alert.radius_m),
        "speed_mps": _number(alert.speed_mps),
        "bearing_deg": _number(alert.bearing_deg),
    }
    data = child(mark, "ExtendedData")
    for key, value in fields.items():
        child(child(data, "Data", name=key), "value", value)
    return mark


def _polygon(parent: Element, part: Part) -> None:
    polygon = child(parent, "Polygon")
    for at, ring in enumerate(part):
        border = child(polygon, "innerBoundaryIs" if at else "outerBoundaryIs")
        corners = " ".join(_tuple(lon, lat) for lon, lat in ring)
        child(child(border, "LinearRing"), "coordinates", corners)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _tuple(lon: float, lat: float) -> str:
    return f"{lon:.7f},{lat:.7f}"
