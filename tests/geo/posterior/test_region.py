"""Regions: valid, as probable as stated, few vertices, whole at date line and pole."""

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.earth.frame import Frame, frame_at
from geo.earth.sphere import distance_m
from geo.posterior.posterior import Posterior, area_m2
from geo.posterior.region import (
    density_level,
    highest_density_region,
    radii_m,
    radius_m,
    to_geojson,
)

BEIJING = (39.9, 116.4)


def hills(
    *hill: tuple[float, float, float, float],
    place: tuple[float, float] = BEIJING,
    centre: tuple[float, float] = (0.0, 0.0),
    half_m: float = 1500.0,
) -> Posterior:
    """A posterior of Gaussian hills (x, y, sigma, weight) on a grid about `centre`."""
    x, y = (np.linspace(-half_m, half_m, 73) + c for c in centre)
    p = np.zeros((73, 73))
    for hx, hy, sigma, weight in hill:
        density = np.exp(-0.5 * ((x - hx) ** 2 + (y[:, None] - hy) ** 2) / sigma**2)
        p += weight * density / density.sum()
    p /= p.sum()
    return Posterior(frame_at(*place), x, y, p, mode_xy=hill[0][:2], devices=9)


def mass_inside(posterior: Posterior, region: shapely.Geometry, seed: int = 1) -> float:
    """Share of draws from the posterior that fall into the region, by Monte Carlo."""
    rng = np.random.default_rng(seed)
    cell = rng.choice(posterior.p.size, 20_000, p=posterior.p.ravel())
    row, column = np.unravel_index(cell, posterior.p.shape)
    jitter = rng.uniform(-0.5, 0.5, (2, cell.size))
    x = posterior.x[column] + jitter[0] * np.diff(posterior.x[:2])
    y = posterior.y[row] + jitter[1] * np.diff(posterior.y[:2])
    lat, lon = posterior.frame.to_latlon(x, y)
    return float(shapely.contains_xy(region, lon, lat).mean())


def parts(region: shapely.Geometry) -> list[shapely.Polygon]:
    return list(shapely.get_parts(region))


@pytest.mark.slow
@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.floats(-900, 900), st.floats(-900, 900), st.floats(120, 300), st.floats(0.2, 1.0)
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0.5, 0.8, 0.9, 0.95]),
)
def test_a_region_holds_the_probability_that_it_states(
    hill: list[tuple[float, float, float, float]], level: float
) -> None:
    posterior = hills(*hill)
    region = highest_density_region(posterior, level)
    assert region.is_valid
    assert region.geom_type in {"Polygon", "MultiPolygon"}
    assert shapely.get_num_coordinates(region) <= 64
    assert level - 0.02 <= mass_inside(posterior, region) <= level + 0.06
    for part in parts(region):
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)


def test_two_hills_are_two_parts_and_a_speck_is_none() -> None:
    assert len(parts(highest_density_region(hills((-800, 0, 90, 1), (800, 0, 90, 1))))) == 2
    speck = hills((-800, 0, 90, 1), (800, 0, 42, 0.008))
    assert len(parts(highest_density_region(speck, 0.998))) == 1


@pytest.mark.parametrize("width_m", [40.0, 120.0, 400.0, 900.0])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_the_density_of_a_contour_is_that_of_a_fine_grid(width_m: float, level: float) -> None:
    posterior = hills((-700, 200, width_m, 1), (600, 0, 0.6 * width_m, 0.5))
    fine_x, fine_y = (np.linspace(v[0], v[-1], 9 * v.size - 8) for v in (posterior.x, posterior.y))
    across = np.array([np.interp(fine_x, posterior.x, row) for row in posterior.p])
    fine = np.array([np.interp(fine_y, posterior.y, column) for column in across.T])
    ranked = np.sort(fine.ravel())[::-1]
    held = np.cumsum(ranked) / ranked.sum()
    found = density_level(posterior.p, level)
    # By the share that its contour holds, since the density itself falls off steeply.
    assert held[min(int((ranked >= found).sum()), held.size - 1)] == pytest.approx(level, abs=0.01)


