"""What it costs to name where an alert is: a drawn city of streets, looked up at random places.

    python -m benchmarks.landmarks

prints how many pieces of road there are, how long they take to be put into squares, and how long a
look takes in the middle, at worst, and where no two roads cross within 3 km and none is close by,
so that all of them are compared; and how long a processor reads 100,000 roads of GeoJSON.
"""

import json
import tempfile
import time
from pathlib import Path

import numpy as np

from geo.landmarks.named_roads import NamedRoads
from geo.landmarks.nearby import Areas, Landmarks, Points
from streams.config.places import PlacesSettings
from streams.places.place_files import named_places

_STREETS, _STEP_DEG = 200, 0.0027
_ASIDE_DEG = 0.0055  # 530 m west
_LOOKS = 500


def main() -> None:
    """Prints the figures."""
    rng = np.random.default_rng(0)
    begun = time.perf_counter()
    city = _landmarks(_grid(rng))
    built_s = time.perf_counter() - begun
    looks = [_look_ms(city, *place) for place in rng.uniform(30.45, 30.75, (_LOOKS, 2)).tolist()]
    apart = _landmarks(_parallel())
    worst = max(_look_ms(apart, 30.6, 30.4 - _ASIDE_DEG) for _ in range(20))
    print(f"pieces of road {city.roads.name.size:,}, put into squares in {built_s:.2f} s")
    print(f"a look: median {np.median(looks):.1f} ms, at most {max(looks):.1f} ms")
    print(f"where no roads cross within 3 km, 530 m from the nearest: {worst:.1f} ms")
    print("100,000 roads of GeoJSON ({:.0f} MB) read in {:.1f} s".format(*_reading(rng)))


def _reading(rng: np.random.Generator) -> tuple[float, float]:
    """Size (MB) of a file of 100,000 roads of five segments, and a processor's time (s) for it."""
    begins = rng.uniform((103.7, 30.3), (104.5, 31.0), (100_000, 1, 2))
    lines = (begins + rng.normal(0.0, 0.002, (100_000, 6, 2)).cumsum(axis=1)).round(7)
    features = [
        {
            "type": "Feature",
            "properties": {"highway": "residential", "name": f"Road {at % 20_000}"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for at, line in enumerate(lines.tolist())
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roads.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        begun = time.process_time()
        named_places(PlacesSettings(files=(str(path),)))
        return path.stat().st_size / 1e6, time.process_time() - begun


def _look_ms(city: Landmarks, lat: float, lon: float) -> float:
    begun = time.perf_counter()
    city.nearby(lat, lon, 100.0)
    return 1000 * (time.perf_counter() - begun)


def _grid(rng: np.random.Generator) -> NamedRoads:
    """Streets from west to east and from south to north, each of its own name."""
    along = 30.4 + _STEP_DEG * np.arange(_STREETS)
    across = np.repeat(along, _STREETS) + rng.normal(0.0, 1e-5, _STREETS**2)
    lines = np.concatenate([across, np.tile(along, _STREETS)])
    return _roads(lines, np.concatenate([np.tile(along, _STREETS), across]))


def _parallel() -> NamedRoads:
    """Streets that never meet."""
    along = 30.4 + _STEP_DEG * np.arange(_STREETS)
    return _roads(np.repeat(along, _STREETS), np.tile(along, _STREETS))


def _roads(lat: np.ndarray, lon: np.ndarray) -> NamedRoads:
    places = np.arange(lat.size)
    start = places[(places + 1) % _STREETS != 0]
    return NamedRoads.of(lat, lon, start, start // _STREETS)


def _landmarks(roads: NamedRoads) -> Landmarks:
    none = Points.of(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))
    return Landmarks(roads, none, none, Areas.of([], np.zeros(0, np.int64)))


if __name__ == "__main__":
    main()
