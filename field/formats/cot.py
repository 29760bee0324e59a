"""Alerts as Cursor on Target events, for ATAK, WinTAK, iTAK and the servers between them.

An alert is a marker whose uid is that of the incident, so that a new revision moves it, and a drawn
region beside it. Servers keep markers for late joiners until they are stale: a channel sends them
again before. Some servers drop details that they don't know, so the remarks repeat the essentials
of ``__cellhound``. Taking a marker off needs two events: the same uid gone stale, for the copy that
servers keep, and a forced deletion, for the maps that show it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Literal

from detectors.alert.record import Alert
from field.formats.areas import DECIMALS, Part, ellipse_about, parts_of, place_of
from field.formats.coordinates import written
from field.formats.markup import Element, child, element, encoded
from field.formats.scrubbed import scrubbed
from field.formats.words.calls import is_about_calls
from field.formats.words.moments import iso
from field.formats.words.text import explain, headline, title, what_text

Affiliation = Literal["p", "u", "s", "h", "n", "f"]
#: A telecommunications tower, of the MITRE list of types; TAK's own drawings and deletion.
_MARKER: Final = "a-{affiliation}-G-I-U-T-com-tow"
_ELLIPSE: Final = "u-d-c-e"
_POLYGON: Final = "u-d-f"
_DELETE: Final = "t-x-d-d"
#: How a place is known: fused by a machine, or made by one.
_FUSED: Final = "m-f"
_MACHINE: Final = "m-g"
_UNKNOWN_M: Final = "9999999.0"
_FADES_S: Final = 5.0
_REPLAY: Final = "[REPLAY] "
#: More remarks (characters) than this nobody reads on a phone, and a mesh's datagram has a bound.
_LONGEST: Final = 4000
#: Signed ARGB: amber for what is suspected, red for what is certain, as outline and thin filling.
_COLOURS: Final = {"h": (0xFFD32F2F, 0x26D32F2F), "n": (0xFF2E7D32, 0x262E7D32)}
_AMBER: Final = (0xFFF57C00, 0x26F57C00)


def uid(alert: Alert) -> str:
    """The marker's; its region's ends in ``.region``."""
    return f"cellhound.{scrubbed(alert).alert_id}"


def marker(
    alert: Alert,
    now: datetime,
    stale_s: float,
    affiliation: Affiliation = "s",
    replay: bool = False,
) -> bytes:
    """One event, good for ``stale_s`` seconds from ``now``; empty where the alert has no place.

    ``ce`` is the radius that holds the transmitter with 90 %. One that is replayed from a recording
    is called so wherever people or programs look.
    """
    alert = scrubbed(alert)
    place = place_of(alert.position)
    if place is None:
        return b""
    event = _event(
        f"cellhound.{alert.alert_id}",
        _MARKER.format(affiliation=affiliation),
        _FUSED,
        (now, now + timedelta(seconds=stale_s)),
        place,
        alert.radius_m,
    )
    detail = child(event, "detail")
    child(detail, "contact", callsign=f"{_REPLAY * replay}{title(alert, 'en')}")
    child(detail, "remarks", f"{_REPLAY * replay}{_remarks(alert)}")
    child(detail, "precisionlocation", geopointsrc="CALC", altsrc="???")
    # A track without a course would point north.
    if alert.speed_mps is not None and alert.bearing_deg is not None:
        child(detail, "track", course=f"{alert.bearing_deg:.1f}", speed=f"{alert.speed_mps:.1f}")
    child(detail, "__cellhound", **_essentials(alert), **({"replay": "true"} if replay else {}))
    return encoded(event, declared=False)


def ellipse(
    alert: Alert,
    now: datetime,
    stale_s: float,
    affiliation: Affiliation = "s",
    as_polygon: bool = False,
    replay: bool = False,
) -> bytes:
    """The 90 % region as the least ellipse along it; empty where the alert has no region.

    ``as_polygon`` draws the outline of its largest part instead, for maps that show no ellipses.
    """
    alert = scrubbed(alert)
    parts = parts_of(alert.region)
    about = ellipse_about(parts)
    if about is None:
        return b""
    event = _event(
        f"cellhound.{alert.alert_id}.region",
        _POLYGON if as_polygon else _ELLIPSE,
        _FUSED,
        (now, now + timedelta(seconds=stale_s)),
        (about.lat, about.lon),
        None,
    )
    detail = child(event, "detail")
    name = f"{_REPLAY * replay}{title(alert, 'en')}: {_level(alert)} region"
    child(detail, "contact", callsign=name)
    child(detail, "remarks", f"holds the transmitter with {_level(alert)}")
    if as_polygon:
        for lon, lat in max(parts, key=_extent)[0]:
            child(detail, "link", point=f"{lat:.{DECIMALS}f},{lon:.{DECIMALS}f}")
    else:
        axes = {"major": f"{about.major_m:.1f}", "minor": f"{about.minor_m:.1f}"}
        shape = child(detail, "shape")
        child(shape, "ellipse", **axes, angle=f"{about.angle_deg:.1f}")
    stroke, fill = _COLOURS.get(affiliation, _AMBER)
    child(detail, "strokeColor", value=_signed(stroke))
    child(detail, "strokeWeight", value="3.0")
    child(detail, "fillColor", value=_signed(fill))
    child(detail, "labels_on", value="false")
    return encoded(event, declared=False)


def document(
    alerts: Iterable[tuple[Alert, str]], now: datetime, stale_s: float, replay: bool = False
) -> bytes:
    """Markers and regions of alerts that aren't closed, with their states, as one XML document: for
    programs that ask for events anew. One that a team found, by its state or its verdict, is
    hostile; others are suspects."""
    events = []
    for alert, state in alerts:
        if alert.status != "closed":
            is_found = state == "found" or alert.verdict == "confirmed"
            affiliation: Affiliation = "h" if is_found else "s"
            events.append(marker(alert, now, stale_s, affiliation, replay))
            events.append(ellipse(alert, now, stale_s, affiliation, replay=replay))
    return b"<?xml version='1.0' encoding='utf-8'?>\n<events>%s</events>" % b"".join(events)


def clearing(alert: Alert, now: datetime) -> list[bytes]:
    """Events that take marker and region off all maps, to be sent one after the other; none for
    what is about calls, which is on no map."""
    alert = scrubbed(alert)
    if is_about_calls(alert):
        return []
    place = place_of(alert.position) or (0.0, 0.0)
    fades = now + timedelta(seconds=_FADES_S)
    events: list[bytes] = []
    types = {"": _MARKER.format(affiliation="s"), ".region": _ELLIPSE}
    for suffix, type_ in types.items():
        name = f"cellhound.{alert.alert_id}{suffix}"
        gone = _event(name, type_, _MACHINE, (now, fades), place, None)
        child(child(gone, "detail"), "contact", callsign="cleared")
        deletion = _event(f"{name}.delete", _DELETE, _MACHINE, (now, fades), place, None)
        detail = child(deletion, "detail")
        child(detail, "link", uid=name, relation="none", type_="none")
        child(detail, "__forcedelete")
        events += [encoded(gone, declared=False), encoded(deletion, declared=False)]
    return events


def _event(
    name: str,
    type_: str,
    how: str,
    span: tuple[datetime, datetime],
    place: tuple[float, float],
    radius_m: float | None,
) -> Element:
    """An event without details, good from first to second of ``span``; its ce is a radius."""
    begins, ends = iso(span[0]), iso(span[1])
    times = {"time": begins, "start": begins, "stale": ends}
    event = element("event", version="2.0", uid=name, type_=type_, how=how, **times)
    child(
        event,
        "point",
        lat=f"{place[0]:.{DECIMALS}f}",
        lon=f"{place[1]:.{DECIMALS}f}",
        hae=_UNKNOWN_M,
        ce=_UNKNOWN_M if radius_m is None else f"{radius_m:.1f}",
        le=_UNKNOWN_M,
    )
    return event


def _signed(argb: int) -> str:
    """A colour as TAK writes it: 32 bits with a sign.

    >>> _signed(0xFFFFFFFF)
    '-1'
    """
    return str(argb - (1 << 32) if argb >= 1 << 31 else argb)


def _essentials(alert: Alert) -> dict[str, str]:
    essentials = {
        "alert_id": alert.alert_id,
        "revision": str(alert.revision),
        "status": alert.status,
        "kind": alert.kind,
        "severity": alert.severity,
        "score": f"{alert.probability:.4f}",
        "devices": str(alert.devices),
        **_motion(alert),
        "rules": " ".join(evidence.detector for evidence in alert.evidence),
    }
    if alert.identities:
        one = alert.identities[0]
        plmn = f"{one.mcc}-{one.mnc:02d}" if one.mnc is not None else None
        claimed = {"rat": one.rat, "plmn": plmn, "area": one.area, "cell": one.cell}
        claimed |= {"arfcn": one.arfcn, "pci": one.pci}
        essentials |= {name: str(value) for name, value in claimed.items() if value is not None}
    return essentials


def _motion(alert: Alert) -> dict[str, str]:
    """What is known of how it moves."""
    known = {"speed_mps": alert.speed_mps, "bearing_deg": alert.bearing_deg}
    return {name: f"{value:.1f}" for name, value in known.items() if value is not None}


def _remarks(alert: Alert) -> str:
    place = place_of(alert.position)
    lines = [headline(alert, "en"), what_text(alert, "en")]
    if place is not None:
        coordinates = written(*place)
        lines.append(f"WGS84 {coordinates.dd}")
        lines += [f"MGRS {coordinates.mgrs}"] if coordinates.mgrs else []
    of_calls = is_about_calls(alert)
    lines += [explain(evidence, "en", of_calls) for evidence in alert.evidence]
    remarks = "\n".join(lines)
    if len(remarks) > _LONGEST:
        remarks = f"{remarks[:_LONGEST]}…"
    return f"{remarks}\nalert {alert.alert_id} revision {alert.revision}"


def _level(alert: Alert) -> str:
    return f"{alert.region_level:.0%}"


def _extent(part: Part) -> float:
    lons, lats = zip(*part[0], strict=True)
    return float((max(lons) - min(lons)) * (max(lats) - min(lats)))
