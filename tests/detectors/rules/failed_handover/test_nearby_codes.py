"""Codes near a place against a plain look at every cell of the register."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.model.codes import GSM, LTE
from detectors.register.register import Register
from detectors.rules.failed_handover.nearby_codes import ANY_CODE, nearby_codes
from geo.earth.sphere import distance_m

WITHIN_M = 10_000.0
CELLS = st.lists(
    st.fixed_dictionaries(
        {
            "rat": st.sampled_from([GSM, LTE]),
            "mnc": st.sampled_from([0, 1]),
            "pci": st.sampled_from([None, 7.0, 8.0, 503.0]),
            "lat": st.sampled_from([None, 39.80, 39.90, 39.95, 40.05, -39.90, 90.0, -90.0]),
            "lon": st.sampled_from([116.40, 116.45, 179.99, -179.99]),
            "valid_from_ms": st.sampled_from([None, 500]),
            "valid_to_ms": st.sampled_from([None, 1000]),
        }
    ),
    max_size=12,
)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from([GSM, LTE]),
        st.sampled_from([0, 1, -1]),
        st.sampled_from([7, 8, 503, 9, -1, ANY_CODE, ANY_CODE + 1]),
        st.sampled_from([39.85, 39.90, 40.0, -39.90, 89.99, -89.99, np.nan]),
        st.sampled_from([116.40, 116.50, 179.99, -179.99, np.nan]),
        st.sampled_from([499, 500, 999, 1000]),
    ),
    max_size=12,
)


def listed(make: Any, cells: list[dict[str, Any]]) -> Register:
    rows = [{"area": 1, "cell": n, "ts_ms": 0, **cell} for n, cell in enumerate(cells)]
    register: Register = make.register_of(*rows) if rows else Register.empty()
    return register


def asked(register: Register, queries: list[Any], within_m: float = WITHIN_M) -> list[bool]:
    rat, mnc, code, lat, lon, ts_ms = (list(column) for column in zip(*queries, strict=True))
    held = nearby_codes(register).hold(
        np.array(rat, dtype=np.uint8),
        np.full(len(rat), 460, dtype=np.int64),
        np.array(mnc, dtype=np.int64),
        np.array(code, dtype=np.int64),
        np.array(lat, dtype=np.float64),
        np.array(lon, dtype=np.float64),
        np.full(len(rat), within_m),
        np.array(ts_ms, dtype=np.int64),
    )
    return [bool(each) for each in held]


def plainly(cells: list[dict[str, Any]], query: Any, within_m: float = WITHIN_M) -> bool:
    rat, mnc, code, lat, lon, ts_ms = query
    if lat != lat or lon != lon:
        return False
    for cell in cells:
        if cell["pci"] is None or cell["lat"] is None:
            continue
        if (cell["rat"], cell["mnc"]) != (rat, mnc) or code not in (cell["pci"], ANY_CODE):
            continue
        if (cell["valid_from_ms"] or 0) > ts_ms or ts_ms >= (cell["valid_to_ms"] or 1 << 60):
            continue
        if float(distance_m(lat, lon, cell["lat"], cell["lon"])) <= within_m:
            return True
    return False


@given(cells=CELLS, queries=QUERIES, within_m=st.sampled_from([100.0, WITHIN_M, 200_000.0]))
def test_it_equals_a_look_at_every_cell(
    make: Any, cells: list[dict[str, Any]], queries: list[Any], within_m: float
) -> None:
    register = listed(make, cells)
    if queries:
        expected = [plainly(cells, query, within_m) for query in queries]
        assert asked(register, queries, within_m) == expected


AWAY = [((0.0, 0.0), True)] + [
    ((east * far_m, north * far_m), far_m < WITHIN_M)
    for far_m in (9_999.0, 10_001.0)
    for east, north in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))
]


def test_near_and_far_in_every_direction(make: Any) -> None:
    register = make.register(pci=17)
    for (east_m, north_m), near in AWAY:
        lat, lon = make.at(east_m, north_m)
        query = [(LTE, 0, 17, lat, lon, make.t0_ms)]
        assert asked(register, query) == [near]
        assert asked(register, [(LTE, 0, 18, lat, lon, make.t0_ms)]) == [False]


@pytest.mark.parametrize(("ts_ms", "held"), [(499, False), (500, True), (999, True), (1000, False)])
def test_a_cell_has_its_code_while_it_is_valid(make: Any, ts_ms: int, held: bool) -> None:
    lat, lon = make.at()
    register = make.register(pci=17, valid_from_ms=500, valid_to_ms=1000)
    assert asked(register, [(LTE, 0, 17, lat, lon, ts_ms)]) == [held]


@pytest.mark.parametrize("code", [-1, ANY_CODE + 1])
def test_codes_that_can_not_be_are_nobodys(make: Any, code: int) -> None:
    """They would spill over into the number of the network, or of the one before."""
    lat, lon = make.at()
    rows = [{"rat": LTE, "area": 1, "cell": n, "mnc": n, "pci": 0} for n in range(8)]
    queries = [(LTE, n, code, lat, lon, make.t0_ms) for n in range(8)]
    assert asked(make.register_of(*rows), queries) == [False] * 8


def test_a_register_without_codes_holds_none(make: Any) -> None:
    lat, lon = make.at()
    query = [(LTE, 0, ANY_CODE, lat, lon, make.t0_ms)]
    assert asked(make.register(), query) == [False]
    assert asked(make.register(pci=1), query) == [True]


def test_the_index_of_the_present_register_is_made_once(make: Any) -> None:
    register = make.register(pci=17)
    assert nearby_codes(register) is nearby_codes(register)
    assert nearby_codes(make.register(pci=17)).register is not register
