"""What an alert on ``fbs.alerts`` must be to be shown, drawn and sent on, whoever wrote it.

Types are checked where it is decoded. What no type can state is checked here: that places are on
Earth and times in our days. A single bad record would otherwise stop a list, a map or a channel for
all others. An optional field that is wrong is removed, since an alert without its place is better
than none; an alert with anything else wrong counts as unreadable.
"""

import re
from typing import Any, Final

import msgspec

from detectors.alert.record import Alert
from streams.decode.row_checks import YEAR_2000_MS

#: The year 2200, in ms: in range of every clock that shows it.
MOST_MS: Final = 7_258_118_400_000
#: What an address of the API can hold.
ALERT_ID: Final = r"^[0-9A-Za-z._\-]{1,64}$"
_NAMED: Final = re.compile(ALERT_ID.rstrip("$") + r"\Z")
_MOST_COUNT: Final = 2**53
_MOST_IN_A_LIST: Final = 256
#: Of numbers and calls an alert of ours has 500 and 200 at most.
_MOST_NUMBERS: Final = 1_000
_MOST_LETTERS: Final = 4_000
_MOST_OF_A_NAME: Final = 200
_MOST_POINTS: Final = 20_000
_RING_LEAST: Final = 4
_EARTH_M: Final = 20_100_000.0
_LIGHT_MPS: Final = 299_792_458.0
_POLYGONS: Final = {"Polygon": 1, "MultiPolygon": 2}


def checked(alert: Alert) -> Alert | None:
    """The alert without those optional fields that are wrong (the same object where none is);
    ``None`` where a required field is wrong."""
    if not (_is_sound(alert) and _is_short(alert)):
        return None
    wrong = [name for name, is_right in _OPTIONAL.items() if not is_right(getattr(alert, name))]
    return msgspec.structs.replace(alert, **dict.fromkeys(wrong)) if wrong else alert


def _is_sound(alert: Alert) -> bool:
    times = (alert.ts, alert.first_seen, alert.last_seen)
    shares = [alert.probability, alert.region_level, *(one.share for one in alert.considered)]
    shares += [one.probability for one in alert.hypotheses]
    return (
        _NAMED.match(alert.alert_id) is not None
        and 1 <= alert.revision <= _MOST_COUNT
        and all(YEAR_2000_MS <= ts <= MOST_MS for ts in times)
        and all(0.0 <= share <= 1.0 for share in shares)
        and all(0 <= count <= _MOST_COUNT for count in (alert.devices, alert.reports))
        and all(
            0 <= one.first_ts <= MOST_MS and 0 <= one.last_ts <= MOST_MS for one in alert.evidence
        )
    )


def _is_short(alert: Alert) -> bool:
    lists = (alert.identities, alert.evidence, alert.considered, alert.hypotheses)
    texts = [alert.kind, alert.severity, alert.headline, alert.verdict or ""]
    texts += [text for one in alert.evidence for text in (one.detector, one.explanation)]
    texts += [text for one in alert.considered for text in (one.code, one.explanation)]
    texts += [text for one in alert.hypotheses for text in (one.name, one.explanation)]
    texts += [text for one in alert.numbers for text in (one.number, one.role)]
    texts += [text or "" for one in alert.numbers for text in (one.prefix, one.kind)]
    texts += [*alert.calls, alert.campaign or ""]
    return (
        all(len(some) <= _MOST_IN_A_LIST for some in lists)
        and max(len(alert.numbers), len(alert.calls)) <= _MOST_NUMBERS
        and all(len(text) <= _MOST_LETTERS for text in texts)
    )


def _is_place(lat: Any, lon: Any, lon_most: float = 180.0) -> bool:
    return _is_number(lat) and _is_number(lon) and abs(lat) <= 90.0 and abs(lon) <= lon_most


def _is_position(position: dict[str, float] | None) -> bool:
    return position is None or _is_place(position.get("lat"), position.get("lon"))


def _is_region(region: dict[str, Any] | None) -> bool:
    if region is None:
        return True
    depth = _POLYGONS.get(str(region.get("type")))
    rings = region.get("coordinates")
    if depth is None or not isinstance(rings, list):
        return False
    if depth == _POLYGONS["MultiPolygon"]:
        if not all(isinstance(polygon, list) and polygon for polygon in rings):
            return False
        rings = [ring for polygon in rings for ring in polygon]
    return bool(rings) and all(_is_ring(ring) for ring in rings)


def _is_ring(ring: Any) -> bool:
    return (
        isinstance(ring, list)
        and _RING_LEAST <= len(ring) <= _MOST_POINTS
        and all(
            isinstance(point, list) and len(point) >= 2 and _is_place(point[1], point[0], 360.0)
            for point in ring
        )
    )


def _is_track(track: list[tuple[int, float, float]] | None) -> bool:
    return track is None or (
        len(track) <= _MOST_POINTS
        and all(0 <= ts <= MOST_MS and _is_place(lat, lon) for ts, lat, lon in track)
    )


def _is_ahead(ahead: Any) -> bool:
    if ahead is None:
        return True
    return _is_place(ahead.lat, ahead.lon) and _is_region(ahead.region)


def _is_measure(measure: Any) -> bool:
    return measure is None or (
        _is_place(measure.lat, measure.lon) and 0.0 <= measure.area_share <= 1.0
    )


def _is_near(near: Any) -> bool:
    if not near:
        return True
    names = [each for one in near.names for each in (one.name, one.zh, one.en) if each is not None]
    return (
        len(near.names) == (2 if near.kind == "junction" else 1)
        and all(0 < len(name) <= _MOST_OF_A_NAME for name in names)
        and 0.0 <= near.distance_m <= _EARTH_M
        and 0.0 <= near.share <= 1.0
    )


def _is_ruled_out(one: Any) -> bool:
    return one is None or (
        _NAMED.match(one.alert_id) is not None
        and len(one.verdict) <= _MOST_OF_A_NAME
        and 0 <= one.ts <= MOST_MS
        and (one.distance_m is None or 0.0 <= one.distance_m <= _EARTH_M)
    )


def _within(least: float, most: float) -> Any:
    return lambda value: value is None or least <= value <= most


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


#: The optional fields of an alert, and what tests each.
_OPTIONAL: Final[dict[str, Any]] = {
    "position": _is_position,
    "ruled_out_before": _is_ruled_out,
    "region": _is_region,
    "region_50": _is_region,
    "radius_m": _within(0.0, _EARTH_M),
    "track": _is_track,
    "speed_mps": _within(0.0, _LIGHT_MPS),
    "bearing_deg": _within(0.0, 360.0),
    "forecast": _is_ahead,
    "measure_next": _is_measure,
    "near": _is_near,
}
