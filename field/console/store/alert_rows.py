"""An alert as rows and as the summary that lists show.

Summaries are stored encoded, so that a list of thousands is glued together and not made anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from detectors.model.finding import Identity
from detectors.model.words import LANGUAGES
from detectors.networks.names import network_text
from field.alerts.reading import is_replay
from field.alerts.severity import rank
from field.formats.words.calls import is_about_calls
from field.formats.words.iso_times import with_iso
from field.formats.words.text import headline

#: An alert that is closed stands below all that aren't.
_NOT_CLOSED: Final = 10
#: Columns that are fields of the alert as they are.
_COLUMNS: Final = (
    *("alert_id", "revision", "status", "ts", "first_seen", "last_seen", "kind", "severity"),
    "probability",
)


#: What a list shows of an alert's revision, but for what people made of it.
_SHOWN: Final = (
    *("alert_id", "revision", "status", "ts", "first_seen", "last_seen", "kind", "identities"),
    *("probability", "severity", "position", "region", "region_50", "region_level", "radius_m"),
    *("speed_mps", "bearing_deg", "devices", "reports", "headline", "campaign"),
    *("ruled_out_before", "closed_because"),
)
#: Of an alert about calls, the newest of its numbers.
_SHOWN_NUMBERS: Final = 3
_SEARCHED_PREFIXES: Final = 50
#: What people have made of an alert that nobody has done anything about.
UNTOUCHED: Final[dict[str, Any]] = {
    "state": "new",
    "assignee": None,
    "muted_until": None,
    "case_id": None,
}
#: .. as columns.
HANDLED: Final = tuple(UNTOUCHED)
ENCODE: Final = msgspec.json.Encoder().encode


def summary(alert: Alert) -> dict[str, Any]:
    """What lists show of a revision."""
    more: dict[str, Any] = {"headline_zh": headline(alert, "zh"), "verdict": alert.verdict}
    if is_about_calls(alert):
        newest = alert.numbers[-_SHOWN_NUMBERS:][::-1]
        more |= {"number_count": len(alert.numbers), "newest_numbers": newest}
    more["networks"] = networks(alert.identities)
    shown: dict[str, Any] = with_iso({name: getattr(alert, name) for name in _SHOWN} | more)
    return shown


def networks(identities: Iterable[Identity]) -> dict[str, dict[str, str]]:
    """What the networks of identities are called, by `operator` and language.

    >>> networks([Identity("gsm", 460, 0, 61001)])
    {'460-0': {'en': 'China Mobile 460-00', 'zh': '中国移动 460-00'}}
    """
    known = {(who.mcc, who.mnc) for who in identities}
    return {
        f"{mcc}-{mnc}": {language: network_text(mcc, mnc, language) for language in LANGUAGES}
        for mcc, mnc in sorted(known, key=repr)
        if mcc is not None and mnc is not None
    }


def joined(
    summary: bytes, handling: Mapping[str, Any], received_ms: int, ts: int, replay_behind_ms: float
) -> bytes:
    """The encoded summary with its handling; ``replay`` where it came so much later than its own
    time."""
    more: dict[str, Any] = {name: handling[name] for name in HANDLED}
    more |= {"received_ms": received_ms, "replay": is_replay(received_ms, ts, replay_behind_ms)}
    return glued(summary, ENCODE(with_iso(more)))


def glued(one: bytes, other: bytes) -> bytes:
    """Two encoded JSON objects, neither of them empty, as one.

    >>> glued(b'{"a":1}', b'{"b":2}')
    b'{"a":1,"b":2}'
    """
    return one[:-1] + b"," + other[1:]


def facts(alert: Alert, headline_zh: str, received_ms: int) -> dict[str, Any]:
    """The columns that both tables of alerts share, with the id."""
    rats = sorted({who.rat for who in alert.identities if who.rat})
    operators = sorted({op for who in alert.identities if (op := operator(who.mcc, who.mnc))})
    names = [name for who in alert.identities for name in _named(who)]
    prefixes = dict.fromkeys(one.prefix for one in reversed(alert.numbers) if one.prefix)
    names += [*list(prefixes)[:_SEARCHED_PREFIXES], alert.campaign or ""]
    position = alert.position or {}
    terms = " ".join([alert.alert_id, alert.kind, alert.headline, headline_zh, *names])
    # An unknown severity counts as the least.
    urgency = max(rank(alert.severity), 0)
    return {
        **{name: getattr(alert, name) for name in _COLUMNS},
        "urgency": urgency + (_NOT_CLOSED if alert.status != "closed" else 0),
        "rats": between_bars(rats),
        "operators": between_bars(operators),
        "search_text": terms.lower(),
        "lat": position.get("lat"),
        "lon": position.get("lon"),
        "radius_m": alert.radius_m,
        **dict(zip(("west", "south", "east", "north"), box(alert), strict=True)),
        "campaign": alert.campaign,
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
