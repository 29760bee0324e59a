"""An alert as rows and as the summary that lists show."""

from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from detectors.model.finding import Identity
from field.formats.words.text import headline

#: Severities from the least on; other words count as the least.
SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
#: An alert that is closed stands below all that aren't.
_NOT_CLOSED: Final = 10


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of an alert's revision, but for what people made of it."""

    alert_id: str
    revision: int
    status: str
    ts: int
    first_seen: int
    last_seen: int
    kind: str
    identities: list[Identity]
    probability: float
    severity: str
    position: dict[str, float] | None
    region: dict[str, Any] | None
    region_50: dict[str, Any] | None
    region_level: float
    radius_m: float | None
    speed_mps: float | None
    bearing_deg: float | None
    devices: int
    reports: int
    headline: str
    headline_zh: str
    verdict: str | None


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """What people have made of an alert, and how it came; joined to a `Summary`."""

    state: str
    assignee: str | None
    muted_until: int | None
    case_id: str | None
    received_ms: int
    replay: bool


def summary(alert: Alert) -> Summary:
    """The summary of a revision."""
    return Summary(
        alert_id=alert.alert_id,
        revision=alert.revision,
        status=alert.status,
        ts=alert.ts,
        first_seen=alert.first_seen,
        last_seen=alert.last_seen,
        kind=alert.kind,
        identities=alert.identities,
        probability=alert.probability,
        severity=alert.severity,
        position=alert.position,
        region=alert.region,
        region_50=alert.region_50,
        region_level=alert.region_level,
        radius_m=alert.radius_m,
        speed_mps=alert.speed_mps,
        bearing_deg=alert.bearing_deg,
        devices=alert.devices,
        reports=alert.reports,
        headline=alert.headline,
        headline_zh=headline(alert, "zh"),
        verdict=alert.verdict,
    )


def facts(alert: Alert, headline_zh: str, received_ms: int) -> dict[str, Any]:
    """The columns that both tables of alerts share, with the id."""
    west, south, east, north = box(alert)
    rats = sorted({who.rat for who in alert.identities if who.rat})
    operators = sorted({op for who in alert.identities if (op := operator(who.mcc, who.mnc))})
    names = [name for who in alert.identities for name in _named(who)]
    position = alert.position or {}
    terms = " ".join([alert.alert_id, alert.kind, alert.headline, headline_zh, *names])
    urgency = SEVERITIES.index(alert.severity) if alert.severity in SEVERITIES else 0
    return {
        "alert_id": alert.alert_id,
        "revision": alert.revision,
        "status": alert.status,
        "ts": alert.ts,
        "first_seen": alert.first_seen,
        "last_seen": alert.last_seen,
        "kind": alert.kind,
        "severity": alert.severity,
        "urgency": urgency + (_NOT_CLOSED if alert.status != "closed" else 0),
        "probability": alert.probability,
        "rats": between_bars(rats),
        "operators": between_bars(operators),
        "search_text": terms.lower(),
        "lat": position.get("lat"),
        "lon": position.get("lon"),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "received_ms": received_ms,
    }


def operator(mcc: int | None, mnc: int | None) -> str | None:
    """An operator as one word, whatever zeros it was written with.

    >>> operator(460, 0), operator(460, None)
    ('460-0', None)
    """
    return None if mcc is None or mnc is None else f"{mcc}-{mnc}"


def between_bars(values: list[str]) -> str:
    """Words so that each is found between bars.

    >>> between_bars(["gsm", "lte"]), between_bars([])
    ('|gsm|lte|', '')
    """
    return f"|{'|'.join(values)}|" if values else ""


def box(alert: Alert) -> tuple[float | None, ...]:
    """West, south, east and north of what the alert's region and position span; all ``None``
    without either."""
    lons, lats = [], []
    for ring in _outer_rings(alert.region or {}):
        lons += [float(point[0]) for point in ring]
        lats += [float(point[1]) for point in ring]
    if alert.position:
        lons.append(alert.position["lon"])
        lats.append(alert.position["lat"])
    if not lons:
        return None, None, None, None
    return min(lons), min(lats), max(lons), max(lats)


def _outer_rings(region: dict[str, Any]) -> list[Any]:
    coordinates = region.get("coordinates") or []
    if region.get("type") == "MultiPolygon":
        return [polygon[0] for polygon in coordinates]
    return list(coordinates[:1])


def _named(who: Identity) -> list[str]:
    values = (who.rat, operator(who.mcc, who.mnc), who.area, who.cell, who.arfcn, who.pci)
    return [str(value) for value in values if value is not None]
