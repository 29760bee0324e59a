"""Which cell a bare code means: the nearest of the network, if one is near."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.model.codes import LTE
from detectors.rules.odd_shape.nearest_code import nearest_of_code

SITES = st.lists(
    st.tuples(
        st.integers(-9000, 9000), st.integers(-9000, 9000), st.integers(0, 1), st.integers(0, 1)
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(sites=SITES, north_m=st.integers(-12_000, 12_000))
def test_it_equals_looking_at_all_of_them(make: Any, sites: Any, north_m: int) -> None:
    rows = []
    for number, (east, north, mnc, pci) in enumerate(sites):
        lat, lon = make.at(float(east), float(north))
        rows.append({"rat": LTE, "area": 1, "cell": number, "mnc": mnc, "lat": lat, "lon": lon})
        rows[-1] |= {"arfcn": 1300.0, "pci": float(pci)}
    register = make.register_of(*rows)
    lat, lon = make.at(0.0, float(north_m))
    near = [{"rat": LTE, "arfcn": 1300, "pci": 1, "signal_dbm": -90.0}]
    batch = make.measurements({"lat": lat, "lon": lon, "neighbours": near})
    (found,) = nearest_of_code(register, batch, np.array([0]), np.array([0])).tolist()
    away_m = {
        int(register.rows.cell[n]): np.hypot(east, north - north_m)
        for n, cell in enumerate(register.rows.cell.tolist())
        for east, north, mnc, pci in [sites[cell]]
        if (mnc, pci) == (0, 1)
    }
    # What is within half a band of latitude is surely found, what is found is the nearest of it.
    close = [cell for cell, away in away_m.items() if away < 5_000.0]
    if found >= 0:
        cell = int(register.rows.cell[found])
        assert cell in away_m
        assert not close or away_m[cell] <= min(away_m[each] for each in close) + 5.0
    else:
        assert not close


def test_a_code_of_another_channel_or_unknown_is_nobodys(make: Any) -> None:
    register = make.register(arfcn=1300.0, pci=7.0)
    near = [
        {"rat": LTE, "arfcn": arfcn, "pci": pci, "signal_dbm": -90.0}
        for arfcn, pci in ((1300, 7), (1301, 7), (1300, 8), (None, 7), (1300, None))
    ]
    batch = make.measurements({"neighbours": near})
    found = nearest_of_code(register, batch, np.zeros(5, dtype=np.int64), np.arange(5))
    assert [row >= 0 for row in found.tolist()] == [True, False, False, False, False]
