"""Which areas registered cells have about a place: by kind, by network, by distance."""

from typing import Any

import pytest

from detectors.features.rows.areas_about import areas_about
from detectors.model.codes import GSM, LTE, UMTS

GSM_KIND, LTE_KIND, NR_KIND, ANY = 1, 2, 3, 0
#: A network that the town doesn't have.
OWN, OTHER = 7, 8


def cells(make: Any, *columns: tuple[int, int, float]) -> Any:
    """A register of cells by technology and area, so far east of the site (m)."""
    rows = [
        {
            "rat": rat,
            "mnc": OWN,
            "area": area,
            "cell": n,
            "lat": make.at(east_m)[0],
            "lon": make.at(east_m)[1],
        }
        for n, (rat, area, east_m) in enumerate(columns)
    ]
    return make.register(*rows)


def test_the_share_is_that_among_cells_of_the_kind_near_by(make: Any) -> None:
    near = [(GSM, 7000, 0.0), (UMTS, 7000, 300.0), (GSM, 7001, -300.0), (GSM, 7001, 200.0)]
    far = [(GSM, 7000, 4000.0)] * 5
    about = areas_about(cells(make, *near, *far, (LTE, 7002, 0.0)))
    assert about.share(GSM_KIND, 460, OWN, 7000, *make.at()) == pytest.approx(0.5)
    assert about.share(LTE_KIND, 460, OWN, 7000, *make.at()) == 0.0
    assert about.share(ANY, 460, OWN, 7000, *make.at()) == pytest.approx(0.5)
    assert about.share(GSM_KIND, 460, OWN, 7000, *make.at(4000.0)) == 1.0


@pytest.mark.parametrize("north_m", [-1000.0, 1000.0])
def test_what_is_north_and_south_counts_as_what_is_east(make: Any, north_m: float) -> None:
    about = areas_about(cells(make, (GSM, 7000, 0.0)))
    assert about.share(GSM_KIND, 460, OWN, 7000, *make.at(0.0, north_m)) == 1.0
    assert about.share(GSM_KIND, 460, OWN, 7000, *make.at(0.0, 3 * north_m)) == 0.0


def test_another_network_and_nowhere_have_none(make: Any) -> None:
    about = areas_about(cells(make, (GSM, 7000, 0.0)))
    assert about.share(GSM_KIND, 460, OTHER, 7000, *make.at()) == 0.0
    assert about.share(NR_KIND, 460, OWN, 7000, *make.at()) == 0.0
    assert about.share(GSM_KIND, 460, OWN, 7000, *make.at(9000.0)) == 0.0


def test_the_index_is_that_of_the_register(make: Any) -> None:
    one, other = cells(make, (GSM, 7000, 0.0)), cells(make, (GSM, 7001, 0.0))
    assert areas_about(one) is areas_about(one)
    assert areas_about(other).share(GSM_KIND, 460, OWN, 7001, *make.at()) > 0.0
