"""The way of a call over its points."""

import itertools
from typing import Any

import pytest

from detectors.acting.traceback import CLOCKS_MS, Leg, Traced, legs_of, traced
from detectors.model.codes import CALL_POINTS, INGRESSES
from detectors.model.columns import Calls


def leg(ts: int, point: str | None, ingress: str | None = "onnet", **over: Any) -> Leg:
    fixed: dict[str, Any] = dict.fromkeys(("trunk", "carrier", "caller", "caller_prefix"))
    return Leg(**{**fixed, "ts": ts, "rx_ts": ts, "point": point, "ingress": ingress, **over})


def test_the_earliest_point_that_had_it_from_outside_is_the_entry() -> None:
    border = leg(100, "igw", "international", trunk="t-9", carrier="gateway-1")
    way = traced("c", [leg(900, "msc"), leg(400, "gmsc", "interconnect"), border])
    assert [one.point for one in way.legs] == ["igw", "gmsc", "msc"]
    assert (way.entry, way.handed_over_by) == (border, "gateway-1")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_clocks_that_differ_do_not_move_the_entry(order: tuple[int, ...]) -> None:
    legs = [
        leg(CLOCKS_MS, "igw", "international", carrier="gateway-1"),
        leg(0, "gmsc", "interconnect", carrier="own"),
        leg(CLOCKS_MS + 1, "ibcf", "international", carrier="later"),
    ]
    assert traced("c", [legs[at] for at in order]).handed_over_by == "gateway-1"


def test_without_a_carrier_the_trunk_is_named() -> None:
    assert traced("c", [leg(0, "igw", "international", trunk="t-9")]).handed_over_by == "t-9"
    assert traced("c", [leg(0, "igw", "international")]).handed_over_by is None


def test_a_call_of_the_own_network_was_handed_over_by_nobody() -> None:
    way = traced("c", [leg(5, "msc"), leg(0, "gmsc")])
    assert (way.entry, way.handed_over_by) == (None, None)
    assert traced("c", []) == Traced(call_ref="c", legs=(), entry=None)


def test_what_was_recorded_twice_counts_once() -> None:
    once = leg(5, "igw", "international")
    assert traced("c", [once, leg(5, "igw", "international", rx_ts=90)]).legs == (once,)


def test_the_rows_of_a_batch_that_are_of_the_call() -> None:
    point, ingress = CALL_POINTS.index("igw") + 1, INGRESSES.index("international") + 1
    batch = Calls.of(
        ts_ms=[7, 8, 9],
        rx_ms=[70, 80, 90],
        call_ref=["c-1", "c-2", "c-1"],
        point=[point, point, 0],
        ingress=[ingress, ingress, 0],
        carrier=["x", "y", None],
        caller=["h-1", "h-2", None],
        caller_prefix=[8613, 8614, 0],
        caller_digits=[5, 4, 0],
    )
    assert legs_of(batch, frozenset({"c-1", "other"})) == [
        leg(7, "igw", "international", rx_ts=70, carrier="x", caller="h-1", caller_prefix="08613"),
        leg(9, None, None, rx_ts=90),
    ]
