"""A place as people write it, and as links that open their map apps there.

Whatever is not WGS84 names its datum in the text itself, so that it stays with the numbers wherever
they are pasted.
"""

import tomllib
from pathlib import Path
from typing import Final
from urllib.parse import quote

import mgrs
import msgspec

from field.formats.scrubbed import clean
from geo.earth.gcj02 import is_shifted_here, to_bd09, to_gcj02

_FILE: Final = Path(__file__).with_name("map_links.toml")
_LINKS: Final[dict[str, str]] = tomllib.loads(_FILE.read_text("utf-8"))
_GRID: Final = mgrs.MGRS()
_TENTHS: Final = 36_000  # tenths of a second in a degree


class Coordinates(msgspec.Struct, frozen=True):
    """Texts of one place; those of other datums name theirs, and are ``None`` outside China."""

    dd: str
    dms: str
    mgrs: str | None
    gcj02: str | None
    bd09: str | None


def written(lat: float, lon: float) -> Coordinates:
    """A WGS84 place (degrees) in all notations; ValueError where there is no such place.

    >>> written(39.9042, 116.4074).dd, written(39.9042, 116.4074).mgrs
    ('39.904200, 116.407400', '50S MK 49345 17292')
    >>> written(39.9042, 116.4074).gcj02
    'GCJ-02 39.905603, 116.413642'
    >>> written(22.2793, 114.1628).gcj02 is None
    True
    """
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise ValueError(f"no place on Earth: {lat}, {lon}")
    shifted = is_shifted_here(lat, lon)
    return Coordinates(
        dd=_degrees(lat, lon),
        dms=f"{_sexagesimal(lat, 'NS')} {_sexagesimal(lon, 'EW')}",
        mgrs=_grid(lat, lon),
        gcj02=f"GCJ-02 {_degrees(*to_gcj02(lat, lon))}" if shifted else None,
        bd09=f"BD-09 {_degrees(*to_bd09(lat, lon))}" if shifted else None,
    )


def links(lat: float, lon: float, title: str) -> dict[str, str]:
    """Addresses by app, those of ``map_links.toml``; the place is WGS84 in each.

    >>> links(39.9042, 116.4074, "van 1")["geo"]
    'geo:39.904200,116.407400?q=39.904200,116.407400(van%201)'
    """
    fields = {"y": f"{lat:.6f}", "x": f"{lon:.6f}", "name": quote(clean(title), safe="")}
    return {app: address.format(**fields) for app, address in _LINKS.items()}


def _degrees(lat: float, lon: float) -> str:
    return f"{lat:.6f}, {lon:.6f}"


def _sexagesimal(degrees: float, letters: str) -> str:
    """Rounded first, so that no 60 seconds come up."""
    tenths = round(abs(degrees) * _TENTHS)
    whole, rest = divmod(tenths, _TENTHS)
    minutes, tenths = divmod(rest, 600)
    letter = letters[1] if degrees < 0.0 else letters[0]
    width = 2 if letters == "NS" else 3
    return f"{whole:0{width}d}°{minutes:02d}′{tenths // 10:02d}.{tenths % 10}″{letter}"


def _grid(lat: float, lon: float) -> str | None:
    """MGRS to a metre, in groups; ``None`` where the grid doesn't reach."""
    try:
        text = str(_GRID.toMGRS(lat, lon))
    except mgrs.core.MGRSError:
        return None
    zone, square, digits = text[:-12], text[-12:-10], text[-10:]
    return f"{zone} {square} {digits[:5]} {digits[5:]}"
