"""How unlisted cells are graded by where the register has their areas."""

from typing import Any

import pytest

from detectors.features.plan.unlisted_cells import are_half_real, strangers
from detectors.model.codes import GSM, LTE, NETWORK_POSITION, NR, UMTS
from detectors.rules.unknown_cell.rule import UnknownCell


def grade(make: Any, register: Any, **row: Any) -> object:
    (finding,) = make.found(UnknownCell(), make.measurements(row), register)
    return finding.values["grade"]


@pytest.mark.parametrize("rat", [GSM, UMTS, LTE, NR])
def test_an_area_that_cells_have_far_away_alone_is_none_of_here(make: Any, rat: int) -> None:
    """A transmitter takes the area of another town."""
    here, strange = ({"rat": rat}, {"rat": rat, "cell": 2}), {"rat": rat, "area": 777, "cell": 5}

    def with_area(*north_m: float) -> Any:
        places = [make.at(0.0, each_m) for each_m in north_m]
        rows = [
            {"rat": rat, "area": 777, "cell": 9 + at, "lat": lat, "lon": lon}
            for at, (lat, lon) in enumerate(places)
        ]
        return make.register(*here, *rows)

    assert grade(make, with_area(20_000.0), **strange) == "unknown_area"
    assert grade(make, with_area(5_000.0), **strange) == "unknown_cell"
    # One wrong row among others leaves the area where it is.
    assert grade(make, with_area(1_000.0, 1_500.0, 90_000.0), **strange) == "unknown_cell"
    # A position from the network may come from that very area.
    by_network = {**strange, "position_source": NETWORK_POSITION}
    assert grade(make, with_area(20_000.0), **by_network) == "unknown_cell"


@pytest.mark.parametrize("rat", [UMTS, LTE, NR])
def test_a_modem_mixes_up_no_cells_of_towns_apart(make: Any, rat: int) -> None:
    """Area and number are listed both, but nobody was on both of these cells within seconds."""
    weights, half = [], []
    for north_m in (20_000.0, 5_000.0):
        lat, lon = make.at(0.0, north_m)
        other = {"rat": rat, "area": 777, "cell": 9, "lat": lat, "lon": lon}
        register = make.register({"rat": rat}, {"rat": rat, "cell": 2}, other)
        row = {"rat": rat, "area": 777, "cell": 2}
        (finding,) = make.found(UnknownCell(), make.measurements(row), register)
        assert finding.values["grade"] == "wrong_area"
        weights.append(finding.weight)
        facts = make.facts(make.measurements(row), register)
        half.append(are_half_real(strangers(facts), register).tolist())
    assert weights == [1.5, 0.8]
    assert half == [[False], [True]]
