"""A pool of posteriors: as narrow as its members where they agree, as wide where they don't."""

import numpy as np
import pytest

from geo.earth.frame import frame_at
from geo.posterior.pooling import pooled
from geo.posterior.posterior import Posterior
from geo.posterior.region import covers, highest_density_region, radius_m, to_geojson

PLACE = (39.9, 116.4)


def hill(
    at_x: float, sigma_m: float, half_m: float = 1500.0, place: tuple[float, float] = PLACE
) -> Posterior:
    """A Gaussian hill ``at_x`` metres east of `PLACE`, in the frame of a place."""
    frame = frame_at(*place)
    east, north = frame.to_xy(*frame_at(*PLACE).to_latlon(at_x, 0.0))
    x, y = np.linspace(-half_m, half_m, 61) + east, np.linspace(-half_m, half_m, 61) + north
    p = np.exp(-0.5 * ((x - east) ** 2 + (y[:, None] - north) ** 2) / sigma_m**2)
    return Posterior(frame, x, y, p / p.sum(), (float(east), float(north)), devices=9)


def test_members_that_agree_give_what_they_agree_on() -> None:
    one = hill(0.0, 100.0)
    both = pooled([(0.7, one), (0.3, hill(0.0, 100.0))])
    assert both.p.sum() == pytest.approx(1.0)
    assert radius_m(both, 0.9) == pytest.approx(radius_m(one, 0.9), rel=0.1)
    assert np.hypot(*np.subtract(both.mode_xy, one.mode_xy)) < 10.0


def test_the_region_holds_both_places_where_members_disagree() -> None:
    both = pooled([(0.7, hill(0.0, 80.0)), (0.3, hill(900.0, 80.0))])
    region = to_geojson(highest_density_region(both, 0.9))
    for east_m in (0.0, 900.0):
        assert covers(region, *(float(c) for c in frame_at(*PLACE).to_latlon(east_m, 0.0)))
    assert abs(both.mode_xy[0]) < 50.0


def test_a_narrow_member_stays_narrow_beside_a_wide_one() -> None:
    narrow = hill(0.0, 25.0, half_m=100.0)
    both = pooled([(0.95, narrow), (0.05, hill(0.0, 600.0))])
    assert radius_m(both, 0.9) < 2.0 * radius_m(narrow, 0.9)


def test_shares_need_not_sum_to_one_and_frames_may_differ() -> None:
    elsewhere = hill(0.0, 100.0, place=(40.1, 116.7))
    both = pooled([(2.0, hill(0.0, 100.0)), (2.0, elsewhere)])
    assert both.p.sum() == pytest.approx(1.0)
    assert radius_m(both, 0.9) == pytest.approx(radius_m(elsewhere, 0.9), rel=0.2)
    assert pooled([(1.0, elsewhere)]) is elsewhere
    with pytest.raises(ValueError, match="member"):
        pooled([])


def test_a_member_far_off_with_hardly_a_share_is_left_out() -> None:
    both = pooled([(0.9999, hill(0.0, 80.0)), (0.0001, hill(90_000.0, 80.0))])
    assert both.p.sum() == pytest.approx(1.0)
    assert radius_m(both, 0.9) < 300.0
