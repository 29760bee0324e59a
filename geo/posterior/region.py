"""The region to search: the smallest that holds the transmitter with a given probability.

Contours of the posterior become polygons in longitude and latitude that other tools accept: valid,
exteriors counter-clockwise, cut at the date line (RFC 7946, 3.1.6 and 3.1.9), with few vertices. A
simplified polygon is enlarged by as much, so that the region loses no probability.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior

SIMPLIFY_M = 5.0  # tolerance of simplifying at first ..
FINEST_SHARE = 0.03  # .. or this share of a small region's radius, where that is less
PART_SHARE = 0.01  # parts and holes that hold less of the region are dropped
#: For the level of the contour lines are so many times as close, where at most so many cells count:
#: a hill of many cells needs no finer ones.
FINER = ((600, 3), (1500, 2), (np.inf, 1))
LOWEST_SHARE = 0.01  # of the highest density, below which a contour is seldom looked for
DECIMALS = 6  # of a degree: 0.1 m

Area: TypeAlias = Polygon | MultiPolygon


def highest_density_region(
    posterior: Posterior, level: float = 0.9, max_vertices: int = 64
) -> Area:
    """Polygon or MultiPolygon in (lon, lat) that holds `level` of the probability.

    At most `max_vertices` vertices over all rings, as far as triangles for each part allow.
    Raises ValueError where `level` lies outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"a region's level must lie between 0 and 1, not {level}")
    parts = _parts(posterior, level)
    return to_lonlat(posterior.frame, _simplified(parts, max_vertices))


def radius_m(posterior: Posterior, level: float = 0.9) -> float:
    """Radius of the circle about the mode that holds `level` of the probability, in metres."""
    return radii_m(posterior, level)[0]


def radii_m(posterior: Posterior, *levels: float) -> list[float]:
    """The same for each of several levels."""
    apart = np.hypot(
        posterior.x - posterior.mode_xy[0], (posterior.y - posterior.mode_xy[1])[:, None]
    ).ravel()
    order = np.argsort(apart, kind="stable")
    held = np.cumsum(posterior.p.ravel()[order])
    at = np.minimum(np.searchsorted(held, levels), held.size - 1)
    return [float(radius) for radius in apart[order[at]]]


def to_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """GeoJSON geometry with coordinates rounded to six decimals, valid after rounding too."""
    snapped = shapely.set_precision(geometry, 10.0**-DECIMALS)
    if snapped.is_empty:
        snapped = geometry
    mapping = shapely.geometry.mapping(shapely.orient_polygons(snapped))
    return {"type": mapping["type"], "coordinates": _rounded(mapping["coordinates"])}


def to_lonlat(frame: Frame, area: Area) -> Area:
    """An area in a local frame (metres) as (lon, lat) degrees, cut at the date line."""
    unrolled = [_unrolled(frame, part) for part in shapely.get_parts(area)]
    pieces = [piece for part in unrolled for piece in _cut(part)]
    whole = pieces[0] if len(pieces) == 1 else MultiPolygon(pieces)
    if not whole.is_valid:
        whole = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    oriented: Area = shapely.orient_polygons(whole)
    return oriented


def _cut(unrolled: Polygon) -> list[Polygon]:
    """What of a polygon lies on each side of the date line, all of it between +-180 degrees."""
    west, south, east, north = unrolled.bounds
    if west >= -180.0 and east <= 180.0 and south >= -90.0 and north <= 90.0:
        return [unrolled] if unrolled.is_valid else _polygons(shapely.make_valid(unrolled))
    pieces: list[Polygon] = []
    for turn in (-360.0, 0.0, 360.0):
        window = box(-180.0 + turn, -90.0, 180.0 + turn, 90.0)
        if unrolled.intersects(window):
            cut = shapely.intersection(unrolled, window)
            pieces += _polygons(shapely.transform(cut, lambda c, turn=turn: c - [turn, 0.0]))
    return pieces


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    return [p for p in shapely.get_parts(geometry) if isinstance(p, Polygon) and p.area > 0.0]


def density_level(p: Floats, level: float) -> float:
    """The cell probability whose contour holds `level`, with p linear between cells.

    Contours are linear between cells too, and a small hill has too few cells to rank these alone.
    """
    likely = p > LOWEST_SHARE * p.max()
    finer = next(times for most, times in FINER if likely.sum() <= most)
    rows, columns = (_between(count, finer) for count in p.shape)
    wanted = level * float(rows.sum(axis=0) @ p @ columns.sum(axis=0))
    # Most cells lie far below any contour that is asked for.
    across, along = _span(likely.any(axis=1)), _span(likely.any(axis=0))
    window = p[across, along]
    rows, columns = (_between(count, finer) for count in window.shape)
    top = (rows @ window @ columns.T).ravel()
    if top.sum() <= wanted:
        rows, columns = (_between(count, finer) for count in p.shape)
        top = (rows @ p @ columns.T).ravel()
    ranked = np.sort(top)[::-1]
    held = np.cumsum(ranked)
    return float(ranked[min(int(np.searchsorted(held, wanted)), held.size - 1)])


def _span(inside: Any) -> slice:
    """From the first to the last line that is inside, and a line more on each side."""
    lines = np.flatnonzero(inside)
    if lines.size == 0:
        return slice(0, inside.size)
    return slice(max(int(lines[0]) - 1, 0), int(lines[-1]) + 2)