def test_a_ring_keeps_its_hole() -> None:
    ring = [(900 * np.cos(a), 900 * np.sin(a), 70.0, 1.0) for a in np.arange(0, 6.28, 0.05)]
    posterior = hills(*ring)
    region = highest_density_region(posterior)
    assert len(parts(region)) == 1
    assert len(parts(region)[0].interiors) == 1
    assert mass_inside(posterior, region) == pytest.approx(0.92, abs=0.05)


@pytest.mark.parametrize("most", [15, 30])
def test_fewer_vertices_on_demand_without_losing_probability(most: int) -> None:
    posterior = hills((-300, 0, 200, 1), (500, 300, 120, 1))
    region = highest_density_region(posterior, 0.9, max_vertices=most)
    assert shapely.get_num_coordinates(region) <= most
    assert mass_inside(posterior, region) > 0.86


def test_a_region_smaller_than_a_cell_is_still_a_region() -> None:
    posterior = hills((3, 2, 1, 1))
    region = highest_density_region(posterior, 0.5)
    assert region.is_valid
    assert region.area > 0.0


def test_a_region_at_the_edge_of_its_grid_closes() -> None:
    region = highest_density_region(hills((1500, 1500, 200, 1)))
    assert region.is_valid
    assert region.area > 0.0


@pytest.mark.parametrize("place", [(10.0, 179.999), (10.0, -179.999), (-60.0, 180.0)])
def test_at_the_date_line_a_region_is_cut_in_two(place: tuple[float, float]) -> None:
    frame = frame_at(*place)
    centre = tuple(float(c) for c in frame.to_xy(*place))
    posterior = hills((*centre, 200.0, 1.0), place=place, centre=centre)
    region = highest_density_region(posterior)
    assert region.is_valid
    west, _, east, _ = region.bounds
    assert west == pytest.approx(-180.0)
    assert east == pytest.approx(180.0)
    assert len(parts(region)) == 2
    assert mass_inside(posterior, region) == pytest.approx(0.9, abs=0.05)


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_about_a_pole_a_region_goes_all_round(pole: float) -> None:
    posterior = hills((0.0, 0.0, 300.0, 1.0), place=(pole, 0.0))
    region = highest_density_region(posterior)
    assert region.is_valid
    assert region.bounds[0] == pytest.approx(-180.0)
    assert region.bounds[2] == pytest.approx(180.0)
    assert mass_inside(posterior, region) == pytest.approx(0.9, abs=0.05)


def test_geojson_is_rounded_closed_and_valid() -> None:
    region = highest_density_region(hills((-800, 0, 90, 1), (800, 0, 90, 1)))
    written = json.loads(json.dumps(to_geojson(region)))
    assert written["type"] == "MultiPolygon"
    rings = [ring for polygon in written["coordinates"] for ring in polygon]
    assert all(ring[0] == ring[-1] for ring in rings)
    assert all(round(c, 6) == c for ring in rings for point in ring for c in point)
    again = shapely.geometry.shape(written)
    assert again.is_valid
    assert all(part.exterior.is_ccw for part in parts(again))
    assert again.symmetric_difference(region).area < 0.01 * region.area


def test_radius_is_that_of_a_gaussian() -> None:
    posterior = hills((100, -50, 150, 1))
    assert radius_m(posterior, 0.9) == pytest.approx(150 * np.sqrt(-2 * np.log(0.1)), rel=0.05)
    assert radius_m(posterior, 0.5) < radius_m(posterior, 0.95)
    assert radii_m(posterior, 0.5, 0.95) == [radius_m(posterior, 0.5), radius_m(posterior, 0.95)]


def test_area_agrees_with_the_polygon_in_metres() -> None:
    posterior = hills((100, -50, 150, 1))
    by_cells = area_m2(posterior.p, posterior.cell_area_m2, 0.9)
    ring = shapely.get_coordinates(highest_density_region(posterior))
    x, y = posterior.frame.to_xy(ring[:, 1], ring[:, 0])
    assert shapely.Polygon(np.column_stack([x, y])).area == pytest.approx(by_cells, rel=0.1)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, np.nan])
def test_a_level_lies_between_nothing_and_certainty(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        highest_density_region(hills((0, 0, 100, 1)), level)


def test_mode_is_given_in_degrees() -> None:
    posterior = hills((100, -50, 150, 1))
    frame: Frame = posterior.frame
    lat, lon = frame.to_latlon(100.0, -50.0)
    assert float(distance_m(*posterior.mode, lat, lon)) < 1e-3
