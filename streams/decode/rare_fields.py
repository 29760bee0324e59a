"""`network.changes` and `field.feedback`: a few a day, read one by one into plain records.

No field of theirs is required, so a wrong one is dropped and counted; only a position or a time
that can't be makes a dead letter of a feedback.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from detectors.model.codes import CHANGE_KINDS, VERDICTS
from detectors.model.finding import Source
from detectors.model.rare_messages import AreaName, Change, Feedback
from streams.decode.json.fallback import as_float
from streams.decode.raw_rows import Fault
from streams.decode.row_checks import DAY_MS, YEAR_2000_MS
from streams.decode.schema import RX_TS
from streams.privacy.hasher import Hasher

_KEY: Final = re.compile(r"(?:gsm|umts|lte|nr)-\d{1,3}-\d{1,3}-\d{1,8}-\d{1,11}", re.ASCII)
_GEOMETRIES: Final = {"Polygon": 1, "MultiPolygon": 2}
_INT64: Final = 2**63
#: A mute is of a place, not of a country.
_MOST_RADIUS_M: Final = 50_000


def read_change(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
) -> Change | Fault:
    """The announcement in a JSON object; never a `Fault`."""
    told = _Object(content, dropped)
    cells, areas = _renames(told.items("old_to_new", _rename))
    return Change(
        rx_ts=_arrival(told, stand_in_ms),
        source=source,
        from_ts=told.one("from_ts", _integer),
        to_ts=told.one("to_ts", _integer),
        kind=told.one("kind", lambda value: _listed(value, CHANGE_KINDS)),
        cells=tuple(told.items("cells", _cell_key)),
        areas=tuple(told.items("areas", _area)),
        polygon=told.one("polygon", _polygon),
        old_to_new_cells=cells,
        old_to_new_areas=areas,
        note=_scrubbed(told.one("note", _text), hasher),
    )


def read_feedback(
    content: Mapping[str, Any],
    stand_in_ms: int,
    source: Source,
    hasher: Hasher,
    dropped: Counter[str],
) -> Feedback | Fault:
    """What a team found, in a JSON object, or why it can't be."""
    noted: Counter[str] = Counter()
    told = _Object(content, noted)
    rx_ts = _arrival(told, stand_in_ms)
    ts = told.one("ts", _integer)
    if ts is not None and not YEAR_2000_MS <= ts <= rx_ts + DAY_MS:
        return Fault("time_out_of_range", f"'ts' is {ts}, its arrival is {rx_ts}")
    lat, lon = content.get("lat"), content.get("lon")
    if (lat is None) != (lon is None):
        return Fault("bad_position", "one of 'lat' and 'lon' is missing")
    if lat is not None and (_within(lat, 90) is None or _within(lon, 180) is None):
        return Fault("bad_position", "'lat' or 'lon' is no number in its range")
    feedback = Feedback(
        rx_ts=rx_ts,
        source=source,
        ts=ts,
        alert_id=told.one("alert_id", _text),
        verdict=told.one("verdict", lambda value: _listed(value, VERDICTS)),
        lat=_within(lat, 90),
        lon=_within(lon, 180),
        note=_scrubbed(told.one("note", _text), hasher),
        by=_scrubbed(told.one("by", _text), hasher),
        mute_until_ts=told.one("mute_until_ts", lambda value: _in_time(_integer(value))),
        mute_radius_m=told.one("mute_radius_m", _radius),
        withdrawn=told.one("withdrawn", lambda value: value if isinstance(value, bool) else None),
    )
    dropped.update(noted)
    return feedback


class _Object:
    """The fields of one message; wrong ones read as ``None`` and are counted."""

    def __init__(self, content: Mapping[str, Any], dropped: Counter[str]) -> None:
        self._content = content
        self._dropped = dropped

    def one(self, name: str, read: Callable[[Any], Any]) -> Any:
        value = self._content.get(name)
        found = None if value is None else read(value)
        if value is not None and found is None:
            self._dropped[name] += 1
        return found

    def items(self, name: str, read: Callable[[Any], Any]) -> list[Any]:
        """The right items of a list; each wrong one is counted."""
        found = [read(item) for item in self.one(name, _list) or ()]
        self._dropped[name] += found.count(None)
        return [item for item in found if item is not None]


def _arrival(told: _Object, stand_in_ms: int) -> int:
    own = told.one("rx_ts", lambda value: _in_time(_integer(value)))
    return stand_in_ms if own is None else int(own)


def _in_time(value: int | None) -> int | None:
    return value if value is not None and RX_TS.low <= value <= RX_TS.high else None


def _integer(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_INT64 <= value < _INT64 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: Any) -> list[Any] | None:
    return value if isinstance(value, list) else None


def _listed(value: Any, words: tuple[str, ...]) -> str | None:
    return value if isinstance(value, str) and value in words else None


def _cell_key(value: Any) -> str | None:
    return value if isinstance(value, str) and _KEY.fullmatch(value) else None


def _area(value: Any) -> AreaName | None:
    """An area as an object or as its bare code."""
    if not isinstance(value, dict):
        area = _integer(value)
        return AreaName(area=area) if area is not None and 0 <= area <= 0xFFFFFF else None
    parts = {name: _integer(value.get(name)) for name in ("mcc", "mnc", "area")}
    wrong = any(parts[name] is None and value.get(name) is not None for name in parts)
    if wrong or parts["area"] is None or not 0 <= parts["area"] <= 0xFFFFFF:
        return None
    return AreaName(**parts)


def _rename(value: Any) -> tuple[Any, Any] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    read = _cell_key if isinstance(value[0], str) else _area
    old, new = read(value[0]), read(value[1])
    return None if old is None or new is None else (old, new)


_Cells = tuple[tuple[str, str], ...]
_Areas = tuple[tuple[AreaName, AreaName], ...]


def _renames(pairs: list[tuple[Any, Any]]) -> tuple[_Cells, _Areas]:
    cells = tuple(pair for pair in pairs if isinstance(pair[0], str))
    return cells, tuple(pair for pair in pairs if not isinstance(pair[0], str))


def _polygon(value: Any) -> dict[str, Any] | None:
    """A GeoJSON Polygon or MultiPolygon (RFC 7946 3.1.6), bare or in a Feature; else ``None``."""
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return None
    depth = _GEOMETRIES.get(kind)
    coordinates = value.get("coordinates")
    if depth is None or not _are_rings(coordinates, depth):
        return None
    return {"type": kind, "coordinates": coordinates}


def _are_rings(value: Any, depth: int) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if depth:
        return all(_are_rings(part, depth - 1) for part in value)
    return len(value) >= 4 and all(
        isinstance(point, list)
        and len(point) >= 2
        and _within(point[0], 180) is not None
        and _within(point[1], 90) is not None
        for point in value
    )


def _radius(value: Any) -> float | None:
    radius_m = _within(value, _MOST_RADIUS_M)
    return None if radius_m is None or radius_m < 0.0 else radius_m


def _within(value: Any, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = as_float(value)
    return number if math.isfinite(number) and abs(number) <= limit else None


def _scrubbed(text: str | None, hasher: Hasher) -> str | None:
    return None if text is None else hasher.scrub_text(text)
