"""Two identities in one alert that are received in two places at once are two transmitters."""

from typing import Any

import numpy as np
import pytest

from detectors.context.zone_context import ZoneContext
from detectors.incident.incident import Incident
from detectors.model.finding import Finding, Identity
from detectors.place.split_incident import divide

LISTED = Identity("gsm", 460, 0, 4100, 1002)


def reported(
    make: Any,
    cell: int,
    from_s: float,
    to_s: float,
    east_m: float = 0.0,
    mps: float = 0.0,
    **fields: Any,
) -> list[Finding]:
    """Phones within 400 m of a transmitter, one each eight seconds; it drives east at ``mps``."""
    rng = np.random.default_rng(cell)
    fields = {"claimed": make.claimed(cell=cell), "weight": 3.0, **fields}
    return [
        make.finding(
            1000 * cell + n,
            at_s,
            place=make.place(east_m + mps * at_s + rng.uniform(-400, 400), rng.uniform(-400, 400)),
            **fields,
        )
        for n, at_s in enumerate(np.arange(from_s, to_s, 8.0).tolist())
    ]


def looked_at(one: Incident, looks: int = 3, cell: Identity | None = None) -> Incident | None:
    """What a few looks at it, half a minute apart, find to be another transmitter's."""
    for _ in range(looks):
        other = divide(one, ZoneContext(), cell=cell)
        if other is not None:
            return other
        one.last_rx += 31_000
        one.taken += len(one.reports)
    return None


def test_what_is_received_elsewhere_at_the_same_time_is_anothers(make: Any) -> None:
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    other = looked_at(one)
    assert other is not None
    # What was received first stays, and the two never become one again.
    assert {report.claimed for report in one.reports} == {make.claimed(cell=1)}
    assert {report.claimed for report in other.reports} == {make.claimed(cell=2)}
    assert set(one.apart) & set(other.apart)
    assert looked_at(one) is None


def test_one_look_is_none(make: Any) -> None:
    one = make.incident([*reported(make, 1, 0, 400), *reported(make, 2, 60, 400, east_m=1000.0)])
    assert looked_at(one, looks=1) is None


@pytest.mark.parametrize("mps", [0.0, 8.0])
def test_two_carriers_of_one_transmitter_stay_one(make: Any, mps: float) -> None:
    both = [*reported(make, 1, 0, 400, mps=mps), *reported(make, 2, 4, 400, east_m=250.0, mps=mps)]
    assert looked_at(make.incident(both), looks=6) is None


def test_a_transmitter_that_has_moved_and_changed_its_name_stays_one(make: Any) -> None:
    hop = [*reported(make, 1, 0, 300), *reported(make, 2, 300, 600, east_m=1500.0)]
    assert looked_at(make.incident(hop), looks=6) is None


def test_a_few_phones_elsewhere_are_no_transmitter(make: Any) -> None:
    """Three may be hostile, or misplace themselves."""
    here = reported(make, 1, 0, 400)
    few = reported(make, 2, 100, 124, east_m=2000.0)
    assert len(few) == 3
    assert looked_at(make.incident([*here, *few]), looks=6) is None
    liars = reported(make, 2, 0, 400, east_m=100.0)[3:]
    assert looked_at(make.incident([*here, *few, *liars]), looks=6) is None


def test_another_cell_of_the_register_is_received_somewhere_anyway(make: Any) -> None:
    here = reported(make, 1, 0, 400)
    listed = reported(
        make, 2, 0, 400, east_m=1500.0, claimed=LISTED, detector="impossible_distance"
    )
    assert looked_at(make.incident([*here, *listed]), looks=6) is None
    assert looked_at(make.incident([*here, *listed]), cell=LISTED) is not None


def test_what_was_divided_is_divided_again(make: Any) -> None:
    three = [
        *reported(make, 1, 0, 400),
        *reported(make, 2, 0, 400, east_m=1200.0),
        *reported(make, 3, 0, 400, east_m=2400.0),
    ]
    one = make.incident(three)
    other = looked_at(one)
    assert other is not None
    third = looked_at(other, looks=4)
    assert third is not None
    assert {report.claimed for report in third.reports} == {make.claimed(cell=3)}
