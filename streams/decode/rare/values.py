"""Values of the rare messages: each function reads one JSON value, ``None`` where it is wrong."""

import math
import re
from typing import Any, Final

from detectors.model.rare_messages import AreaName
from streams.decode.json.fallback import as_float
from streams.decode.schema import RX_TS
from streams.limits import NAME_CHARACTERS
from streams.privacy.telephones.number import PREFIX_DIGITS

#: A key of the register.
KEY: Final = re.compile(r"(?:gsm|umts|lte|nr)-\d{1,3}-\d{1,3}-\d{1,8}-\d{1,11}", re.ASCII)
#: The geometries that an announcement may have, and how deep their rings lie.
GEOMETRIES: Final = {"Polygon": 1, "MultiPolygon": 2}
#: A mute is of a place, not of a country.
MOST_RADIUS_M: Final = 50_000
#: The widest area code, that of nr.
AREA_MAX: Final = 0xFFFFFF
_INT64: Final = 2**63


def in_time(value: int | None) -> int | None:
    return value if value is not None and RX_TS.low <= value <= RX_TS.high else None


def integer(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if -_INT64 <= value < _INT64 else None


def text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def name(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= NAME_CHARACTERS else None


def digits(value: Any) -> str | None:
    """The first digits of a number, as far as they may be shown; of digits alone."""
    text = name(value)
    is_right = text is not None and text.isascii() and text.isdigit()
    return text[:PREFIX_DIGITS] if text is not None and is_right else None


def listed(value: Any, words: tuple[str, ...]) -> str | None:
    return value if isinstance(value, str) and value in words else None


def cell_key(value: Any) -> str | None:
    return value if isinstance(value, str) and KEY.fullmatch(value) else None


def area(value: Any) -> AreaName | None:
    """An area as an object or as its bare code."""
    if not isinstance(value, dict):
        area = integer(value)
        return AreaName(area=area) if area is not None and 0 <= area <= AREA_MAX else None
    parts = {name: integer(value.get(name)) for name in ("mcc", "mnc", "area")}
    wrong = any(parts[name] is None and value.get(name) is not None for name in parts)
    if wrong or parts["area"] is None or not 0 <= parts["area"] <= AREA_MAX:
        return None
    return AreaName(**parts)


def rename(value: Any) -> tuple[Any, Any] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    read = cell_key if isinstance(value[0], str) else area
    old, new = read(value[0]), read(value[1])
    return None if old is None or new is None else (old, new)


def polygon(value: Any) -> dict[str, Any] | None:
    """A GeoJSON Polygon or MultiPolygon (RFC 7946 3.1.6), bare or in a Feature; else ``None``."""
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    if not isinstance(value, dict) or not isinstance(kind := value.get("type"), str):
        return None
    depth = GEOMETRIES.get(kind)
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
        and within(point[0], 180) is not None
        and within(point[1], 90) is not None
        for point in value
    )


def radius(value: Any) -> float | None:
    radius_m = within(value, MOST_RADIUS_M)
    return None if radius_m is None or radius_m < 0.0 else radius_m


def within(value: Any, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = as_float(value)
    return number if math.isfinite(number) and abs(number) <= limit else None
