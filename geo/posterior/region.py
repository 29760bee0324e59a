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
FINER = 3  # times the grid's lines, for the level of the contour
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
    apart = np.hypot(
        posterior.x - posterior.mode_xy[0], (posterior.y - posterior.mode_xy[1])[:, None]
    ).ravel()
    order = np.argsort(apart, kind="stable")
    held = np.cumsum(posterior.p.ravel()[order])
    last = min(int(np.searchsorted(held, level)), held.size - 1)
    return float(apart[order[last]])


def to_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """GeoJSON geometry with coordinates rounded to six decimals, valid after rounding too."""
    snapped = shapely.set_precision(geometry, 10.0**-DECIMALS)
    if snapped.is_empty:
        snapped = geometry
    mapping = shapely.geometry.mapping(shapely.orient_polygons(snapped))
    return {"type": mapping["type"], "coordinates": _rounded(mapping["coordinates"])}


def to_lonlat(frame: Frame, area: Area) -> Area:
    """An area in a local frame (metres) as (lon, lat) degrees, cut at the date line."""
    pieces: list[Polygon] = []
    for part in shapely.get_parts(area):
        unrolled = _unrolled(frame, part)
        for turn in (-360.0, 0.0, 360.0):
            window = box(-180.0 + turn, -90.0, 180.0 + turn, 90.0)
            if not unrolled.intersects(window):
                continue
            cut = shapely.intersection(unrolled, window)
            moved = shapely.transform(cut, lambda c, turn=turn: c - [turn, 0.0])
            pieces += [p for p in shapely.get_parts(moved) if isinstance(p, Polygon) and p.area > 0]
    whole = pieces[0] if len(pieces) == 1 else MultiPolygon(pieces)
    if not whole.is_valid:
        whole = shapely.make_valid(whole, method="structure", keep_collapsed=False)
    oriented: Area = shapely.orient_polygons(whole)
    return oriented


def density_level(p: Floats, level: float) -> float:
    """The cell probability whose contour holds `level`, with p linear between cells.

    Contours are linear between cells too, and a small hill has too few cells to rank these alone.
    """
    rows, columns = (_between(count) for count in p.shape)
    fine = (rows @ p @ columns.T).ravel()
    wanted = level * float(fine.sum())
    # Sorting is dear, and most cells lie far below any contour that is asked for.
    top = fine[fine > LOWEST_SHARE * fine.max()]
    ranked = np.sort(top if top.sum() > wanted else fine)[::-1]
    held = np.cumsum(ranked)
    return float(ranked[min(int(np.searchsorted(held, wanted)), held.size - 1)])


@lru_cache(maxsize=16)
def _between(count: int) -> Floats:
    """What lines `FINER` times as close take of each of `count` lines, shape (finer, count)."""
    at = np.arange((count - 1) * FINER + 1) / FINER
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(at[:, None] - np.arange(count))))


def _parts(posterior: Posterior, level: float) -> list[Polygon]:
    """Polygons of the contour in the frame; the likeliest cell's square where there is none."""
    step_x, step_y = np.diff(posterior.x[:2])[0], np.diff(posterior.y[:2])[0]
    x = np.r_[posterior.x[0] - step_x, posterior.x, posterior.x[-1] + step_x]
    y = np.r_[posterior.y[0] - step_y, posterior.y, posterior.y[-1] + step_y]
    generator = contourpy.contour_generator(
        x, y, np.pad(posterior.p, 1), fill_type=contourpy.FillType.OuterOffset
    )
    filled: Any = generator.filled(density_level(posterior.p, level), np.inf)
    parts = []
    # Corners of all rings, and the number at which each begins.
    for ring, ends in zip(*filled, strict=True):
        rings = [ring[a:b] for a, b in pairwise(ends)]
        part = Polygon(rings[0], [hole for hole in rings[1:] if len(hole) > 3])
        parts += [p for p in shapely.get_parts(shapely.make_valid(part)) if p.area > 0.0]
    parts = [part for part in parts if isinstance(part, Polygon)]
    kept = _large_enough(parts, posterior)
    if kept:
        return kept
    row, column = np.unravel_index(int(np.argmax(posterior.p)), posterior.p.shape)
    west, south = posterior.x[column] - step_x / 2, posterior.y[row] - step_y / 2
    return [box(west, south, west + step_x, south + step_y)]


def _large_enough(parts: list[Polygon], posterior: Posterior) -> list[Polygon]:
    """Parts that hold at least a hundredth of the region's probability, without small holes."""
    if len(parts) > 1:
        parts = _heavy(parts, posterior)
    return [
        Polygon(p.exterior, [h for h in p.interiors if Polygon(h).area > PART_SHARE * p.area])
        for p in parts
    ]


def _heavy(parts: list[Polygon], posterior: Posterior) -> list[Polygon]:
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(posterior.x, posterior.y))
    mass = np.array(
        [posterior.p.ravel()[shapely.contains_xy(part, grid_x, grid_y)].sum() for part in parts]
    )
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
