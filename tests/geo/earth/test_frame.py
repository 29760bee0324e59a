"""Local frames: metric, exact both ways, cached, right at the date line and the poles."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.earth.frame import frame_at

CENTRES = st.sampled_from(
    [(39.91, 116.4), (0.0, 179.98), (-33.0, -179.97), (70.0, 20.0), (89.99, 5.0)]
)
METRES = st.floats(-20_000.0, 20_000.0)


@given(CENTRES, METRES, METRES)
def test_there_and_back(centre: tuple[float, float], x: float, y: float) -> None:
    frame = frame_at(*centre)
    lat, lon = frame.to_latlon(x, y)
    assert -180.0 <= float(lon) < 180.0
    back = frame.to_xy(lat, lon)
    assert np.hypot(back[0] - x, back[1] - y) < 1e-3


@given(CENTRES, METRES, METRES, METRES, METRES)
def test_distances_in_a_frame_are_those_on_the_ellipsoid(
    centre: tuple[float, float], x1: float, y1: float, x2: float, y2: float
) -> None:
    frame = frame_at(*centre)
    lat, lon = frame.to_latlon([x1, x2], [y1, y2])
    _, _, exact = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert np.hypot(x2 - x1, y2 - y1) == pytest.approx(exact, rel=1e-4, abs=1e-3)


def test_near_centres_share_one_frame() -> None:
    assert frame_at(39.91, 116.40) is frame_at(39.93, 116.38)
    assert frame_at(10.0, 179.99) is frame_at(10.0, -179.99)
    assert frame_at(0.01, -0.01) is frame_at(-0.01, 0.01)


def test_missing_places_stay_missing() -> None:
    x, y = frame_at(10.0, 20.0).to_xy([10.0, np.nan], [20.0, 20.0])
    assert np.isfinite([x[0], y[0]]).all()
    assert np.isnan([x[1], y[1]]).all()


@pytest.mark.parametrize("place", [(np.nan, 0.0), (0.0, np.inf), (90.1, 0.0)])
def test_a_frame_needs_a_place(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="finite place"):
        frame_at(*place)


def test_a_frame_survives_pickling() -> None:
    frame = frame_at(39.9, 116.4)
    assert pickle.loads(pickle.dumps(frame)) == frame