@lru_cache(maxsize=256)
def _between(count: int, finer: int) -> Floats:
    """What lines so many times as close take of each of `count` lines, shape (lines, count)."""
    at = np.arange((count - 1) * finer + 1) / finer
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(count))))


def _parts(posterior: Posterior, level: float) -> list[Polygon]:
    """Polygons of the contour in the frame; the likeliest cell's square where there is none."""
    step_x, step_y = np.diff(posterior.x[:2])[0], np.diff(posterior.y[:2])[0]
    x = np.r_[posterior.x[0] - step_x, posterior.x, posterior.x[-1] + step_x]
    y = np.r_[posterior.y[0] - step_y, posterior.y, posterior.y[-1] + step_y]
    p, least = np.pad(posterior.p, 1), density_level(posterior.p, level)
    inside = p >= least  # elsewhere there is no contour
    rows, columns = _span(inside.any(axis=1)), _span(inside.any(axis=0))
    x, y, p = x[columns], y[rows], p[rows, columns]
    generator = contourpy.contour_generator(x, y, p, fill_type=contourpy.FillType.OuterOffset)
    filled: Any = generator.filled(least, np.inf)
    parts = []
    # Corners of all rings, and the number at which each begins.
    for ring, ends in zip(*filled, strict=True):
        rings = [ring[a:b] for a, b in pairwise(ends)]
        part = Polygon(rings[0], [hole for hole in rings[1:] if len(hole) > 3])
        parts += _polygons(part if part.is_valid else shapely.make_valid(part))
    kept = _large_enough(parts, x, y, p)
    if kept:
        return kept
    row, column = np.unravel_index(int(np.argmax(posterior.p)), posterior.p.shape)
    west, south = posterior.x[column] - step_x / 2, posterior.y[row] - step_y / 2
    return [box(west, south, west + step_x, south + step_y)]


def _large_enough(parts: list[Polygon], x: Floats, y: Floats, p: Floats) -> list[Polygon]:
    """Parts that hold at least a hundredth of the region's probability, without small holes."""
    if len(parts) > 1:
        parts = _heavy(parts, x, y, p)
    return [
        Polygon(p.exterior, [h for h in p.interiors if Polygon(h).area > PART_SHARE * p.area])
        for p in parts
    ]


def _heavy(parts: list[Polygon], x: Floats, y: Floats, p: Floats) -> list[Polygon]:
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y))
    mass = np.array([p.ravel()[shapely.contains_xy(part, grid_x, grid_y)].sum() for part in parts])
    least = PART_SHARE * mass.sum()
    return [part for part, held in zip(parts, mass, strict=True) if held >= least]


def _simplified(parts: list[Polygon], max_vertices: int) -> Area:
    """Fewer vertices without loss of area: what simplifying may cut off is added by a buffer."""
    whole = MultiPolygon(parts)
    finest = min(SIMPLIFY_M, FINEST_SHARE * float(np.sqrt(whole.area / np.pi)))
    tolerance = finest
    while True:
        simple = shapely.simplify(whole, tolerance, preserve_topology=True)
        # On average a chord cuts off two thirds of the tolerance.
        grown: Area = shapely.buffer(
            simple, max(finest, tolerance * 2 / 3), join_style="mitre", mitre_limit=2.0
        )
        if shapely.get_num_coordinates(grown) <= max_vertices or tolerance > 1e5:
            return grown
        tolerance *= 1.3


def covers(geojson: dict[str, Any], lat: float, lon: float) -> bool:
    """Whether a GeoJSON polygon holds a place, border included; False for anything else."""
    area = area_of(geojson)
    return area is not None and holds(area, lat, lon)


def area_of(geojson: dict[str, Any]) -> BaseGeometry | None:
    """A GeoJSON geometry, for `holds`; ``None`` for anything else."""
    try:
        return shape(geojson)
    except (shapely.GEOSException, AttributeError, KeyError, TypeError, ValueError, IndexError):
        return None


def holds(area: BaseGeometry, lat: float, lon: float) -> bool:
    """Whether a geometry in longitude and latitude holds a place, border included; False for one
    that is broken."""
    try:
        return bool(shapely.intersects_xy(area, lon, lat))
    except (shapely.GEOSException, TypeError, ValueError):
        return False


def _unrolled(frame: Frame, part: Polygon) -> Polygon:
    """A polygon in degrees whose longitudes continue past +-180 instead of jumping."""
    exterior = _ring(frame, part.exterior)
    turns = exterior[-1, 0] - exterior[0, 0]
    if abs(turns) > 180.0:  # it goes round a pole: close it along the line of the pole's latitude
        pole = 90.0 if frame.centre_lat > 0.0 else -90.0
        edge = [[exterior[-1, 0], pole], [exterior[0, 0], pole]]
        return Polygon(np.concatenate([exterior, edge]))
    holes = []
    for interior in part.interiors:
        hole = _ring(frame, interior)
        hole[:, 0] += 360.0 * np.round((exterior[0, 0] - hole[0, 0]) / 360.0)
        holes.append(hole)
    return Polygon(exterior, holes)


def _ring(frame: Frame, ring: shapely.LinearRing) -> NDArray[np.float64]:
    corners = shapely.get_coordinates(ring)
    lat, lon = frame.to_latlon(corners[:, 0], corners[:, 1])
    return np.column_stack([np.unwrap(lon, period=360.0), lat])


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, DECIMALS)
    return [_rounded(item) for item in coordinates]
