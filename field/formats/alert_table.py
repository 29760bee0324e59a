"""Alerts as CSV (RFC 4180), a line each: for spreadsheets, and programs that read nothing else."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from detectors.alert.record import Alert
from field.formats.areas import place_of
from field.formats.numbers.tables import written
from field.formats.scrubbed import scrubbed
from field.formats.words.iso_times import iso_of
from field.formats.words.text import headline

COLUMNS: Final = (
    *("alert_id", "revision", "status", "state", "kind", "severity", "probability"),
    *("ts", "ts_iso", "first_seen", "first_seen_iso", "last_seen", "last_seen_iso"),
    *("lat", "lon", "radius_m", "rat", "mcc", "mnc", "area", "cell", "arfcn", "pci"),
    *("identities", "devices", "reports", "campaign", "headline"),
)
_TIMES: Final = ("ts", "first_seen", "last_seen")
_IDENTITY: Final = ("rat", "mcc", "mnc", "area", "cell", "arfcn", "pci")
_AS_THEY_ARE: Final = ("alert_id", "revision", "status", "kind", "severity", "devices", "reports")


def table(alerts: Iterable[tuple[Alert, str]]) -> bytes:
    """Alerts with their states; the identity is the first of ``identities`` many."""
    return written(COLUMNS, (_row(scrubbed(alert), state) for alert, state in alerts))


def _row(alert: Alert, state: str) -> Sequence[Any]:
    place = place_of(alert.position)
    first = alert.identities[0] if alert.identities else None
    values: dict[str, Any] = {name: getattr(alert, name) for name in (*_AS_THEY_ARE, *_TIMES)}
    values |= {f"{name}_iso": iso_of(name, values[name]) for name in _TIMES}
    values |= {name: None if first is None else getattr(first, name) for name in _IDENTITY}
    values |= {
        "state": state,
        "probability": f"{alert.probability:.4f}",
        "lat": place[0] if place else None,
        "lon": place[1] if place else None,
        "radius_m": None if alert.radius_m is None else f"{alert.radius_m:.1f}",
        "identities": len(alert.identities),
        "campaign": alert.campaign,
        "headline": headline(alert, "en"),
    }
    return [values[name] for name in COLUMNS]
