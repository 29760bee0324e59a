"""Rows that can't be their base station's."""

from typing import Any

import numpy as np
import pytest

from detectors.model.codes import GSM, LTE
from detectors.register.stray_rows import FARTHEST_HEAD_M

STATION = 0x4B00


def known(make: Any, *east_m: float, rat: int = LTE) -> list[bool]:
    """Which of the rows of one base station, so far (m) from the town's site, have a mast."""
    places = [make.at(east, 0.0) for east in east_m]
    register = make.register_of(
        *(
            {"rat": rat, "area": 4100.0, "cell": STATION + n, "lat": lat, "lon": lon}
            for n, (lat, lon) in enumerate(places)
        )
    )
    masts = register.masts(np.arange(len(east_m)))
    return np.isfinite(masts[0]).tolist()


def test_a_sector_in_another_town_has_no_mast(make: Any) -> None:
    assert known(make, 48_900.0, 0.0, 150.0) == [False, True, True]


def test_a_remote_head_is_where_it_is_listed(make: Any) -> None:
    assert known(make, 0.9 * FARTHEST_HEAD_M, 0.0, 150.0) == [True, True, True]


@pytest.mark.parametrize("east_m", [(48_900.0, 0.0), (0.0, 100.0, 60_000.0, 60_100.0)])
def test_where_nobody_knows_which_is_wrong_none_is(make: Any, east_m: tuple[float, ...]) -> None:
    assert all(known(make, *east_m))


def test_numbers_of_gsm_cells_say_nothing_of_stations(make: Any) -> None:
    assert all(known(make, 48_900.0, 0.0, 150.0, rat=GSM))
